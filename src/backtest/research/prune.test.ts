import { expect, it } from 'vitest';
import { halvingPruner, median, medianPruner } from './prune.ts';

it('the median pruner compares with the others, earlier ones included', () => {
  const pruner = medianPruner({ least: 3 });
  // Two others only: too few to judge by.
  expect(pruner.keep(0, [1, 5, 9])).toEqual([true, true, true]);
  // The others of 4 are 1, 5, 9, 6: median 5.5; of 6 they are 1, 5, 9, 4: 4.5.
  expect(pruner.keep(0, [4, 6])).toEqual([false, true]);
  expect(pruner.keep(1, [0, null])).toEqual([true, false]);
});

it('the first spans are run by all where asked for', () => {
  const pruner = medianPruner({ least: 1, from: 2 });
  expect(pruner.keep(0, [1, 2, 3])).toEqual([true, true, true]);
  expect(pruner.keep(1, [1, 2, 3])).toEqual([false, true, true]);
});

it('halving keeps the better part, at least one, the earlier of equals', () => {
  expect(halvingPruner().keep(0, [1, 4, 3, 2, 4])).toEqual([false, true, true, false, true]);
  expect(halvingPruner({ eta: 4 }).keep(0, [1, 1, 1, 1])).toEqual([true, false, false, false]);
  expect(halvingPruner().keep(0, [null, 7])).toEqual([false, true]);
  expect(halvingPruner().keep(0, [null, null])).toEqual([false, false]);
});

it('the median of an even number is between the two in the middle', () => {
  expect([median([3, 1, 2]), median([4, 1, 3, 2])]).toEqual([2, 2.5]);
});
