import { beta } from './factor.ts';
import { deviation, mean, type Series } from './moments.ts';

/** A measure over every window of `window` neighbours, the first at index `window - 1` of the series: empyrical `roll`. */
export function rolling<T>(window: number, measure: (...parts: Float64Array[]) => T, ...series: Series[]): T[] {
  const all = series.map((s) => Float64Array.from(s));
  const out: T[] = [];
  for (let end = window; end <= all[0].length; end++) out.push(measure(...all.map((s) => s.subarray(end - window, end))));
  return out;
}

/** Values beside the series: NaN until the first window is full. */
const aligned = (length: number, window: number, values: readonly number[]): Float64Array => {
  const out = new Float64Array(length).fill(NaN);
  out.set(values, Math.min(length, window - 1));
  return out;
};

/** Annual Sharpe ratio of each window, NaN where it cannot be computed. */
export const rollingSharpe = (returns: Series, window: number, periods: number, rate = 0): Float64Array =>
  aligned(returns.length, window, rolling(window, (r) => (mean(r) - rate) / (deviation(r) || NaN) * Math.sqrt(periods), returns));

/** Annual volatility of each window. */
export const rollingVolatility = (returns: Series, window: number, periods: number): Float64Array =>
  aligned(returns.length, window, rolling(window, (r) => deviation(r) * Math.sqrt(periods), returns));

/** Beta against the benchmark of each window. */
export const rollingBeta = (returns: Series, benchmark: Series, window: number): Float64Array =>
  aligned(returns.length, window, rolling(window, (r, b) => beta(r, b), returns, benchmark));
