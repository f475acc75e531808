import { afterAll, describe, expect, it } from 'vitest';
import { feedFor, kernelCases, operatorCases, PACES, textOf, type Case } from '../harness/cases.ts';
import { reference } from '../harness/law.ts';
import { checkNoLookAhead } from '../harness/look-ahead.ts';
import { checkKeys, checkNotBefore, checkWarmup } from '../harness/keys.ts';
import { subjectOf } from '../harness/pipeline.ts';
import { counts, SEED, told } from '../harness/settings.ts';

const CUTS = counts(10, 200);

let cuts = 0;
afterAll(() => told('no look-ahead', `${cuts} cut points, ${CUTS} for each operator and pipeline, each cut off and with another future`));

describe('no look-ahead', () => {
  it.each([...operatorCases(), ...kernelCases()].map((c) => [c.name, c] as const))('%s', { timeout: 600_000 }, async (_name, c: Case) => {
    const subject = subjectOf(c.name, textOf(c));
    for (let pace = 0; pace < PACES.length; pace += 2) {
      const feed = feedFor(c.sources, { seed: SEED + pace, rows: 300, pace });
      expect(await checkNoLookAhead(subject, feed, CUTS / 2, SEED + pace)).toEqual([]);
      cuts += CUTS / 2;
    }
  });
});

describe('one state per key', () => {
  it.each([...operatorCases(), ...kernelCases()].map((c) => [c.name, c] as const))('%s', { timeout: 60_000 }, async (_name, c: Case) => {
    const subject = subjectOf(c.name, textOf(c));
    const feed = feedFor(c.sources, { seed: SEED, rows: 400, pace: 1 });
    const whole = await reference(subject, feed);
    expect(await checkKeys(subject, feed, whole)).toEqual([]);
    expect(checkNotBefore(subject, whole)).toEqual([]);
  });
});

describe('warm-up', () => {
  it.each(kernelCases().map((c) => [c.name, c] as const))('%s', async (_name, c) => {
    const subject = subjectOf(c.name, textOf(c));
    const whole = await reference(subject, feedFor(c.sources, { seed: SEED, rows: 900, pace: 1, nulls: false }));
    expect(checkWarmup(subject, whole, c.kernels.map((k) => `n_${k.name}`))).toEqual([]);
  });
});
