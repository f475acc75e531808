import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applySnapshot, applyTop, BUY, newBook, SELL, type Book } from './book.ts';
import { advanceByDepth, advanceByTrade, behind, join, QUEUE_FUNCTIONS, QUEUE_MODELS, type Queued, type QueueFunction, type QueueSettings } from './queue.ts';

const settings = (model: QueueSettings['model'], f: QueueFunction = 'power', n = 1): QueueSettings => ({ model, function: f, n });
const NONE = settings('none');
const CAREFUL = settings('risk_averse');
const PROBABLE = settings('probabilistic');

const bids = (...levels: (readonly [number, number])[]): Book => {
  const book = newBook();
  applySnapshot(book, levels.map((l) => l[0]), levels.map((l) => l[1]), [101], [1]);
  return book;
};

const queued = (ahead: number, traded = 0): Queued => ({ ahead, traded });

describe('joining', () => {
  it('puts what is displayed at the price ahead', () => {
    const order = queued(3, 4);
    join(order, bids([100, 60], [99, 5]), BUY, 99, CAREFUL);
    expect(order).toEqual({ ahead: 5, traded: 0 });
    join(order, bids([100, 60], [98, 5]), BUY, 99, CAREFUL);
    expect(order.ahead).toBe(0);
    join(order, bids([100, 60]), BUY, 100.5, CAREFUL);
    expect(order.ahead).toBe(0);
    join(order, bids([100, 60]), BUY, 100, NONE);
    expect(order.ahead).toBe(0);
  });

  it('waits where the book does not reach', () => {
    const order = queued(0);
    join(order, bids([100, 60]), BUY, 99, CAREFUL);
    expect(order.ahead).toBe(Infinity);
    expect(advanceByTrade(order, 1e9)).toBe(0);
    advanceByDepth(order, 0, 40, PROBABLE);
    expect(order.ahead).toBe(40);
  });

  it('a quote without a size has no queue', () => {
    const book = newBook();
    applyTop(book, SELL, 101, NaN);
    const order = queued(1);
    join(order, book, SELL, 101, CAREFUL);
    expect(order.ahead).toBe(0);
  });
});

describe('trades', () => {
  it('only the excess is left for the order', () => {
    const order = queued(100);
    expect([80, 30, 50].map((size) => advanceByTrade(order, size))).toEqual([0, 10, 50]);
    expect(order).toEqual({ ahead: 0, traded: 160 });
  });

  it('residue of binary fractions is no excess', () => {
    const order = queued(0.3);
    expect([0.1, 0.2].map((size) => advanceByTrade(order, size))).toEqual([0, 0]);
    expect(order.ahead).toBe(0);
  });
});

describe('share of a decrease that happens behind', () => {
  it.each<[QueueFunction, number, number, number, number]>([
    ['power', 1, 30, 70, 0.7],
    ['power', 2, 30, 70, 4900 / 5800],
    ['power', 3, 50, 50, 0.5],
    ['power2', 2, 30, 70, 0.49],
    ['power2', 3, 50, 50, 0.125],
    ['power3', 2, 30, 70, 0.91],
    ['power3', 3, 50, 50, 0.875],
    ['log', 1, 3, 1, 1 / 3],
    ['log2', 1, 3, 3, Math.log(4) / Math.log(7)],
  ])('%s, n = %s: %s ahead, %s behind', (f, n, front, back, want) => {
    expect(behind(settings('probabilistic', f, n), front, back)).toBeCloseTo(want, 12);
  });

  it.each(QUEUE_FUNCTIONS)('%s: all of it at the front, none at the back', (f) => {
    expect(behind(settings('probabilistic', f, 2), 0, 50)).toBe(1);
    expect(behind(settings('probabilistic', f, 2), 50, 0)).toBe(0);
    expect(behind(settings('probabilistic', f, 2), 0, 0)).toBe(1);
  });
});

describe('depth', () => {
  it('departures never advance the careful order, unless fewer are left than stood ahead', () => {
    const order = queued(60);
    advanceByDepth(order, 100, 70, CAREFUL);
    expect(order.ahead).toBe(60);
    advanceByDepth(order, 70, 25, CAREFUL);
    expect(order.ahead).toBe(25);
    advanceByDepth(order, 25, 90, CAREFUL);
    expect(order.ahead).toBe(25);
  });

  it('departures advance the probable order by its share of them', () => {
    const order = queued(30);
    // Of 20 that leave a queue of 30 ahead and 70 behind, 0.7 left behind: 6 left ahead.
    advanceByDepth(order, 100, 80, PROBABLE);
    expect(order.ahead).toBeCloseTo(24, 12);
    // 30 ahead, 10 behind, 36 leave: a quarter of them, 9, behind, the other 27 ahead.
    const long = queued(30);
    advanceByDepth(long, 40, 4, PROBABLE);
    expect(long.ahead).toBeCloseTo(3, 12);
    // n = 0.5 puts a third of the 75 behind, where only 20 stand: 55 left ahead.
    const crowded = queued(80);
    advanceByDepth(crowded, 100, 25, settings('probabilistic', 'power', 0.5));
    expect(crowded.ahead).toBeCloseTo(25, 12);
  });

  it.each([CAREFUL, PROBABLE])('a decrease that trades explain is not counted again: $model', (s) => {
    const order = queued(100);
    advanceByTrade(order, 80);
    advanceByDepth(order, 160, 80, s);
    expect(order).toEqual({ ahead: 20, traded: 0 });
    // 16 more leave with no trade: the queue of 20 in 80 gives up a quarter of them, if it gives up any.
    advanceByDepth(order, 80, 64, s);
    expect(order.ahead).toBeCloseTo(s.model === 'risk_averse' ? 20 : 16, 12);
  });

  it.each(QUEUE_MODELS)('a deleted level clears the queue: %s', (model) => {
    const order = queued(100, 3);
    advanceByDepth(order, 160, 0, settings(model));
    expect(order).toEqual({ ahead: 0, traded: 0 });
  });
});

interface Moves { readonly trade: typeof advanceByTrade; readonly depth: typeof advanceByDepth }
const SETTINGS = fc.record({ model: fc.constantFrom(...QUEUE_MODELS), function: fc.constantFrom(...QUEUE_FUNCTIONS), n: fc.constantFrom(0.5, 1, 2, 5) });
const EVENT = fc.record({ trade: fc.boolean(), size: fc.double({ min: 0, max: 120, noNaN: true }) });

/**
 * The queue ahead is never negative, never grows, never exceeds what is displayed after an update; a trade splits into what leaves the
 * queue and what reaches the order; the careful order advances by trades and by the bound alone.
 */
const onlyAdvances = (moves: Moves): fc.IProperty<unknown> =>
  fc.property(SETTINGS, fc.double({ min: 0, max: 100, noNaN: true }), fc.array(EVENT, { maxLength: 40 }), (s, first, events) => {
    const order = queued(s.model === 'none' ? 0 : first);
    let display = first;
    for (const { trade, size } of events) {
      const before = order.ahead;
      if (trade) {
        const excess = moves.trade(order, size);
        expect(before - order.ahead + excess).toBeCloseTo(size, 9);
        if (order.ahead > 0) expect(excess).toBe(0);
      } else {
        moves.depth(order, display, size, s);
        display = size;
        expect(order.ahead).toBeLessThanOrEqual(size);
        if (s.model !== 'probabilistic') expect(order.ahead).toBe(Math.min(before, size));
      }
      expect(order.ahead).toBeGreaterThanOrEqual(0);
      expect(order.ahead).toBeLessThanOrEqual(before);
    }
  });

const RUNS = { numRuns: 500, seed: 5 };
const real: Moves = { trade: advanceByTrade, depth: advanceByDepth };

describe('properties', () => {
  it('a queue only advances', () => {
    fc.assert(onlyAdvances(real), RUNS);
  });

  it('more departures are never worse, and a larger n puts fewer of them ahead of an order in the front half', () => {
    fc.assert(fc.property(fc.double({ min: 1, max: 49, noNaN: true }), fc.integer({ min: 0, max: 50 }), (ahead, leave) => {
      const after = (n: number, size: number): number => {
        const order = queued(ahead);
        advanceByDepth(order, 100, size, settings('probabilistic', 'power', n));
        return order.ahead;
      };
      expect(after(1, 100 - leave)).toBeLessThanOrEqual(after(3, 100 - leave) + 1e-9);
      expect(after(1, 99 - leave)).toBeLessThanOrEqual(after(1, 100 - leave) + 1e-9);
    }), RUNS);
  });

  it.each<[string, Moves]>([
    ['a trade that fills with all of its size', { ...real, trade: (o, size) => { advanceByTrade(o, size); return size; } }],
    ['a queue below zero', { ...real, trade: (o, size) => { o.ahead -= size; return Math.max(0, -o.ahead); } }],
    ['a queue that follows the display upwards', { ...real, depth: (o, _, size) => { o.ahead = size; } }],
    ['a queue longer than the display', { ...real, depth: (o) => { o.traded = 0; } }],
    ['departures that advance the careful order', { ...real, depth: (o, before, size, s) => { advanceByDepth(o, before, size, { ...s, model: 'probabilistic' }); } }],
  ])('notice %s', (_, broken) => {
    expect(fc.check(onlyAdvances(broken), { ...RUNS, endOnFailure: true }).failed).toBe(true);
  });
});
