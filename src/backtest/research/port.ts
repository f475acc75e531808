import type { Params } from './space.ts';

/** A stretch of event time in microseconds since 1970 UTC: `from` belongs to it, `to` does not. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** Account values in time order; entry 0 is the start with the capital, before the first result. */
export interface Curve {
  readonly ts: ArrayLike<number>;
  readonly equity: ArrayLike<number>;
}

/** What one run with one parameter set gave. */
export interface Trial {
  readonly metrics: Readonly<Record<string, number | null>>;
  readonly curve: Curve;
}

/**
 * Runs a backtest. It must give the same for the same arguments, whatever else runs beside it; rows before the span may warm it up, but no
 * order is sent outside the span, and every position is closed or valued at its end. What it throws is that trial's error.
 */
export interface Evaluate {
  (params: Params, span: Span): Promise<Trial>;
}

/** The growth from one entry of a curve to the next: `equity[i + 1] / equity[i] - 1`. */
export function returnsOf(curve: Curve): Float64Array {
  const out = new Float64Array(Math.max(0, curve.equity.length - 1));
  for (let i = 0; i < out.length; i++) out[i] = curve.equity[i + 1] / curve.equity[i] - 1;
  return out;
}

/**
 * Mean over standard deviation (divisor n - 1) of the returns, not annualised, as the deflated Sharpe ratio needs it; null for less than
 * two returns or for returns that do not vary.
 */
export function periodSharpe(returns: ArrayLike<number>): number | null {
  const n = returns.length;
  if (n < 2) return null;
  let mean = 0;
  for (let i = 0; i < n; i++) mean += returns[i] / n;
  let sum = 0;
  for (let i = 0; i < n; i++) sum += (returns[i] - mean) ** 2;
  const sd = Math.sqrt(sum / (n - 1));
  const sharpe = mean / sd;
  // What rounding leaves of a constant is no variation.
  return sd > 1e-15 * Math.max(1, Math.abs(mean)) && Number.isFinite(sharpe) ? sharpe : null;
}
