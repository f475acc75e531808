import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseNumber } from './parse-number.ts';

const parse = (text: string): number => {
  const bytes = Buffer.from(`x${text}y`, 'latin1');
  return parseNumber(bytes, 1, bytes.length - 1);
};

it('reads every double back from its shortest text', () => {
  fc.assert(fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (x) => Object.is(parse(String(x)), x === 0 ? 0 : x)),
    { numRuns: 3000 });
});

it('rounds decimals as the language does', () => {
  const decimal = fc.tuple(fc.bigInt({ min: 0n, max: 10n ** 18n }), fc.integer({ min: 0, max: 25 })).map(([digits, scale]) => {
    const text = String(digits).padStart(scale + 1, '0');
    return scale === 0 ? text : `${text.slice(0, -scale)}.${text.slice(-scale)}`;
  });
  fc.assert(fc.property(decimal, (text) => parse(text) === Number(text)), { numRuns: 3000 });
});

it.each(['61837.63000000', '0.02000000', '1.36e-06', '-12', '+3.5', '.5', '7.', '00012', '1E3', ' 4.2 '])('reads %s', (text) => {
  expect(parse(text)).toBe(Number(text));
});

it.each(['', '-', '.', 'abc', '1,5', '0x10', 'NaN', 'Infinity', '-inf', '1e999', '1.2.3', '12a', '1 2'])('refuses %s', (text) => {
  expect(parse(text)).toBeNaN();
});
