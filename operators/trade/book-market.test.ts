import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { Desk } from './desk.fixture.ts';
import { CANCELLED, FILLED, FOK, IOC, LIMIT, OPEN, PARTIAL, REJECTED, STOP, STOP_LIMIT, TRAILING } from './order.ts';

const VECTORS = fileURLToPath(new URL('../../../shared/reference/trading/queue/queue_vectors.json', import.meta.url));

interface Vector {
  readonly book_bid_qty_at_price: number;
  readonly order: { readonly side: 'buy' | 'sell'; readonly price: number; readonly qty: number };
  readonly events: readonly {
    trade: number; price: number; aggressor: 'buy' | 'sell'; expect_fill: number; expect_queue_ahead?: number;
  }[];
}

const queue = { queue: { model: 'risk_averse', function: 'power', n: 3 }, through: 'full', partial: true, consume: true } as const;

/** Bids 100 x `bid` and 99 x 40, asks 101 x 30 and 102 x 50. */
function desk(bid = 100, book: typeof queue | { readonly partial: false } = queue): Desk {
  const d = new Desk('book', { instrument: { lot: 0 }, rules: { book: { ...queue, ...book } } });
  d.level(1, 100, bid);
  d.level(1, 99, 40);
  d.level(-1, 101, 30);
  d.level(-1, 102, 50);
  return d;
}

const fillsOf = (d: Desk): readonly (readonly [number, number])[] => d.fills.map((f) => [f.units, f.price]);

describe.skipIf(!existsSync(VECTORS))('queue positions of two engines\' documentation, through the exchange', () => {
  const { vectors } = JSON.parse(existsSync(VECTORS) ? readFileSync(VECTORS, 'utf8') : '{"vectors":[]}') as { vectors: Vector[] };
  it.each(vectors.map((v, i) => [i, v] as const))('vector %i', (_i, v) => {
    const d = new Desk('book', { instrument: { lot: 0 }, rules: { book: queue } });
    d.level(1, v.order.price, v.book_bid_qty_at_price);
    const o = d.submit({ side: v.order.side === 'buy' ? 1 : -1, type: LIMIT, limit: v.order.price, quantity: v.order.qty });
    d.atOnce();
    let filled = 0;
    for (const e of v.events) {
      d.trade(e.price, e.trade, e.aggressor === 'buy' ? 1 : -1);
      const all = d.fills.reduce((sum, f) => sum + Math.abs(f.units), 0);
      expect(all - filled).toBeCloseTo(e.expect_fill, 12);
      if (e.expect_queue_ahead !== undefined) expect(o.ahead).toBe(e.expect_queue_ahead);
      filled = all;
    }
    expect(v.events.length).toBeGreaterThan(0);
  });
});

describe('orders that take', () => {
  it('walk the levels, and what is not displayed is not there', () => {
    const d = desk();
    const o = d.submit({ side: 1, quantity: 100 });
    d.atOnce();
    expect(fillsOf(d)).toEqual([[30, 101], [50, 102]]);
    expect([o.status, o.code]).toEqual([CANCELLED, 'no_liquidity']);
  });

  it('fill wholly at the best price where orders are not filled in parts', () => {
    const d = desk(100, { partial: false });
    d.submit({ side: -1, quantity: 500 });
    d.atOnce();
    expect(fillsOf(d)).toEqual([[-500, 100]]);
  });

  it('of type limit rest with what is left: IOC cancels it, FOK takes all or nothing, post-only never takes', () => {
    const d = desk();
    const gtc = d.submit({ side: 1, type: LIMIT, limit: 101, quantity: 40 });
    d.atOnce();
    expect([gtc.status, gtc.left, gtc.ahead]).toEqual([PARTIAL, 10, 0]);
    const ioc = d.submit({ side: -1, type: LIMIT, limit: 100, quantity: 130, tif: IOC });
    const fok = d.submit({ side: -1, type: LIMIT, limit: 99, quantity: 60, tif: FOK });
    const post = d.submit({ side: 1, type: LIMIT, limit: 102, quantity: 1, postOnly: true });
    d.atOnce();
    expect([ioc.status, ioc.code, ioc.left]).toEqual([CANCELLED, 'not_filled_at_once', 30]);
    expect([fok.status, fok.code, fok.left]).toEqual([CANCELLED, 'not_filled_whole', 60]);
    expect([post.status, post.code]).toEqual([REJECTED, 'would_take']);
  });
});

describe('orders that rest', () => {
  it('wait behind what was displayed; a level that is taken away leaves nobody ahead; makers pay as such', () => {
    const makers: boolean[] = [];
    const d = new Desk('book', { instrument: { lot: 0 }, rules: { book: queue, fee: (_o, _u, _p, maker) => { makers.push(maker); return 0; } } });
    d.level(1, 100, 100);
    d.level(-1, 101, 30);
    const o = d.submit({ side: 1, type: LIMIT, limit: 100, quantity: 5 });
    d.atOnce();
    d.level(1, 100, 60);
    expect(o.ahead).toBe(60);
    d.level(1, 100, 0);
    expect([o.status, o.ahead]).toEqual([OPEN, 0]);
    d.trade(100, 2, -1);
    d.trade(100, 2, 1);
    d.trade(100, 9, -1);
    expect(fillsOf(d)).toEqual([[2, 100], [3, 100]]);
    expect(makers).toEqual([true, true]);
  });

  it('fill when the other side comes to their price', () => {
    const d = desk();
    d.submit({ side: 1, type: LIMIT, limit: 100, quantity: 5 });
    d.atOnce();
    d.level(-1, 100, 7);
    expect(fillsOf(d)).toEqual([[5, 100]]);
  });
});

describe('time', () => {
  it('an order on its way meets the book that is there when it arrives', () => {
    const d = new Desk('book', { instrument: { lot: 0 }, rules: { book: queue, latency: () => 5, delayed: true } });
    d.level(1, 100, 10);
    d.level(-1, 101, 30);
    d.submit({ side: 1, quantity: 10 });
    d.atOnce();
    expect(d.fills).toEqual([]);
    d.level(-1, 100.5, 10, 4);
    d.level(-1, 100.5, 0, 10);
    expect(d.fills.map((f) => [f.ts, f.units, f.price])).toEqual([[7, 10, 100.5]]);
  });

  it('stops look at the best prices once a message is complete', () => {
    const d = desk();
    const stop = d.submit({ side: 1, type: STOP, stop: 101.5, quantity: 10 });
    const limited = d.submit({ side: 1, type: STOP_LIMIT, stop: 101.5, limit: 101.8, quantity: 10 });
    d.atOnce();
    // Within one message the ask is gone for a moment: nothing is triggered.
    d.level(-1, 101, 0);
    d.level(-1, 101.2, 5, 0);
    d.level(1, 100, 90);
    expect([stop.triggered, limited.triggered]).toEqual([false, false]);
    d.level(-1, 101.2, 0);
    d.level(1, 100, 80);
    expect(stop.status).toBe(FILLED);
    expect(fillsOf(d)).toEqual([[10, 102]]);
    expect([limited.triggered, limited.status]).toEqual([true, OPEN]);
    d.level(-1, 101.7, 4);
    expect(limited.status).toBe(FILLED);
  });

  it('a trailing stop follows the bid', () => {
    const d = desk();
    d.submit({ side: 1, quantity: 10 });
    d.atOnce();
    const o = d.submit({ side: -1, type: TRAILING, trail: 1, quantity: 10, reduceOnly: true });
    d.atOnce();
    d.level(1, 100.9, 20);
    d.level(1, 100.8, 20);
    expect(o.stop).toBeCloseTo(99.9, 12);
    d.level(1, 100.9, 0);
    d.level(1, 100.8, 0);
    d.level(1, 100, 0);
    d.level(1, 98, 5);
    expect(o.status).toBe(FILLED);
    expect(d.fills.at(-1)?.price).toBe(99);
  });
});
