import { weekdayOf } from '../../core/calendars/civil.ts';
import { DAY } from '../../core/time.ts';
import { dayNumber } from './dates.ts';
import { drawdowns } from './drawdowns.ts';
import { simpleReturns } from './growth.ts';
import { mean, median, type Series, variance } from './moments.ts';

/**
 * Compounded measures of backtesting.py (`compute_stats`): the account at the end of each day, a mean that is geometric, and a volatility
 * that compounds. Weekly, monthly and yearly data are sampled as they are.
 */
export interface DaySample {
  /** Return of each day against the one before; one fewer than the days. */
  readonly returns: Float64Array;
  readonly perYear: number;
  /** Geometric mean of them. */
  readonly mean: number;
}

const isWeekend = (day: number): boolean => weekdayOf(day) % 6 === 0;

/** Trading days a year: 365 where days fall on weekends as often as not, 252 else; 52, 12 or 1 for weekly, monthly and yearly rows. */
export function daysPerYear(ts: Series): number {
  if (ts.length === 0) return 252;
  const gaps = Array.from({ length: Math.max(0, Math.min(100, ts.length) - 1) }, (_, i) => ts[ts.length - 1 - i] - ts[ts.length - 2 - i]);
  const days = Math.floor(median(gaps) / DAY);
  const known = { 7: 52, 31: 12, 365: 1 }[days];
  if (known !== undefined) return known;
  let weekend = 0;
  for (let i = 0; i < ts.length; i++) if (isWeekend(dayNumber(ts[i]))) weekend++;
  return weekend / ts.length > 2 / 7 * 0.6 ? 365 : 252;
}

export function sampleDays(ts: Series, equity: Series): DaySample {
  const perYear = daysPerYear(ts);
  const byDay = perYear === 252 || perYear === 365;
  const values: number[] = [];
  for (let i = 0; i < equity.length; i++) {
    const last = i + 1 === equity.length || !byDay || dayNumber(ts[i + 1]) !== dayNumber(ts[i]);
    if (last) values.push(equity[i]);
  }
  const returns = simpleReturns(values);
  return { returns, perYear, mean: geometricMean(returns) };
}

/** exp(mean of log(1 + r)) - 1; 0 where one of them loses everything. */
export function geometricMean(returns: Series): number {
  let logs = 0;
  for (let i = 0; i < returns.length; i++) {
    const growth = 1 + (Number.isNaN(returns[i]) ? 0 : returns[i]);
    if (growth <= 0) return 0;
    logs += Math.log(growth);
  }
  return Math.exp(logs / (returns.length || NaN)) - 1;
}

/** Geometric mean of a day, compounded to a year. `Return (Ann.) [%]`. */
export const compoundReturn = (d: DaySample): number => (1 + d.mean) ** d.perYear - 1;

/** sqrt((s^2 + (1 + g)^2) ^ n - (1 + g) ^ 2n): the deviation of a year of compounded days. `Volatility (Ann.) [%]`. */
export const compoundVolatility = (d: DaySample): number =>
  Math.sqrt((variance(d.returns) + (1 + d.mean) ** 2) ** d.perYear - (1 + d.mean) ** (2 * d.perYear));

/** (Compounded return - riskFree) over compounded volatility. `Sharpe Ratio`. */
export const compoundSharpe = (d: DaySample, riskFree = 0): number => (compoundReturn(d) - riskFree) / (compoundVolatility(d) || NaN);

/** (Compounded return - riskFree) over the root mean square of the losing days, times sqrt(days a year). `Sortino Ratio`. */
export const compoundSortino = (d: DaySample, riskFree = 0): number =>
  (compoundReturn(d) - riskFree) / (Math.sqrt(mean(d.returns.map((r) => Math.min(r, 0) ** 2))) * Math.sqrt(d.perYear));

/** Depths and days of drawdowns, of which one that began with the last value is none. `Avg. Drawdown [%]`, `Max. Drawdown Duration`. */
export function countedDrawdowns(ts: Series, equity: Series): { depths: number[]; days: number[] } {
  const counted = drawdowns(ts, equity).list.filter((d) => (d.endAt ?? equity.length - 1) > d.startAt + 1);
  return { depths: counted.map((d) => d.depth), days: counted.map((d) => d.days) };
}

/** Share of the moments of `ts` at or between entry and exit of a trade; a moment stands for the time since the one before. */
export function heldShare(ts: Series, spans: readonly { readonly entryTs: number; readonly exitTs: number }[]): number {
  const change = new Int32Array(ts.length + 1);
  const first = (from: number): number => {
    let [low, high] = [0, ts.length];
    while (low < high) {
      const mid = (low + high) >> 1;
      if (ts[mid] >= from) high = mid;
      else low = mid + 1;
    }
    return low;
  };
  for (const { entryTs, exitTs } of spans) {
    const from = first(entryTs);
    if (from >= ts.length) continue;
    change[from]++;
    change[Math.min(ts.length, first(exitTs) + 1)]--;
  }
  let [open, held] = [0, 0];
  for (let i = 0; i < ts.length; i++) {
    open += change[i];
    if (open > 0) held++;
  }
  return held / ts.length;
}
