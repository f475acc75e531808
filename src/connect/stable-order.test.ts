import fc from 'fast-check';
import { expect, it } from 'vitest';
import { stableOrder } from './stable-order.ts';

it('sorts as a stable sort does', () => {
  fc.assert(fc.property(fc.array(fc.integer({ min: 0, max: 20 })), (times) => {
    const want = times.map((_, i) => i).sort((a, b) => times[a] - times[b]);
    expect([...stableOrder(Float64Array.from(times))]).toEqual(want);
  }));
});
