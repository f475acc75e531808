import { expect, it } from 'vitest';
import { alignedReturns } from './aligned-returns.ts';

it('are those of each curve where all have the same moments', () => {
  const ts = [1, 2, 3];
  expect(alignedReturns([{ ts, equity: [10, 20, 10] }, { ts: [1, 2, 3], equity: [4, 4, 5] }]).map((r) => [...r])).toEqual([[1, -0.5], [0, 0.25]]);
  expect(alignedReturns([])).toEqual([]);
});

it('hold a value until the next where they do not', () => {
  const found = alignedReturns([{ ts: [1, 3, 4], equity: [10, 20, 10] }, { ts: [1, 2, 4], equity: [4, 5, 10] }]);
  expect(found.map((r) => [...r])).toEqual([[0, 1, -0.5], [0.25, 0, 1]]);
});
