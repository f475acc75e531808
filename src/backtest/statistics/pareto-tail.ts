import { chosen, mean, present, quantileOfSorted, type Series } from './moments.ts';
import { nelderMead } from './nelder-mead.ts';

/** Loss beyond which the tail begins, scale and shape of a generalised Pareto distribution of it, and value at risk and shortfall in it. */
export interface ParetoTail {
  readonly threshold: number;
  readonly scale: number;
  readonly shape: number;
  readonly valueAtRisk: number;
  readonly shortfall: number;
}

/** What is not found counts as 0, as in empyrical. */
const NONE: ParetoTail = Object.freeze({ threshold: 0, scale: 0, shape: 0, valueAtRisk: 0, shortfall: 0 });

/** Minus the log likelihood; as large as can be where the parameters make no distribution. */
function unlikelihood([scale, shape]: readonly number[], losses: Float64Array): number {
  const n = losses.length;
  if (shape === 0) return scale >= 0 ? n * Math.log(scale) + losses.reduce((s, x) => s + x, 0) / scale : Number.MAX_VALUE;
  if (scale === 0 || !(shape / scale >= 0 && scale >= 0)) return Number.MAX_VALUE;
  return n * Math.log(scale) + (1 / shape + 1) * losses.reduce((s, x) => s + Math.log(shape / scale * x + 1), 0);
}

/**
 * Losses of one period in the far tail as empyrical estimates them: the distribution fitted to the losses (not to how far they go) beyond a
 * threshold that is halved from 0.2 until the fit has a fat tail, with probabilities among losses. empyrical `gpd_risk_estimates`.
 */
export function empyricalTail(returns: Series, probability = 0.01): ParetoTail {
  if (returns.length < 3) return NONE;
  const losses = chosen(returns, (r) => r < 0).map((r) => -r);
  for (let threshold = 0.2; threshold > 1e-9; threshold /= 2) {
    const beyond = losses.filter((x) => x >= threshold);
    const fit = beyond.length === 0 ? null : nelderMead((p) => unlikelihood(p, beyond), [1, 1]);
    if (fit === null || !(fit[1] > 0)) continue;
    const tail = tailOf(threshold, fit[0], fit[1], losses.length / beyond.length * probability);
    if (tail.valueAtRisk > 0) return tail;
  }
  return NONE;
}

function tailOf(threshold: number, scale: number, shape: number, share: number): ParetoTail {
  const valueAtRisk = threshold + scale / shape * (share ** -shape - 1);
  return { threshold, scale, shape, valueAtRisk, shortfall: shape === 1 ? 0 : (valueAtRisk + scale - shape * threshold) / (1 - shape) };
}

/**
 * Losses of one period in the far tail, by extreme value theory: a generalised Pareto distribution of how far the worst tenth of the
 * returns goes beyond the threshold. `probability` of the value at risk is per period. null where fewer than ten returns do, or the tail is
 * so fat that it has no mean. Gilli and Kellezi, An Application of Extreme Value Theory for Measuring Risk (2006), section 2.
 */
export function paretoTail(returns: Series, probability = 0.01): ParetoTail | null {
  const losses = present(returns).map((r) => -r).sort();
  const threshold = quantileOfSorted(losses, 0.9);
  const beyond = losses.filter((x) => x > threshold).map((x) => x - threshold);
  if (beyond.length < 10) return null;
  // In units of their mean, so that the search's tolerance means the same of any data.
  const unit = mean(beyond);
  const y = beyond.map((x) => x / unit);
  const fit = nelderMead(([scale, shape]) => {
    if (!(scale > 0) || Math.abs(shape) < 1e-9 || 1 + shape / scale * y[y.length - 1] <= 0) return Number.MAX_VALUE;
    let logs = 0;
    for (let i = 0; i < y.length; i++) logs += Math.log1p(shape / scale * y[i]);
    return y.length * Math.log(scale) + (1 / shape + 1) * logs;
  }, [1, 0.1], 1e-6);
  return fit === null || fit[1] >= 1 ? null : tailOf(threshold, fit[0] * unit, fit[1], losses.length / beyond.length * probability);
}
