import { mean, present, type Series, shape, variance } from './moments.ts';
import { normalCdf, normalQuantile } from './normal.ts';

/**
 * How far a Sharpe ratio can be believed. Ratios are of one observation (not annual), `kurt` is raw (normal 3). Bailey and Lopez de Prado,
 * The Sharpe ratio efficient frontier (2012) and The deflated Sharpe ratio (2014).
 */
export interface SharpeFacts {
  readonly sharpe: number;
  readonly count: number;
  readonly skew: number;
  readonly kurt: number;
}

/** Sharpe ratio, number and moments of excess returns: deviation of a sample, skewness and kurtosis of sample moments. */
export function sharpeFacts(returns: Series, rate = 0): SharpeFacts {
  const x = present(returns).map((r) => r - rate);
  return { sharpe: mean(x) / Math.sqrt(variance(x)), count: x.length, ...shape(x) };
}

/** Variance of the estimate times (n - 1). */
const spread = ({ sharpe, skew, kurt }: SharpeFacts): number => 1 - skew * sharpe + (kurt - 1) / 4 * sharpe * sharpe;

/** Chance that the true ratio is above a benchmark: Phi((SR - b) sqrt(n - 1) / sqrt(1 - skew SR + (kurt - 1) / 4 SR^2)). */
export const probabilisticSharpe = (f: SharpeFacts, benchmark = 0): number =>
  normalCdf((f.sharpe - benchmark) * Math.sqrt(f.count - 1) / Math.sqrt(spread(f)));

const EULER = 0.5772156649015329;

/** Highest ratio to expect of `trials` strategies without skill whose ratios have variance `trialVariance`; 0 of one. */
export function expectedMaxSharpe(trials: number, trialVariance: number): number {
  if (!(trials > 1)) return 0;
  return Math.sqrt(trialVariance) * ((1 - EULER) * normalQuantile(1 - 1 / trials) + EULER * normalQuantile(1 - 1 / (trials * Math.E)));
}

/** Chance that the true ratio is above what the best of so many trials would show by luck: PSR(SR0). */
export const deflatedSharpe = (f: SharpeFacts, trials: number, trialVariance: number): number =>
  probabilisticSharpe(f, expectedMaxSharpe(trials, trialVariance));

/** Observations needed before the ratio is above a benchmark with so much confidence; Infinity where it is not above. */
export function minimumTrackRecord(f: SharpeFacts, benchmark = 0, confidence = 0.95): number {
  if (!(f.sharpe > benchmark)) return f.sharpe <= benchmark ? Infinity : NaN;
  return 1 + spread(f) * (normalQuantile(confidence) / (f.sharpe - benchmark)) ** 2;
}

/** Number and variance of the ratios of all trials, as `deflatedSharpe` takes them, from the returns of each trial. */
export function trialSharpes(trials: readonly Series[], rate = 0): { trials: number; trialVariance: number; sharpes: number[] } {
  const sharpes = trials.map((t) => sharpeFacts(t, rate).sharpe).map((s) => (Number.isFinite(s) ? s : 0));
  return { trials: trials.length, trialVariance: variance(sharpes), sharpes };
}

/**
 * quantstats' probabilistic ratio up to 0.0.82, which takes 3 off the kurtosis twice: Phi(SR sqrt(n - 1) / sqrt(1 + SR^2 / 2 - skew SR
 * + (excess kurtosis - 3) / 4 SR^2)), with pandas' moments.
 */
export const probabilisticSharpeExcess = (sharpe: number, n: number, skew: number, excess: number): number =>
  normalCdf(sharpe * Math.sqrt(n - 1) / Math.sqrt(1 + sharpe * sharpe / 2 - skew * sharpe + (excess - 3) / 4 * sharpe * sharpe));
