import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Diagnostic } from '../../src/core/diagnostic.ts';
import { readPipeline } from '../../src/language/check.ts';
import { compile } from '../../src/plan/compile.ts';
import { PIPELINES, REGISTRY, shipped } from '../shipped.ts';

const textOf = (path: string): string | null => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
};

function errors(text: string): readonly Diagnostic[] {
  const doc = readPipeline(text, { file: 'p.yaml', base: PIPELINES, registry: REGISTRY, env: {}, params: {}, readFile: textOf });
  return compile(doc, REGISTRY).diagnostics.filter((d) => d.severity === 'error');
}

/** The slips of a hand: two letters swapped, one lost, one doubled, one hit beside its key. */
const SLIPS: readonly ((w: string, i: number) => string)[] = [
  (w, i) => w.slice(0, i) + w[i + 1] + w[i] + w.slice(i + 2),
  (w, i) => w.slice(0, i) + w.slice(i + 1),
  (w, i) => w.slice(0, i) + w[i] + w.slice(i),
  (w, i) => w.slice(0, i) + (w[i] === 'e' ? 'r' : 'e') + w.slice(i + 1),
];

interface Word {
  readonly word: string;
  readonly at: number;
}

/** Words that mean something: no comments, no prose, no symbols, no names that may be anything. */
function words(text: string): Word[] {
  const out: Word[] = [];
  let offset = 0;
  let section = '';
  for (const line of text.split('\n')) {
    section = /^(\w+):/.exec(line)?.[1] ?? section;
    const free = /^\s*(description|pipeline):|name:|subject|symbols:|universe:/.test(line)
      || (section === 'outputs' && /^ {2}\w+:/.test(line));
    const code = line.replace(/\s#.*$|^#.*$/, '');
    if (!free) {
      for (const m of code.matchAll(/[A-Za-z_]\w{3,}/g)) {
        const isPath = /[./*-]$/.test(code.slice(0, m.index)) || /^[./*-]\w*(csv|yaml)/.test(code.slice(m.index + m[0].length));
        if (!/^[A-Z]+$/.test(m[0]) && !isPath) out.push({ word: m[0], at: offset + m.index });
      }
    }
    offset += line.length + 1;
  }
  return out;
}

const lineOf = (text: string, offset: number): number => text.slice(0, offset).split('\n').length;

describe('a slip of the hand in a pipeline that ships', () => {
  it('is one error, on its line, with the right word, in 95 of 100 cases', () => {
    const misses: string[] = [];
    let total = 0;
    for (const name of shipped()) {
      const text = readFileSync(join(PIPELINES, `${name}.yaml`), 'utf8');
      expect(errors(text), name).toEqual([]);
      for (const [k, { word, at }] of words(text).entries()) {
        const slip = SLIPS[k % SLIPS.length](word, 1 + (k % (word.length - 2)));
        if (slip === word) continue;
        const wrong = text.slice(0, at) + slip + text.slice(at + word.length);
        const found = errors(wrong);
        total += 1;
        const [only] = found;
        if (found.length === 1 && only.suggestion?.includes(word) === true && lineOf(wrong, only.start) === lineOf(wrong, at)) continue;
        const said = found.map((d) => `${d.code} in line ${lineOf(wrong, d.start)}: ${d.message} (${d.suggestion ?? ''})`);
        misses.push(`${name} line ${lineOf(text, at)}: ${word} as ${slip} -> ${said.join(' | ')}`);
      }
    }
    expect(total).toBeGreaterThan(300);
    expect(1 - misses.length / total, misses.join('\n')).toBeGreaterThanOrEqual(0.95);
  }, 300_000);
});
