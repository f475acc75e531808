import type { OpenWorker } from './pool-thread.ts';
import type { TrialTask } from './pool-evaluate.ts';
import type { Trial } from './port.ts';

/** Init: the set at which a thread ends, and the one that throws. */
export interface FaultyAt {
  readonly ends: number;
  readonly throws: number;
}

export const openWorker: OpenWorker<FaultyAt, TrialTask, Trial> = (init) => ({ params, span }) => {
  const x = Number(params.x);
  if (x === init.ends) process.exit(9);
  if (x === init.throws) throw new Error(`no bars for ${x}`);
  const equity = Float64Array.from({ length: 20 }, (_, i) => 1000 + i * (10 - Math.abs(x - 6)) + 3 * Math.sin(i * x));
  return { metrics: { gain: equity[19] / equity[0] - 1 }, curve: { ts: equity.map((_, i) => span.from + i), equity } };
};
