import { alignedReturns } from '../backtest/research/aligned-returns.ts';
import { gridSearch } from '../backtest/research/grid.ts';
import { randomSearch } from '../backtest/research/random-search.ts';
import type { Search } from '../backtest/research/search.ts';
import { runSweep, type Sweep, type SweepTrial } from '../backtest/research/sweep.ts';
import { tpeSearch } from '../backtest/research/tpe.ts';
import type { Params } from '../backtest/research/space.ts';
import { backtestOverfitting } from '../backtest/statistics/overfitting/cross-validation.ts';
import { realityCheck } from '../backtest/statistics/overfitting/reality-check.ts';
import { Refusal } from '../core/diagnostic.ts';
import type { SearchSettings } from './search-flags.ts';
import type { TrialRunner } from './search-trials.ts';

export const searchFor = ({ space, search, seed }: SearchSettings): Search =>
  (search === 'grid' ? gridSearch(space) : search === 'random' ? randomSearch(space, seed) : tpeSearch(space, { seed }));

/**
 * Sets asked for before the first of them is told. What a search that learns asks depends on it, and where it loses patience, so it is
 * never the number of workers: a batch keeps a machine of that many cores busy.
 */
export const batchOf = ({ search, patience }: SearchSettings): number => (search === 'bayes' ? 8 : patience === null ? 256 : 16);

/** Sets that a search tries at most; null where nobody knows. */
export function setsOf(settings: SearchSettings): number | null {
  const most = Math.min(settings.trials ?? Infinity, searchFor(settings).size);
  return Number.isFinite(most) ? most : null;
}

/** Trials of which curves are kept: some thousand values each. */
const MOST_CURVES = 5_000;
/** Trials at which splits in 16 blocks (12,870 of them) take too long: 10 blocks have 252. */
const MANY = 1_000;
/** Multiplications that the reality check may take. */
const WORK = 1e9;

export interface SweepFinding {
  readonly sweep: Sweep;
  readonly best: SweepTrial;
  /** Probability of backtest overfitting and p of White's reality check; null where there are too few trials or returns. */
  readonly pbo: number | null;
  readonly realityCheck: number | null;
}

/** Tries sets over the whole span. Refuses (E649) a search of which no set gave a result. */
export async function sweepOver(trials: TrialRunner, settings: SearchSettings, signal: AbortSignal,
  onTrial: (trial: SweepTrial) => void): Promise<SweepFinding> {
  const sets = setsOf(settings);
  const { objective, space, trials: most, patience } = settings;
  const sweep = await runSweep(trials.evaluate, space, searchFor(settings), {
    objective, spans: [{ from: -Infinity, to: Infinity }], batch: batchOf(settings), curves: sets !== null && sets <= MOST_CURVES, signal,
    onTrial, ...(most === null ? {} : { trials: most }), ...(patience === null ? {} : { patience }),
  });
  const { best } = sweep;
  if (best === null) throw noResult(sweep.trials, objective.metric);
  const kept = sweep.trials.flatMap((t) => (t.error === null && t.curves.length === 1 ? [t.curves[0]] : []));
  const returns = alignedReturns(kept);
  const n = returns[0]?.length ?? 0;
  const tested = returns.length > 1 && n > 1;
  const runs = Math.max(200, Math.min(1000, Math.floor(WORK / (returns.length * n))));
  return {
    sweep, best, pbo: tested ? backtestOverfitting(returns, returns.length > MANY ? 10 : 16)?.probability ?? null : null,
    realityCheck: tested ? realityCheck(returns, { runs, seed: settings.seed })?.p ?? null : null,
  };
}

export function noResult(trials: readonly { readonly error: string | null; readonly params: Params }[], metric: string): Refusal {
  const failed = trials.find((t) => t.error !== null);
  const all = `${trials.length} ${trials.length === 1 ? 'set' : 'sets'}`;
  return new Refusal('E649', failed === undefined ? `none of ${all} has a ${metric}` : `none of ${all} gave a result: ${failed.error}`, {
    exit: 7, help: failed === undefined ? ['try another --objective'] : [],
  });
}
