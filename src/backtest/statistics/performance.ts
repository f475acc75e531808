import { cumReturnsFinal } from './growth.ts';
import { chosen, correlation, count, deviation, mean, present, quantile, quantileOfSorted, type Series, sum } from './moments.ts';

/**
 * Measures of one series of returns, as empyrical 0.5.5 defines them: returns per period as shares (0.01 is 1 %), rates per period,
 * `periods` a year (252 for days). What cannot be computed is NaN, and a division by zero is Infinity; the statistics turn both into null.
 */
export interface Rate {
  /** Risk-free or required return per period, one for all or one each. */
  readonly riskFree?: number | Series;
  readonly periods?: number;
}

/** Returns less a rate. */
export function excess(returns: Series, rate: number | Series = 0): Series {
  if (rate === 0) return returns;
  const out = new Float64Array(returns.length);
  for (let i = 0; i < out.length; i++) out[i] = returns[i] - (typeof rate === 'number' ? rate : rate[i]);
  return out;
}

/** Compound growth per year: growth ^ (periods / number of returns) - 1. empyrical `annual_return` and `cagr`. */
export function annualReturn(returns: Series, periods = 252): number {
  if (returns.length < 1) return NaN;
  return cumReturnsFinal(returns, 1) ** (periods / returns.length) - 1;
}

/** Sample deviation times periods ^ (1 / alpha), alpha 2 for returns without memory. empyrical `annual_volatility`. */
export function annualVolatility(returns: Series, periods = 252, alpha = 2): number {
  return returns.length < 2 ? NaN : deviation(returns) * periods ** (1 / alpha);
}

/** Deepest fall of the compounded returns from their highest value, start included: 0 or negative. empyrical `max_drawdown`. */
export function maxDrawdown(returns: Series): number {
  if (returns.length < 1) return NaN;
  let [growth, peak, worst] = [1, 1, 0];
  for (let i = 0; i < returns.length; i++) {
    if (!Number.isNaN(returns[i])) growth *= 1 + returns[i];
    if (growth > peak) peak = growth;
    worst = Math.min(worst, growth / peak - 1);
  }
  return worst;
}

/** Annual return over the depth of the deepest drawdown; NaN without one. Young, Futures 20:1 (1991); empyrical `calmar_ratio`. */
export function calmar(returns: Series, periods = 252): number {
  const depth = maxDrawdown(returns);
  const ratio = depth < 0 ? annualReturn(returns, periods) / -depth : NaN;
  return Number.isFinite(ratio) ? ratio : NaN;
}

/** Mean over sample deviation of the excess returns, times sqrt(periods). Sharpe (1994); empyrical `sharpe_ratio`. */
export function sharpe(returns: Series, { riskFree = 0, periods = 252 }: Rate = {}): number {
  if (returns.length < 2) return NaN;
  const x = excess(returns, riskFree);
  return mean(x) / deviation(x) * Math.sqrt(periods);
}

/** Root of the mean square of what falls short of the rate, times sqrt(periods). empyrical `downside_risk`. */
export function downsideRisk(returns: Series, { riskFree = 0, periods = 252 }: Rate = {}): number {
  if (returns.length < 1) return NaN;
  const x = excess(returns, riskFree);
  let squares = 0;
  for (let i = 0; i < x.length; i++) if (x[i] < 0) squares += x[i] * x[i];
  return Math.sqrt(squares / count(x)) * Math.sqrt(periods);
}

/** Mean excess return a year over the downside risk. Sortino and van der Meer (1991); empyrical `sortino_ratio`. */
export function sortino(returns: Series, rate: Rate = {}): number {
  if (returns.length < 2) return NaN;
  return mean(excess(returns, rate.riskFree)) * (rate.periods ?? 252) / downsideRisk(returns, rate);
}

/**
 * Gains over losses against a threshold: the required return of a year brought to one period. NaN without losses. Keating and Shadwick
 * (2002); empyrical `omega_ratio`.
 */
export function omega(returns: Series, rate: Rate & { readonly requiredReturn?: number } = {}): number {
  const { riskFree = 0, requiredReturn = 0, periods = 252 } = rate;
  if (returns.length < 2 || (periods !== 1 && requiredReturn <= -1)) return NaN;
  const threshold = periods === 1 ? requiredReturn : (1 + requiredReturn) ** (1 / periods) - 1;
  const x = excess(excess(returns, riskFree), threshold);
  let [gains, losses] = [0, 0];
  for (let i = 0; i < x.length; i++) {
    if (x[i] > 0) gains += x[i];
    else if (x[i] < 0) losses -= x[i];
  }
  return losses > 0 ? gains / losses : NaN;
}

/** Mean over sample deviation of the returns above a benchmark, per period. empyrical `excess_sharpe`; quantstats `information_ratio`. */
export function excessSharpe(returns: Series, benchmark: number | Series): number {
  if (returns.length < 2) return NaN;
  const active = excess(returns, benchmark);
  const error = deviation(active);
  return mean(active) / (Number.isNaN(error) ? 0 : error);
}

export interface Gains {
  /** Sums of the returns above 0, and of those below (positive). */
  readonly won: number;
  readonly lost: number;
  /** Their means, the second positive. */
  readonly meanWin: number;
  readonly meanLoss: number;
  /** Returns above 0 among those that are not 0. */
  readonly share: number;
}

export function gains(returns: Series): Gains {
  const [up, down] = [chosen(returns, (r) => r > 0), chosen(returns, (r) => r < 0)];
  return { won: sum(up), lost: -sum(down), meanWin: mean(up), meanLoss: -mean(down), share: up.length / (up.length + down.length) };
}

/** R squared of a straight line through the cumulated log returns: 1 is growth without wobble. empyrical `stability_of_timeseries`. */
export function stability(returns: Series): number {
  const x = present(returns);
  if (returns.length < 2) return NaN;
  let total = 0;
  const logs = x.map((r) => (total += Math.log1p(r)));
  // A line through values that never move explains nothing of them.
  return x.length > 1 && logs.every((v) => v === logs[0]) ? 0 : correlation(logs, logs.map((_, i) => i)) ** 2;
}

/** 95th percentile over the 5th, without signs. empyrical and quantstats `tail_ratio`. */
export const tailRatio = (returns: Series): number => tailRatioOfSorted(present(returns).sort());

export const tailRatioOfSorted = (sorted: Series): number =>
  Math.abs(quantileOfSorted(sorted, 0.95)) / Math.abs(quantileOfSorted(sorted, 0.05));

/** Return below which a share `cutoff` of the periods lies. empyrical `value_at_risk`. */
export const valueAtRisk = (returns: Series, cutoff = 0.05): number => quantile(returns, cutoff);

/** Mean of the worst returns, the one at the cutoff included. empyrical `conditional_value_at_risk`. */
export function conditionalValueAtRisk(returns: Series, cutoff = 0.05): number {
  const sorted = present(returns).sort();
  return sorted.length === 0 ? NaN : mean(sorted.subarray(0, Math.trunc((sorted.length - 1) * cutoff) + 1));
}

/**
 * Factor by which returns that follow one another make the deviation look too small: sqrt(1 + 2 sum over k of (n - k) / n rho^k), rho the
 * size of the correlation of neighbours. quantstats `autocorr_penalty`; after Lopez de Prado and Peijan, Drawdowns (2004).
 */
export function autocorrelationPenalty(returns: Series): number {
  const x = present(returns);
  const n = x.length;
  const rho = Math.abs(correlation(x.subarray(0, -1), x.subarray(1)));
  if (Number.isNaN(rho)) return 1;
  let [total, power] = [0, 1];
  for (let k = 1; k < n && power > 0; k++) total += (n - k) / n * (power *= rho);
  return Math.sqrt(1 + 2 * total);
}
