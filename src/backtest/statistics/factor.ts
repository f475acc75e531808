import { cumReturnsFinal, simpleReturns } from './growth.ts';
import { chosen, count, mean, type Series, sum, together } from './moments.ts';
import { annualReturn, excess, type Rate } from './performance.ts';

/**
 * Measures of returns against the returns of a benchmark of the same periods, as empyrical 0.5.5 defines them. Places where either is
 * missing are left out.
 */

/** Slope against the benchmark: covariance over the variance of the benchmark; NaN where that does not move. empyrical `beta`. */
export function beta(returns: Series, benchmark: Series, { riskFree = 0 }: Rate = {}): number {
  if (returns.length < 1 || benchmark.length < 2) return NaN;
  const [r, b] = together(excess(returns, riskFree), excess(benchmark, riskFree));
  const [middle, centre] = [mean(r), mean(b)];
  let [cov, square] = [0, 0];
  for (let i = 0; i < b.length; i++) {
    cov += (b[i] - centre) * (r[i] - middle);
    square += (b[i] - centre) ** 2;
  }
  return square / b.length < 1e-30 ? NaN : cov / square;
}

/** Return a year that the benchmark does not explain: (1 + mean(r - beta b)) ^ periods - 1. Jensen (1968); empyrical `alpha`. */
export function alpha(returns: Series, benchmark: Series, rate: Rate = {}): number {
  if (returns.length < 2) return NaN;
  const slope = beta(returns, benchmark, rate);
  const [r, b] = together(excess(returns, rate.riskFree), excess(benchmark, rate.riskFree));
  return (1 + mean(r.map((x, i) => x - slope * b[i]))) ** (rate.periods ?? 252) - 1;
}

export const alphaBeta = (returns: Series, benchmark: Series, rate: Rate = {}): [number, number] =>
  [alpha(returns, benchmark, rate), beta(returns, benchmark, rate)];

/** Both series where the benchmark rose (`up`) or fell. */
export function whenBenchmark(way: 'up' | 'down', returns: Series, benchmark: Series): [Float64Array, Float64Array] {
  const keep = (_: number, i: number): boolean => (way === 'up' ? benchmark[i] > 0 : benchmark[i] < 0);
  return [chosen(returns, keep), chosen(benchmark, keep)];
}

/** Annual return over that of the benchmark. empyrical `capture`. */
export const capture = (returns: Series, benchmark: Series, periods = 252): number =>
  annualReturn(returns, periods) / annualReturn(benchmark, periods);

/** `capture` over the periods in which the benchmark rose; empyrical `up_capture`. */
export const upCapture = (returns: Series, benchmark: Series, periods = 252): number =>
  capture(...whenBenchmark('up', returns, benchmark), periods);

/** `capture` over the periods in which the benchmark fell; empyrical `down_capture`. */
export const downCapture = (returns: Series, benchmark: Series, periods = 252): number =>
  capture(...whenBenchmark('down', returns, benchmark), periods);

export const upDownCapture = (returns: Series, benchmark: Series, periods = 252): number =>
  upCapture(returns, benchmark, periods) / downCapture(returns, benchmark, periods);

export const upAlphaBeta = (returns: Series, benchmark: Series, rate: Rate = {}): [number, number] =>
  alphaBeta(...whenBenchmark('up', returns, benchmark), rate);

export const downAlphaBeta = (returns: Series, benchmark: Series, rate: Rate = {}): [number, number] =>
  alphaBeta(...whenBenchmark('down', returns, benchmark), rate);

/** Share of the periods in which the return was above the benchmark's. */
export function battingAverage(returns: Series, benchmark: Series): number {
  const active = excess(returns, benchmark);
  return chosen(active, (x) => x > 0).length / count(active);
}

/**
 * How much worse a fall of the benchmark hurts than a rise helps, from its lowest, middle and highest return; positive is robust.
 * Taleb and others, IMF working paper 12/216; empyrical `beta_fragility_heuristic`.
 */
export function betaFragility(returns: Series, benchmark: Series): number {
  if (returns.length < 3 || benchmark.length < 3) return NaN;
  const [r, b] = together(returns, benchmark);
  const sorted = b.toSorted();
  const half = b.length / 2;
  // numpy rounds a half to the even neighbour.
  const middle = half % 1 === 0.5 && Math.floor(half) % 2 === 0 ? Math.floor(half) : Math.round(half);
  let mid = b.indexOf(sorted[middle]);
  // Among equals the order is that of time.
  for (let k = middle - sorted.indexOf(sorted[middle]); k > 0; k--) mid = b.indexOf(sorted[middle], mid + 1);
  const [first, last] = [b.indexOf(sorted[0]), b.lastIndexOf(sorted[sorted.length - 1])];
  const range = b[last] - b[first];
  const start = range === 0 ? 0.5 : (b[mid] - b[first]) / range;
  const end = range === 0 ? 0.5 : (b[last] - b[mid]) / range;
  return start * r[first] + end * r[last] - r[mid];
}

/** Beta on log returns and the total return that it leaves unexplained, of two value curves. backtesting.py `Beta`, `Alpha [%]`. */
export function logBeta(equity: Series, benchmark: Series): number {
  const [a, b] = together(simpleReturns(equity).map(Math.log1p), simpleReturns(benchmark).map(Math.log1p));
  return a.length < 2 ? NaN : beta(a, b);
}

/** total - riskFree - beta (benchmark total - riskFree), all of the whole time. backtesting.py `Alpha [%]`. */
export const totalAlpha = (total: number, slope: number, benchmarkTotal: number, riskFree = 0): number =>
  total - riskFree - slope * (benchmarkTotal - riskFree);

/** (mean(r) - beta mean(b)) periods: Jensen's alpha without compounding. quantstats `greeks`. */
export function linearAlpha(returns: Series, benchmark: Series, periods = 252): number {
  const [r, b] = together(returns, benchmark);
  return (sum(r) - beta(r, b) * sum(b)) / r.length * periods;
}

/** (total return - riskFree) / beta. quantstats `treynor_ratio`. */
export const totalTreynor = (returns: Series, benchmark: Series, riskFree = 0): number =>
  (cumReturnsFinal(returns) - riskFree) / beta(returns, benchmark);
