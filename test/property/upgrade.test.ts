import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { Random } from '../../src/core/random.ts';
import { compile } from '../../src/plan/compile.ts';
import { feedFor, kernelCases, operatorCases, textOf, type Case } from '../harness/cases.ts';
import { every } from '../harness/drive.ts';
import { reference } from '../harness/law.ts';
import { readText, subjectOf } from '../harness/pipeline.ts';
import { otherMeanings } from '../harness/rewrite.ts';
import { counts, SEED, told } from '../harness/settings.ts';
import { upgrade } from '../harness/upgrade.ts';
import { PIPELINES, REGISTRY, shipped } from '../shipped.ts';

const CHANGES = counts(2, 30);
const ROWS = counts(300, 900);

const figures = { upgrades: 0, held: 0, kept: 0, dropped: 0, fresh: 0 };
afterAll(() => {
  expect(figures.kept).toBeGreaterThan(100);
  expect(figures.dropped).toBeGreaterThan(100);
  told('upgrade', `${figures.upgrades} upgrades, ${figures.held} values held to a run that never stopped; pieces of state: `
    + `${figures.kept} kept, ${figures.dropped} dropped, ${figures.fresh} fresh`);
});

const compiles = (text: string): boolean => compile(readText(text), REGISTRY).plan !== null;

/** Source ids are what `feedFor` knows the kind of a stream by. */
const FILES: readonly (readonly [string, string, readonly string[]])[] = [
  ...[...operatorCases(), ...kernelCases()].map((c: Case) => [c.name, textOf(c), c.sources] as const),
  ...shipped().flatMap((name) => {
    const text = readFileSync(`${PIPELINES}/${name}.yaml`, 'utf8');
    const sources = readText(text).sources.map((s) => s.id);
    return sources.every((id) => ['trades', 'quotes', 'bars'].includes(id)) ? [[name, text, sources] as const] : [];
  }),
];

describe('an upgrade keeps what both plans have, to the bit', () => {
  it.each(FILES)('%s', { timeout: 120_000 }, async (name, text, sources) => {
    const random = new Random(SEED);
    const others = otherMeanings(text).filter((m) => m.what !== 'another name of a source' && compiles(m.text));
    const chosen = Array.from({ length: CHANGES }, () => others[random.int(0, others.length - 1)]);
    for (const [k, other] of chosen.entries()) {
      const feed = feedFor(sources, { seed: SEED + k, rows: ROWS, pace: k % 2 === 0 ? 1 : 2, heartbeats: true, disorder: 2_000_000 });
      const pair = [subjectOf(name, text), subjectOf(`${name} (${other.what})`, other.text)];
      const [before, after] = k % 2 === 0 ? pair : [pair[1], pair[0]];
      const truth = await reference(after, feed);
      const at = random.int(1, feed.n - 1);
      const cut = k % 3 === 1 ? { ...every(64), fuse: false } : every(64);
      const { adoption, held, found } = await upgrade(before, after, feed, at, truth, cut);
      expect(found, other.what).toEqual([]);
      figures.upgrades += 1;
      figures.held += held;
      figures.kept += adoption.kept.length;
      figures.dropped += adoption.dropped.length;
      figures.fresh += adoption.fresh.length;
    }
  });
});

