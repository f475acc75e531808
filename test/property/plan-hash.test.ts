import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { Random } from '../../src/core/random.ts';
import { planHash } from '../../src/engine/identity.ts';
import { compile } from '../../src/plan/compile.ts';
import type { Plan } from '../../src/plan/ir.ts';
import { operatorCases, textOf } from '../harness/cases.ts';
import { readText } from '../harness/pipeline.ts';
import { otherMeanings, rewritten, SAME } from '../harness/rewrite.ts';
import { counts, SEED, told } from '../harness/settings.ts';
import { PIPELINES, REGISTRY, shipped } from '../shipped.ts';

const WORDINGS = counts(3, 100);

const planOf = (text: string): Plan | string => {
  const { plan, diagnostics } = compile(readText(text), REGISTRY);
  return plan ?? diagnostics.filter((d) => d.severity === 'error').map((d) => `${d.code} ${d.message}`).join('; ');
};

const hashOf = (text: string): string => {
  const plan = planOf(text);
  if (typeof plan === 'string') throw new TypeError(`${plan}\n${text}`);
  return planHash(plan);
};

const FILES: readonly (readonly [string, string])[] = [
  ...shipped().map((name) => [name, readFileSync(`${PIPELINES}/${name}.yaml`, 'utf8')] as const),
  ...operatorCases().map((c) => [c.name, textOf(c)] as const),
];

const figures = { same: 0, other: 0 };
afterAll(() => told('plan hash', `${figures.same} files of equal meaning, ${figures.other} of another, from ${FILES.length} pipelines`));

describe('the hash of a plan', { timeout: 60_000 }, () => {
  it.each(FILES)('%s: other words are the same plan', (_name, text) => {
    const own = hashOf(text);
    expect(own).toMatch(/^[0-9a-f]{32}$/);
    const random = new Random(SEED);
    const all = Object.keys(SAME);
    const choices = [...all.map((name) => [name]), ...Array.from({ length: WORDINGS }, () => all.filter(() => random.int(0, 1) === 0))];
    for (const names of choices) {
      const other = rewritten(text, names, random);
      expect(hashOf(other), `${names.join(', ')}\n${other}`).toBe(own);
      figures.same += 1;
    }
  });

  it.each(FILES)('%s: another meaning is another plan', (_name, text) => {
    const hashes = new Map([[hashOf(text), 'as it is']]);
    let compiled = 0;
    for (const m of otherMeanings(text)) {
      const plan = planOf(m.text);
      if (typeof plan === 'string') continue;
      compiled += 1;
      const hash = planHash(plan);
      expect(hashes.get(hash), `${m.what}\n${m.text}`).toBeUndefined();
      hashes.set(hash, m.what);
    }
    expect(compiled).toBeGreaterThan(4);
    figures.other += compiled;
  });

  it('does not depend on which columns somebody looks at, or how often it is compiled', () => {
    for (const [, text] of FILES) {
      const own = hashOf(text);
      const { plan } = compile(readText(text), REGISTRY, { observe: 'all' });
      expect(planHash(plan as Plan)).toBe(own);
    }
  });

  it('has the symbols that may pass in it, in no order', () => {
    const plan = planOf(FILES[0][1]) as Plan;
    expect(planHash(plan, ['B', 'A'])).toBe(planHash(plan, ['A', 'B']));
    expect(new Set([planHash(plan), planHash(plan, []), planHash(plan, ['A']), planHash(plan, ['A', 'B'])]).size).toBe(4);
  });
});
