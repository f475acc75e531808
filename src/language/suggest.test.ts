import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { editDistance, suggest } from './suggest.ts';

const NAMES = ['ema', 'sma', 'rsi', 'macd', 'stdev', 'zscore', 'crosses_above', 'crosses_below', 'close', 'volume', 'bars', 'bars5'];

describe('suggest', () => {
  it.each([
    ['emaa', 'ema'], ['clsoe', 'close'], ['vlume', 'volume'], ['crosses_abov', 'crosses_above'], ['EMA', 'ema'], ['barss', 'bars'],
    ['zcsore', 'zscore'], ['stdevv', 'stdev'],
  ])('%s is %s', (wrong, right) => expect(suggest(wrong, NAMES)).toBe(right));

  it('is silent when nothing is near', () => {
    expect(suggest('bollinger', NAMES)).toBeNull();
    expect(suggest('x', ['y', 'z'])).toBeNull();
    expect(suggest('', NAMES)).toBeNull();
    expect(suggest('a'.repeat(100_000), NAMES)).toBeNull();
  });

  it('finds any name with one edit in it, or one as near', () => {
    const kinds = fc.constantFrom('drop', 'double', 'swap', 'change');
    const edited = fc.tuple(fc.constantFrom(...NAMES), fc.nat(12), kinds, fc.constantFrom(...'qxjk'));
    fc.assert(fc.property(edited, ([name, at, kind, letter]) => {
      const i = at % name.length;
      const wrong = kind === 'drop' ? name.slice(0, i) + name.slice(i + 1)
        : kind === 'double' ? name.slice(0, i) + name[i] + name.slice(i)
          : kind === 'swap' ? name.slice(0, i) + name.slice(i, i + 2).split('').reverse().join('') + name.slice(i + 2)
            : name.slice(0, i) + letter + name.slice(i + 1);
      if (NAMES.includes(wrong)) return;
      const found = suggest(wrong, NAMES);
      expect(found).not.toBeNull();
      expect(editDistance(wrong, found as string)).toBe(1);
    }));
  });
});

describe('editDistance', () => {
  it('is a symmetric count of edits, a swap being one', () => {
    expect(editDistance('close', 'clsoe')).toBe(1);
    expect(editDistance('kitten', 'sitting')).toBe(3);
    fc.assert(fc.property(fc.string({ maxLength: 12 }), fc.string({ maxLength: 12 }), (a, b) => {
      expect(editDistance(a, b)).toBe(editDistance(b, a));
      expect(editDistance(a, b) === 0).toBe(a === b);
    }));
  });
});
