import type { TradeRow } from '../model.ts';
import { dateOf } from './dates.ts';
import { drawdowns } from './drawdowns.ts';
import { aggregateReturns, cumReturnsFinal } from './growth.ts';
import type { StatisticsInput } from './input.ts';
import { flat, mean, quantile, type Series } from './moments.ts';
import { annualReturn, annualVolatility, maxDrawdown, sharpe } from './performance.ts';
import { tradeSums } from './trade-sums.ts';

type Maybe = number | null;
const finite = (x: number): Maybe => (Number.isFinite(x) ? x : null);

/** What the closed trades of one symbol did. Shares are 0 to 1; money is net of commission. */
export interface SymbolRow {
  readonly symbol: string;
  readonly trades: number;
  readonly winRate: Maybe;
  readonly pnl: number;
  readonly profitFactor: Maybe;
  readonly averageTrade: Maybe;
  readonly best: Maybe;
  readonly worst: Maybe;
  readonly commission: number;
  readonly averageDays: Maybe;
}

/** Closed trades by symbol, the one that earned most first. */
export function bySymbol(trades: readonly TradeRow[]): SymbolRow[] {
  const groups = new Map<string, TradeRow[]>();
  for (const t of trades) {
    if (t.open) continue;
    const group = groups.get(t.symbol);
    if (group === undefined) groups.set(t.symbol, [t]);
    else group.push(t);
  }
  return [...groups].map(([symbol, rows]): SymbolRow => {
    const s = tradeSums(rows, NaN);
    const returns = s.returns.toSorted();
    return {
      symbol, trades: rows.length, winRate: finite(s.won.length / rows.length), pnl: s.grossProfit - s.grossLoss,
      profitFactor: finite(s.grossProfit / s.grossLoss), averageTrade: finite(mean(s.returns)), best: finite(returns[returns.length - 1]),
      worst: finite(returns[0]), commission: rows.reduce((a, t) => a + t.commission, 0), averageDays: finite(mean(s.days)),
    };
  }).sort((a, b) => b.pnl - a.pnl || (a.symbol < b.symbol ? -1 : 1));
}

/** Twelve monthly returns and the year's, compounded; null where the run has no return in the month. */
export interface YearOfMonths {
  readonly year: number;
  readonly months: readonly Maybe[];
  readonly total: number;
}

/** Monthly returns (UTC), a row per year: the table of the heat map. */
export function monthTable({ months, years }: Pick<StatisticsInput, 'months' | 'years'>): YearOfMonths[] {
  return years.map(({ year, value }) => ({
    year, total: value,
    months: Array.from({ length: 12 }, (_, m) => months.find((x) => x.year === year && x.part === m + 1)?.value ?? null),
  }));
}

/** How a part of the time went: chosen returns put one behind the other. */
export interface PartRow {
  readonly label: string;
  readonly periods: number;
  /** Share of all periods. */
  readonly share: number;
  readonly totalReturn: Maybe;
  readonly annualReturn: Maybe;
  readonly volatility: Maybe;
  readonly sharpe: Maybe;
  /** 0 or more. */
  readonly maxDrawdown: Maybe;
}

/** One row per label, in order of its first period; periods without a label (null) are left out. */
export function byRegime(input: Pick<StatisticsInput, 'returns' | 'periodsPerYear' | 'rate'>,
  labels: readonly (string | null)[]): PartRow[] {
  const groups = new Map<string, number[]>();
  input.returns.forEach((r, i) => {
    const label = labels[i] ?? null;
    if (label === null || Number.isNaN(r)) return;
    const group = groups.get(label);
    if (group === undefined) groups.set(label, [r]);
    else group.push(r);
  });
  return [...groups].map(([label, r]): PartRow => ({
    label, periods: r.length, share: r.length / input.returns.length, totalReturn: finite(cumReturnsFinal(r)),
    annualReturn: finite(annualReturn(r, input.periodsPerYear)), volatility: finite(annualVolatility(r, input.periodsPerYear)),
    sharpe: flat(r) ? null : finite(sharpe(r, { riskFree: input.rate, periods: input.periodsPerYear })),
    maxDrawdown: finite(-maxDrawdown(r)),
  }));
}

/** One row per calendar year (UTC). */
export const byYear = (input: StatisticsInput): PartRow[] =>
  byRegime(input, [...input.ts.subarray(1)].map((ts) => String(dateOf(ts).year)));

/** One row per calendar month of the run, labelled `2024-03`. */
export const byMonth = (input: StatisticsInput): PartRow[] => byRegime(input, [...input.ts.subarray(1)].map((ts) => {
  const { year, month } = dateOf(ts);
  return `${year}-${String(month).padStart(2, '0')}`;
}));

/** Mean over the last `window` values up to and with each; NaN before there are so many. */
function trailing(x: Series, window: number, of: (part: Float64Array) => number): Float64Array {
  const all = Float64Array.from(x);
  return all.map((_, i) => (i + 1 < window ? NaN : of(all.subarray(i + 1 - window, i + 1))));
}

/**
 * `bull` where the benchmark stood above its mean of the last `window` values when the period began, `bear` where below: what was known
 * then. null before there are so many. The label at i is that of return i, from value i to i + 1.
 */
export function marketRegimes(benchmark: Series, window = 200): (string | null)[] {
  const average = trailing(benchmark, window, mean);
  return Array.from({ length: Math.max(0, benchmark.length - 1) }, (_, i) =>
    (Number.isNaN(average[i]) || Number.isNaN(benchmark[i]) ? null : benchmark[i] > average[i] ? 'bull' : 'bear'));
}

/** Thirds by the volatility of the `window` returns before each: `calm`, `normal`, `wild`. The limits are those of the whole run. */
export function volatilityRegimes(returns: Series, window = 21): (string | null)[] {
  const ahead = trailing(returns, window, (part) => annualVolatility(part, 1));
  const before = Float64Array.from(returns, (_, i) => (i === 0 ? NaN : ahead[i - 1]));
  const [low, high] = [quantile(before, 1 / 3), quantile(before, 2 / 3)];
  return [...before].map((v) => (Number.isNaN(v) ? null : v <= low ? 'calm' : v <= high ? 'normal' : 'wild'));
}

/** Closed trades with the best and the worst returns, the most extreme first. */
export function extremeTrades(trades: readonly TradeRow[], n: number): { best: TradeRow[]; worst: TradeRow[] } {
  const sorted = trades.filter((t) => !t.open).toSorted((a, b) => b.return - a.return);
  return { best: sorted.slice(0, n), worst: sorted.toReversed().slice(0, n) };
}

/** Distance below the highest value so far at each moment of a curve, 0 to 1. */
export const drawdownCurve = (ts: Series, equity: Series): Float64Array => drawdowns(ts, equity).curve;

/** Monthly returns without a run: for a benchmark beside the run's table. */
export const monthsOf = (ts: Series, returns: Series): YearOfMonths[] =>
  monthTable({ months: aggregateReturns(ts, returns, 'monthly'), years: aggregateReturns(ts, returns, 'yearly') });
