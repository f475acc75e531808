import type { Account } from './account.ts';
import { roundTick } from './limits.ts';
import { fillsIn, found, pathOrder, trail } from './bar-rules.ts';
import { affords, attempt, closable, execute, sized } from './execution.ts';
import { newMarket, type ExchangeState, type Happenings, type Market, type Rules } from './exchange-state.ts';
import {
  CANCELLED, DAY, ENTRY, EXPIRED, FILLED, FOK, GTD, IOC, isAlive, isProtective, MARKET, ON_CLOSE, OPEN, PENDING, REBALANCE, REJECTED,
  STOP, TARGET, TRAILING, type Order, type Ticket,
} from './order.ts';

const EMPTY: Order[] = [];

/** Orders and what the market does to them. It owns no state: `state` and `account` are what a checkpoint copies. */
export class Exchange {
  readonly state: ExchangeState;
  readonly account: Account;
  readonly rules: Rules;
  readonly on: Happenings;

  constructor(state: ExchangeState, account: Account, rules: Rules, on: Happenings) {
    this.state = state;
    this.account = account;
    this.rules = rules;
    this.on = on;
  }

  ordersOf(key: number): Order[] {
    return this.state.orders[key] ?? EMPTY;
  }

  marketOf(key: number): Market {
    let m = this.state.markets[key];
    if (m === undefined) {
      m = newMarket();
      this.state.markets[key] = m;
    }
    return m;
  }

  /** Units of live orders that open or turn a position, signed: what is on its way. */
  pending(key: number): number {
    let units = 0;
    for (const o of this.ordersOf(key)) {
      if (isAlive(o) && !isProtective(o) && !Number.isNaN(o.left)) units += o.side * o.left;
    }
    return units;
  }

  /** Takes an order that is sent at `ts`, or `after` so long. */
  submit(ticket: Ticket, ts: number, after = 0): Order {
    const m = this.marketOf(ticket.key);
    const latency = this.rules.recorded && m.latency >= 0 ? m.latency : this.rules.latency(ts + after);
    const o: Order = {
      id: this.state.nextId++, key: ticket.key, side: ticket.side, type: ticket.type, tif: ticket.tif, expires: ticket.expires,
      role: ticket.role, postOnly: ticket.postOnly, reduceOnly: ticket.reduceOnly, protect: ticket.protect, parent: ticket.parent,
      oco: ticket.oco, share: ticket.share, trail: ticket.trail, trailShare: ticket.trailShare, sent: ts,
      arrives: ts + after + latency, quantity: ticket.quantity, left: ticket.quantity, limit: ticket.limit, stop: ticket.stop,
      triggered: false, status: PENDING, updated: ts, value: 0, commission: 0, code: null, ahead: NaN, traded: 0, session: -1,
    };
    const list = (this.state.orders[o.key] ??= []);
    if (o.type === TRAILING && Number.isNaN(o.stop) && !isProtective(o)) trail(o, m.close);
    if (this.rules.roundPrices) this.round(o);
    if (this.rules.profile.exitsFirst && o.role !== ENTRY && o.role !== REBALANCE) list.unshift(o);
    else list.push(o);
    this.on.changed(o);
    if (!affords(this, o)) this.end(o, ts, REJECTED, 'funds');
    return o;
  }

  /** Whole ticks, never to the sender's harm: limits away from the market's side, stops not nearer to the market. */
  private round(o: Order): void {
    const { tick } = this.account.instruments[o.key];
    if (!(tick > 0)) return;
    o.limit = roundTick(o.limit, tick, o.side > 0 ? 'down' : 'up');
    o.stop = roundTick(o.stop, tick, o.side > 0 ? 'up' : 'down');
  }

  cancel(o: Order, ts: number, code: string, status = CANCELLED): void {
    if (!isAlive(o)) return;
    this.end(o, ts, status, code);
  }

  end(o: Order, ts: number, status: number, code: string | null): void {
    o.status = status;
    o.updated = ts;
    o.code = code;
    this.on.changed(o);
    if (status !== FILLED && o.left === o.quantity) this.childrenOf(o, (c) => this.cancel(c, ts, 'parent_ended'));
  }

  /** Forgets orders of `key` that have ended. */
  sweep(key: number): void {
    const list = this.state.orders[key] as Order[] | undefined;
    if (list === undefined || list.length === 0) return;
    let kept = 0;
    for (let i = 0; i < list.length; i++) if (isAlive(list[i])) list[kept++] = list[i];
    list.length = kept;
  }

  private childrenOf(parent: Order, then: (o: Order) => void): void {
    for (const o of [...this.ordersOf(parent.key)]) if (o.parent === parent.id && o !== parent) then(o);
  }

  /** A bar is complete: orders that were there before it fill in it. */
  onBar(key: number, ts: number, open: number, high: number, low: number, close: number, volume: number): void {
    const m = this.marketOf(key);
    m.ts = ts;
    m.open = open;
    m.high = high;
    m.low = low;
    m.close = close;
    m.volume = volume;
    m.bid = m.ask = m.bidSize = m.askSize = NaN;
    m.room = this.rules.volumeLimit === Infinity || Number.isNaN(volume) ? Infinity : volume * this.rules.volumeLimit;
    m.taken = 0;
    m.bar = true;
    const list = this.state.orders[key] as Order[] | undefined;
    if (list === undefined || list.length === 0) return;
    m.last = this.daily || ts >= m.closes;
    this.pass(list, m);
    for (const o of list) if (o.type === TRAILING && isAlive(o) && !o.triggered) this.follow(o, m);
    if (this.daily) for (const o of [...list]) if (o.tif === DAY && isAlive(o) && o.arrives < ts) this.end(o, ts, EXPIRED, 'day_over');
    this.sweep(key);
  }

  /** Says which trading session the next row of `key` belongs to; call it before the row. */
  enter(key: number, session: number, closes: number): void {
    const m = this.marketOf(key);
    m.first = session !== m.session;
    if (!m.first) this.state.intraday = true;
    m.session = session;
    m.closes = closes;
  }

  private get daily(): boolean {
    return this.rules.daily ?? !this.state.intraday;
  }

  private follow(o: Order, m: Market): void {
    // A stop without a price takes its first from the close of the bar of its entry.
    if (o.arrives >= m.ts && !Number.isNaN(o.stop)) return;
    trail(o, this.rules.profile.trailBy === 'close' ? m.close : o.side < 0 ? m.high : m.low);
  }

  /** Looks at every order that is there, once; an entry whose protection begins in its own bar brings orders that are looked at too. */
  private pass(list: Order[], m: Market): void {
    const { profile } = this.rules;
    const due = [...list];
    if (profile.limits === 'path' && due.length > 1) pathOrder(due, m);
    for (let i = 0; i < due.length; i++) {
      const o = due[i];
      if (!isAlive(o) || o.arrives >= m.ts || !this.isLive(o)) continue;
      if (!this.arrive(o, m)) continue;
      const before = list.length;
      const slots = profile.children === 'same_bar' ? new Set(list) : null;
      this.tryBar(o, m);
      // Protection of an entry that begins at once: the orders that were not there before.
      if (slots !== null && list.length > before) {
        for (const child of list) if (!slots.has(child) && this.actsAtOnce(o, child, m)) due.push(child);
      }
    }
  }

  /** backtesting.py: protection of a market entry acts in its bar; that of a stop entry only where the order of prices is certain. */
  private actsAtOnce(entry: Order, child: Order, m: Market): boolean {
    if (entry.type === MARKET || entry.type === ON_CLOSE) return true;
    if (entry.type !== STOP) return false;
    const p = entry.protect;
    if (p === null || child.role !== TARGET) return false;
    return entry.side > 0 ? child.limit <= m.high && !(p.stopPrice >= m.low) : child.limit >= m.low && !(p.stopPrice <= m.high);
  }

  /** A child whose parent has not filled waits. */
  isLive(o: Order): boolean {
    if (o.parent === 0 || o.status !== PENDING) return true;
    return !this.ordersOf(o.key).some((p) => p.id === o.parent && isAlive(p) && p.left === p.quantity);
  }

  /** Accepts an order when the market first sees it, and ends it when its time is over. False when it is gone. */
  arrive(o: Order, m: Market): boolean {
    if (o.status === PENDING) {
      o.status = OPEN;
      o.updated = m.ts;
      o.session = m.session;
      this.on.changed(o);
    } else if (o.tif === DAY && o.session !== m.session) {
      this.end(o, m.ts, EXPIRED, 'day_over');
      return false;
    }
    if (o.tif === GTD && m.ts >= o.expires) {
      this.end(o, m.ts, EXPIRED, 'expired');
      return false;
    }
    if (o.reduceOnly && closable(this.account, o) === 0) {
      this.end(o, m.ts, CANCELLED, 'nothing_to_reduce');
      return false;
    }
    return true;
  }

  private tryBar(o: Order, m: Market): void {
    if (fillsIn(o, m, this.rules.profile)) {
      const { price, slips, atOpen } = found;
      const units = this.sized(o, price);
      if (units > 0) this.attempt(o, units, price, slips, atOpen, m);
    }
    this.endImmediate(o, m.ts);
  }

  /** Orders that do not wait end with what their first look left. */
  endImmediate(o: Order, ts: number): void {
    if (!isAlive(o) || (o.tif !== IOC && o.tif !== FOK)) return;
    this.end(o, ts, CANCELLED, o.tif === IOC ? 'not_filled_at_once' : 'not_filled_whole');
  }

  sized(o: Order, price: number): number {
    return sized(this, o, price);
  }

  attempt(o: Order, wanted: number, price: number, slips: boolean, atOpen: boolean, m: Market): void {
    attempt(this, o, wanted, price, slips, atOpen, m);
  }

  execute(o: Order, units: number, price: number, slippage: number, maker: boolean, m: Market): boolean {
    return execute(this, o, units, price, slippage, maker, m);
  }
}

export { newExchange, type ExchangeState, type Fee, type Happenings, type Market, type Rules, type Slip } from './exchange-state.ts';
export { freeMargin } from './execution.ts';
export { isProtective } from './order.ts';
