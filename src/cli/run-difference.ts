import type { BacktestRun } from '../backtest/model.ts';
import { firstDifference, type Difference } from '../backtest/research/difference.ts';

type Cell = string | number | boolean | null;

/** The first row at which a table of two runs parts. */
export interface TableDifference extends Pick<Difference, 'row' | 'missing' | 'columns'> {
  readonly table: 'signals' | 'orders' | 'fills' | 'trades' | 'equity';
  /** Event time of the row in the run that has it, or has it first. */
  readonly ts: number;
}

const timeOf = (row: Difference['a']): number => Number(row?.ts ?? row?.entryTs ?? Infinity);

const curveRows = ({ ts, equity }: BacktestRun['curve']): { ts: number; equity: number }[] =>
  Array.from(ts, (t, i) => ({ ts: t, equity: equity[i] }));

type Rows = readonly Readonly<Record<string, Cell>>[];

/**
 * Where two runs part, a row of each table in which they do; the earliest in event time first. Runs without signals have none to compare.
 */
export function differences(a: BacktestRun, b: BacktestRun, signals: readonly [Rows, Rows] = [[], []]): TableDifference[] {
  const found = [
    { table: 'signals' as const, d: firstDifference(signals[0], signals[1]) },
    { table: 'orders' as const, d: firstDifference(a.orders, b.orders) },
    { table: 'fills' as const, d: firstDifference(a.fills, b.fills) },
    { table: 'trades' as const, d: firstDifference(a.trades, b.trades) },
    { table: 'equity' as const, d: firstDifference(curveRows(a.curve), curveRows(b.curve)) },
  ];
  return found.flatMap(({ table, d }): TableDifference[] => (d === null ? [] : [{
    table, row: d.row, missing: d.missing, columns: d.missing === null ? d.columns : [], ts: Math.min(timeOf(d.a), timeOf(d.b)),
  }])).sort((x, y) => x.ts - y.ts);
}

/** What was set differently: settings that do not have one value in all runs. */
export function differingSettings(runs: readonly BacktestRun[]): { readonly name: string; readonly values: readonly Cell[] }[] {
  const params = [...new Set(runs.flatMap((r) => Object.keys(r.params)))];
  const rows: readonly (readonly [name: string, of: (r: BacktestRun) => Cell])[] = [
    ['pipeline', (r) => r.pipeline], ['pipeline hash', (r) => r.pipelineHash], ['data hash', (r) => r.dataHash], ['seed', (r) => r.seed],
    ['from', (r) => r.from], ['to', (r) => r.to], ['symbols', (r) => r.symbols.join(', ')], ['capital', (r) => r.capital],
    ['currency', (r) => r.currency], ['fill profile', (r) => r.fillProfile], ['benchmark', (r) => r.benchmark],
    ['assumptions', (r) => r.assumptions.join(' ')], ['millrace', (r) => r.versions.millrace],
    ...params.map((p) => [`params.${p}`, (r: BacktestRun): Cell => (Object.hasOwn(r.params, p) ? r.params[p] : null)] as const),
  ];
  return rows.map(([name, of]) => ({ name, values: runs.map(of) })).filter(({ values }) => values.some((v) => !Object.is(v, values[0])));
}

/** Metrics of all runs, in the order of the first that has them. */
export function metricTable(runs: readonly BacktestRun[]): { readonly name: string; readonly values: readonly (number | null)[] }[] {
  const names = [...new Set(runs.flatMap((r) => Object.keys(r.metrics)))];
  return names.map((name) => ({ name, values: runs.map((r) => (Object.hasOwn(r.metrics, name) ? r.metrics[name] : null)) }));
}
