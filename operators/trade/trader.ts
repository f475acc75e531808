import { cashOf, exposure, positionOf, total, type Account } from './account.ts';
import type { Decision } from './decision.ts';
import { freeMargin, isProtective, type Exchange, type Fee } from './exchange.ts';
import {
  blank, DAY, ENTRY, EXIT, FOK, GTC, GTD, IOC, isAlive, LIMIT, MARKET, ON_CLOSE, ON_OPEN, REBALANCE, STOP, STOP_LIMIT, TRAILING,
  type Order, type Protection, type Ticket,
} from './order.ts';
import { affordable, roundLot } from './limits.ts';
import type { SizeMethod } from './size.ts';
import { SIZING_METHODS, sizeOf, sizingInput, type SizingMethod } from './sizing.ts';

/** Settings of `size` that are not read row by row. */
export interface SizeSettings {
  readonly method: SizeMethod;
  readonly of: 'equity' | 'cash' | 'free';
  readonly kelly: number;
  readonly maxWeight: number;
  readonly maxGross: number;
  readonly maxNet: number;
  /** Share of the equity left alone; null sizes without a thought for fees. */
  readonly buffer: number | null;
  readonly sides: 'both' | 'long' | 'short';
  readonly whenFlat: boolean;
  readonly repeat: 'ignore' | 'add' | 'resize';
  readonly atFill: boolean;
  readonly turn: 'net' | 'two';
  readonly order: number;
  readonly tif: number;
  readonly valid: number;
  readonly postOnly: boolean;
  readonly maxHold: number;
}

export const ORDER_WORDS: Readonly<Record<string, number>> = Object.freeze({
  market: MARKET, limit: LIMIT, stop: STOP, stop_limit: STOP_LIMIT, trailing: TRAILING, market_on_open: ON_OPEN, market_on_close: ON_CLOSE,
});

export const TIF_WORDS: Readonly<Record<string, number>> = Object.freeze({ gtc: GTC, day: DAY, gtd: GTD, ioc: IOC, fok: FOK });

/** Weights of a method that looks at all wanted symbols at once: signed shares of the equity by key. */
export type Portfolio = (wanted: ReadonlyMap<number, Decision>) => ReadonlyMap<number, number>;

/** Looks at an order before it is sent. Null lets it pass; a smaller quantity cuts it; a code refuses it. */
export type Gate = (ticket: Ticket, price: number, now: number) => { readonly code: string; readonly text: string } | null;

export interface Tools {
  readonly exchange: Exchange;
  readonly account: Account;
  readonly fee: Fee;
  readonly gate: Gate;
  readonly portfolio: Portfolio;
  /** Symbols among which `equal_weight` divides, where the pipeline lists them. */
  readonly members: number | null;
  readonly refused: (ticket: Ticket, price: number, now: number, code: string, text: string) => void;
}

/** What was wanted: for the stream of targets. */
export interface Wanted {
  weight: number;
  units: number;
  stop: number;
  target: number;
}

/** Turns decisions into orders. It keeps nothing but what is wanted of every symbol, which is part of the desk's state. */
export class Trader {
  private readonly s: SizeSettings;
  private readonly t: Tools;
  /** Last decision of every symbol that wants a position. */
  readonly wanted: Map<number, Decision>;
  private readonly input = sizingInput();
  readonly out: Wanted = { weight: NaN, units: NaN, stop: NaN, target: NaN };

  constructor(settings: SizeSettings, tools: Tools, wanted: Map<number, Decision>) {
    this.s = settings;
    this.t = tools;
    this.wanted = wanted;
  }

  /** Direction that a decision asks for: 1, -1, 0 for flat; NaN for nothing. */
  private heading(side: number): number {
    if (side === 0) return NaN;
    return this.s.sides === 'both' || (this.s.sides === 'long') === side > 0 ? side : 0;
  }

  /** Units held and on their way, and the side of an order that has no size yet. */
  private held(key: number): number {
    const units = positionOf(this.t.account, key).units + this.t.exchange.pending(key);
    if (units !== 0) return units;
    const unsized = this.t.exchange.ordersOf(key).find((o) => isAlive(o) && Number.isNaN(o.left));
    return unsized === undefined ? 0 : unsized.side * Number.MIN_VALUE;
  }

  /** Sends the orders of one decision; false when it asks for nothing. What was wanted is in `out`. */
  decide(d: Decision, now: number, send = true): boolean {
    const way = this.heading(d.side);
    const { out } = this;
    out.weight = out.units = out.stop = out.target = NaN;
    if (Number.isNaN(way) || (this.s.whenFlat && this.held(d.key) !== 0)) return false;
    if (way === 0) this.wanted.delete(d.key);
    else this.wanted.set(d.key, d);
    const held = this.held(d.key);
    if (way === 0) {
      out.weight = out.units = 0;
      if (send) this.close(d.key, now);
      return true;
    }
    const units = this.s.atFill ? NaN : this.unitsOf(d, way);
    this.describe(d, way, units);
    if (!send || (Math.sign(held) === way && this.s.repeat === 'ignore')) return true;
    const target = Math.sign(held) === way && this.s.repeat === 'add' ? held + units : units;
    if (this.s.atFill) this.turnAtFill(d, way, held, now);
    else this.reach(d, way, target, held, now);
    return true;
  }

  private describe(d: Decision, way: number, units: number): void {
    const price = this.priceOf(d);
    this.out.units = units;
    this.out.weight = units * this.unitValue(d.key, price) / total(this.t.account).equity;
    this.out.stop = Number.isNaN(d.stopPrice) ? price - way * d.stop : d.stopPrice;
    this.out.target = Number.isNaN(d.targetPrice) ? price + way * d.takeProfit : d.targetPrice;
  }

  private priceOf(d: Decision): number {
    return d.price > 0 ? d.price : positionOf(this.t.account, d.key).mark;
  }

  private unitValue(key: number, price: number): number {
    const it = this.t.account.instruments[key];
    return price * it.multiplier * this.t.account.rates[it.currency];
  }

  /** Signed units that a decision wants, within the limits and in whole lots. */
  private unitsOf(d: Decision, way: number): number {
    const wanted = this.wantedUnits(d, way, this.t.portfolio);
    const it = this.t.account.instruments[d.key];
    const { maxWeight, maxGross, maxNet, buffer } = this.s;
    if (buffer === null && Math.min(maxWeight, maxGross, maxNet) === Infinity) return roundLot(wanted, it.lot);
    const price = this.priceOf(d);
    const money = this.capped(d.key, wanted * this.unitValue(d.key, price), total(this.t.account).equity);
    return buffer === null ? roundLot(money / this.unitValue(d.key, price), it.lot) : this.payable(d, money, price, buffer);
  }

  /** The same before limits and lots; NaN where something that the method needs is not known. */
  private wantedUnits(d: Decision, way: number, portfolio: Portfolio): number {
    const { account } = this.t;
    const it = account.instruments[d.key];
    const rate = account.rates[it.currency];
    // Nothing is worth anything in a currency whose rate is not known yet.
    if (Number.isNaN(rate)) return NaN;
    const scale = Number.isNaN(d.scale) ? 1 : d.scale;
    const { method, of } = this.s;
    const base = of === 'cash' ? cashOf(account) : of === 'free' ? freeMargin(account, 1) : total(account).equity;
    const price = this.priceOf(d);
    const unit = this.unitValue(d.key, price);
    if (method === 'equal_weight') return way * scale * base / Math.max(1, this.t.members ?? seen(account)) / unit;
    const one = SIZING_METHODS[method] as SizingMethod | undefined;
    if (one === undefined) return way * scale * Math.abs(portfolio(this.wanted).get(d.key) ?? 0) * base / unit;
    const { input } = this;
    input.side = way;
    input.equity = method === 'atr_risk' ? total(account).equity : base;
    input.price = price;
    input.multiplier = it.multiplier * rate;
    input.volatility = d.volatility;
    input.confidence = d.confidence;
    input.payoff = d.odds;
    input.stop = Number.isNaN(d.stop) ? Math.abs(price - d.stopPrice) : d.stop;
    return scale * sizeOf(one, {
      units: d.units, value: d.value, target: d.target, risk: d.risk, kellyFraction: this.s.kelly,
      fraction: Number.isNaN(d.fraction) ? 1 : d.fraction,
    }, input);
  }

  /** Signed money within the limits on one position, on all without sign, and on all with sign. */
  private capped(key: number, money: number, equity: number): number {
    const { maxWeight, maxGross, maxNet } = this.s;
    const way = Math.sign(money);
    let size = Math.min(Math.abs(money), maxWeight * equity);
    if (maxGross < Infinity || maxNet < Infinity) {
      const own = exposure(this.t.account, key);
      const all = total(this.t.account);
      size = Math.min(size, Math.max(0, maxGross * equity - (all.gross - Math.abs(own))));
      size = Math.min(size, Math.max(0, maxNet * equity - way * (all.net - own)));
    }
    return way * size;
  }

  /** So many units that the money, less the buffer, also pays the fee of the order that leads there (Lean's SetHoldings). */
  private payable(d: Decision, money: number, price: number, buffer: number): number {
    const it = this.t.account.instruments[d.key];
    const way = Math.sign(money);
    const held = positionOf(this.t.account, d.key).units;
    const fee = (units: number): number => this.t.fee(dummy(d.key, way), Math.abs(way * units - held), price, false, it.multiplier);
    return way * affordable(Math.abs(money) * (1 - buffer), price, this.unitValue(d.key, 1), it.lot, fee);
  }

  /** Orders that lead from what is held to `target` units. */
  private reach(d: Decision, way: number, target: number, held: number, now: number): void {
    const price = this.priceOf(d);
    // A price of zero would buy without end.
    if (!Number.isFinite(target)) {
      this.t.refused({ ...blank, key: d.key, side: way > 0 ? 1 : -1 }, price, now, 'no_size', 'the size could not be computed');
      return;
    }
    this.cancelEntries(d.key, way, now);
    const position = positionOf(this.t.account, d.key).units;
    const against = position !== 0 && Math.sign(position) !== way;
    const from = this.s.turn === 'two' && against ? 0 : held;
    if (this.s.turn === 'two' && against) this.exit(d.key, position, now);
    const units = target - from;
    if (units !== 0) this.enter(d, Math.sign(units) as 1 | -1, Math.abs(units), NaN, now);
  }

  private turnAtFill(d: Decision, way: number, held: number, now: number): void {
    this.cancelEntries(d.key, way, now);
    const position = positionOf(this.t.account, d.key).units;
    if (position !== 0 && Math.sign(position) !== way) this.exit(d.key, position, now);
    else if (held !== 0 && this.s.repeat === 'ignore') return;
    this.enter(d, way as 1 | -1, NaN, Number.isNaN(d.fraction) ? 1 : d.fraction, now);
  }

  private enter(d: Decision, side: 1 | -1, quantity: number, share: number, now: number): void {
    const guarded = [d.stop, d.stopPrice, d.takeProfit, d.targetPrice, d.trail, d.trailPercent].some((x) => !Number.isNaN(x));
    const protect: Protection | null = !guarded ? null
      : { stopDistance: d.stop, stopPrice: d.stopPrice, targetDistance: d.takeProfit, targetPrice: d.targetPrice,
        trail: Number.isNaN(d.trailPercent) ? d.trail : d.trailPercent, trailShare: !Number.isNaN(d.trailPercent) };
    this.send({
      ...blank, key: d.key, side, quantity, share, type: this.s.order, limit: d.limit, stop: d.trigger, trail: d.trailEntry,
      tif: this.s.tif, expires: this.s.tif === GTD ? now + this.s.valid : Infinity, role: ENTRY, postOnly: this.s.postOnly, protect,
    }, this.priceOf(d), now);
  }

  private exit(key: number, position: number, now: number): void {
    this.send({ ...blank, key, side: position > 0 ? -1 : 1, quantity: Math.abs(position), role: EXIT, reduceOnly: true },
      positionOf(this.t.account, key).mark, now);
  }

  /** Closes a position and takes back what is on its way. */
  close(key: number, now: number): void {
    this.cancelEntries(key, 0, now);
    const { units } = positionOf(this.t.account, key);
    if (units !== 0 && !this.t.exchange.ordersOf(key).some((o) => isAlive(o) && o.role === EXIT)) this.exit(key, units, now);
  }

  /** Signed share of the equity that a decision wants, before limits; `portfolio` gives the shares of methods that see all symbols. */
  weightOf(d: Decision, portfolio: Portfolio): number {
    const units = this.wantedUnits(d, this.heading(d.side), portfolio);
    return units * this.unitValue(d.key, this.priceOf(d)) / total(this.t.account).equity;
  }

  /** Moves a position to a share of the equity. */
  rebalance(d: Decision, weight: number, now: number): void {
    const it = this.t.account.instruments[d.key];
    const units = roundLot(weight * total(this.t.account).equity / this.unitValue(d.key, this.priceOf(d)), it.lot);
    const delta = units - this.held(d.key);
    if (delta === 0 || !Number.isFinite(delta)) return;
    this.send({ ...blank, key: d.key, side: delta > 0 ? 1 : -1, quantity: Math.abs(delta), role: REBALANCE, tif: this.s.tif },
      this.priceOf(d), now);
  }

  private cancelEntries(key: number, way: number, now: number): void {
    for (const o of [...this.t.exchange.ordersOf(key)]) {
      if (isAlive(o) && !isProtective(o) && o.role !== EXIT && o.side !== way) this.t.exchange.cancel(o, now, 'decision_changed');
    }
    this.t.exchange.sweep(key);
  }

  private send(ticket: Ticket, price: number, now: number): Order | null {
    const no = this.t.gate(ticket, price, now);
    if (no === null) return this.t.exchange.submit(ticket, now);
    this.t.refused(ticket, price, now, no.code, no.text);
    return null;
  }
}

/** Symbols that have shown a price. */
function seen(a: Account): number {
  let n = 0;
  for (const p of a.positions) if (p.rows > 0) n += 1;
  return n;
}

/** An order that only carries its key and side, to ask what a fee would be. */
const dummy = (key: number, side: number): Order => ({
  id: 0, key, side: side < 0 ? -1 : 1, type: MARKET, tif: GTC, expires: Infinity, role: ENTRY, postOnly: false, reduceOnly: false,
  protect: null, parent: 0, oco: 0, share: NaN, trail: NaN, trailShare: false, sent: 0, arrives: 0, quantity: NaN, left: NaN, limit: NaN,
  stop: NaN, triggered: false, status: 0, updated: 0, value: 0, commission: 0, code: null, ahead: NaN, traded: 0, session: 0,
});
