import type { Pool } from './pool.ts';
import type { Evaluate, Span, Trial } from './port.ts';
import type { Params } from './space.ts';

/** What the threads of a sweep are asked: one backtest. */
export interface TrialTask {
  readonly params: Params;
  readonly span: Span;
}

/**
 * Backtests on the threads of a pool, so that a sweep runs as many at once as the pool has threads (and its batch has trials). A trial
 * whose thread ended twice throws as one that failed does. Give the pool and the sweep the same signal.
 */
export function evaluateOn<Init>(pool: Pool<Init, TrialTask, Trial>): Evaluate {
  return async (params, span) => {
    const outcome = await pool.submit({ params, span });
    if (!outcome.ok) throw outcome.error;
    return outcome.value;
  };
}
