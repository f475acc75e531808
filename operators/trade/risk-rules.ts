import type { Calendar } from '../../src/core/calendar.ts';
import { DAY } from '../../src/core/time.ts';
import { R } from './risk-codes.ts';
import { breakerAt, HALTED, REDUCING, type RiskState } from './risk-state.ts';
import { restAt, type TradeGuards } from './trade-guards.ts';

/** What an order must meet. Times are microseconds, shares are ratios, money is in the account's currency. No entry, no rule. */
export interface RiskSettings extends Partial<TradeGuards> {
  /** Most for the position in a symbol, open orders included: units, money, share of the equity. */
  readonly maxUnits?: number;
  readonly maxValue?: number;
  readonly maxWeight?: number;
  readonly maxOrderUnits?: number;
  readonly maxOrderValue?: number;
  readonly maxOpenPositions?: number;
  /** Most for the gross value of all positions and open orders, over the equity. */
  readonly maxLeverage?: number;
  readonly longOnly?: boolean;
  readonly restricted?: readonly string[];
  /** At most `count` orders in any window (ts - per, ts]. */
  readonly orderRate?: { readonly count: number; readonly per: number };
  readonly dailyLoss?: { readonly share?: number; readonly value?: number; readonly halt?: boolean };
  /** Left without a cooldown, only `setTrading(state, ACTIVE)` ends it. */
  readonly drawdown?: { readonly share: number; readonly cooldown?: number; readonly halt?: boolean };
  /** Open while a condition is true and `hold` after that, for the symbol or for all. */
  readonly volatilityBreaker?: { readonly hold: number; readonly all?: boolean };
  readonly anomalyBreaker?: { readonly level: number; readonly hold: number; readonly all?: boolean };
  readonly blackout?: readonly Blackout[];
  /** Only while the session of this calendar is open. */
  readonly calendar?: Calendar;
}

/** Dates [from, to), or the time of day [from, to) where `daily`; one with from > to goes over midnight. */
export interface Blackout {
  readonly from: number;
  readonly to: number;
  readonly daily?: boolean;
  /** Microseconds to add to UTC for the time of day, at an instant: `newYorkOffset`. */
  readonly offset?: (ts: number) => number;
}

/** Rules ready for use: all that is left out is null or without bound. */
export interface RiskRules extends TradeGuards {
  readonly maxUnits: number;
  readonly maxValue: number;
  readonly maxWeight: number;
  readonly maxOrderUnits: number;
  readonly maxOrderValue: number;
  readonly maxOpenPositions: number;
  readonly maxLeverage: number;
  readonly longOnly: boolean;
  readonly restricted: ReadonlySet<string>;
  readonly orderRate: { readonly count: number; readonly per: number } | null;
  readonly dailyLoss: { readonly share?: number; readonly value?: number; readonly halt?: boolean } | null;
  readonly drawdown: { readonly share: number; readonly cooldown?: number; readonly halt?: boolean } | null;
  readonly volatilityBreaker: { readonly hold: number; readonly all?: boolean } | null;
  readonly anomalyBreaker: { readonly level: number; readonly hold: number; readonly all?: boolean } | null;
  readonly blackout: readonly Blackout[];
  readonly calendar: Calendar | null;
}

export function riskRules(s: RiskSettings): RiskRules {
  const { maxUnits = Infinity, maxValue = Infinity, maxWeight = Infinity, maxOrderUnits = Infinity, maxOrderValue = Infinity } = s;
  const { maxOpenPositions = Infinity, maxLeverage = Infinity, longOnly = false, restricted = [], blackout = [], calendar = null } = s;
  const { orderRate = null, dailyLoss = null, drawdown = null, volatilityBreaker = null, anomalyBreaker = null } = s;
  const { cooldown = null, stopGuard = null, lowProfit = null, tradeDrawdown = null } = s;
  return Object.freeze({
    maxUnits, maxValue, maxWeight, maxOrderUnits, maxOrderValue, maxOpenPositions, maxLeverage, longOnly, restricted: new Set(restricted),
    orderRate, dailyLoss, drawdown, volatilityBreaker, anomalyBreaker, blackout, calendar, cooldown, stopGuard, lowProfit, tradeDrawdown,
  });
}

/** An order, and what the account looks like to it. One object that the caller fills anew for each order. */
export interface OrderView {
  ts: number;
  key: number;
  symbol: string;
  /** Units, with sign. */
  quantity: number;
  /** Price it is valued at: its limit, or the last one; and money that a move of one makes for a unit. */
  price: number;
  multiplier: number;
  /** Units of the symbol that are held, with sign, and of its orders that are open (zero or more). */
  position: number;
  openBuy: number;
  openSell: number;
  equity: number;
  /** Sum of the absolute values of all positions and open orders that add to one, and how many symbols are held or being bought. */
  gross: number;
  openPositions: number;
}

export const orderView = (): OrderView => ({
  ts: NaN, key: 0, symbol: '', quantity: NaN, price: NaN, multiplier: 1, position: 0, openBuy: 0, openSell: 0, equity: NaN, gross: 0,
  openPositions: 0,
});

/** Units of an order that only bring the position nearer to zero, with sign; open orders of the same side count first. */
export function reducingPart(order: OrderView): number {
  const { quantity, position } = order;
  if (quantity > 0) return position < 0 ? Math.max(0, Math.min(quantity, -position - order.openBuy)) : 0;
  return position > 0 ? Math.min(0, Math.max(quantity, order.openSell - position)) : 0;
}

/** State that holds at `ts`: what was set from outside, or what a loss made of it. */
export function tradingAt(rules: RiskRules, state: RiskState, ts: number): number {
  let trading = state.trading;
  if (state.dayHalt) trading = Math.max(trading, rules.dailyLoss?.halt === true ? HALTED : REDUCING);
  if (ts < state.drawdownUntil) trading = Math.max(trading, rules.drawdown?.halt === true ? HALTED : REDUCING);
  return trading;
}

/**
 * Why an order may not be sent: the number of a code (`riskCode`), or 0. An order that only reduces a position passes every rule but
 * HALTED; that one, and orders that are none, are looked at first. Changes nothing: note the order with `noteOrder` once it is sent.
 */
export function checkOrder(rules: RiskRules, state: RiskState, order: OrderView): number {
  const { ts, key, quantity, price } = order;
  if (!Number.isFinite(quantity) || quantity === 0 || !Number.isFinite(price)) return R.notAnOrder;
  const trading = tradingAt(rules, state, ts);
  if (trading === HALTED) return stateCode(rules, state, ts, HALTED);
  if (reducingPart(order) === quantity) return 0;
  if (trading === REDUCING) return stateCode(rules, state, ts, REDUCING);
  if (rules.restricted.size > 0 && rules.restricted.has(order.symbol)) return R.restricted;
  if (rules.calendar !== null && !rules.calendar.isOpen(ts)) return R.closed;
  for (let i = 0; i < rules.blackout.length; i++) if (inBlackout(rules.blackout[i], ts)) return R.blackout;
  return breakerAt(state, ts, key) || restAt(state, ts, key) || sizeCode(rules, order) || rateCode(rules, state, ts);
}

/** Who asked for the state: a person first, then the loss of the day, then the drawdown. */
function stateCode(rules: RiskRules, state: RiskState, ts: number, trading: number): number {
  if (state.trading >= trading) return state.trading === HALTED ? R.halted : R.reducing;
  const byDay = state.dayHalt && (trading === REDUCING || rules.dailyLoss?.halt === true);
  return byDay || ts >= state.drawdownUntil ? R.dailyLoss : R.drawdown;
}

function inBlackout(b: Blackout, ts: number): boolean {
  if (b.daily !== true) return ts >= b.from && ts < b.to;
  const local = ts + (b.offset === undefined ? 0 : b.offset(ts));
  const time = local - Math.floor(local / DAY) * DAY;
  return b.from <= b.to ? time >= b.from && time < b.to : time >= b.from || time < b.to;
}

function sizeCode(rules: RiskRules, order: OrderView): number {
  const { quantity, position, equity } = order;
  const each = Math.abs(order.price) * order.multiplier;
  const units = Math.abs(quantity);
  if (units > rules.maxOrderUnits) return R.maxOrderUnits;
  if (units * each > rules.maxOrderValue) return R.maxOrderValue;
  // As if all open orders of this side filled and none of the other.
  const after = position + quantity + (quantity > 0 ? order.openBuy : -order.openSell);
  if (rules.longOnly && quantity < 0 && after < 0) return R.longOnly;
  const held = Math.abs(after);
  if (held > rules.maxUnits) return R.maxUnits;
  if (held * each > rules.maxValue) return R.maxValue;
  if (rules.maxWeight < Infinity && !(held * each <= rules.maxWeight * equity)) return R.maxWeight;
  if (position === 0 && order.openBuy === 0 && order.openSell === 0 && order.openPositions >= rules.maxOpenPositions) return R.maxOpen;
  // What reduces frees value before the rest takes it.
  const reduced = Math.abs(reducingPart(order));
  const gross = order.gross + (units - 2 * reduced) * each;
  return rules.maxLeverage < Infinity && !(gross <= rules.maxLeverage * equity) ? R.maxLeverage : 0;
}

function rateCode(rules: RiskRules, state: RiskState, ts: number): number {
  const { orderRate } = rules;
  if (orderRate === null) return 0;
  if (orderRate.count < 1) return R.orderRate;
  // The slot that this order would take holds the oldest of the last `count`.
  return state.orderTimes[state.orders % orderRate.count] > ts - orderRate.per ? R.orderRate : 0;
}
