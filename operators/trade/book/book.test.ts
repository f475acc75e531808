import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  applyLevel, applySnapshot, applyTop, bestPrice, bestSize, beyond, BUY, displayed, newBook, SELL, sideOf, type Book, type Sign,
} from './book.ts';
import { newFills, reach, takeAt, walk, type Fills } from './walk.ts';

const bookOf = (bids: readonly (readonly [number, number])[], asks: readonly (readonly [number, number])[]): Book => {
  const book = newBook();
  applySnapshot(book, bids.map((l) => l[0]), bids.map((l) => l[1]), asks.map((l) => l[0]), asks.map((l) => l[1]));
  return book;
};

/** Levels of a side, best first. */
const shown = (book: Book, side: Sign): [number, number][] => {
  const l = sideOf(book, side);
  return Array.from({ length: l.count }, (_, i): [number, number] => [side * l.rank[l.count - 1 - i], l.size[l.count - 1 - i]]);
};

const fillsOf = (out: Fills): [number, number][] => Array.from({ length: out.count }, (_, i): [number, number] => [out.price[i], out.quantity[i]]);

describe('levels', () => {
  it('are kept best first on both sides, whatever the order they come in', () => {
    const book = bookOf([[99, 1], [100, 2], [98, 3]], [[103, 1], [101, 2], [102, 0]]);
    expect(shown(book, BUY)).toEqual([[100, 2], [99, 1], [98, 3]]);
    expect(shown(book, SELL)).toEqual([[101, 2], [103, 1]]);
    expect([bestPrice(book, BUY), bestSize(book, BUY), bestPrice(book, SELL), bestSize(book, SELL)]).toEqual([100, 2, 101, 2]);
    expect([displayed(book, SELL, 103), displayed(book, SELL, 102), displayed(book, BUY, 103)]).toEqual([1, 0, 0]);
  });

  it('an update says what was displayed before', () => {
    const book = newBook();
    expect([5, 7, 0, 0].map((size) => applyLevel(book, BUY, 100, size))).toEqual([0, 5, 7, 0]);
    expect(bestPrice(book, BUY)).toBeNaN();
    expect(bestSize(book, BUY)).toBe(0);
  });

  it('an update that meets or crosses the other side removes the levels it shows to be stale', () => {
    const book = bookOf([[100, 1], [99, 1], [98, 1]], [[101, 1], [102, 1]]);
    applyLevel(book, SELL, 99, 4);
    expect(shown(book, BUY)).toEqual([[98, 1]]);
    expect(shown(book, SELL)).toEqual([[99, 4], [101, 1], [102, 1]]);
    applyLevel(book, BUY, 101, 0);
    expect(shown(book, SELL)).toHaveLength(3);
  });

  it('a snapshot replaces all, and a price below zero is a price', () => {
    const book = bookOf([[100, 1]], [[101, 1]]);
    applySnapshot(book, [-2, -3], [1, 2], [-1, 0], [3, 4]);
    expect(shown(book, BUY)).toEqual([[-2, 1], [-3, 2]]);
    expect(shown(book, SELL).map(([p, q]) => [p + 0, q])).toEqual([[-1, 3], [0, 4]]);
  });

  it('state is plain: a copy goes its own way', () => {
    const book = bookOf([[100, 1]], [[101, 1]]);
    const copy = structuredClone(book);
    applyLevel(book, BUY, 100.5, 9);
    expect(shown(copy, BUY)).toEqual([[100, 1]]);
    applyLevel(copy, BUY, 100.5, 9);
    expect(copy).toEqual(book);
  });

  it('behind the last level nothing is known', () => {
    const book = bookOf([[100, 1], [99, 1]], []);
    expect([100.5, 100, 99.5, 99, 98].map((p) => beyond(book, BUY, p))).toEqual([false, false, false, false, true]);
    expect(beyond(book, SELL, 101)).toBe(false);
  });
});

describe('quotes', () => {
  it('replace a side, may be crossed, and empty it without a price or size', () => {
    const book = bookOf([[100, 1], [99, 1]], [[101, 1]]);
    applyTop(book, BUY, 102, 5);
    expect(shown(book, BUY)).toEqual([[102, 5]]);
    expect(shown(book, SELL)).toEqual([[101, 1]]);
    applyTop(book, BUY, NaN, 5);
    applyTop(book, SELL, 103, 0);
    expect([bestPrice(book, BUY), bestPrice(book, SELL)]).toEqual([NaN, NaN]);
    applyTop(book, SELL, 103, NaN);
    expect(bestSize(book, SELL)).toBe(Infinity);
  });

  it('a repeated quote brings no liquidity back', () => {
    const book = newBook();
    const out = newFills();
    applyTop(book, SELL, 101, 5);
    expect(walk(book, BUY, 3, NaN, out, true)).toBe(3);
    applyTop(book, SELL, 101, 5);
    expect(walk(book, BUY, 9, NaN, out, false)).toBe(2);
    applyTop(book, SELL, 101, 6);
    expect(walk(book, BUY, 9, NaN, out, false)).toBe(6);
  });
});

describe('walk', () => {
  const make = (): Book => bookOf([[99, 2], [98, 5]], [[101, 1], [102, 2], [104, 4]]);
  const out = newFills(1);

  it('takes level by level, ends at the limit and at the quantity', () => {
    expect(walk(make(), BUY, 2.5, NaN, out, false)).toBe(2.5);
    expect(fillsOf(out)).toEqual([[101, 1], [102, 1.5]]);
    expect(walk(make(), BUY, 10, 102, out, false)).toBe(3);
    expect(walk(make(), BUY, 10, NaN, out, false)).toBe(7);
    expect(walk(make(), SELL, 3, 98, out, false)).toBe(3);
    expect(fillsOf(out)).toEqual([[99, 2], [98, 1]]);
    expect(walk(make(), BUY, 1, 100, out, false)).toBe(0);
    expect(out.count).toBe(0);
  });

  it('what was taken stays taken until its level is updated', () => {
    const book = make();
    walk(book, BUY, 2, NaN, out, true);
    walk(book, BUY, 2, NaN, out, true);
    expect(fillsOf(out)).toEqual([[102, 1], [104, 1]]);
    expect(reach(book, BUY, NaN, 100)).toBe(3);
    applyLevel(book, SELL, 101, 1);
    expect(reach(book, BUY, NaN, 100)).toBe(4);
    expect([takeAt(book, SELL, 104, 2, true), takeAt(book, SELL, 104, 2, true), takeAt(book, SELL, 103, 2, true)]).toEqual([2, 1, 0]);
  });

  it('residue of binary fractions makes no fill', () => {
    const book = bookOf([], [[101, 0.1], [102, 0.2], [103, 5]]);
    expect(walk(book, BUY, 0.3, NaN, out, true)).toBe(0.3);
    expect(out.count).toBe(2);
    walk(book, BUY, 1, NaN, out, false);
    expect(out.price[0]).toBe(103);
  });
});

type Walk = typeof walk;
const LEVEL = fc.record({ side: fc.constantFrom<Sign>(BUY, SELL), tick: fc.integer({ min: 90, max: 110 }), size: fc.integer({ min: 0, max: 20 }) });

/** The book that one gets by rewriting two maps and sorting them. */
function naive(updates: readonly { side: Sign; tick: number; size: number }[]): Record<'1' | '-1', [number, number][]> {
  const maps = { 1: new Map<number, number>(), [-1]: new Map<number, number>() };
  for (const { side, tick, size } of updates) {
    maps[side].delete(tick);
    if (size === 0) continue;
    maps[side].set(tick, size);
    const other = maps[-side as Sign];
    for (const t of [...other.keys()]) if (side * (tick - t) >= 0) other.delete(t);
  }
  const sorted = (side: Sign): [number, number][] => [...maps[side]].sort((a, b) => side * (b[0] - a[0]));
  return { 1: sorted(BUY), '-1': sorted(SELL) };
}

const sameAsNaive = (apply: typeof applyLevel): fc.IProperty<unknown> =>
  fc.property(fc.array(LEVEL, { maxLength: 200 }), fc.integer({ min: 1, max: 8 }), (updates, capacity) => {
    const book = newBook(capacity);
    for (const { side, tick, size } of updates) apply(book, side, tick, size);
    const want = naive(updates);
    expect({ 1: shown(book, BUY), '-1': shown(book, SELL) }).toEqual(want);
    for (let t = 88; t < 112; t++) expect(displayed(book, BUY, t)).toBe(want[1].find((l) => l[0] === t)?.[1] ?? 0);
  });

/** Fills of several orders in a row: never more than asked, never more than displayed, never beyond the limit, best price first. */
const conserves = (take: Walk): fc.IProperty<unknown> =>
  fc.property(
    fc.array(LEVEL, { maxLength: 60 }),
    fc.array(fc.record({ side: fc.constantFrom<Sign>(BUY, SELL), quantity: fc.double({ min: 0.01, max: 60, noNaN: true }), limit: fc.constantFrom(NaN, 95, 100, 105) }), { minLength: 1, maxLength: 5 }),
    (updates, orders) => {
      const book = newBook();
      for (const { side, tick, size } of updates) applyLevel(book, side, tick, size);
      const left = new Map([BUY, SELL].flatMap((s) => shown(book, s)));
      const out = newFills();
      for (const { side, quantity, limit } of orders) {
        const within = [...shown(book, -side as Sign)].filter(([p]) => !(side * (p - limit) > 0));
        const possible = within.reduce((sum, [p]) => sum + (left.get(p) ?? 0), 0);
        const filled = take(book, side, quantity, limit, out, true);
        const fills = fillsOf(out);
        expect(fills.reduce((sum, f) => sum + f[1], 0)).toBeCloseTo(filled, 9);
        expect(filled).toBeCloseTo(Math.min(quantity, possible), 9);
        expect(filled).toBeLessThanOrEqual(quantity);
        fills.forEach(([p, q], i) => {
          expect(q).toBeGreaterThan(0);
          expect(side * (p - limit) > 0).toBe(false);
          if (i > 0) expect(side * (p - fills[i - 1][0])).toBeGreaterThan(0);
          left.set(p, (left.get(p) ?? 0) - q);
          expect(left.get(p)).toBeGreaterThan(-1e-9);
        });
      }
    },
  );

const RUNS = { numRuns: 500, seed: 11 };

describe('properties', () => {
  it('a book equals one that is sorted anew', () => {
    fc.assert(sameAsNaive(applyLevel), RUNS);
  });

  it('a deep book equals one that is sorted anew', () => {
    const book = newBook(2);
    const want = new Map<number, number>();
    for (let i = 0; i < 5000; i++) {
      const tick = (i * 7919) % 997;
      const size = (i * 31) % 5;
      applyLevel(book, SELL, tick, size);
      if (size === 0) want.delete(tick);
      else want.set(tick, size);
    }
    expect(shown(book, SELL)).toEqual([...want].sort((a, b) => a[0] - b[0]));
  });

  it('a walk conserves quantity and keeps to the limit', () => {
    fc.assert(conserves(walk), RUNS);
  });

  it.each<[string, () => fc.IProperty<unknown>]>([
    ['a book that stays crossed', () => sameAsNaive((book, side, price, size) => {
      const other = structuredClone(sideOf(book, -side as Sign));
      const before = applyLevel(book, side, price, size);
      Object.assign(sideOf(book, -side as Sign), other);
      return before;
    })],
    ['an update that adds', () => sameAsNaive((book, side, price, size) => applyLevel(book, side, price, size && size + displayed(book, side, price)))],
    ['a walk that takes nothing away', () => conserves((book, side, quantity, limit, out) => walk(book, side, quantity, limit, out, false))],
    ['a walk past the limit', () => conserves((book, side, quantity, limit, out, take) => walk(book, side, quantity, limit + side, out, take))],
    ['a walk that fills a lot more', () => conserves((book, side, quantity, limit, out, take) => walk(book, side, quantity + 1, limit, out, take))],
  ])('notice %s', (_, broken) => {
    expect(fc.check(broken(), { ...RUNS, endOnFailure: true }).failed).toBe(true);
  });
});
