import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyLevel, applySnapshot, BUY, newBook, SELL, type Book, type Sign } from './book.ts';
import {
  changeLevel, changeTop, rest, restingOnDepth, restingOnTop, restingOnTrade, stopByBook, stopByTrade, takeLiquidity,
  type FillSettings, type Incoming, type Resting, type TopChange, type Trade,
} from './depth-fill.ts';
import { QUEUE_FUNCTIONS, QUEUE_MODELS } from './queue.ts';
import { newFills } from './walk.ts';

type Order = { -readonly [K in keyof Resting]: Resting[K] };

const REAL: FillSettings = { queue: { model: 'risk_averse', function: 'power', n: 1 }, through: 'full', partial: true, consume: false, lot: 0 };
const bookOf = (bids: readonly (readonly [number, number])[], asks: readonly (readonly [number, number])[]): Book => {
  const book = newBook();
  applySnapshot(book, bids.map((l) => l[0]), bids.map((l) => l[1]), asks.map((l) => l[0]), asks.map((l) => l[1]));
  return book;
};
const make = (): Book => bookOf([[100, 100], [99, 20]], [[101, 10], [102, 20]]);
const order = (side: Sign, price: number, remaining: number): Order => ({ side, price, remaining, ahead: 0, traded: 0 });
const trade = (price: number, size: number, aggressor: Sign | 0): Trade => ({ price, size, aggressor, used: 0 });

/** Shows a trade to an order as an exchange does: what is filled no longer remains. */
function show(o: Order, t: Trade, settings = REAL): number {
  const filled = restingOnTrade(o, t, settings);
  o.remaining -= filled;
  return filled;
}

const VECTORS = new URL('../../../../shared/reference/trading/queue/queue_vectors.json', import.meta.url);
const there = existsSync(VECTORS);
if (!there) console.log('skipped: ../shared/reference/trading/queue/queue_vectors.json is not there');

interface Vector {
  readonly book_bid_qty_at_price: number;
  readonly order: { readonly side: 'buy' | 'sell'; readonly price: number; readonly qty: number };
  readonly events: readonly { trade: number; price: number; aggressor: 'buy' | 'sell'; expect_fill: number; expect_queue_ahead?: number }[];
}

it.runIf(there).each(QUEUE_MODELS.filter((m) => m !== 'none'))('reference vectors of queue position: %s', (model) => {
  const { vectors } = JSON.parse(readFileSync(VECTORS, 'utf8')) as { vectors: Vector[] };
  expect(vectors.length).toBeGreaterThanOrEqual(2);
  for (const v of vectors) {
    const settings = { ...REAL, queue: { ...REAL.queue, model } };
    const o = order(v.order.side === 'buy' ? BUY : SELL, v.order.price, v.order.qty);
    rest(bookOf([[v.order.price, v.book_bid_qty_at_price]], []), o, settings);
    for (const e of v.events) {
      expect(show(o, trade(e.price, e.trade, e.aggressor === 'buy' ? BUY : SELL), settings)).toBe(e.expect_fill);
      if (e.expect_queue_ahead !== undefined) expect(o.ahead).toBe(e.expect_queue_ahead);
    }
    expect(o.remaining).toBe(0);
  }
});

describe('a trade and a resting order', () => {
  const resting = (price: number, remaining: number, settings = REAL): Order => {
    const o = order(BUY, price, remaining);
    rest(make(), o, settings);
    return o;
  };

  it('without a queue a trade at the price fills at once, with its size', () => {
    const settings: FillSettings = { ...REAL, queue: { ...REAL.queue, model: 'none' } };
    const o = resting(100, 50, settings);
    expect([show(o, trade(100, 20, SELL), settings), show(o, trade(100.5, 20, SELL), settings), show(o, trade(100, 99, SELL), settings)]).toEqual([20, 0, 30]);
  });

  it('beyond the price fills wholly, or up to its size', () => {
    expect(show(resting(100, 50), trade(99, 1, SELL))).toBe(50);
    const o = resting(100, 50);
    expect(show(o, trade(99, 1, SELL), { ...REAL, through: 'capped' })).toBe(1);
    expect(o.ahead).toBe(0);
  });

  it('of an unknown aggressor moves both sides', () => {
    const buy = resting(100, 5);
    show(buy, trade(100, 30, 0));
    const sell = order(SELL, 101, 5);
    rest(make(), sell, REAL);
    show(sell, trade(101, 4, 0));
    expect([buy.ahead, sell.ahead]).toEqual([70, 6]);
  });

  it('is used up by the first orders it is shown to', () => {
    const settings: FillSettings = { ...REAL, consume: true };
    const [a, b] = [resting(100, 6), resting(100, 9)];
    const t = trade(100, 110, SELL);
    expect([show(a, t, settings), show(b, t, settings)]).toEqual([6, 4]);
    expect(t.used).toBe(10);
    const t2 = trade(99, 2, SELL);
    expect([show(b, t2, { ...settings, through: 'capped' }), show(resting(100, 7), t2, { ...settings, through: 'capped' })]).toEqual([2, 0]);
  });

  it('fills whole lots, and all at once where orders are not filled in part', () => {
    const o = order(BUY, 100, 1);
    o.ahead = 0.05;
    expect(show(o, trade(100, 0.42, SELL), { ...REAL, lot: 0.1 })).toBeCloseTo(0.3, 12);
    const p = resting(100, 50);
    expect([show(p, trade(100, 100, SELL)), show(p, trade(100, 1, SELL), { ...REAL, partial: false })]).toEqual([0, 50]);
  });

  it('a change of the order sends it to the back', () => {
    const o = resting(100, 50);
    show(o, trade(100, 80, SELL));
    rest(make(), o, REAL);
    expect(o).toMatchObject({ ahead: 100, traded: 0 });
  });
});

describe('depth and a resting order', () => {
  const put = (book: Book, o: Order, side: Sign, price: number, size: number, settings = REAL): number => {
    const change = { side, price, size, previous: NaN };
    changeLevel(book, change);
    const filled = restingOnDepth(book, o, change, settings);
    o.remaining -= filled;
    return filled;
  };

  it('moves the queue at its price only', () => {
    const book = make();
    const o = order(BUY, 100, 5);
    rest(book, o, REAL);
    put(book, o, BUY, 99, 1);
    expect(o.ahead).toBe(100);
    put(book, o, BUY, 100, 30);
    expect(o.ahead).toBe(30);
    put(book, o, BUY, 100, 0);
    expect(show(o, trade(100, 2, SELL))).toBe(2);
  });

  it('an opposite level that meets the limit fills wholly, or up to its size and once only', () => {
    const book = make();
    const o = order(BUY, 100, 50);
    rest(book, o, REAL);
    expect(put(book, o, SELL, 100.5, 3)).toBe(0);
    expect(put(book, o, SELL, 100, 3)).toBe(50);
    const capped: FillSettings = { ...REAL, through: 'capped', consume: true };
    const [a, b] = [order(BUY, 100, 2), order(BUY, 100, 50)];
    const change = { side: SELL, price: 99.5, size: 3, previous: NaN };
    changeLevel(book, change);
    expect([restingOnDepth(book, a, change, capped), restingOnDepth(book, b, change, capped)]).toEqual([2, 1]);
    expect(restingOnDepth(book, order(BUY, 100, 50), change, capped)).toBe(0);
  });

  it('a deleted opposite level fills nothing', () => {
    const book = bookOf([], [[99, 5]]);
    expect(put(book, order(BUY, 100, 50), SELL, 99, 0)).toBe(0);
  });
});

describe('quotes and a resting order', () => {
  const quote = (book: Book, o: Order, side: Sign, price: number, size: number, settings = REAL): number => {
    const change: TopChange = { side, price, size, previousPrice: NaN, previousSize: NaN };
    changeTop(book, change);
    const filled = restingOnTop(book, o, change, settings);
    o.remaining -= filled;
    return filled;
  };
  const at = (book: Book, price: number): Order => {
    const o = order(BUY, price, 50);
    rest(book, o, REAL);
    return o;
  };

  it('the queue follows the best price while it is the order\'s', () => {
    const book = newBook();
    const o = order(BUY, 100, 50);
    quote(book, o, BUY, 100, 80);
    rest(book, o, REAL);
    quote(book, o, BUY, 100, 60);
    expect(o.ahead).toBe(60);
    quote(book, o, BUY, 100.5, 5);
    expect(o.ahead).toBe(60);
    quote(book, o, BUY, 100, 40);
    expect(o.ahead).toBe(40);
    quote(book, o, BUY, 99.5, 7);
    expect(o.ahead).toBe(0);
  });

  it('an order behind the best price waits until the price comes to it', () => {
    const book = newBook();
    quote(book, order(BUY, 1, 1), BUY, 101, 80);
    const o = at(book, 100);
    expect(show(o, trade(100, 1000, SELL))).toBe(0);
    quote(book, o, BUY, 100, 30);
    expect(o.ahead).toBe(30);
    const p = at(book, 99);
    quote(book, p, BUY, NaN, 0);
    expect(p.ahead).toBe(0);
  });

  it('an opposite quote that meets the limit fills, a repeated one does not', () => {
    const book = newBook();
    const o = at(book, 100);
    const capped: FillSettings = { ...REAL, through: 'capped' };
    expect([quote(book, o, SELL, 100.5, 30, capped), quote(book, o, SELL, 100, 30, capped), quote(book, o, SELL, 100, 30, capped)]).toEqual([0, 30, 0]);
    expect(quote(book, o, SELL, 100, 12, capped)).toBe(12);
    expect(quote(book, o, SELL, 99, NaN)).toBe(8);
  });
});

describe('an incoming order', () => {
  const out = newFills();
  const send = (book: Book, part: Partial<Incoming>, settings = REAL): [string, ...number[][]] => {
    const outcome = takeLiquidity(book, { side: BUY, remaining: 15, limit: NaN, tif: 'gtc', postOnly: false, ...part }, settings, out);
    return [outcome, ...Array.from({ length: out.count }, (_, i) => [out.price[i], out.quantity[i]])];
  };

  it('of type market walks the book, and what the book lacks is cancelled', () => {
    expect(send(make(), {})).toEqual(['filled', [101, 10], [102, 5]]);
    expect(send(make(), { remaining: 31 })).toEqual(['cancelled', [101, 10], [102, 20]]);
    expect(send(make(), { side: SELL, remaining: 101 })).toEqual(['filled', [100, 100], [99, 1]]);
    expect(send(newBook(), {})).toEqual(['cancelled']);
  });

  it('of type limit walks to its limit, and the remainder rests', () => {
    expect(send(make(), { limit: 101 })).toEqual(['rests', [101, 10]]);
    expect(send(make(), { limit: 105 })).toEqual(['filled', [101, 10], [102, 5]]);
    expect(send(make(), { limit: 100 })).toEqual(['rests']);
    expect(send(newBook(), { limit: 100 })).toEqual(['rests']);
  });

  it('keeps to its time in force', () => {
    expect(send(make(), { limit: 101, tif: 'ioc' })).toEqual(['cancelled', [101, 10]]);
    expect(send(make(), { limit: 100, tif: 'ioc' })).toEqual(['cancelled']);
    expect(send(make(), { limit: 101, tif: 'fok' })).toEqual(['cancelled']);
    expect(send(make(), { limit: 102, tif: 'fok' })).toEqual(['filled', [101, 10], [102, 5]]);
    expect(send(bookOf([], [[101, 0.1], [102, 0.2]]), { remaining: 0.3, tif: 'fok' })[0]).toBe('filled');
  });

  it('that may only make is rejected if it would take', () => {
    expect(send(make(), { limit: 101, postOnly: true })).toEqual(['rejected']);
    expect(send(make(), { limit: 100, postOnly: true })).toEqual(['rests']);
    expect(send(make(), { side: SELL, limit: 100, postOnly: true })).toEqual(['rejected']);
  });

  it('fills wholly at the best price where orders are not filled in part', () => {
    expect(send(make(), { remaining: 5000 }, { ...REAL, partial: false })).toEqual(['filled', [101, 5000]]);
    expect(send(make(), { remaining: 5000, limit: 100 }, { ...REAL, partial: false })).toEqual(['rests']);
  });

  it('leaves less behind where liquidity is used up', () => {
    const book = make();
    const settings: FillSettings = { ...REAL, consume: true };
    send(book, {}, settings);
    expect(send(book, {}, settings)).toEqual(['filled', [102, 15]]);
    expect(send(make(), {}, REAL)).toEqual(send(make(), {}, settings));
  });
});

it('stops are triggered at their price', () => {
  expect([99, 100, 101].map((p) => stopByTrade(BUY, 100, p))).toEqual([false, true, true]);
  expect([99, 100, 101].map((p) => stopByTrade(SELL, 100, p))).toEqual([true, true, false]);
  expect([101, 101.5].map((p) => stopByBook(make(), BUY, p))).toEqual([true, false]);
  expect([100, 99.5].map((p) => stopByBook(make(), SELL, p))).toEqual([true, false]);
  expect(stopByBook(newBook(), BUY, 1)).toBe(false);
});

interface Broker { readonly onTrade: typeof restingOnTrade; readonly onDepth: typeof restingOnDepth; readonly take: typeof takeLiquidity }
const SIDE = fc.constantFrom<Sign>(BUY, SELL);
const EVENT = fc.record({ trade: fc.boolean(), side: SIDE, tick: fc.integer({ min: 98, max: 102 }), size: fc.integer({ min: 0, max: 30 }) });
const SETTINGS = fc.record({
  queue: fc.record({ model: fc.constantFrom(...QUEUE_MODELS), function: fc.constantFrom(...QUEUE_FUNCTIONS), n: fc.constantFrom(1, 3) }),
  through: fc.constantFrom('full' as const, 'capped' as const), partial: fc.boolean(), consume: fc.boolean(), lot: fc.constantFrom(0, 1),
});

/** An order through any events: fills add up to its quantity at most, none beyond its limit, and its queue only advances. */
const fillsOnce = (broker: Broker): fc.IProperty<unknown> =>
  fc.property(SETTINGS, fc.array(EVENT, { maxLength: 30 }), SIDE, fc.integer({ min: 98, max: 102 }), fc.integer({ min: 1, max: 50 }), fc.array(EVENT, { maxLength: 60 }),
    (settings, before, side, limit, quantity, after) => {
      const book = newBook();
      for (const e of before) applyLevel(book, e.side, e.tick, e.size);
      const out = newFills();
      const o = order(side, limit, quantity);
      const outcome = broker.take(book, { side, remaining: quantity, limit, tif: 'gtc', postOnly: false }, settings, out);
      for (let i = 0; i < out.count; i++) {
        expect(side * (out.price[i] - limit)).toBeLessThanOrEqual(0);
        o.remaining -= out.quantity[i];
      }
      expect(o.remaining).toBeGreaterThanOrEqual(0);
      expect(outcome === 'filled').toBe(o.remaining === 0);
      if (outcome !== 'rests') return;
      rest(book, o, settings);
      for (const e of after) {
        if (o.remaining === 0) break;
        const ahead = o.ahead;
        const change = { side: e.side, price: e.tick, size: e.size, previous: 0 };
        const t = trade(e.tick, e.size, e.side);
        if (!e.trade) changeLevel(book, change);
        const filled = e.trade ? broker.onTrade(o, t, settings) : broker.onDepth(book, o, change, settings);
        o.remaining -= filled;
        expect(filled).toBeGreaterThanOrEqual(0);
        expect(o.remaining).toBeGreaterThanOrEqual(0);
        if (filled > 0) {
          expect(e.side).toBe(-side);
          expect(side * (e.tick - limit)).toBeLessThanOrEqual(0);
          expect(o.ahead).toBe(0);
          const bounded = settings.partial && (settings.through === 'capped' || (e.trade && e.tick === limit));
          if (bounded) expect(filled).toBeLessThanOrEqual(e.size - (e.trade && e.tick === limit && ahead < Infinity ? ahead : 0) + 1e-9);
        }
        expect(o.ahead).toBeGreaterThanOrEqual(0);
        expect(o.ahead).toBeLessThanOrEqual(ahead);
      }
    });

const RUNS = { numRuns: 500, seed: 3 };
const broker: Broker = { onTrade: restingOnTrade, onDepth: restingOnDepth, take: takeLiquidity };

describe('properties', () => {
  it('an order fills at most once, never beyond its limit', () => {
    fc.assert(fillsOnce(broker), RUNS);
  });

  it.each<[string, Broker]>([
    ['a fill by a trade of the same side', { ...broker, onTrade: (o, t, s) => restingOnTrade(o, { ...t, aggressor: -t.aggressor as Sign }, s) }],
    ['a fill beyond the limit', { ...broker, take: (b, o, s, out) => takeLiquidity(b, { ...o, limit: o.limit + o.side }, s, out) }],
    ['a fill of more than remains', { ...broker, onTrade: (o, t, s) => { const f = restingOnTrade(o, t, s); return f > 0 ? f + 1 : 0; } }],
    ['a trade that ignores the queue', { ...broker, onTrade: (o, t, s) => { clearIt(o); return restingOnTrade(o, t, s); } }],
    ['a fill by a level that does not meet the limit', { ...broker, onDepth: (b, o, c, s) => restingOnDepth(b, o, { ...c, price: c.price - o.side }, s) }],
    ['a queue that starts anew with each update', { ...broker, onDepth: (b, o, c, s) => { const f = restingOnDepth(b, o, c, s); rest(b, o, s); return f; } }],
  ])('notice %s', (_, broken) => {
    expect(fc.check(fillsOnce(broken), { ...RUNS, endOnFailure: true }).failed).toBe(true);
  });
});

function clearIt(o: Resting): void {
  o.ahead = 0;
}
