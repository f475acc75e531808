import { expect, it } from 'vitest';
import { Pool } from './pool.ts';
import type { FaultyAt } from './pool-evaluate.fixture.ts';
import { evaluateOn, type TrialTask } from './pool-evaluate.ts';
import type { Trial } from './port.ts';
import { space } from './space.ts';
import { runSweep } from './sweep.ts';
import { tpeSearch } from './tpe.ts';

const module = new URL('./pool-evaluate.fixture.ts', import.meta.url);
const objective = { text: 'gain', metric: 'gain', goal: 'max' } as const;

async function sweepOn(workers: number, batch: number) {
  const pool = new Pool<FaultyAt, TrialTask, Trial>({ module, init: { ends: 3, throws: 8 }, workers });
  const s = space({ x: { min: 1, max: 12, integer: true }, y: ['a', 'b'] });
  try {
    return await runSweep(evaluateOn(pool), s, tpeSearch(s, { seed: 11 }), { objective, spans: [{ from: 0, to: 100 }], batch });
  } finally {
    await pool.close();
  }
}

it('a sweep on threads is the same on one and on three; trials that end their thread or throw are reported', async () => {
  const [one, three] = [await sweepOn(1, 6), await sweepOn(3, 6)];
  expect(three).toEqual(one);
  expect(one.trials).toHaveLength(24);
  const errors = one.trials.filter((t) => t.error !== null).map((t) => `${t.params.x}: ${t.error}`).sort();
  expect(errors).toEqual(['3: the thread ended (exit code 9)', '3: the thread ended (exit code 9)', '8: no bars for 8', '8: no bars for 8']);
  expect(one.best?.score).toBe(Math.max(...one.trials.map((t) => t.score ?? -Infinity)));
}, 120_000);

it('the size of the batch is part of what a sweep is', async () => {
  const order = async (batch: number) => (await sweepOn(2, batch)).trials.map((t) => `${t.params.x}${t.params.y}`);
  expect(await order(2)).not.toEqual(await order(12));
}, 120_000);
