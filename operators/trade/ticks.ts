import type { Exchange, Market } from './exchange.ts';
import {
  CANCELLED, FOK, IOC, isAlive, LIMIT, MARKET, ON_CLOSE, ON_OPEN, PENDING, REJECTED, STOP_LIMIT, TRAILING, type Order,
} from './order.ts';
import { trail } from './bar-rules.ts';
import { bookArrivals, bookAtOnce } from './book-market.ts';

/**
 * Quotes and trades: prices come one at a time, so nothing has to be assumed about their order. `m.ask` is what a buy finds and `m.bid`
 * what a sell finds; for trades both are the trade's price.
 */
export function onQuote(x: Exchange, key: number, ts: number, bid: number, ask: number, bidSize: number, askSize: number): void {
  const m = x.marketOf(key);
  arrivals(x, key, m, ts);
  if (m.first) closeSession(x, key, m);
  m.ts = ts;
  m.bar = false;
  m.taken = 0;
  m.bid = bid;
  m.ask = ask;
  m.bidSize = bidSize;
  m.askSize = askSize;
  m.close = (bid + ask) / 2;
  m.open = m.high = m.low = m.close;
  step(x, key, m, true);
}

export function onTrade(x: Exchange, key: number, ts: number, price: number, size: number): void {
  const m = x.marketOf(key);
  if (m.first) closeSession(x, key, m);
  m.ts = ts;
  m.bar = false;
  m.taken = 0;
  m.bid = m.ask = m.open = m.high = m.low = m.close = price;
  m.bidSize = m.askSize = size;
  step(x, key, m, false);
}

/** Orders that reached the market before `ts` meet the prices that were in force when they did. */
export function arrivals(x: Exchange, key: number, m: Market, ts: number): void {
  const orders = x.ordersOf(key);
  if (x.rules.profile.market === 'book') bookArrivals(x, key, m, ts);
  if (x.rules.profile.market === 'book' || orders.length === 0 || Number.isNaN(m.bid)) return;
  const { ts: last } = m;
  for (const o of [...orders]) {
    if (!isAlive(o) || o.status !== PENDING || !(o.arrives < ts) || o.arrives < last || !x.isLive(o)) continue;
    m.ts = o.arrives;
    if (x.arrive(o, m)) look(x, o, m, true, true);
  }
  m.ts = last;
  x.sweep(key);
}

/** Orders for the close of a session fill at its last price, once the next one begins. */
function closeSession(x: Exchange, key: number, m: Market): void {
  for (const o of [...x.ordersOf(key)]) {
    if (!isAlive(o) || o.type !== ON_CLOSE || o.arrives > m.ts || o.status === PENDING || Number.isNaN(m.close)) continue;
    const units = x.sized(o, m.close);
    if (units > 0) x.attempt(o, units, o.side > 0 ? m.ask : m.bid, true, false, m);
  }
  x.sweep(key);
}

function step(x: Exchange, key: number, m: Market, quotes: boolean): void {
  const orders = x.ordersOf(key);
  if (orders.length === 0) return;
  for (const o of [...orders]) {
    if (!isAlive(o) || o.arrives > m.ts || !x.isLive(o)) continue;
    const fresh = o.status === PENDING;
    if (x.arrive(o, m)) look(x, o, m, fresh, quotes);
  }
  for (const o of orders) if (o.type === TRAILING && isAlive(o) && !o.triggered && o.arrives <= m.ts) trail(o, o.side > 0 ? m.ask : m.bid);
  x.sweep(key);
}

/** One look at an order at the prices of `m`. `fresh`: it has just arrived, so what it fills it takes. */
function look(x: Exchange, o: Order, m: Market, fresh: boolean, quotes: boolean): void {
  const price = o.side > 0 ? m.ask : m.bid;
  if (Number.isNaN(price)) return;
  const isLimit = o.type === LIMIT || (o.type === STOP_LIMIT && o.triggered);
  if (isLimit) lookLimit(x, o, m, price, fresh, quotes);
  else if (o.type === MARKET || (o.type === ON_OPEN && m.first)) take(x, o, m, price, true);
  else if (o.type !== ON_CLOSE && o.type !== ON_OPEN) lookStop(x, o, m, price, quotes);
  if (isAlive(o) && (o.tif === IOC || o.tif === FOK)) x.end(o, m.ts, CANCELLED, o.tif === IOC ? 'not_filled_at_once' : 'not_filled_whole');
}

function lookLimit(x: Exchange, o: Order, m: Market, price: number, fresh: boolean, quotes: boolean): void {
  const crosses = o.side > 0 ? price <= o.limit : price >= o.limit;
  if (!crosses) return;
  if (fresh && o.postOnly) x.end(o, m.ts, REJECTED, 'would_take');
  else if (fresh && quotes) take(x, o, m, price, true);
  else take(x, o, m, o.limit, false);
}

function lookStop(x: Exchange, o: Order, m: Market, price: number, quotes: boolean): void {
  if (!o.triggered && !(o.side > 0 ? price >= o.stop : price <= o.stop)) return;
  o.triggered = true;
  if (o.type === STOP_LIMIT) lookLimit(x, o, m, price, true, quotes);
  else take(x, o, m, price, true);
}

function take(x: Exchange, o: Order, m: Market, price: number, slips: boolean): void {
  const wanted = x.sized(o, price);
  if (!(wanted > 0)) return;
  const size = o.side > 0 ? m.askSize : m.bidSize;
  const { volumeLimit, partial } = x.rules;
  // A close has no size of its own: what the bar traded counts.
  if (!m.bar) m.volume = size;
  if (!m.bar) m.room = volumeLimit < Infinity && size > 0 ? size * volumeLimit : partial && size > 0 ? size : Infinity;
  x.attempt(o, wanted, price, slips, false, m);
}

/**
 * Orders that fill at once, sent at `now`: at the quote in force, or at the price of the last row. Behind a bar only market orders do: what
 * else is sent then waits for the next.
 */
export function atOnce(x: Exchange, key: number, now: number): void {
  if (x.rules.profile.market === 'book') {
    bookAtOnce(x, key, now);
    return;
  }
  const m = x.marketOf(key);
  const orders = x.ordersOf(key);
  if (orders.length === 0 || Number.isNaN(m.close)) return;
  if (Number.isNaN(m.bid)) {
    m.bid = m.ask = m.close;
    m.bidSize = m.askSize = NaN;
  }
  for (const o of [...orders]) {
    if (!isAlive(o) || o.status !== PENDING || o.arrives > now || (m.bar && o.type !== MARKET) || !x.isLive(o)) continue;
    m.ts = now;
    if (x.arrive(o, m)) look(x, o, m, true, true);
  }
  x.sweep(key);
}
