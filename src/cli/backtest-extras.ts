import type { BacktestRun } from '../backtest/model.ts';
import { tradedOn, type TradedValue } from '../backtest/market-value.ts';
import type { Capacity, MetricDoc, MetricDocs, MetricUnit, Regime } from '../backtest/report/extras.ts';
import { capacityOf, leanShare } from '../backtest/research/capacity.ts';
import { STATISTICS } from '../backtest/statistics/catalogue/index.ts';
import { inputOf } from '../backtest/statistics/input.ts';
import { byRegime, marketRegimes, volatilityRegimes, type PartRow } from '../backtest/statistics/splits.ts';
import type { Statistic, Unit } from '../backtest/statistics/statistic.ts';
import { DAY } from '../core/time.ts';

const UNITS: Readonly<Record<Unit, MetricUnit>> = Object.freeze({
  'ratio': 'ratio', 'percent': 'share', 'money': 'money', 'days': 'days', 'count': 'count', 'bars': 'count', 'probability': 'share',
  'per year': 'ratio',
});

const better = ({ higherIsBetter: higher }: Statistic): NonNullable<MetricDoc['better']> =>
  (higher === null ? 'none' : higher ? 'higher' : 'lower');

/** What statistics are called, and how they are computed and shown, for the report. */
export const METRIC_DOCS: MetricDocs = Object.freeze(Object.fromEntries(STATISTICS.map((s): [string, MetricDoc] =>
  [s.name, { title: s.title, formula: s.formula, unit: UNITS[s.unit], group: s.theme, better: better(s) }])));

export interface CapacityFinding {
  readonly shown: Capacity;
  readonly json: Readonly<Record<string, unknown>>;
}

/**
 * How much capital the strategy could carry, from its fills and what the market traded on their days. A day's volume is what is known of
 * every market, so the share is that of Lean for days: 2 %.
 */
export function capacityFinding(run: Pick<BacktestRun, 'fills' | 'capital'>, traded: TradedValue): CapacityFinding {
  const found = capacityOf(run.fills, run.capital, (fill) => tradedOn(traded, fill.symbol, fill.ts), leanShare(DAY));
  const { share, participation, capital, symbols, unknown } = found;
  const left = unknown === 0 ? '' : ` ${unknown} fills on days without a known volume are left out.`;
  const note = capital === null ? 'The market data has no volume for the days of the fills.'
    : `Capital at which fills are ${share * 100} % of what the market trades on their days. Price impact is not in it.${left}`;
  const bySymbol = symbols.map((s) => ({ symbol: s.symbol, value: s.capital }));
  return {
    shown: { value: capital, note, bySymbol },
    json: { capital, share, participation, unknown_fills: unknown, symbols: symbols.map((s) => ({ symbol: s.symbol, capital: s.capital,
      participation: s.participation })) },
  };
}

const regime = (name: string, p: PartRow): Regime =>
  ({ name, return: p.totalReturn, sharpe: p.sharpe, maxDrawdown: p.maxDrawdown, share: p.share });

const NAMES: Readonly<Record<string, string>> = Object.freeze({
  bull: 'Benchmark above its mean of 200', bear: 'Benchmark below its mean of 200', calm: 'Calm third', normal: 'Normal third',
  wild: 'Wild third',
});

/** How the run went by the state of the market and by its own volatility; none where it is too short to tell. */
export function regimesOf(run: BacktestRun, riskFree: number): Regime[] {
  const input = inputOf(run, { riskFree });
  const labels = [...(input.benchmark === null ? [] : [marketRegimes(input.benchmark)]), volatilityRegimes(input.returns)];
  return labels.flatMap((l) => byRegime(input, l).map((p) => regime(NAMES[p.label] ?? p.label, p)));
}

const quoted = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);

const FLAGS: readonly (readonly [flag: string, key: string])[] = [
  ['-p', 'param'], ['--operators', 'operators'], ['--source', 'source'], ['--data', 'data'], ['--symbols', 'symbols'], ['--from', 'from'],
  ['--to', 'to'], ['--seed', 'seed'], ['--require', 'require'], ['--sweep', 'sweep'], ['--search', 'search'], ['--trials', 'trials'],
  ['--objective', 'objective'], ['--walk-forward', 'walkForward'], ['--monte-carlo', 'monteCarlo'],
];

/** The command that gives the same result again: without what does not change it, such as where files go. */
export function commandOf(path: string, flags: Readonly<Record<string, unknown>>): string {
  const words = FLAGS.flatMap(([flag, key]) => {
    const value = flags[key];
    if (value === undefined) return [];
    return value === true ? [flag] : [value].flat().flatMap((v) => [flag, quoted(String(v))]);
  });
  return ['millrace backtest', quoted(path), ...words].join(' ');
}
