import type { Calendar } from '../../src/core/calendar.ts';
import { dayAt } from './rebalance-rules.ts';
import { R } from './risk-codes.ts';
import type { RiskRules } from './risk-rules.ts';

/** Trading states (NautilusTrader TradingState), by severity: every order, only those that reduce a position, none. */
export const ACTIVE = 0;
export const REDUCING = 1;
export const HALTED = 2;

/**
 * Everything that the rules remember, as plain data. Times are event time in microseconds. Keys are small integers in order of
 * appearance; arrays by key grow by doubling. A `...Until` is the first moment that is free again.
 */
export interface RiskState {
  /** Set from outside with `setTrading`. */
  trading: number;
  keys: number;
  /** Moments of the last orders, a ring of `orderRate.count`, and how many there were. */
  orderTimes: Float64Array;
  orders: number;
  /** Day, value at its start and last value; is the day's loss at its limit? */
  day: number;
  dayStart: number;
  equity: number;
  dayHalt: boolean;
  peak: number;
  drawdownUntil: number;
  /** Breakers by key, and over all symbols; the flag is the condition of the last row. */
  volatile: Uint8Array;
  volatilityUntil: Float64Array;
  volatilityUntilAll: number;
  anomalous: Uint8Array;
  anomalyUntil: Float64Array;
  anomalyUntilAll: number;
  /** Locks by closed trades. */
  cooldownUntil: Float64Array;
  stopUntil: Float64Array;
  stopUntilAll: number;
  lowProfitUntil: Float64Array;
  tradeDrawdownUntil: number;
  /** Closed trades, oldest first, as far back as a rule looks: time, key, result as a share of the entry value, stopped out? */
  trades: { ts: number; key: number; profit: number; stopped: boolean }[];
}

export function riskState(rules: RiskRules, keys = 8): RiskState {
  const times = (): Float64Array => new Float64Array(keys).fill(-Infinity);
  return {
    trading: ACTIVE, keys,
    orderTimes: new Float64Array(rules.orderRate?.count ?? 0).fill(-Infinity), orders: 0,
    day: -Infinity, dayStart: NaN, equity: NaN, dayHalt: false, peak: -Infinity, drawdownUntil: -Infinity,
    volatile: new Uint8Array(keys), volatilityUntil: times(), volatilityUntilAll: -Infinity,
    anomalous: new Uint8Array(keys), anomalyUntil: times(), anomalyUntilAll: -Infinity,
    cooldownUntil: times(), stopUntil: times(), stopUntilAll: -Infinity, lowProfitUntil: times(), tradeDrawdownUntil: -Infinity,
    trades: [],
  };
}

/** Makes room for a key; call it when one is new. */
export function addRiskKey(state: RiskState, key: number): void {
  if (key < state.keys) return;
  let keys = state.keys;
  while (keys <= key) keys *= 2;
  const longer = (old: Float64Array): Float64Array => {
    const next = new Float64Array(keys).fill(-Infinity);
    next.set(old);
    return next;
  };
  const flags = (old: Uint8Array): Uint8Array => {
    const next = new Uint8Array(keys);
    next.set(old);
    return next;
  };
  Object.assign(state, {
    keys, volatile: flags(state.volatile), anomalous: flags(state.anomalous), volatilityUntil: longer(state.volatilityUntil),
    anomalyUntil: longer(state.anomalyUntil), cooldownUntil: longer(state.cooldownUntil), stopUntil: longer(state.stopUntil),
    lowProfitUntil: longer(state.lowProfitUntil),
  });
}

/** Sets the trading state by hand. ACTIVE also ends a halt by drawdown, with the present value as the new peak. */
export function setTrading(state: RiskState, trading: number): void {
  state.trading = trading;
  if (trading !== ACTIVE) return;
  state.drawdownUntil = -Infinity;
  state.peak = state.equity === state.equity ? state.equity : -Infinity;
}

/** Notes an order that was sent, for the rate. Call it for every one, those that reduce too. */
export function noteOrder(state: RiskState, ts: number): void {
  const count = state.orderTimes.length;
  if (count === 0) return;
  state.orderTimes[state.orders % count] = ts;
  state.orders++;
}

/** Takes in the value of the account at a row, before the orders of that row are checked. */
export function noteEquity(rules: RiskRules, state: RiskState, ts: number, equity: number, calendar: Calendar | null): void {
  if (equity !== equity) return;
  const { dailyLoss, drawdown } = rules;
  if (dailyLoss !== null) {
    const day = dayAt(ts, calendar);
    if (day > state.day) {
      // The value that the day before ended with: a loss over night is the new day's.
      state.dayStart = state.equity === state.equity ? state.equity : equity;
      state.day = day;
      state.dayHalt = false;
    }
    if (lossOf(state.dayStart, equity) >= (dailyLoss.share ?? Infinity) || state.dayStart - equity >= (dailyLoss.value ?? Infinity)) {
      state.dayHalt = true;
    }
  }
  if (drawdown !== null) {
    const { cooldown = Infinity } = drawdown;
    // The halt is over: count from here, or it would begin again at once.
    if (state.drawdownUntil > -Infinity && ts >= state.drawdownUntil) {
      state.drawdownUntil = -Infinity;
      state.peak = equity;
    }
    if (equity > state.peak) state.peak = equity;
    if (state.drawdownUntil === -Infinity && lossOf(state.peak, equity) >= drawdown.share) state.drawdownUntil = ts + cooldown;
  }
  state.equity = equity;
}

const lossOf = (from: number, to: number): number => (from > 0 ? (from - to) / from : -Infinity);

/** Takes in the columns of a row that the breakers watch: is the condition true, and the number of the severity (NaN for none). */
export function noteMarket(rules: RiskRules, state: RiskState, ts: number, key: number, volatile: boolean, severity: number): void {
  const { volatilityBreaker, anomalyBreaker } = rules;
  if (volatilityBreaker !== null) {
    state.volatile[key] = volatile ? 1 : 0;
    if (volatile) {
      state.volatilityUntil[key] = ts + volatilityBreaker.hold;
      if (volatilityBreaker.all === true) state.volatilityUntilAll = Math.max(state.volatilityUntilAll, ts + volatilityBreaker.hold);
    }
  }
  if (anomalyBreaker !== null) {
    const found = severity >= anomalyBreaker.level;
    state.anomalous[key] = found ? 1 : 0;
    if (found) {
      state.anomalyUntil[key] = ts + anomalyBreaker.hold;
      if (anomalyBreaker.all === true) state.anomalyUntilAll = Math.max(state.anomalyUntilAll, ts + anomalyBreaker.hold);
    }
  }
}

/** Which breaker is open for a symbol: its code, or 0. Without a hold a breaker is open while the last row of the symbol says so. */
export function breakerAt(state: RiskState, ts: number, key: number): number {
  if (state.volatile[key] === 1 || ts < state.volatilityUntil[key] || ts < state.volatilityUntilAll) return R.volatility;
  if (state.anomalous[key] === 1 || ts < state.anomalyUntil[key] || ts < state.anomalyUntilAll) return R.anomaly;
  return 0;
}
