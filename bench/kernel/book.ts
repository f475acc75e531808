import { applyLevel, applySnapshot, bestPrice, BUY, newBook, SELL, type Book, type Sign } from '../../operators/trade/book/book.ts';
import {
  changeLevel, rest, restingOnDepth, restingOnTrade, type FillSettings, type LevelChange, type Resting, type Trade,
} from '../../operators/trade/book/depth-fill.ts';
import type { QueueSettings } from '../../operators/trade/book/queue.ts';
import { Random } from '../../src/core/random.ts';
import { CAPTURES, hasCapture, readCapture, type BookEvents } from '../captures.ts';
import { compete, round, type Result } from '../measure.ts';

type Order = { -readonly [K in keyof Resting]: Resting[K] };
interface Outcome { filled: number; bid: number; ask: number }

const QUANTITY = 5;
const settings = (model: QueueSettings['model']): FillSettings =>
  ({ queue: { model, function: 'power', n: 3 }, through: 'full', partial: true, consume: false, lot: 0 });

/** Every event through the book and one buy order that rests at the best bid, renewed there when it is filled. */
function throughBook(e: BookEvents, book: Book, s: FillSettings): Outcome {
  const order: Order = { side: BUY, price: bestPrice(book, BUY), remaining: QUANTITY, ahead: 0, traded: 0 };
  const change: LevelChange = { side: BUY, price: 0, size: 0, previous: 0 };
  const trade: Trade = { price: 0, size: 0, aggressor: BUY, used: 0 };
  rest(book, order, s);
  let filled = 0;
  for (let i = 0; i < e.n; i++) {
    let q: number;
    if (e.trade[i] === 1) {
      trade.price = e.price[i];
      trade.size = e.size[i];
      trade.aggressor = e.side[i] as Sign;
      trade.used = 0;
      q = restingOnTrade(order, trade, s);
    } else {
      change.side = e.side[i] as Sign;
      change.price = e.price[i];
      change.size = e.size[i];
      changeLevel(book, change);
      q = restingOnDepth(book, order, change, s);
    }
    if (q > 0) {
      filled += q;
      order.remaining -= q;
      if (order.remaining <= 0) {
        order.remaining = QUANTITY;
        order.price = bestPrice(book, BUY);
        rest(book, order, s);
      }
    }
  }
  return { filled, bid: bestPrice(book, BUY), ask: bestPrice(book, SELL) };
}

const TICKS = 8192;
const START = TICKS / 2;

/** The same by hand for a price that is known to be a whole number below TICKS: one cell a price, no search, and the careful queue alone. */
function bare(e: BookEvents): Outcome {
  const bids = new Float64Array(TICKS);
  const asks = new Float64Array(TICKS);
  let bid = START;
  let ask = START + 1;
  bids[bid] = asks[ask] = 10;
  let price = bid;
  let remaining = QUANTITY;
  let ahead = 10;
  let filled = 0;
  for (let i = 0; i < e.n; i++) {
    const at = e.price[i];
    const size = e.size[i];
    let q = 0;
    if (e.trade[i] === 1) {
      if (e.side[i] === -1 && at <= price) {
        if (at < price) q = remaining;
        else {
          q = Math.min(remaining, Math.max(0, size - ahead));
          ahead = Math.max(0, ahead - size);
        }
      }
    } else if (e.side[i] === 1) {
      bids[at] = size;
      if (size > 0 && at > bid) {
        bid = at;
        for (; ask <= at || asks[ask] === 0; ask++) asks[ask] = 0;
      } else while (bids[bid] === 0) bid--;
      if (at === price && size < ahead) ahead = size;
    } else {
      asks[at] = size;
      if (size > 0 && at < ask) {
        ask = at;
        for (; bid >= at || bids[bid] === 0; bid--) bids[bid] = 0;
      } else while (asks[ask] === 0) ask++;
      if (size > 0 && at <= price) q = remaining;
    }
    if (q > 0) {
      filled += q;
      remaining -= q;
      if (remaining <= 0) {
        remaining = QUANTITY;
        price = bid;
        ahead = bids[bid];
      }
    }
  }
  return { filled, bid, ask };
}

const started = (): Book => {
  const book = newBook();
  applySnapshot(book, [START], [10], [START + 1], [10]);
  return book;
};

/** A seeded book on whole prices: changes near the best prices, a tenth of the events trades, the best prices walking by themselves. */
function synthetic(n: number): BookEvents {
  const e = {
    n, trade: new Uint8Array(n), side: new Int8Array(n), price: new Float64Array(n), size: new Float64Array(n), ends: new Float64Array(n),
  };
  const random = new Random(7);
  let bid = START;
  let ask = START + 1;
  const book = started();
  for (let i = 0; i < n; i++) {
    const side = random.next() < 0.5 ? BUY : SELL;
    const best = side === BUY ? bid : ask;
    e.side[i] = side;
    if (random.next() < 0.1) {
      // A buyer lifts the ask.
      e.trade[i] = 1;
      e.price[i] = side === BUY ? ask : bid;
      e.size[i] = random.int(1, 10);
      continue;
    }
    // Pulled to the middle, so that the walk stays on the grid; a fifth are deletions, and a side keeps some levels.
    const pull = Math.sign(best - START) * side;
    const away = random.next() < 0.04 - 0.03 * pull ? -1 : Math.floor(random.next() ** 2 * 20);
    const count = (side === BUY ? book.bids : book.asks).count;
    e.price[i] = best - side * away;
    e.size[i] = away >= 0 && count > 5 && random.next() < 0.2 ? 0 : random.int(1, 40);
    if ((side === BUY ? book.asks : book.bids).count < 3 && away < 0) e.price[i] = best;
    applyLevel(book, side, e.price[i], e.size[i]);
    bid = bestPrice(book, BUY);
    ask = bestPrice(book, SELL);
  }
  return e;
}

/** Book events per second through a book and the queue of one resting order, against a hand-written loop that finds the same fills. */
export function books(events: number, rounds: number): Result[] {
  const e = synthetic(events);
  const careful = settings('risk_averse');
  const probable = settings('probabilistic');
  const found = new Set<string>();
  const ns = compete(rounds, {
    bare: () => { found.add(JSON.stringify(bare(e))); },
    careful: () => { found.add(JSON.stringify(throughBook(e, started(), careful))); },
    probable: () => { throughBook(e, started(), probable); },
  });
  if (found.size !== 1) throw new TypeError(`results differ: ${[...found].join(' ')}`);
  const line = (name: string, n: number, t: number, ratio: number | null): Result => ({
    name, value: round((n / t) * 1e3), unit: 'M events/s', against: ratio === null ? null : 'time of the bare loop', ratio: ratio && round(ratio),
  });
  return [
    line('book, bare loop over a grid of prices', events, ns.bare, null),
    line('book and careful queue', events, ns.careful, ns.careful / ns.bare),
    line('book and queue by probability', events, ns.probable, ns.probable / ns.bare),
    ...recorded(events, rounds).map(([name, n, t]) => line(name, n, t, null)),
  ];
}

/** The same over real captures of a thousand levels and more a side, where they are there. */
function recorded(events: number, rounds: number): [string, number, number][] {
  const names = events < 100_000 ? [] : CAPTURES.filter(hasCapture);
  return names.map((name) => {
    const c = readCapture(name);
    const { bids, asks } = c.snapshot;
    const { replay } = compete(rounds, { replay: () => {
      const book = newBook(1024);
      applySnapshot(book, bids.price, bids.size, asks.price, asks.size);
      throughBook(c, book, settings('probabilistic'));
    } });
    return [`book and queue by probability, ${name}`, c.n, replay];
  });
}
