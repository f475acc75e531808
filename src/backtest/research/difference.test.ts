import { expect, it } from 'vitest';
import { firstDifference } from './difference.ts';

const row = (ts: number, price: number, side = 'buy') => ({ ts, price, side });

it('names the first row and what differs in it', () => {
  const a = [row(1, 10), row(2, 11), row(3, 12)];
  expect(firstDifference(a, [row(1, 10), row(2, 11.5, 'sell'), row(3, 99)])).toEqual({
    row: 1, missing: null, a: a[1], b: row(2, 11.5, 'sell'),
    columns: [{ name: 'price', a: 11, b: 11.5 }, { name: 'side', a: 'buy', b: 'sell' }],
  });
  expect(firstDifference(a, a.map((r) => ({ ...r })))).toBeNull();
  expect(firstDifference([], [])).toBeNull();
});

it('says which side ended', () => {
  expect(firstDifference([row(1, 10)], [row(1, 10), row(2, 11)])).toMatchObject({ row: 1, missing: 'a', a: null, b: row(2, 11) });
  expect(firstDifference([row(1, 10)], [])).toMatchObject({ row: 0, missing: 'b', columns: [{ name: 'ts', a: 1, b: undefined }, {}, {}] });
});

it('knows what counts as the same', () => {
  expect(firstDifference([{ x: NaN, y: null, z: 0 }], [{ x: NaN, y: undefined, z: -0 }])).toBeNull();
  expect(firstDifference([{ x: 1 }], [{ x: '1' }])?.columns).toEqual([{ name: 'x', a: 1, b: '1' }]);
  expect(firstDifference([{ x: NaN }], [{ x: null }])?.row).toBe(0);
  expect(firstDifference([{ x: 0.1 + 0.2 }], [{ x: 0.3 }])?.row).toBe(0);
  expect(firstDifference([{ x: 0.1 + 0.2 }], [{ x: 0.3 }], { tolerance: 1e-12 })).toBeNull();
  expect(firstDifference([{ x: Infinity }], [{ x: 5 }], { tolerance: 1e-12 })?.row).toBe(0);
  expect(firstDifference([{ x: 1, id: 7 }], [{ x: 1, id: 8 }], { columns: ['x'] })).toBeNull();
  expect(firstDifference([{ x: 1 }], [{ x: 1, extra: 2 }])?.columns).toEqual([{ name: 'extra', a: undefined, b: 2 }]);
});

it('reads no further than it must, and closes what it read', () => {
  let read = 0;
  let closed = false;
  function* rows() {
    try {
      for (let i = 0; ; i++) {
        read += 1;
        yield { i };
      }
    } finally {
      closed = true;
    }
  }
  expect(firstDifference(rows(), [{ i: 0 }, { i: 1 }, { i: 5 }])?.row).toBe(2);
  expect([read, closed]).toEqual([3, true]);
});
