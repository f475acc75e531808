import { afterAll, describe, expect, it } from 'vitest';
import { Random } from '../../src/core/random.ts';
import { feedFor, kernelCases, operatorCases, textOf } from '../harness/cases.ts';
import { differences } from '../harness/compare.ts';
import { drive, randomly } from '../harness/drive.ts';
import { reference } from '../harness/law.ts';
import { subjectOf } from '../harness/pipeline.ts';
import { counts, SEED, told } from '../harness/settings.ts';
import { PIPELINES, read, rowsOf, run, shipped } from '../shipped.ts';

const KILLS = counts(4, 20);
const ROWS = counts(400, 900);

let rows = 0;
let pipelines = 0;
afterAll(() => told('freeze and thaw', `${pipelines} pipelines, ${KILLS} kills each, ${rows} rows out`));

describe('a run that goes on from its frozen bytes is the run that never stopped', () => {
  it.each([...operatorCases(), ...kernelCases()].map((c) => [c.name, c] as const))('%s', { timeout: 60_000 }, async (_name, c) => {
    const subject = subjectOf(c.name, textOf(c));
    const feed = feedFor(c.sources, { seed: SEED, rows: ROWS, pace: 1, heartbeats: true });
    const truth = await reference(subject, feed);
    const random = new Random(SEED);
    const kills = Array.from({ length: KILLS }, () => random.int(1, feed.n - 1));
    const again = await drive(subject, feed, { ...randomly(random, feed.n), kills, frozen: true });
    expect(differences(truth, again)).toEqual([]);
    pipelines += 1;
    for (const n of again.nodes.values()) rows += n.ts.length;
    expect(again.nodes.size).toBeGreaterThan(0);
  });

  it.each(shipped())('%s', { timeout: 60_000 }, async (name) => {
    const data = await rowsOf(read(`${PIPELINES}/${name}.yaml`), null, 20_000);
    const whole = await run(data, { next: () => 4096 });
    const kills = [1, 777, 7_777, 15_000];
    const again = await run(data, { next: (at) => Math.min(4096, (kills.find((k) => k > at) ?? Infinity) - at), kills, frozen: true });
    expect(again).toEqual(whole);
    expect(Object.values(again.report).some((r) => r.out > 0)).toBe(true);
    pipelines += 1;
  });
});
