import { threadId } from 'node:worker_threads';
import type { OpenWorker } from './pool-thread.ts';

export interface FixtureInit {
  readonly shared?: SharedArrayBuffer;
  readonly refuse?: boolean;
  /** Ends the thread while it opens. */
  readonly die?: boolean;
}

export interface FixtureTask {
  readonly do: 'square' | 'throw' | 'exit' | 'exit-once' | 'spin' | 'sum' | 'hang' | 'closure' | 'meet';
  readonly n: number;
}

/** Work of a processor that cannot be left out, for some milliseconds for each `n`. */
function spin(n: number): number {
  let x = 1;
  for (let i = 0; i < n * 300_000; i++) x = (Math.imul(x, 1_664_525) + 1_013_904_223) >>> 0;
  return x;
}

export const openWorker: OpenWorker<FixtureInit, FixtureTask, unknown> = async (init) => {
  if (init.refuse === true) throw new Error('no recording');
  if (init.die === true) process.exit(4);
  const flags = init.shared === undefined ? null : new Int32Array(init.shared);
  return async (task) => {
    if (task.do === 'square') return { value: task.n * task.n, thread: threadId };
    if (task.do === 'throw') throw Object.assign(new RangeError(`cannot do ${task.n}`), { code: 'E999' });
    if (task.do === 'exit') process.exit(3);
    if (task.do === 'exit-once' && flags !== null && Atomics.add(flags, task.n, 1) === 0) process.exit(3);
    if (task.do === 'exit-once') return 'second try';
    if (task.do === 'sum' && flags !== null) return flags.reduce((a, b) => a + b, 0);
    if (task.do === 'meet' && flags !== null) {
      if (Atomics.add(flags, 0, 1) + 1 === task.n) Atomics.notify(flags, 0);
      for (let there = Atomics.load(flags, 0); there < task.n; there = Atomics.load(flags, 0)) Atomics.wait(flags, 0, there);
      return threadId;
    }
    if (task.do === 'hang') for (;;) await new Promise((resolve) => setTimeout(resolve, 1000));
    if (task.do === 'closure') return () => task.n;
    return spin(task.n);
  };
};
