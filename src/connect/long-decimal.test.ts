import fc from 'fast-check';
import { expect, it } from 'vitest';
import { longDecimal } from './long-decimal.ts';

const read = (text: string): number => {
  const b = Buffer.from(`x${text}x`, 'latin1');
  return longDecimal(b, 1, b.length - 1);
};

it.each([
  '0.30000000000000004', '9007199254740993', '9007199254740992.5', '1700000000123456789', '0.00012345678901234567',
  '123456.78901234567', '9999999999999999999', '4503599627370496.5', '4503599627370497.5', '1000000000000000000',
  '0.0000000000000000000001',
])(
  '%s is the nearest double or left to the engine', (text) => {
    expect([Number(text), NaN]).toContainEqual(read(text));
  });

it('never differs from the engine, and decides nearly always', () => {
  let decided = 0;
  let all = 0;
  const check = (text: string): void => {
    const x = read(text);
    all++;
    if (x !== x) return;
    decided++;
    if (!Object.is(x, Number(text))) throw new Error(`${text}: ${x}`);
  };
  fc.assert(fc.property(fc.bigInt({ min: 0n, max: 9_999_999_999_999_999_999n }), fc.nat(22), (digits, scale) => {
    const text = digits.toString().padStart(scale + 1, '0');
    check(scale === 0 ? text : `${text.slice(0, -scale)}.${text.slice(-scale)}`);
  }), { numRuns: 50_000 });
  fc.assert(fc.property(fc.double({ min: 1e-5, max: 1e6, noNaN: true }), (x) => check(String(x))), { numRuns: 50_000 });
  expect(decided).toBeGreaterThan(0.9 * all);
});

it('leaves a tie to the engine', () => {
  // Half way between two doubles: 2^53 + 1.
  expect(read('9007199254740993')).toBeNaN();
});
