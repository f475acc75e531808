import { describe, expect, it } from 'vitest';
import { guardYaml, LIMITS } from './guard.ts';
import { Report } from './report.ts';
import { readYaml } from './yaml.ts';

/** Code of the first fault, and the milliseconds it took. */
function hostile(text: string): { code: string | undefined; ms: number } {
  const report = new Report();
  const start = performance.now();
  readYaml(text, {}, report);
  return { code: report.sorted()[0]?.code, ms: performance.now() - start };
}

const bomb = (levels: number): string => {
  const level = (i: number): string => `a${i}: &a${i} [${Array(10).fill(i === 0 ? 'x' : `*a${i - 1}`).join(',')}]\n`;
  return Array.from({ length: levels + 1 }, (_, i) => level(i)).join('');
};

const CASES: readonly (readonly [string, string, string])[] = [
  ['an alias bomb', bomb(9), 'E009'],
  ['a smaller alias bomb', bomb(5), 'E009'],
  ['many aliases', `a: &a 1\nb: [${'*a, '.repeat(200)}]`, 'E009'],
  ['an alias inside itself', 'a: &a [*a]', 'E009'],
  ['brackets 10,000 deep', '['.repeat(10_000), 'E007'],
  ['flow maps 10,000 deep', '{a: '.repeat(10_000), 'E007'],
  ['closed brackets 10,000 deep', '['.repeat(10_000) + ']'.repeat(10_000), 'E007'],
  ['dashes 10,000 deep', '- '.repeat(10_000), 'E007'],
  ['question marks 10,000 deep', '? '.repeat(10_000), 'E007'],
  ['indentation 700 deep', Array.from({ length: 700 }, (_, i) => `${' '.repeat(i)}a:\n`).join(''), 'E007'],
  ['40,000 keys', Array.from({ length: 40_000 }, (_, i) => `k${i}: 1`).join('\n'), 'E006'],
  ['40,000 short keys', Array.from({ length: 40_000 }, (_, i) => `${i.toString(36)}:`).join('\n'), 'E008'],
  ['__proto__', '__proto__:\n  polluted: yes\n', 'E010'],
  ['constructor', 'a: { constructor: { prototype: 1 } }', 'E010'],
  ['a merge key with __proto__', 'b: &b { p: 1 }\nc:\n  <<: *b\n', 'E005'],
  ['10 MB in one text', `a: "${'x'.repeat(1e7)}"`, 'E006'],
  ['10 MB of lines', 'a:\n'.repeat(3_400_000), 'E006'],
  ['NUL', 'a: \u0000', 'E012'],
  ['control characters of the lexer', 'a: \u0002\u0018\u001f', 'E012'],
  ['a tag', 'a: !!js/function "function(){}"', 'E011'],
  ['a key that is a list', '[a]: 1', 'E013'],
  ['a tab', 'a:\n\tb: 1\n', 'E002'],
  ['a key twice', 'a: 1\na: 2\n', 'E003'],
  ['two documents', 'a: 1\n---\na: 1\n', 'E004'],
  ['a formula cut at its comma', 'a: { x: max(a, b) + 1, y: 2 }', 'E014'],
  ['a formula with brackets in braces', 'a: { x: close[1], y: 2 }', 'E001'],
  ['an open quote', 'a: "x\nb: 1\n', 'E001'],
  ['an open bracket', 'a: [1, 2\nb: 1\n', 'E001'],
  ['a wrong indent', 'a:\n  b: 1\n c: 2\n', 'E001'],
  ['two values on a line', 'a: b: c\n', 'E001'],
  ['a value that begins with @', 'a: @x\n', 'E001'],
  ['a bracket too many', '{a: 1}}\n', 'E001'],
];

describe('hostile YAML', () => {
  // Twice over: some parsers survive the first deep document of a process and end it at the second.
  for (const round of [1, 2]) {
    it.each(CASES)(`%s is refused (${round})`, (_, text, code) => {
      const got = hostile(text);
      expect(got.code).toBe(code);
      expect(got.ms).toBeLessThan(1000);
    });
  }

  it('pollutes nothing', () => expect(({} as Record<string, unknown>).polluted).toBeUndefined());

  it.each([
    ['a comment and a document mark in front', '# hello\n---\na: 1\n'],
    ['a document end', 'a: 1\n...\n'],
    ['a byte order mark', '\uFEFFa: 1\n'],
    ['the deepest that is allowed', `${'['.repeat(LIMITS.depth - 1)}1${']'.repeat(LIMITS.depth - 1)}`],
    ['Windows line ends', 'a:\r\n  b: 1\r\n'],
    ['a shared value', 'a: &a [1, 2]\nb: *a\nc: *a\n'],
  ])('%s is fine', (_, text) => {
    expect(guardYaml(text)).toBeNull();
    expect(hostile(text).code).toBeUndefined();
  });
});
