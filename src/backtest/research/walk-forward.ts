import { DAY } from '../../core/time.ts';
import type { Fold } from './folds.ts';
import type { Curve, Evaluate, Span, Trial } from './port.ts';
import { scoreOf } from './objective.ts';
import type { Search } from './search.ts';
import type { Params, Space } from './space.ts';
import { runSweep, type Sweep, type SweepOptions } from './sweep.ts';

const YEAR = 365.25 * DAY;

export interface FoldResult {
  readonly fold: Fold;
  /** What was best on the training span; null where no trial gave a score. */
  readonly params: Params | null;
  /** Scores of these parameters on the training and on the test span; null where the metric could not be computed. */
  readonly inSample: number | null;
  readonly outOfSample: number | null;
  readonly inMetrics: Trial['metrics'];
  readonly outMetrics: Trial['metrics'];
  /** Yearly return on the test over that on the training span (`efficiencyOf`). */
  readonly efficiency: number | null;
  /** Sets tried on the training span, and what the deflated Sharpe ratio needs of them. */
  readonly trials: number;
  readonly sharpes: Sweep['sharpes'];
  readonly error: string | null;
}

export interface WalkForward {
  readonly folds: readonly FoldResult[];
  /** The test spans one after another, as one account that starts with the capital of the first. */
  readonly curve: { readonly ts: Float64Array; readonly equity: Float64Array };
  /** Mean yearly return on the tests over that on the training spans; null where the latter is not above 0. */
  readonly efficiency: number | null;
  readonly trials: number;
}

export type WalkForwardOptions = Omit<SweepOptions, 'spans' | 'prune' | 'curves' | 'onTrial'> & {
  readonly onFold?: (result: FoldResult) => void;
};

/** Return over a span, per year of 365.25 days, without compounding; null for a curve without a second entry. */
export function yearlyReturn(curve: Curve, span: Span): number | null {
  const n = curve.equity.length;
  if (n < 2 || !(curve.equity[0] > 0)) return null;
  return ((curve.equity[n - 1] / curve.equity[0] - 1) * YEAR) / (span.to - span.from);
}

/**
 * Walk-forward efficiency (Pardo 2008, chapter 11): yearly return out of sample over that in sample. Well below 0.5 speaks of parameters
 * fitted to chance. Null where the strategy did not earn in sample: a ratio of losses means nothing.
 */
export const efficiencyOf = (inSample: number | null, outOfSample: number | null): number | null =>
  (inSample === null || outOfSample === null || inSample <= 0 ? null : outOfSample / inSample);

/**
 * Joins curves of spans that follow one another: each goes on from the value at which the one before it ended, its own first entry (the
 * capital) left out. Where spans overlap the later one takes over at its start.
 */
export function stitch(parts: readonly { readonly span: Span; readonly curve: Curve }[]): WalkForward['curve'] {
  const ts: number[] = [];
  const equity: number[] = [];
  for (const [k, { curve }] of parts.entries()) {
    const until = parts[k + 1]?.span.from ?? Infinity;
    const scale = equity.length === 0 ? 1 : equity[equity.length - 1] / curve.equity[0];
    for (let i = equity.length === 0 ? 0 : 1; i < curve.equity.length; i++) {
      if (curve.ts[i] >= until) break;
      ts.push(curve.ts[i]);
      equity.push(curve.equity[i] * scale);
    }
  }
  return { ts: Float64Array.from(ts), equity: Float64Array.from(equity) };
}

interface Outcome {
  readonly result: FoldResult;
  readonly rates: readonly [number | null, number | null];
  readonly curve: Curve | null;
}

async function runFold(evaluate: Evaluate, space: Space, fold: Fold, search: Search, options: WalkForwardOptions): Promise<Outcome> {
  const sweep = await runSweep(evaluate, space, search, { ...options, spans: [fold.train], curves: false });
  const { best, trials, sharpes } = sweep;
  const base = { fold, trials: trials.length, sharpes };
  const empty = { inSample: null, outOfSample: null, inMetrics: {}, outMetrics: {}, efficiency: null };
  if (best === null) {
    const error = trials.find((t) => t.error !== null)?.error ?? `no trial has a ${options.objective.metric}`;
    return { result: { ...base, ...empty, params: null, error }, rates: [null, null], curve: null };
  }
  const chosen = { ...base, ...empty, params: best.params, inSample: best.score, inMetrics: best.metrics[0] };
  const before = yearlyReturn(best.curves[0], fold.train);
  try {
    const test = await evaluate(best.params, fold.test);
    const after = yearlyReturn(test.curve, fold.test);
    const outOfSample = scoreOf(options.objective, test.metrics);
    const efficiency = efficiencyOf(before, after);
    const result = { ...chosen, outOfSample, outMetrics: test.metrics, efficiency, error: null };
    return { result, rates: [before, after], curve: test.curve };
  } catch (error) {
    options.signal?.throwIfAborted();
    return { result: { ...chosen, error: error instanceof Error ? error.message : String(error) }, rates: [null, null], curve: null };
  }
}

/**
 * Walk-forward optimisation (Pardo 2008, chapter 11): for each fold the search of `searchFor` runs on the training span, and the best set
 * it finds is run once on the test span, which nothing was chosen by. Positions end with their span. A fold that fails is kept with its
 * error and adds nothing to the curve.
 */
export async function walkForward(
  evaluate: Evaluate, space: Space, folds: readonly Fold[], searchFor: (fold: Fold) => Search, options: WalkForwardOptions,
): Promise<WalkForward> {
  const outcomes: Outcome[] = [];
  for (const fold of folds) {
    const outcome = await runFold(evaluate, space, fold, searchFor(fold), options);
    outcomes.push(outcome);
    options.onFold?.(outcome.result);
  }
  const both = outcomes.filter((o) => o.rates[0] !== null && o.rates[1] !== null);
  const mean = (side: 0 | 1): number | null =>
    (both.length === 0 ? null : both.reduce((sum, o) => sum + Number(o.rates[side]), 0) / both.length);
  return {
    folds: outcomes.map((o) => o.result),
    curve: stitch(outcomes.flatMap((o) => (o.curve === null ? [] : [{ span: o.result.fold.test, curve: o.curve }]))),
    efficiency: efficiencyOf(mean(0), mean(1)),
    trials: outcomes.reduce((sum, o) => sum + o.result.trials, 0),
  };
}
