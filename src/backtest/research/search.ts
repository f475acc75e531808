import type { Params } from './space.ts';

/**
 * A way to choose what to try next. `ask` gives parameters, or null when nothing is left; `tell` reports a score, higher is better, null
 * where the trial failed. Several sets may be asked for before the first is told. What `ask` gives depends on the seed and on the order of
 * the calls alone: who evaluates in parallel asks for a batch, and tells in the order of asking (`runSweep`).
 */
export interface Search {
  /** Sets that it can give at most; Infinity where it never ends. */
  readonly size: number;
  ask(): Params | null;
  tell(params: Params, score: number | null): void;
}
