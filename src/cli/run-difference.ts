import type { BacktestRun } from '../backtest/model.ts';

type Cell = string | number | boolean | null;

/** The first row at which two tables part. */
export interface Difference {
  /** From 0. */
  readonly row: number;
  /** The run that has no such row; null where both have one. */
  readonly missing: 'a' | 'b' | null;
  /** Columns that differ, with both values; none where one has no row. */
  readonly columns: readonly { readonly name: string; readonly a: Cell; readonly b: Cell }[];
  /** Event time of the row in the run that has it, or has it first. */
  readonly ts: number;
}

const timeOf = (row: object): number => {
  const { ts, entryTs } = row as { readonly ts?: number; readonly entryTs?: number };
  return ts ?? entryTs ?? NaN;
};

const alike = (a: Cell, b: Cell): boolean => a === b || (a !== a && b !== b);

/** The first row that the two do not share to the last bit, null where they are the same. NaN equals NaN. */
export function firstDifference<R extends object>(a: readonly R[], b: readonly R[]): Difference | null {
  const shared = Math.min(a.length, b.length);
  for (let row = 0; row < shared; row++) {
    const [x, y] = [a[row], b[row]];
    const columns = (Object.keys(x) as (keyof R & string)[]).map((name) => ({ name, a: x[name] as Cell, b: y[name] as Cell }))
      .filter((c) => !alike(c.a, c.b));
    if (columns.length > 0) return { row, missing: null, columns, ts: Math.min(timeOf(x), timeOf(y)) };
  }
  if (a.length === b.length) return null;
  const longer = a.length > b.length ? a : b;
  return { row: shared, missing: longer === a ? 'b' : 'a', columns: [], ts: timeOf(longer[shared]) };
}

export interface TableDifference extends Difference {
  readonly table: 'signals' | 'orders' | 'fills' | 'trades' | 'equity';
}

const curveRows = ({ ts, equity }: BacktestRun['curve']): { ts: number; equity: number }[] =>
  Array.from(ts, (t, i) => ({ ts: t, equity: equity[i] }));

type Rows = readonly Readonly<Record<string, Cell>>[];

/**
 * Where two runs part, a row of each table in which they do; the earliest in event time first. Runs without signals have none to compare.
 */
export function differences(a: BacktestRun, b: BacktestRun, signals: readonly [Rows, Rows] = [[], []]): TableDifference[] {
  const found = [
    { table: 'signals' as const, d: firstDifference(signals[0], signals[1]) },
    { table: 'orders' as const, d: firstDifference(a.orders, b.orders) }, { table: 'fills' as const, d: firstDifference(a.fills, b.fills) },
    { table: 'trades' as const, d: firstDifference(a.trades, b.trades) },
    { table: 'equity' as const, d: firstDifference(curveRows(a.curve), curveRows(b.curve)) },
  ];
  return found.flatMap(({ table, d }) => (d === null ? [] : [{ table, ...d }])).sort((x, y) => x.ts - y.ts);
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
  return rows.map(([name, of]) => ({ name, values: runs.map(of) })).filter(({ values }) => values.some((v) => !alike(v, values[0])));
}

/** Metrics of all runs, in the order of the first that has them. */
export function metricTable(runs: readonly BacktestRun[]): { readonly name: string; readonly values: readonly (number | null)[] }[] {
  const names = [...new Set(runs.flatMap((r) => Object.keys(r.metrics)))];
  return names.map((name) => ({ name, values: runs.map((r) => (Object.hasOwn(r.metrics, name) ? r.metrics[name] : null)) }));
}
