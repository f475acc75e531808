import { book, mark, newAccount, total, type Account, type Instrument, type RoundTrip } from './account.ts';
import { onBookTrade, onLevel } from './book-market.ts';
import { Exchange, newExchange, type Fee, type Rules } from './exchange.ts';
import { blank, type Order, type Ticket } from './order.ts';
import { profileOf } from './profile.ts';
import { atOnce, onQuote } from './ticks.ts';

/** A stock that is paid in full, in whole units. */
export const STOCK: Instrument = Object.freeze({ multiplier: 1, margin: NaN, currency: 0, tick: 0, lot: 1 });

export interface Fill {
  readonly order: number;
  readonly units: number;
  readonly price: number;
  readonly fee: number;
  readonly ts: number;
}

/** An account and a market for tests: orders by hand, bars by hand. */
export class Desk {
  readonly account: Account;
  readonly exchange: Exchange;
  readonly fills: Fill[] = [];
  readonly trips: RoundTrip[] = [];
  readonly seen = new Map<number, Order>();
  /** Called after every fill, as a strategy that reacts to its fills at once. */
  onFill: ((order: Order) => void) | null = null;
  ts = 0;
  /** When the session ends. */
  closes = Infinity;

  constructor(profile: string, o: { cash?: number; fee?: Fee; rules?: Partial<Rules>; instrument?: Partial<Instrument> } = {}) {
    const p = profileOf(profile);
    this.account = newAccount(o.cash ?? 100_000);
    this.account.instruments.push({ ...STOCK, ...o.instrument });
    const rules: Rules = {
      profile: p, fee: o.fee ?? (() => 0), slip: (_order, _units, price) => price, latency: () => 0, leverage: 1, daily: false,
      volumeLimit: p.volumeLimit, partial: false, reply: 0, recorded: false, delayed: false, roundPrices: false,
      book: { queue: { model: 'none', function: 'power', n: 3 }, through: 'full', partial: true, consume: true }, ...o.rules,
    };
    this.exchange = new Exchange(newExchange(), this.account, rules, {
      filled: (order, units, price, fee, _slippage, _maker, ts) => {
        this.fills.push({ order: order.id, units: order.side * units, price, fee, ts });
        book(this.account, { key: 0, units: order.side * units, price, fee, ts, order: order.id, role: order.role },
          (trip) => this.trips.push(trip));
        this.onFill?.(order);
      },
      changed: (order) => this.seen.set(order.id, order),
    });
  }

  submit(ticket: Partial<Ticket>): Order {
    return this.exchange.submit({ ...blank, ...ticket }, this.ts);
  }

  bar(open: number, high: number, low: number, close: number, volume = NaN, session = 0): void {
    this.ts += 1;
    if (this.exchange.rules.profile.marksFirst) mark(this.account, 0, this.ts, close, high, low);
    this.exchange.enter(0, session, this.closes);
    this.exchange.onBar(0, this.ts, open, high, low, close, volume);
    if (!this.exchange.rules.profile.marksFirst) mark(this.account, 0, this.ts, close, high, low);
  }

  /** A level of the book, a trade (`taker` 1 for a buyer, -1 for a seller), a quote. */
  level(side: 1 | -1, price: number, size: number, after = 1): void {
    this.ts += after;
    const middle = onLevel(this.exchange, 0, this.ts, side, price, size);
    if (!Number.isNaN(middle)) mark(this.account, 0, this.ts, middle, middle, middle);
  }

  trade(price: number, size: number, taker: 1 | -1, after = 1): void {
    this.ts += after;
    const value = onBookTrade(this.exchange, 0, this.ts, price, size, taker > 0 ? 1 : 0);
    mark(this.account, 0, this.ts, value, value, value);
  }

  quote(bid: number, ask: number, bidSize = NaN, askSize = NaN, after = 1): void {
    this.ts += after;
    onQuote(this.exchange, 0, this.ts, bid, ask, bidSize, askSize);
    mark(this.account, 0, this.ts, (bid + ask) / 2, ask, bid);
  }

  /** Orders that need no more than what is there now. */
  atOnce(): void {
    atOnce(this.exchange, 0, this.ts);
  }

  get equity(): number {
    return total(this.account).equity;
  }

  get units(): number {
    return this.account.positions[0]?.units ?? 0;
  }
}
