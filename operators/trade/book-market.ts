import { against, bestPrice, newBook, type Book, type Sign } from './book/book.ts';
import {
  changeLevel, changeTop, rest, restingOnDepth, restingOnTop, restingOnTrade, stopByBook, takeLiquidity, type FillSettings,
  type LevelChange, type Resting, type TopChange, type Trade,
} from './book/depth-fill.ts';
import { newFills } from './book/walk.ts';
import { closable } from './execution.ts';
import type { Exchange } from './exchange.ts';
import type { Market } from './exchange-state.ts';
import {
  CANCELLED, FOK, IOC, isAlive, LIMIT, ON_CLOSE, ON_OPEN, PENDING, REJECTED, STOP, STOP_LIMIT, TRAILING, type Order,
} from './order.ts';
import { trail } from './bar-rules.ts';

/**
 * The profile `book`: levels, trades and quotes of one instrument. Orders that arrive take what is displayed, those that rest wait in the
 * queue of their price. Rows of one event time are one message: stops, which look at the best prices, are looked at when it is complete.
 */
const change: LevelChange = { side: 1, price: NaN, size: NaN, previous: 0 };
const top: TopChange = { side: 1, price: NaN, size: NaN, previousPrice: NaN, previousSize: NaN };
const trade: Trade = { price: NaN, size: NaN, aggressor: 0, used: 0 };
const out = newFills();
const view = { side: 1 as Sign, price: NaN, remaining: NaN, ahead: 0, traded: 0 };

const isStop = (o: Order): boolean => o.type === STOP || o.type === STOP_LIMIT || o.type === TRAILING;
const isResting = (o: Order): boolean => isAlive(o) && o.status !== PENDING && !Number.isNaN(o.ahead);

function bookOf(x: Exchange, key: number): Book {
  return x.state.books[key] ??= newBook();
}

const settingsOf = (x: Exchange, key: number): FillSettings => ({ ...x.rules.book, lot: x.account.instruments[key].lot });

/** Middle of the best prices; NaN where a side is empty. */
const middleOf = (b: Book): number => (bestPrice(b, 1) + bestPrice(b, -1)) / 2;

/** Shows an order to a rule of the book, which may move its place in the queue. */
function shown(x: Exchange, o: Order, rule: (r: Resting) => number): number {
  view.side = o.side;
  view.price = o.limit;
  view.remaining = o.reduceOnly ? Math.min(o.left, closable(x.account, o)) : o.left;
  view.ahead = o.ahead;
  view.traded = o.traded;
  const quantity = view.remaining > 0 ? rule(view) : 0;
  o.ahead = view.ahead;
  o.traded = view.traded;
  return quantity;
}

/** Resting orders see an event by price, then by age. */
function eachResting(x: Exchange, key: number, m: Market, rule: (r: Resting, s: FillSettings) => number): void {
  const orders = x.ordersOf(key);
  if (orders.length === 0) return;
  const settings = settingsOf(x, key);
  const resting = orders.filter(isResting);
  if (resting.length > 1) resting.sort((a, b) => a.side - b.side || b.side * b.limit - a.side * a.limit || a.id - b.id);
  for (const o of resting) {
    if (!isAlive(o) || !x.arrive(o, m)) continue;
    const quantity = shown(x, o, (r) => rule(r, settings));
    m.room = Infinity;
    if (quantity > 0) x.attempt(o, quantity, o.limit, false, false, m);
  }
}

/** Sends an order into the book: takes what is displayed, and rests with what is left. */
function send(x: Exchange, o: Order, m: Market): void {
  const b = bookOf(x, o.key);
  const limit = o.type === LIMIT || o.type === STOP_LIMIT ? o.limit : NaN;
  const best = bestPrice(b, against(o.side));
  const wanted = x.sized(o, Number.isNaN(best) ? limit : best);
  if (!(wanted > 0)) return;
  const settings = settingsOf(x, o.key);
  const tif = o.tif === IOC ? 'ioc' : o.tif === FOK ? 'fok' : 'gtc';
  const outcome = takeLiquidity(b, { side: o.side, remaining: wanted, limit, tif, postOnly: o.postOnly }, settings, out);
  const { count } = out;
  const [prices, quantities] = [out.price.slice(0, count), out.quantity.slice(0, count)];
  for (let i = 0; i < count && isAlive(o); i++) {
    m.room = Infinity;
    x.attempt(o, quantities[i], prices[i], true, false, m);
  }
  if (!isAlive(o)) return;
  if (outcome === 'rejected') x.end(o, m.ts, REJECTED, 'would_take');
  else if (Number.isNaN(limit) || tif !== 'gtc') {
    x.end(o, m.ts, CANCELLED, tif === 'ioc' ? 'not_filled_at_once' : tif === 'fok' ? 'not_filled_whole' : 'no_liquidity');
  } else {
    o.ahead = 0;
    shown(x, o, (r) => {
      rest(b, r, settings);
      return 0;
    });
  }
}

/** An order has reached the market. */
function accept(x: Exchange, o: Order, m: Market): void {
  if (!x.arrive(o, m) || o.type === ON_CLOSE || (o.type === ON_OPEN && !m.first)) return;
  if (!isStop(o)) send(x, o, m);
  else if (stopByBook(bookOf(x, o.key), o.side, o.stop)) trigger(x, o, m);
  else x.endImmediate(o, m.ts);
}

function trigger(x: Exchange, o: Order, m: Market): void {
  o.triggered = true;
  send(x, o, m);
}

/** Takes orders that have arrived before `ts`, each at its own time. */
export function bookArrivals(x: Exchange, key: number, m: Market, ts: number): void {
  const orders = x.ordersOf(key);
  if (orders.length === 0) return;
  const { ts: last } = m;
  for (const o of [...orders]) {
    if (!isAlive(o) || o.status !== PENDING || !(o.arrives < ts) || !x.isLive(o)) continue;
    m.ts = Math.max(o.arrives, last);
    accept(x, o, m);
  }
  m.ts = last;
  x.sweep(key);
}

/** A message is complete: stops look at the best prices. */
function settle(x: Exchange, key: number, m: Market): void {
  const orders = x.ordersOf(key);
  if (orders.length === 0) return;
  const b = bookOf(x, key);
  for (const o of [...orders]) {
    if (!isStop(o) || o.triggered || !isAlive(o) || o.status === PENDING || !x.arrive(o, m)) continue;
    if (stopByBook(b, o.side, o.stop)) trigger(x, o, m);
    else if (o.type === TRAILING) {
      const price = bestPrice(b, against(o.side));
      if (!Number.isNaN(price)) trail(o, price);
    }
  }
  x.sweep(key);
}

/** Settles every book whose last message is complete at `watermark`. */
export function settleBooks(x: Exchange, watermark: number): void {
  const { orders, markets } = x.state;
  x.state.unsettled = Infinity;
  for (let key = 0; key < orders.length; key++) {
    const m = markets[key];
    if (m === undefined || (orders[key] as Order[] | undefined) === undefined || orders[key].length === 0) continue;
    if (m.ts <= watermark) settle(x, key, m);
    else if (orders[key].some(isStop)) x.state.unsettled = Math.min(x.state.unsettled, m.ts);
  }
}

/** What comes before a row: the message before it ends, and orders arrive that were on their way. */
function begin(x: Exchange, key: number, ts: number): Market {
  const m = x.marketOf(key);
  m.bar = false;
  if (ts > m.ts && x.ordersOf(key).length > 0) {
    if (m.first) closeSession(x, key, m);
    settle(x, key, m);
    bookArrivals(x, key, m, ts);
  }
  m.ts = ts;
  m.taken = 0;
  return m;
}

/** What comes after a row: orders that arrive at its time, and stops that will have to look at it. */
function finish(x: Exchange, key: number, m: Market, price: number): void {
  if (!Number.isNaN(price)) m.open = m.high = m.low = m.close = price;
  const b = bookOf(x, key);
  m.bid = bestPrice(b, 1);
  m.ask = bestPrice(b, -1);
  const orders = x.ordersOf(key);
  if (orders.length === 0) return;
  x.sweep(key);
  for (const o of [...orders]) {
    if (o.status === PENDING && isAlive(o) && o.arrives <= m.ts && x.isLive(o)) accept(x, o, m);
    else if (o.type === ON_OPEN && m.first && isAlive(o) && o.status !== PENDING && x.arrive(o, m)) send(x, o, m);
  }
  x.sweep(key);
  if (orders.some(isStop)) x.state.unsettled = Math.min(x.state.unsettled, m.ts);
}

function closeSession(x: Exchange, key: number, m: Market): void {
  for (const o of [...x.ordersOf(key)]) {
    if (isAlive(o) && o.type === ON_CLOSE && o.arrives <= m.ts && o.status !== PENDING && x.arrive(o, m)) send(x, o, m);
  }
  x.sweep(key);
}

/** A level is set, or deleted with size 0 or none. Returns the middle of the best prices, NaN where a side is empty. */
export function onLevel(x: Exchange, key: number, ts: number, side: Sign, price: number, size: number): number {
  const m = begin(x, key, ts);
  const b = bookOf(x, key);
  m.depth = true;
  change.side = side;
  change.price = price;
  change.size = size > 0 ? size : 0;
  changeLevel(b, change);
  eachResting(x, key, m, (r, s) => restingOnDepth(b, r, change, s));
  const middle = middleOf(b);
  finish(x, key, m, middle);
  return middle;
}

/** A trade; `taker` is 1 for a buyer, 0 for a seller, NaN where it is not known. Returns the price that positions are valued at. */
export function onBookTrade(x: Exchange, key: number, ts: number, price: number, size: number, taker: number): number {
  const m = begin(x, key, ts);
  trade.price = price;
  trade.size = size;
  trade.aggressor = taker === 1 ? 1 : taker === 0 ? -1 : 0;
  trade.used = 0;
  eachResting(x, key, m, (r, s) => restingOnTrade(r, trade, s));
  const middle = middleOf(bookOf(x, key));
  const value = Number.isNaN(middle) ? price : middle;
  finish(x, key, m, value);
  return value;
}

/** A quote is the book where no levels are given; beside them it says nothing new. */
export function onBookQuote(x: Exchange, key: number, ts: number, bid: number, ask: number, bidSize: number, askSize: number): void {
  const m = begin(x, key, ts);
  if (!m.depth) {
    const b = bookOf(x, key);
    for (const side of [1, -1] as const) {
      top.side = side;
      top.price = side > 0 ? bid : ask;
      top.size = side > 0 ? bidSize : askSize;
      changeTop(b, top);
      eachResting(x, key, m, (r, s) => restingOnTop(b, r, top, s));
    }
  }
  finish(x, key, m, (bid + ask) / 2);
}

/** Orders that were sent at `now` and are there at once. */
export function bookAtOnce(x: Exchange, key: number, now: number): void {
  const m = x.marketOf(key);
  if (x.ordersOf(key).length === 0 || (x.state.books[key] as Book | undefined) === undefined) return;
  m.ts = Math.max(m.ts, now);
  for (const o of [...x.ordersOf(key)]) {
    if (isAlive(o) && o.status === PENDING && o.arrives <= now && x.isLive(o)) accept(x, o, m);
  }
  x.sweep(key);
  if (x.ordersOf(key).some(isStop)) x.state.unsettled = Math.min(x.state.unsettled, m.ts);
}
