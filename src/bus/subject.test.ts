import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeToken, encodeToken, matches, parseTemplate, tokensOf } from './subject.ts';

describe('tokens', () => {
  it.each([['BRK.B', 'BRK%2EB'], ['AAPL', 'AAPL'], ['A B', 'A%20B'], ['*', '%2A'], ['>', '%3E'], ['100%', '100%25'], ['', '%'],
    ['ÄÖ/€', 'ÄÖ/€'], ['a\u00a0b', 'a%C2%A0b']])(
    '%s is %s', (text, token) => {
      expect([encodeToken(text), decodeToken(token)]).toEqual([token, text]);
    });

  it('are reversible, and always one token', () => {
    fc.assert(fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      const token = encodeToken(text);
      expect(decodeToken(token)).toBe(text);
      expect(tokensOf(token, false)).toEqual([token]);
    }), { numRuns: 1000 });
  });
});

describe('subjects', () => {
  it.each(['a', 'a.b', 'md.trades.BRK%2EB', 'A.a', '$SYS.x'])('%s is one', (subject) => {
    expect(tokensOf(subject, false)).toEqual(subject.split('.'));
  });

  it.each(['', '.', 'a.', '.a', 'a..b', 'a b', 'a.*', 'a.>', '>', 'a\tb'])('`%s` is none', (subject) => {
    expect(() => tokensOf(subject, false)).toThrow(/subject/);
  });

  it.each(['*', '>', 'a.*.c', 'a.>', '*.*', '*.>'])('%s is a pattern', (pattern) => {
    expect(tokensOf(pattern, true)).toEqual(pattern.split('.'));
  });

  it.each(['>.a', 'a.>.b', 'a..*', ''])('`%s` is no pattern', (pattern) => {
    expect(() => tokensOf(pattern, true)).toThrow(/subject/);
  });
});

it.each([
  ['a.b', 'a.b', true], ['a.b', 'a.B', false], ['a.*', 'a.b', true], ['a.*', 'a', false], ['a.*', 'a.b.c', false], ['*.b', 'a.b', true],
  ['a.>', 'a.b', true],
  ['a.>', 'a.b.c.d', true], ['a.>', 'a', false], ['>', 'a', true], ['>', 'a.b', true], ['*.*.c', 'a.b.c', true], ['a', 'a.b', false],
  ['a.b*', 'a.bc', false],
  ['a.*.>', 'a.b', false], ['a.*.>', 'a.b.c', true],
])('%s on %s: %s', (pattern, subject, want) => {
  expect(matches(pattern, subject)).toBe(want);
});

describe('templates', () => {
  it('are filled and captured', () => {
    const t = parseTemplate('md.trades.{symbol}', 'source');
    expect([t.pattern, t.holes]).toEqual(['md.trades.*', ['symbol']]);
    const subject = t.fill(() => 'BRK.B');
    expect(subject).toBe('md.trades.BRK%2EB');
    expect(t.capture(subject)).toEqual({ symbol: 'BRK.B' });
    expect(t.capture('md.quotes.X')).toBeNull();
  });

  it('may have several holes and wildcards', () => {
    const t = parseTemplate('{venue}.*.{symbol}.>', 'source');
    expect(t.capture('XNYS.trades.A.x.y')).toEqual({ venue: 'XNYS', symbol: 'A' });
    expect(parseTemplate('s-{pipeline}.{symbol}', 'output').fill((h) => `<${h}>`)).toBe('s-<pipeline%3E.<symbol%3E');
  });

  it.each([['md..{symbol}', 'source'], ['a.*', 'output'], ['a-{symbol}', 'source'], ['{a}{b}', 'source'], ['a b', 'output'],
    ['', 'source']] as const)(
    '`%s` is no %s', (template, role) => {
      expect(() => parseTemplate(template, role)).toThrow(/subject/);
    });
});
