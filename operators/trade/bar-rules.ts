import type { FillProfile } from './profile.ts';
import { LIMIT, MARKET, ON_CLOSE, ON_OPEN, STOP, STOP_LIMIT, TRAILING, type Order } from './order.ts';

/** One bar of one symbol, and where a fill in it may slip to: what the rules write beside the price. */
export interface Bar {
  ts: number;
  open: number;
  high: number;
  low: number;
  close: number;
  volume: number;
  /** The first, and the last, bar of its trading session. */
  first: boolean;
  last: boolean;
}

/** What a rule found: the price, whether slippage may move it, and whether it was the bar's open. */
export interface Found {
  price: number;
  slips: boolean;
  atOpen: boolean;
}

export const found: Found = { price: NaN, slips: false, atOpen: false };

function none(): boolean {
  found.price = NaN;
  return false;
}

function at(price: number, slips: boolean, atOpen = false): boolean {
  found.price = price;
  found.slips = slips;
  found.atOpen = atOpen;
  return true;
}

const better = (side: number, a: number, b: number): boolean => (side > 0 ? a < b : a > b);
const worse = (side: number, a: number, b: number): number => (side > 0 ? Math.max(a, b) : Math.min(a, b));

/** A limit order inside a bar. */
function limitIn(o: Order, bar: Bar, p: FillProfile): boolean {
  const { side, limit } = o;
  const reach = side > 0 ? bar.low : bar.high;
  if (p.limits === 'worst') {
    // Touching is not enough, and the price is the worse of the limit and the far end of the bar.
    if (!better(side, reach, limit)) return none();
    return at(side > 0 ? Math.min(bar.high, limit) : Math.max(bar.low, limit), false);
  }
  if (p.limits !== 'path' && !better(side, limit, bar.open)) return at(bar.open, true, true);
  return better(side, limit, reach) ? none() : at(limit, false);
}

/** True when the bar touches the stop; a profile that trades strictly through excludes equality. */
function touches(o: Order, bar: Bar, p: FillProfile): boolean {
  const reach = o.side > 0 ? bar.high : bar.low;
  if (p.limits === 'worst') return o.side > 0 ? reach > o.stop : reach < o.stop;
  return o.side > 0 ? reach >= o.stop : reach <= o.stop;
}

const opensBeyond = (o: Order, bar: Bar): boolean => (o.side > 0 ? bar.open >= o.stop : bar.open <= o.stop);

function stopIn(o: Order, bar: Bar, p: FillProfile): boolean {
  if (o.triggered) return at(bar.open, true, true);
  if (!touches(o, bar, p)) return none();
  o.triggered = true;
  return at(worse(o.side, o.stop, bar.open), true, opensBeyond(o, bar));
}

/** A stop-limit order: what happens in the bar that triggers it is where engines differ most. */
function stopLimitIn(o: Order, bar: Bar, p: FillProfile): boolean {
  if (o.triggered && p.stopLimit !== 'close') return limitIn(o, bar, p);
  if (!o.triggered && !touches(o, bar, p)) return none();
  const first = !o.triggered;
  o.triggered = true;
  const { side, stop, limit } = o;
  switch (p.stopLimit) {
    case 'close':
      // Nothing is known about the order of prices but that the close came last.
      return better(side, bar.close, limit) ? at(side > 0 ? Math.min(bar.high, limit) : Math.max(bar.low, limit), false) : none();
    case 'best': {
      if (!limitIn(o, bar, p)) return none();
      if (first) found.price = better(side, limit, triggerPrice(o, bar)) ? limit : triggerPrice(o, bar);
      return true;
    }
    case 'pessimistic': {
      // Where the limit is no worse than the stop it may have been reached before it: the order was not there yet.
      const reach = side > 0 ? bar.low : bar.high;
      const hit = !better(side, limit, reach);
      if (!hit || !better(side, stop, limit)) return none();
      return at(stop, false);
    }
    case 'by_direction': {
      if (opensBeyond(o, bar)) return limitIn(o, bar, p);
      // Back from the stop to the close, the price passed a limit that lies between the two.
      if (!better(side, limit, stop)) return at(stop, true);
      const turned = side > 0 ? bar.open > bar.close : bar.open <= bar.close;
      return turned && !better(side, limit, bar.close) ? at(limit, false) : none();
    }
    default:
      return opensBeyond(o, bar) ? limitIn(o, bar, p) : none();
  }
}

const triggerPrice = (o: Order, bar: Bar): number => worse(o.side, o.stop, bar.open);

/** Whether and at which price an order fills in a bar; the answer is in `found`. Marks stops that were touched. */
export function fillsIn(o: Order, bar: Bar, p: FillProfile): boolean {
  switch (o.type) {
    case MARKET: return at(bar.open, true, true);
    case ON_OPEN: return bar.first ? at(bar.open, true, true) : none();
    case ON_CLOSE: return bar.last ? at(bar.close, true) : none();
    case LIMIT: return limitIn(o, bar, p);
    case STOP: case TRAILING: return stopIn(o, bar, p);
    case STOP_LIMIT: return stopLimitIn(o, bar, p);
    default: return none();
  }
}

/** How far along open, high, low, close a price is reached: on the way up or down. Infinity when it is not. */
function onPath(bar: Bar, price: number, up: boolean): number {
  if (up ? bar.open >= price : bar.open <= price) return 0;
  if (up) return bar.high >= price ? (price - bar.open) / (bar.high - bar.open) : Infinity;
  return bar.low <= price ? 1 + (bar.high - price) / (bar.high - bar.low) : Infinity;
}

function reached(o: Order, bar: Bar): number {
  if (o.type === LIMIT) return onPath(bar, o.limit, o.side < 0);
  if ((o.type === STOP || o.type === STOP_LIMIT || o.type === TRAILING) && !o.triggered) return onPath(bar, o.stop, o.side > 0);
  return 0;
}

/** Orders as a bar comes to them on its way from open to high, low and close. */
export function pathOrder(orders: Order[], bar: Bar): void {
  const at = new Map(orders.map((o) => [o, reached(o, bar)]));
  orders.sort((a, b) => {
    const [x, y] = [at.get(a) as number, at.get(b) as number];
    return x === y ? 0 : x - y;
  });
}

/** Moves a trailing stop behind a price; it never moves back. */
export function trail(o: Order, price: number): void {
  const stop = price + o.side * (o.trailShare ? price * o.trail : o.trail);
  if (Number.isNaN(o.stop) || better(o.side, stop, o.stop)) o.stop = stop;
}
