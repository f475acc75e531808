import { Refusal } from '../../core/diagnostic.ts';
import { Independence } from './independence.ts';
import { type Objective, scoreOf } from './objective.ts';
import { type Curve, type Evaluate, periodSharpe, returnsOf, type Span, type Trial } from './port.ts';
import type { Pruner } from './prune.ts';
import type { Search } from './search.ts';
import type { Params, Space } from './space.ts';
import { type Surface, surfaceOf } from './surface.ts';

export interface SweepOptions {
  readonly objective: Objective;
  /** Where each trial is run, in this order; its score is the mean over them. More than one let `prune` stop a trial early. */
  readonly spans: readonly Span[];
  /** Trials at most; may be left out where the search ends by itself. */
  readonly trials?: number;
  /**
   * Trials asked for before the first of them is told. It changes what a search that learns will ask, so it belongs to the identity of the
   * sweep; how many of a batch run at the same time does not. 1 when left out.
   */
  readonly batch?: number;
  /** Stops after so many trials in a row without a better score, at the end of their batch. */
  readonly patience?: number;
  readonly prune?: Pruner;
  /** False drops the curves of all but the best trial, for sweeps of many thousands. */
  readonly curves?: boolean;
  readonly signal?: AbortSignal;
  readonly onTrial?: (trial: SweepTrial) => void;
}

export interface SweepTrial {
  /** From 0, in the order of asking. */
  readonly number: number;
  readonly params: Params;
  /** Mean over the spans that were run, higher is better; null where a run failed or had no such metric. */
  readonly score: number | null;
  readonly scores: readonly (number | null)[];
  /** Of each span that was run. */
  readonly metrics: readonly Trial['metrics'][];
  readonly curves: readonly Curve[];
  /** Sharpe ratio of all its returns, not annualised. */
  readonly sharpe: number | null;
  /** Span after which it was stopped; null where it ran to the end. */
  readonly stopped: number | null;
  readonly error: string | null;
}

export interface Sweep {
  readonly trials: readonly SweepTrial[];
  /** Best of those that ran to the end, the first of equal ones; null where none did. */
  readonly best: SweepTrial | null;
  /** Best score over the first two parameters that vary; null for fewer. */
  readonly surface: Surface | null;
  /**
   * What the deflated Sharpe ratio needs: trials with a Sharpe ratio, those that were stopped early included; its variance over them
   * (divisor n - 1); how many independent trials those that ran to the end are worth.
   */
  readonly sharpes: { readonly count: number; readonly variance: number | null; readonly independent: number | null };
  /** Why it ended. */
  readonly ended: 'space' | 'trials' | 'patience';
}

/** A trial under way. */
interface Running {
  readonly number: number;
  readonly params: Params;
  readonly results: Trial[];
  readonly scores: (number | null)[];
  stopped: number | null;
  error: string | null;
}

const meanOf = (scores: readonly (number | null)[]): number | null =>
  (scores.length === 0 || scores.includes(null) ? null : scores.reduce<number>((sum, x) => sum + Number(x), 0) / scores.length);

async function tryOne(evaluate: Evaluate, params: Params, span: Span): Promise<Trial | { readonly error: unknown }> {
  try {
    return await evaluate(params, span);
  } catch (error) {
    return { error };
  }
}

/** Runs a batch span by span. All of it has finished a span before the next begins, so that pruning does not depend on who was faster. */
async function runBatch(evaluate: Evaluate, batch: readonly Running[], options: SweepOptions): Promise<void> {
  let alive = batch;
  for (const [stage, span] of options.spans.entries()) {
    const found = await Promise.all(alive.map((t) => tryOne(evaluate, t.params, span)));
    options.signal?.throwIfAborted();
    for (const [i, result] of found.entries()) {
      const t = alive[i];
      if ('error' in result) {
        t.error = result.error instanceof Error ? result.error.message : String(result.error);
        t.scores.push(null);
      } else {
        t.results.push(result);
        t.scores.push(scoreOf(options.objective, result.metrics));
      }
    }
    alive = alive.filter((t) => t.error === null);
    if (options.prune === undefined || stage === options.spans.length - 1) continue;
    const keep = options.prune.keep(stage, alive.map((t) => meanOf(t.scores)));
    for (const [i, t] of alive.entries()) if (!keep[i]) t.stopped = stage;
    alive = alive.filter((_, i) => keep[i]);
  }
}

function finished(t: Running): SweepTrial {
  const curves = t.results.map((r) => r.curve);
  const returns = curves.flatMap((c) => [...returnsOf(c)]);
  return {
    number: t.number, params: t.params, score: meanOf(t.scores), scores: t.scores, metrics: t.results.map((r) => r.metrics), curves,
    sharpe: t.error === null ? periodSharpe(returns) : null, stopped: t.stopped, error: t.error,
  };
}

const isBetter = (t: SweepTrial, best: SweepTrial | null): boolean =>
  t.score !== null && t.stopped === null && t.error === null && (best === null || t.score > Number(best.score));

/**
 * Tries what the search asks for. Results do not depend on how many runs `evaluate` has going at once: a batch is asked for in one go and
 * told in the order of asking. A trial that throws is kept with its error and told as failed. Refuses (E645) a search without end where
 * `trials` does not end it. Throws the signal's reason when it is aborted.
 */
export async function runSweep(evaluate: Evaluate, space: Space, search: Search, options: SweepOptions): Promise<Sweep> {
  const { batch = 1, patience = Infinity, trials: most = Infinity } = options;
  if (!Number.isFinite(Math.min(most, search.size)) && patience === Infinity) {
    throw new Refusal('E645', 'the search has no end', { exit: 2, help: ['say how many sets to try: --trials 100'] });
  }
  const trials: SweepTrial[] = [];
  const independence = new Independence();
  let best: SweepTrial | null = null;
  let waited = 0;
  let ended: Sweep['ended'] | null = null;
  while (ended === null) {
    options.signal?.throwIfAborted();
    const asked: Running[] = [];
    while (asked.length < Math.min(batch, most - trials.length)) {
      const params = search.ask();
      if (params === null) break;
      asked.push({ number: trials.length + asked.length, params, results: [], scores: [], stopped: null, error: null });
    }
    if (asked.length === 0) ended = trials.length >= most ? 'trials' : 'space';
    await runBatch(evaluate, asked, options);
    for (const t of asked.map(finished)) {
      // The mean over fewer spans does not compare with that over all of them: what was stopped is told as no good.
      search.tell(t.params, t.stopped === null ? t.score : null);
      if (t.sharpe !== null && t.stopped === null) independence.add(t.curves);
      const better = isBetter(t, best);
      const kept = options.curves === false ? { ...t, curves: [] } : t;
      if (better) best = t;
      waited = better ? 0 : waited + 1;
      trials.push(kept);
      options.onTrial?.(kept);
    }
    if (ended === null && waited >= patience) ended = 'patience';
  }
  const sharpes = trials.flatMap((t) => (t.sharpe === null ? [] : [t.sharpe]));
  return {
    trials, best, surface: surfaceOf(space, trials), ended,
    sharpes: { count: sharpes.length, variance: variance(sharpes), independent: independence.count() },
  };
}

function variance(values: readonly number[]): number | null {
  if (values.length < 2) return null;
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
  return values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (values.length - 1);
}
