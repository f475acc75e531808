import type { Calendar } from '../../src/core/calendar.ts';
import { dividend, mark, positionOf, split, type Account } from './account.ts';
import { onBookQuote, onBookTrade, onLevel } from './book-market.ts';
import type { DeskSettings, Tape } from './desk-state.ts';
import type { Exchange } from './exchange.ts';
import { impactState, observeImpact } from './impact.ts';
import type { MarketKind, MarketRow } from './inputs.ts';
import type { Protection } from './order.ts';
import { onQuote, onTrade } from './ticks.ts';

/** Days that volume and volatility are averaged over. */
const IMPACT_DAYS = 20;

const splitProtection = (p: Protection, ratio: number): Protection => ({
  stopDistance: p.stopDistance / ratio, stopPrice: p.stopPrice / ratio, targetDistance: p.targetDistance / ratio,
  targetPrice: p.targetPrice / ratio, trail: p.trailShare ? p.trail : p.trail / ratio, trailShare: p.trailShare,
});

/** Takes market rows to the exchange and the account: sessions, splits, dividends, fills, last prices. */
export class MarketStep {
  private readonly s: DeskSettings;
  private readonly exchange: Exchange;
  private readonly account: Account;
  private readonly tape: Tape;
  private readonly calendar: Calendar;
  /** Session of the last row looked up, and its bounds: looked up again after a restore. */
  private opens = Infinity;
  private closes = -Infinity;
  private day = -1;

  constructor(settings: DeskSettings, exchange: Exchange, tape: Tape, calendar: Calendar) {
    this.s = settings;
    this.exchange = exchange;
    this.account = exchange.account;
    this.tape = tape;
    this.calendar = calendar;
  }

  /** False where the row has no price. */
  take(kind: MarketKind, row: MarketRow, key: number, ts: number): boolean {
    this.tape.now = ts;
    // A bar belongs to the session in which it was formed: it is stamped with its end.
    this.session(key, kind === 'bars' ? ts - 1 : ts);
    if (row.split > 0 && row.split !== 1) this.split(key, row.split);
    if (row.dividend > 0 || row.dividend < 0) dividend(this.account, key, row.dividend);
    if (row.latency >= 0) this.exchange.marketOf(key).latency = row.latency;
    if (!this.fill(kind, row, key, ts)) return false;
    const currency = this.s.fxOf(key);
    if (currency > 0) this.account.rates[currency] = positionOf(this.account, key).mark;
    if (this.s.watchImpact) this.watch(key, ts, row.volume);
    return true;
  }

  private fill(kind: MarketKind, row: MarketRow, key: number, ts: number): boolean {
    switch (kind) {
      case 'bars': return this.bar(row, key, ts);
      case 'quotes': return this.quote(row, key, ts);
      case 'trades': return this.trade(row, key, ts);
      case 'book': return this.level(row, key, ts);
    }
  }

  private bar(row: MarketRow, key: number, ts: number): boolean {
    const { open, high, low, close } = row;
    if (Number.isNaN(close)) return false;
    const first = this.s.rules.profile.marksFirst;
    if (first) mark(this.account, key, ts, close, high, low);
    this.exchange.onBar(key, ts, open, high, low, close, row.volume);
    if (!first) mark(this.account, key, ts, close, high, low);
    const m = this.exchange.marketOf(key);
    m.bid = row.bid;
    m.ask = row.ask;
    return true;
  }

  private quote(row: MarketRow, key: number, ts: number): boolean {
    const { bid, ask } = row;
    if (Number.isNaN(bid) || Number.isNaN(ask)) return false;
    const middle = (bid + ask) / 2;
    if (this.s.rules.profile.market === 'book') onBookQuote(this.exchange, key, ts, bid, ask, row.bidSize, row.askSize);
    else onQuote(this.exchange, key, ts, bid, ask, row.bidSize, row.askSize);
    mark(this.account, key, ts, middle, middle, middle);
    return true;
  }

  private trade(row: MarketRow, key: number, ts: number): boolean {
    const { close } = row;
    if (Number.isNaN(close)) return false;
    let value = close;
    if (this.s.rules.profile.market === 'book') value = onBookTrade(this.exchange, key, ts, close, row.volume, row.taker);
    else onTrade(this.exchange, key, ts, close, row.volume);
    mark(this.account, key, ts, value, value, value);
    return true;
  }

  private level(row: MarketRow, key: number, ts: number): boolean {
    if (Number.isNaN(row.close) || Number.isNaN(row.taker)) return false;
    const middle = onLevel(this.exchange, key, ts, row.taker === 1 ? 1 : -1, row.close, row.volume);
    if (Number.isNaN(middle)) return false;
    mark(this.account, key, ts, middle, middle, middle);
    return true;
  }

  private watch(key: number, ts: number, volume: number): void {
    const { impact } = this.tape;
    while (impact.length <= key) impact.push(impactState());
    observeImpact(impact[key], ts, positionOf(this.account, key).mark, volume, IMPACT_DAYS);
  }

  private split(key: number, ratio: number): void {
    split(this.account, key, ratio);
    for (const o of this.exchange.ordersOf(key)) {
      o.quantity *= ratio;
      o.left *= ratio;
      o.limit /= ratio;
      o.stop /= ratio;
      if (!o.trailShare) o.trail /= ratio;
      if (o.protect !== null) o.protect = splitProtection(o.protect, ratio);
    }
  }

  private session(key: number, ts: number): void {
    if (!(ts >= this.opens && ts < this.closes)) {
      const s = this.calendar.sessionAt(ts);
      this.opens = Math.min(ts, s.open);
      this.closes = s.close;
      this.day = s.day;
    }
    this.exchange.enter(key, this.day, this.closes);
  }
}
