import { describe, expect, it } from 'vitest';
import { CAPTURES, hasCapture, readCapture } from '../../bench/captures.ts';
import { applyLevel, applySnapshot, bestPrice, bestSize, BUY, newBook, SELL, sideOf, type Sign } from '../../operators/trade/book/book.ts';
import { changeLevel, rest, restingOnDepth, restingOnTrade, type FillSettings, type Resting } from '../../operators/trade/book/depth-fill.ts';
import { QUEUE_MODELS, type QueueSettings } from '../../operators/trade/book/queue.ts';

const there = CAPTURES.filter(hasCapture);
for (const name of CAPTURES) if (!there.includes(name)) console.log(`skipped: ../shared/data/book/${name} is not there`);

type Order = { -readonly [K in keyof Resting]: Resting[K] };

describe.runIf(there.length > 0).each(there)('%s', (name) => {
  const c = readCapture(name);
  const start = (): ReturnType<typeof newBook> => {
    const book = newBook();
    const { bids, asks } = c.snapshot;
    applySnapshot(book, bids.price, bids.size, asks.price, asks.size);
    return book;
  };

  /** Rebuilds the book, leaving out every change that `lose` picks; counts messages after which it shows the recorded best bid and offer. */
  const rebuild = (lose: (row: number) => boolean): { messages: number; equal: number; crossed: number; levels: number } => {
    const book = start();
    const found = { messages: 0, equal: 0, crossed: 0, levels: 0 };
    for (let i = 0, k = 0; i < c.n; i++) {
      if (c.trade[i] === 1) continue;
      if (!lose(i)) applyLevel(book, c.side[i] as Sign, c.price[i], c.size[i]);
      if (!(bestPrice(book, BUY) < bestPrice(book, SELL))) found.crossed++;
      if (c.ends[i] === 0) continue;
      while (k + 1 < c.best.id.length && c.best.id[k + 1] <= c.ends[i]) k++;
      if (c.best.id[k] > c.ends[i]) continue;
      found.messages++;
      const same = c.best.bid[k] === bestPrice(book, BUY) && c.best.ask[k] === bestPrice(book, SELL)
        && c.best.bidSize[k] === bestSize(book, BUY) && c.best.askSize[k] === bestSize(book, SELL);
      if (same) found.equal++;
    }
    found.levels = sideOf(book, BUY).count;
    return found;
  };

  it('the book rebuilt from the changes shows the recorded best bid and offer', () => {
    const { messages, equal, crossed, levels } = rebuild(() => false);
    expect([c.gaps, crossed]).toEqual([0, 0]);
    expect(messages).toBeGreaterThan(3000);
    expect(equal / messages).toBeGreaterThan(0.999);
    expect(levels).toBeGreaterThan(500);
    console.log(`${name}: best bid and offer equal after ${equal} of ${messages} messages`);
  });

  it('a few lost changes show', () => {
    const { messages, equal } = rebuild((row) => row % 50 === 0);
    expect(equal / messages).toBeLessThan(0.999);
  });

  /** A buy order is kept at the best bid all along: how much of it fills under each queue model. */
  const keepBidding = (model: QueueSettings['model'], lot: number): { filled: number; fills: number } => {
    const settings: FillSettings = { queue: { model, function: 'power', n: 3 }, through: 'capped', partial: true, consume: true, lot };
    const book = start();
    const change = { side: BUY, price: 0, size: 0, previous: 0 };
    const trade = { price: 0, size: 0, aggressor: BUY, used: 0 };
    const order: Order = { side: BUY, price: NaN, remaining: 0, ahead: 0, traded: 0 };
    let filled = 0;
    let fills = 0;
    let wrong = 0;
    for (let i = 0; i < c.n; i++) {
      if (c.ends[i] !== 0 && (order.remaining === 0 || order.price < bestPrice(book, BUY))) {
        order.price = bestPrice(book, BUY);
        order.remaining = 0.05;
        rest(book, order, settings);
      }
      const ahead = order.ahead;
      let q: number;
      if (c.trade[i] === 1) {
        Object.assign(trade, { price: c.price[i], size: c.size[i], aggressor: c.side[i], used: 0 });
        q = restingOnTrade(order, trade, settings);
        if (q > c.size[i] + 1e-9) wrong++;
      } else {
        Object.assign(change, { side: c.side[i], price: c.price[i], size: c.size[i] });
        changeLevel(book, change);
        q = restingOnDepth(book, order, change, settings);
      }
      if (!(order.ahead >= 0 && order.ahead <= ahead && q <= order.remaining)) wrong++;
      order.remaining -= q;
      filled += q;
      if (q > 0) fills++;
    }
    expect(wrong).toBe(0);
    return { filled, fills };
  };

  it('an order kept at the best bid fills the less, the more care is taken with its queue', () => {
    const [none, careful, probable] = QUEUE_MODELS.map((m) => keepBidding(m, 1e-5));
    expect(careful.filled).toBeGreaterThan(0);
    expect(probable.filled).toBeGreaterThanOrEqual(careful.filled);
    expect(none.filled).toBeGreaterThan(probable.filled);
    expect(keepBidding('probabilistic', 1e-5)).toEqual(probable);
    const [a, b, d] = [none, careful, probable].map((r) => r.filled.toFixed(3));
    console.log(`${name}: filled ${a} without a queue, ${b} with care, ${d} by probability`);
  });
});
