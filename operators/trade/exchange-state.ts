import type { Bar } from './bar-rules.ts';
import type { Book } from './book/book.ts';
import type { FillSettings } from './book/depth-fill.ts';
import type { Order } from './order.ts';
import type { FillProfile } from './profile.ts';

/** Commission in money of the instrument's currency for `units` at `price`, after `before` units of the same order. */
export type Fee = (order: Order, units: number, price: number, maker: boolean, multiplier: number) => number;

/** Price after slippage; NaN where the order may not fill at that price. */
export type Slip = (order: Order, units: number, price: number, atOpen: boolean, m: Market) => number;

/** Last rows of one symbol. */
export interface Market extends Bar {
  bid: number;
  ask: number;
  bidSize: number;
  askSize: number;
  /** Volume of this row that orders may still take, and have taken. */
  room: number;
  taken: number;
  /** Number of the trading session, and the event time at which it ends. */
  session: number;
  closes: number;
  /** Recorded time from an order until it is in the market, microseconds; NaN before a row said so. */
  latency: number;
  /** The last row was a bar; and levels of a book have been seen. */
  bar: boolean;
  depth: boolean;
}

/** Everything the market of a simulated broker remembers: plain data. */
export interface ExchangeState {
  nextId: number;
  /** Live orders by key, in the order in which they are looked at. */
  orders: Order[][];
  markets: (Market | undefined)[];
  /** Two rows of one session have been seen. */
  intraday: boolean;
  /** Order books by key, where the profile keeps them; and since when stops have not been looked at, Infinity for none to look at. */
  books: (Book | undefined)[];
  unsettled: number;
}

export interface Rules {
  readonly profile: FillProfile;
  readonly fee: Fee;
  readonly slip: Slip;
  /** Time from sending an order until the market has it. */
  readonly latency: (sent: number) => number;
  /** Time from a fill until it is known: orders that answer it are sent then. */
  readonly reply: number;
  /** The market's rows say what the latency is. */
  readonly recorded: boolean;
  /** Orders may be on their way for a while. */
  readonly delayed: boolean;
  /** Money per money: what may be held of it. */
  readonly leverage: number;
  /** Bars are whole sessions, so that a day order lives for one bar; null finds out: two bars of one session say that they are not. */
  readonly daily: boolean | null;
  readonly volumeLimit: number;
  /** Quotes and trades fill at most their size. */
  readonly partial: boolean;
  /** Prices of orders are brought to whole ticks. */
  readonly roundPrices: boolean;
  /** How orders fill from a book; `lot` is that of the symbol. */
  readonly book: Omit<FillSettings, 'lot'>;
}

export interface Happenings {
  filled(o: Order, units: number, price: number, fee: number, slippage: number, maker: boolean, ts: number): void;
  changed(o: Order): void;
}

export const newExchange = (): ExchangeState =>
  ({ nextId: 1, orders: [], markets: [], intraday: false, books: [], unsettled: Infinity });

export const newMarket = (): Market => ({
  ts: -Infinity, open: NaN, high: NaN, low: NaN, close: NaN, volume: NaN, bid: NaN, ask: NaN, bidSize: NaN, askSize: NaN, room: 0,
  taken: 0, session: -1, closes: Infinity, first: false, last: false, latency: NaN,
  bar: false, depth: false,
});
