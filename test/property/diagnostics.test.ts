import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { AGGREGATES } from '../../src/core/operator.ts';
import { Random } from '../../src/core/random.ts';
import { PURE_FUNCTIONS } from '../../src/language/formula/functions.ts';
import { PIPELINES, REGISTRY, shipped } from '../shipped.ts';
import { LONG, SEED, told } from '../harness/settings.ts';
import { errors, isRight, judge, levelMutants, wordMutants, type Mutant, type Verdict } from '../harness/typos.ts';

/** Words that are right by themselves: a slip that makes one of them is no slip that could be seen. */
const RIGHT = new Set([...REGISTRY.kernels.keys(), ...REGISTRY.operators.keys(), ...PURE_FUNCTIONS.keys(), ...AGGREGATES]);

/** How many words of each file; all in the long mode. */
const SAMPLE = LONG ? Infinity : 90;

function sampled(list: readonly Mutant[], random: Random): Mutant[] {
  if (list.length <= SAMPLE) return [...list];
  return list.filter(() => random.next() < SAMPLE / list.length);
}

const share = (list: readonly Verdict[]): number => list.filter(isRight).length / Math.max(1, list.length);

function table(verdicts: readonly Verdict[], by: (v: Verdict) => string): string {
  const groups = new Map<string, Verdict[]>();
  for (const v of verdicts) groups.set(by(v), [...(groups.get(by(v)) ?? []), v]);
  return [...groups].sort((a, b) => share(a[1]) - share(b[1]))
    .map(([name, list]) => `${name} ${(100 * share(list)).toFixed(1)} % of ${list.length}`).join(', ');
}

it('a wrong indent is one error wherever in the file it is', () => {
  for (const text of ['\na: b\n c: d\n', 'a:\n    b: 1\n  c: 2\n', '\n\n a: 1\nb: 2', '# only this\n\n a: 1\nb: 2\n']) {
    expect([text, errors('wrong', text).length]).toEqual([text, 1]);
  }
});

describe('single typos in the pipelines that ship', () => {
  it('give one error, on the right line, with the right suggestion, in 95 of 100 cases', { timeout: 1_200_000 }, () => {
    const random = new Random(SEED);
    const verdicts: Verdict[] = [];
    for (const name of shipped()) {
      const text = readFileSync(join(PIPELINES, `${name}.yaml`), 'utf8');
      expect(errors(name, text)).toEqual([]);
      const words = sampled(wordMutants(name, text, random, RIGHT), random);
      for (const m of [...words, ...levelMutants(name, text)]) {
        const v = judge(m);
        // A setting at another level may be right there: `description:` of a node beside that of the file.
        if (!(m.kind === 'level' && v.silent)) verdicts.push(v);
      }
    }
    const words = verdicts.filter((v) => v.mutant.kind !== 'level');
    const levels = verdicts.filter((v) => v.mutant.kind === 'level');
    told('single typos', `${(100 * share(verdicts)).toFixed(2)} % of ${verdicts.length} (words ${(100 * share(words)).toFixed(2)} %)`);
    const either = words.filter((v) => isRight(v) && v.elsewhere).length;
    console.log(`of the words, ${either} are names made once and read once, with the error at the other of the two places`);
    console.log(`by kind: ${table(verdicts, (v) => v.mutant.kind)}\nby slip: ${table(verdicts, (v) => v.mutant.slip)}`);
    const missed = verdicts.filter((v) => !isRight(v));
    const shown = LONG ? missed : missed.slice(0, 12);
    for (const { mutant: m, said } of shown) console.log(`  ${m.pipeline}:${m.line} ${m.kind} ${m.shown} -> ${said || 'nothing'}`);
    expect(verdicts.length).toBeGreaterThan(500);
    expect(share(words)).toBeGreaterThanOrEqual(0.95);
    expect(share(levels)).toBeGreaterThanOrEqual(0.9);
    expect(share(verdicts)).toBeGreaterThanOrEqual(0.95);
  });
});
