import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readPipeline } from './check.ts';
import { CODES } from './codes.ts';
import { FORMULA_CODES } from './formula/faults.ts';
import { REGISTRY } from './registry.fixture.ts';

const BASE: Readonly<Record<string, string>> = {
  apiVersion: 'apiVersion: 1', pipeline: 'pipeline: p', sources: 'sources:\n  trades: { csv: trades.csv, schema: trade }',
};

/** The example with the sections of a small pipeline that it does not have itself. */
function whole(example: string): string {
  const own = new Set([...example.matchAll(/^(\w+):/gm)].map((m) => m[1]));
  return [...Object.entries(BASE).filter(([k]) => !own.has(k) && !(k === 'pipeline' && own.has('template'))).map(([, v]) => v), example,
    ''].join('\n');
}
const codesOf = (text: string): string[] =>
  readPipeline(text, { file: 'p', base: '.', registry: REGISTRY, env: {}, params: {}, readFile: () => null }).diagnostics.map((d) =>
    d.code);

describe('codes', () => {
  const folder = new URL('.', import.meta.url);
  const used = new Set(readdirSync(folder).filter((f) => f.endsWith('.ts') && !f.includes('test') && !f.startsWith('codes'))
    .flatMap((f) => [...readFileSync(new URL(f, folder), 'utf8').matchAll(/'([EW]\d{3})'/g)].map((m) => m[1])));

  it('explains every code that is used, and no other', () => {
    const own = Object.keys(CODES).filter((c) => !c.startsWith('E3'));
    expect(own).toEqual([...used].filter((c) => !c.startsWith('E3')).sort());
    for (const code of Object.keys(FORMULA_CODES)) expect(Object.hasOwn(CODES, code)).toBe(true);
  });

  const shape = Object.entries(CODES).filter(([code]) => /^(E[01247]|W)/.test(code) && !['E006', 'E008'].includes(code));
  it.each(shape)('%s is what its example gives', (code, entry) => {
    const text = code.startsWith('E0') ? entry.wrong : whole(entry.wrong);
    expect(codesOf(text)).toContain(code);
    expect(codesOf(code.startsWith('E0') ? entry.right : whole(entry.right))).not.toContain(code);
  });
});
