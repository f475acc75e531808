import { R } from './risk-codes.ts';
import type { RiskRules } from './risk-rules.ts';
import type { RiskState } from './risk-state.ts';

/**
 * Rests after closed trades, with the rules of freqtrade's protections: windows are (ts - lookback, ts], a rest lasts from the close of the
 * trade that set it off, and it is looked at whenever a trade closes. freqtrade also rounds the end up to the next candle; we do not.
 */
export interface TradeGuards {
  /** CooldownPeriod: a symbol rests after each trade, or only after a loss or a stop. */
  readonly cooldown: { readonly duration: number; readonly after?: 'trade' | 'loss' | 'stop' } | null;
  /** StoplossGuard: so many stopped trades with a result below `below` (0) in the window. */
  readonly stopGuard: {
    readonly count: number; readonly lookback: number; readonly duration: number; readonly perSymbol?: boolean; readonly below?: number;
  } | null;
  /** LowProfitPairs: at least so many trades of a symbol whose results add up to less than `required`. */
  readonly lowProfit: { readonly count: number; readonly lookback: number; readonly duration: number; readonly required: number } | null;
  /** MaxDrawdown: the running sum of results falls by more than `share` from its highest point, which starts at 0. */
  readonly tradeDrawdown: { readonly count: number; readonly lookback: number; readonly duration: number; readonly share: number } | null;
}

/**
 * Takes in a closed trade: `profit` is its result as a share of the value at entry, `stopped` says that a stop ended it. Trades come in
 * order of time.
 */
export function noteTrade(rules: RiskRules, state: RiskState, ts: number, key: number, profit: number, stopped: boolean): void {
  const { cooldown, stopGuard, lowProfit, tradeDrawdown } = rules;
  const { after = 'trade' } = cooldown ?? {};
  const rests = after === 'trade' || (after === 'loss' ? profit < 0 : stopped);
  if (cooldown !== null && rests) state.cooldownUntil[key] = ts + cooldown.duration;
  const longest = Math.max(stopGuard?.lookback ?? 0, lowProfit?.lookback ?? 0, tradeDrawdown?.lookback ?? 0);
  if (longest === 0) return;
  const { trades } = state;
  trades.push({ ts, key, profit, stopped });
  let old = 0;
  while (trades[old].ts <= ts - longest) old++;
  // In bulk, so that a long list is not moved for each trade.
  if (old * 2 > trades.length) trades.splice(0, old);

  if (stopGuard !== null) {
    const below = stopGuard.below ?? 0;
    let count = 0;
    for (let i = trades.length - 1; i >= 0 && trades[i].ts > ts - stopGuard.lookback; i--) {
      const t = trades[i];
      if (t.stopped && t.profit < below && (stopGuard.perSymbol !== true || t.key === key)) count++;
    }
    if (count >= stopGuard.count) {
      if (stopGuard.perSymbol === true) state.stopUntil[key] = ts + stopGuard.duration;
      else state.stopUntilAll = ts + stopGuard.duration;
    }
  }
  if (lowProfit !== null) {
    let count = 0;
    let sum = 0;
    for (let i = trades.length - 1; i >= 0 && trades[i].ts > ts - lowProfit.lookback; i--) {
      if (trades[i].key !== key) continue;
      count++;
      sum += trades[i].profit;
    }
    if (count >= lowProfit.count && sum < lowProfit.required) state.lowProfitUntil[key] = ts + lowProfit.duration;
  }
  if (tradeDrawdown !== null && worstFall(state, ts - tradeDrawdown.lookback, tradeDrawdown.count) > tradeDrawdown.share) {
    state.tradeDrawdownUntil = ts + tradeDrawdown.duration;
  }
}

/** Greatest fall of the running sum of results since `from`; 0 with fewer than `least` trades. */
function worstFall(state: RiskState, from: number, least: number): number {
  const { trades } = state;
  let first = trades.length;
  while (first > 0 && trades[first - 1].ts > from) first--;
  if (trades.length - first < least) return 0;
  let sum = 0;
  let high = 0;
  let fall = 0;
  for (let i = first; i < trades.length; i++) {
    sum += trades[i].profit;
    high = Math.max(high, sum);
    fall = Math.max(fall, high - sum);
  }
  return fall;
}

/** Which rest holds a symbol at `ts`: its code, or 0. */
export function restAt(state: RiskState, ts: number, key: number): number {
  if (ts < state.cooldownUntil[key]) return R.cooldown;
  if (ts < state.stopUntil[key]) return R.stopGuard;
  if (ts < state.stopUntilAll) return R.stopGuardAll;
  if (ts < state.lowProfitUntil[key]) return R.lowProfit;
  return ts < state.tradeDrawdownUntil ? R.tradeDrawdown : 0;
}
