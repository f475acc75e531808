import { Random } from '../../src/core/random.ts';
import { DAY as MICROS_A_DAY, MINUTE } from '../../src/core/time.ts';
import { book, dividend, mark, newAccount, split, total, type Account, type Instrument } from './account.ts';
import { onBookTrade, onLevel } from './book-market.ts';
import { Exchange, newExchange, type Rules } from './exchange.ts';
import { House } from './house.ts';
import {
  blank, DAY, ENTRY, EXIT, FOK, GTC, GTD, IOC, isAlive, isProtective, LIMIT, ON_CLOSE, ON_OPEN, STOP, STOP_LIMIT, TRAILING, MARKET,
  type Order, type Protection, type Ticket,
} from './order.ts';
import { profileOf } from './profile.ts';
import { rulesOf } from './rules.ts';
import { arrivals, atOnce, onQuote, onTrade } from './ticks.ts';

export interface Scene {
  readonly seed: number;
  readonly profile: string;
  readonly rows: number;
  /** Futures with a deposit in place of stocks that are paid in full. */
  readonly margin: boolean;
  readonly latency: number;
  readonly partial: boolean;
  /** Slippage that stays inside of the bar, or that may leave it. */
  readonly slippage: 'none' | 'inside' | 'outside';
  /** Splits, dividends, borrow, interest and funding. */
  readonly events: boolean;
}

export interface SceneFill {
  readonly id: number;
  readonly key: number;
  readonly side: number;
  readonly units: number;
  readonly price: number;
  readonly fee: number;
  readonly ts: number;
  readonly order: Order;
  /** Position before it. */
  readonly held: number;
}

/** What a planted fault may change. */
export interface Faults {
  readonly fee?: (fee: number) => number;
  readonly booked?: (units: number) => number;
  readonly slip?: (price: number) => number;
  readonly sent?: (o: Order) => void;
  /** Cancellations with these codes do not happen. */
  readonly deaf?: string;
  /** Called after every row, with the live orders of each key. */
  readonly row?: (orders: Order[][]) => void;
}

const CAPITAL = 100_000;
const KEYS = 2;

/** A random market and random orders, through the exchange and the account: what is checked is told to `Watcher`. */
export class RandomDesk {
  readonly account: Account = newAccount(CAPITAL);
  readonly exchange: Exchange;
  readonly profile;
  readonly fills: SceneFill[] = [];
  /** Every state that an order has had, in order. */
  readonly states = new Map<number, { order: Order; statuses: number[] }>();
  /** Fills again with splits applied, for a ledger of its own. */
  readonly ledger: { key: number; units: number; price: number }[] = [];
  fees = 0;
  dividends = 0;
  ts = 0;
  readonly low = new Float64Array(KEYS);
  readonly high = new Float64Array(KEYS);
  private readonly random: Random;
  private readonly scene: Scene;
  private readonly house: House;
  private readonly price = [100, 40];
  private readonly faults: Faults;

  constructor(scene: Scene, faults: Faults = {}) {
    this.scene = scene;
    this.faults = faults;
    this.random = new Random(scene.seed);
    this.profile = profileOf(scene.profile);
    const it: Instrument = { multiplier: scene.margin ? 5 : 1, margin: scene.margin ? 200 : NaN, currency: 0, tick: 0.01, lot: 1 };
    for (let k = 0; k < KEYS; k++) this.account.instruments.push(it);
    const slippage = scene.slippage === 'none' ? undefined : scene.slippage === 'inside' ? { model: 'percent', percent: 0.01 }
      : { model: 'bps', percent: 0.01 };
    const made = rulesOf(
      { profile: scene.profile, latency: scene.latency, partial: scene.partial },
      { commission: { percent: 0.001, fixed: 1 }, ...(slippage === undefined ? {} : { slippage }) }, 1,
      { tick: () => 0.01, sigma: () => NaN, adv: () => NaN }, () => 0, false,
    );
    const rules: Rules = { ...made, slip: (...x) => (faults.slip ?? ((p) => p))(made.slip(...x)) };
    this.exchange = new Exchange(newExchange(), this.account, rules, {
      filled: (o, units, price, fee, _slippage, _maker, ts) => {
        this.fees += fee;
        this.fills.push({ id: o.id, key: o.key, side: o.side, units, price, fee, ts, order: o, held: this.held(o.key) });
        this.ledger.push({ key: o.key, units: o.side * units, price });
        book(this.account, {
          key: o.key, units: o.side * (faults.booked?.(units) ?? units), price, fee: faults.fee?.(fee) ?? fee, ts, order: o.id, role: o.role,
        }, () => undefined);
      },
      changed: (o) => {
        const seen = this.states.get(o.id) ?? { order: o, statuses: [] };
        this.states.set(o.id, seen);
        seen.statuses.push(o.status);
        if (seen.statuses.length === 1) faults.sent?.(o);
      },
    });
    const cancel = this.exchange.cancel.bind(this.exchange);
    this.exchange.cancel = (o, ts, code, status) => { if (code !== faults.deaf) cancel(o, ts, code, status); };
    this.house = new House({
      holding: scene.events ? { borrow: 0.05, interest: 0.02, funding: 0.0001, fundingHours: 8 } : { borrow: 0, interest: 0, funding: 0, fundingHours: 8 },
      risk: null, rebalance: null, method: 'fixed', limits: {}, window: 2, closeOnHalt: false, symbolOf: String,
    }, { account: this.account, exchange: this.exchange, state: { ledger: {} } } as never);
  }

  held(key: number): number {
    return this.account.positions[key]?.units ?? 0;
  }

  private chance(p: number): boolean {
    return this.random.next() < p;
  }

  private pick<T>(list: readonly T[]): T {
    return list[this.random.int(0, list.length - 1)];
  }

  private cents(x: number): number {
    return Math.round(x * 100) / 100;
  }

  private walk(key: number): number {
    this.price[key] = Math.max(2, this.cents(this.price[key] * Math.exp(0.02 * this.random.normal())));
    return this.price[key];
  }

  /** One row of one symbol, then perhaps an order. */
  step(n: number): void {
    const key = this.random.int(0, KEYS - 1);
    this.ts += this.random.int(1, 3) * MINUTE * (this.scene.events ? 60 : 1);
    const { ts } = this;
    this.house.accrue(ts);
    const market = this.profile.market;
    this.exchange.enter(key, Math.floor(n / 7), Math.floor(n / 7 + 1) * 7 * MICROS_A_DAY);
    if (this.scene.events && n > 0) this.happen(key);
    if (market === 'bars' || this.scene.profile === 'nautilus-bar' || this.scene.profile === 'lean-minute') this.bar(key, ts);
    else if (market === 'trades') this.trade(key, ts);
    else if (market === 'book') this.level(key, ts);
    else this.quote(key, ts);
    this.faults.row?.(this.exchange.state.orders);
    if (this.chance(0.5)) this.order(key, ts);
    const { fills } = this.profile;
    if (fills === 'at_once' || fills === 'same_close') atOnce(this.exchange, key, ts);
    if (this.chance(0.05)) {
      const [o] = this.exchange.ordersOf(key).filter(isAlive);
      if (o !== undefined) this.exchange.cancel(o, ts, 'asked');
      this.exchange.sweep(key);
    }
  }

  private happen(key: number): void {
    if (this.chance(0.03)) {
      const ratio = this.pick([2, 0.5, 3]);
      split(this.account, key, ratio);
      this.price[key] /= ratio;
      for (const f of this.ledger) if (f.key === key) {
        f.units *= ratio;
        f.price /= ratio;
      }
      for (const o of this.exchange.ordersOf(key)) {
        o.quantity *= ratio;
        o.left *= ratio;
        o.limit /= ratio;
        o.stop /= ratio;
      }
    }
    if (this.chance(0.05)) {
      const { multiplier } = this.account.instruments[key];
      this.dividends += this.held(key) * 0.25 * multiplier;
      dividend(this.account, key, 0.25);
    }
  }

  private bar(key: number, ts: number): void {
    const x = [this.walk(key), this.walk(key), this.walk(key), this.walk(key)];
    const [open, close, high, low] = [x[0], x[3], Math.max(...x), Math.min(...x)];
    this.low[key] = low;
    this.high[key] = high;
    const { marksFirst } = this.profile;
    if (marksFirst) mark(this.account, key, ts, close, high, low);
    this.exchange.onBar(key, ts, open, high, low, close, this.random.int(0, 400));
    if (!marksFirst) mark(this.account, key, ts, close, high, low);
  }

  private trade(key: number, ts: number): void {
    const price = this.walk(key);
    this.low[key] = this.high[key] = price;
    onTrade(this.exchange, key, ts, price, this.random.int(1, 100));
    mark(this.account, key, ts, price, price, price);
  }

  private quote(key: number, ts: number): void {
    const bid = this.walk(key);
    const ask = this.cents(bid + 0.01 * this.random.int(1, 20));
    arrivals(this.exchange, key, this.exchange.marketOf(key), ts);
    onQuote(this.exchange, key, ts, bid, ask, this.random.int(1, 50), this.random.int(1, 50));
    mark(this.account, key, ts, (bid + ask) / 2, ask, bid);
  }

  private level(key: number, ts: number): void {
    const middle = this.walk(key);
    if (this.chance(0.3)) {
      const value = onBookTrade(this.exchange, key, ts, this.cents(middle), this.random.int(1, 60), this.random.int(0, 1));
      mark(this.account, key, ts, value, value, value);
      return;
    }
    const side = this.chance(0.5) ? 1 : -1;
    const value = onLevel(this.exchange, key, ts, side, this.cents(middle - side * 0.01 * this.random.int(1, 30)), this.random.int(0, 3) * 20);
    if (!Number.isNaN(value)) mark(this.account, key, ts, value, value, value);
  }

  private order(key: number, ts: number): void {
    const near = (): number => this.cents(this.price[key] * (1 + 0.03 * this.random.normal()));
    const held = this.held(key);
    const closing = held !== 0 && this.chance(0.4);
    const side = closing ? (held > 0 ? -1 : 1) : this.chance(0.5) ? 1 : -1;
    const type = this.pick([MARKET, LIMIT, STOP, STOP_LIMIT, TRAILING, ON_OPEN, ON_CLOSE]);
    const tif = this.pick([GTC, GTC, DAY, GTD, IOC, FOK]);
    const one = <T>(x: T, other: T): T => (this.chance(0.5) ? x : other);
    const price = this.price[key];
    const protect: Protection | null = closing || this.chance(0.4) ? null : {
      stopDistance: one(this.cents(price * 0.03), NaN), stopPrice: NaN, targetDistance: one(this.cents(price * 0.04), NaN), targetPrice: NaN,
      trail: one(0.02, NaN), trailShare: true,
    };
    const unsized = !closing && this.chance(0.15);
    const ticket: Ticket = {
      ...blank, key, side, type, tif, quantity: unsized ? NaN : closing ? Math.abs(held) * one(1, 0.5) : this.random.int(1, 120), share: unsized ? 0.4 : NaN,
      limit: type === LIMIT || type === STOP_LIMIT ? near() : NaN, stop: type === STOP || type === STOP_LIMIT ? near() : NaN,
      trail: type === TRAILING ? this.cents(price * 0.02) : NaN, expires: tif === GTD ? ts + 5 * MINUTE : Infinity,
      role: closing ? EXIT : ENTRY, reduceOnly: closing, postOnly: type === LIMIT && this.chance(0.2), protect,
    };
    this.exchange.submit(ticket, ts);
  }

  /** Equity from fills, fees, dividends and what holding cost: without positions, lots or cash. */
  expected(): number {
    let equity = CAPITAL - this.fees + this.dividends - this.account.borrow - this.account.interest - this.account.funding;
    for (const f of this.ledger) equity += f.units * (this.account.positions[f.key].mark - f.price) * this.account.instruments[f.key].multiplier;
    return equity;
  }

  get equity(): number {
    return total(this.account).equity;
  }
}

export const protectiveOf = (x: Exchange): Order[] => x.state.orders.flat().filter((o) => isAlive(o) && isProtective(o));
