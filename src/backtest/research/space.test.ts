import { expect, it } from 'vitest';
import { sizeOf, space, type AxisSpec } from './space.ts';

const axis = (spec: AxisSpec) => space({ x: spec }).axes[0];
const values = (spec: AxisSpec) => Array.from({ length: axis(spec).levels }, (_, i) => axis(spec).at(i));
const codeOf = (make: () => unknown): string => {
  try {
    make();
  } catch (error) {
    return (error as { code: string }).code;
  }
  return 'none';
};

it('lists keep their order, repeated values count once', () => {
  expect(values([16, 8, 8, 12])).toEqual([16, 8, 12]);
  expect(axis(['ema', 'sma', true]).ordered).toBe(false);
  expect(axis([16, 8, 12]).ordered).toBe(true);
});

it('ranges hold their ends and what was meant in decimals', () => {
  expect(values({ min: 0.1, max: 0.5, step: 0.1 })).toEqual([0.1, 0.2, 0.3, 0.4, 0.5]);
  expect(values({ min: 5, max: 12, step: 5 })).toEqual([5, 10]);
  expect(values({ min: 3, max: 6, integer: true })).toEqual([3, 4, 5, 6]);
  expect(values({ min: 1, max: 1000, points: 4, scale: 'log' })).toEqual([1, 10, 100, 1000]);
  expect(values({ min: 1, max: 3, points: 5, integer: true })).toEqual([1, 2, 3]);
  expect(axis({ min: 0, max: 1 }).levels).toBe(Infinity);
  expect(values({ min: 2, max: 2 })).toEqual([2]);
});

it('a value is at its own position', () => {
  const specs: AxisSpec[] = [[16, 8, 12], ['a', 'b', 'c'], { min: 5, max: 50, step: 5 }, { min: 1, max: 500, integer: true, scale: 'log' },
    { min: 1, max: 9, integer: true }, { min: 0.001, max: 1, points: 7, scale: 'log' }];
  for (const spec of specs) for (const v of values(spec)) expect(axis(spec).value(axis(spec).position(v))).toBe(v);
  const rate = axis({ min: 1e-6, max: 1, scale: 'log' });
  expect(rate.position(1e-3)).toBeCloseTo(0.5, 12);
  expect(rate.value(0.5)).toBeCloseTo(1e-3, 12);
});

it('levels of a scale are equally likely, the first and the last too', () => {
  const a = axis({ min: 1, max: 4, integer: true });
  const seen = [0, 0, 0, 0];
  for (let i = 0; i < 4000; i++) seen[Number(a.value((i + 0.5) / 4000)) - 1] += 1;
  expect(seen).toEqual([1000, 1000, 1000, 1000]);
});

it('a product larger than memory is only a number', () => {
  const huge = space(Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`p${i}`, { min: 1, max: 1e6, integer: true }])));
  expect(sizeOf(huge)).toBeCloseTo(1e72, -60);
});

it.each<[string, Readonly<Record<string, AxisSpec>>]>([
  ['no parameters', {}], ['an empty list', { x: [] }], ['bounds the wrong way', { x: { min: 2, max: 1 } }],
  ['a log scale from 0', { x: { min: 0, max: 1, scale: 'log' } }], ['a step of 0', { x: { min: 0, max: 1, step: 0 } }],
  ['a step on a log scale', { x: { min: 1, max: 9, step: 1, scale: 'log' } }], ['NaN', { x: { min: NaN, max: 1 } }],
  ['NaN in a list', { x: [1, NaN] }], ['half a point', { x: { min: 0, max: 1, points: 1.5 } }],
  ['whole numbers from 0.5', { x: { min: 0.5, max: 3, integer: true } }],
])('refuses %s', (_, spec) => expect(codeOf(() => space(spec))).toBe('E640'));
