import fc from 'fast-check';
import { expect, it } from 'vitest';
import { addSquare, addSum, addTo, sumAt, variance } from './sums.ts';

const moments = (xs: readonly number[]): Float64Array => {
  const S = new Float64Array(5);
  for (const x of xs) {
    addTo(S, 0, x);
    addSquare(S, 2, x, 1);
  }
  return S;
};

it('loses nothing that a single double would lose', () => {
  const S = new Float64Array(2);
  for (const x of [1e16, 1, 1, 1, -1e16]) addTo(S, 0, x);
  expect(sumAt(S, 0)).toBe(3);
  for (let k = 0; k < 1e5; k++) addTo(S, 0, 0.1 * k);
  for (let k = 0; k < 1e5; k++) addTo(S, 0, -0.1 * k);
  expect(sumAt(S, 0)).toBe(3);
});

it('joins two sums with what they had lost', () => {
  const S = Float64Array.of(0, 0, 0, 0);
  for (const x of [1e16, 1]) addTo(S, 0, x);
  for (const x of [-1e16, 1]) addTo(S, 2, x);
  addSum(S, 0, 2);
  expect(sumAt(S, 0)).toBe(2);
});

it('has the variance of numbers far from 0 that differ little', () => {
  const xs = Array.from({ length: 1000 }, (_, k) => 1e6 + (k % 2) * 1e-3);
  const [low, high] = [xs[0], xs[1]];
  expect(variance(moments(xs), 1000, 0, 2)).toBeCloseTo(((high - low) / 2) ** 2, 15);
  expect(variance(moments(Array.from({ length: 77 }, () => 0.1)), 77, 0, 2)).toBeLessThan(1e-30);
});

it('does not depend on the order', () => {
  const prices = fc.array(fc.integer({ min: 1, max: 1e6 }).map((x) => x / 100), { minLength: 2, maxLength: 200, size: 'max' });
  fc.assert(fc.property(prices, (xs) => {
    const [a, b] = [moments(xs), moments([...xs].sort((x, y) => x - y))];
    expect([sumAt(b, 0), variance(b, xs.length, 0, 2)]).toEqual([sumAt(a, 0), variance(a, xs.length, 0, 2)]);
  }), { numRuns: 2000 });
});
