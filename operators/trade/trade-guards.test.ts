import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { R } from './risk-codes.ts';
import { riskRules, type RiskSettings } from './risk-rules.ts';
import { riskState } from './risk-state.ts';
import { noteTrade, restAt } from './trade-guards.ts';

type Trade = readonly [ts: number, key: number, profit: number, stopped?: boolean];
const after = (settings: RiskSettings, trades: readonly Trade[]): ((ts: number, key?: number) => number) => {
  const rules = riskRules(settings);
  const state = riskState(rules);
  for (const [ts, key, profit, stopped = false] of trades) noteTrade(rules, state, ts, key, profit, stopped);
  return (ts, key = 0) => restAt(structuredClone(state), ts, key);
};

describe('cooldown', () => {
  it('after every trade, after a loss, or after a stop', () => {
    const duration = 100;
    expect([99, 100].map((t) => after({ cooldown: { duration } }, [[0, 0, 0.1]])(t))).toEqual([R.cooldown, 0]);
    expect(after({ cooldown: { duration } }, [[0, 0, 0.1]])(50, 1)).toBe(0);
    expect(after({ cooldown: { duration, after: 'loss' } }, [[0, 0, 0.1]])(50)).toBe(0);
    expect(after({ cooldown: { duration, after: 'loss' } }, [[0, 0, -0.1]])(50)).toBe(R.cooldown);
    expect(after({ cooldown: { duration, after: 'stop' } }, [[0, 0, -0.1]])(50)).toBe(0);
    expect(after({ cooldown: { duration, after: 'stop' } }, [[0, 0, -0.1, true]])(50)).toBe(R.cooldown);
  });
});

describe('stop guard (freqtrade StoplossGuard)', () => {
  const stopGuard = { count: 3, lookback: 60, duration: 40 };
  it('three stops within an hour halt all symbols from the last one on', () => {
    const rest = after({ stopGuard }, [[10, 0, -0.1, true], [30, 1, -0.1, true], [69, 2, -0.1, true]]);
    expect([rest(108, 5), rest(109, 5)]).toEqual([R.stopGuardAll, 0]);
  });
  it('one at the edge of the window does not count; nor do wins, and exits that are no stops', () => {
    expect(after({ stopGuard }, [[10, 0, -0.1, true], [30, 1, -0.1, true], [70, 2, -0.1, true]])(71)).toBe(0);
    expect(after({ stopGuard }, [[10, 0, -0.1, true], [30, 1, 0.1, true], [60, 2, -0.1, true]])(61)).toBe(0);
    expect(after({ stopGuard }, [[10, 0, -0.1, true], [30, 1, -0.1], [60, 2, -0.1, true]])(61)).toBe(0);
  });
  it('by symbol', () => {
    const trades: Trade[] = [[10, 0, -0.1, true], [20, 1, -0.1, true], [30, 0, -0.1, true], [40, 0, -0.1, true]];
    const rest = after({ stopGuard: { ...stopGuard, perSymbol: true } }, trades);
    expect([rest(41, 0), rest(41, 1)]).toEqual([R.stopGuard, 0]);
  });
});

it('low profit (freqtrade LowProfitPairs): results of a symbol add up to less than required', () => {
  const lowProfit = { count: 2, lookback: 60, duration: 40, required: 0.02 };
  expect(after({ lowProfit }, [[10, 0, 0.01]])(11)).toBe(0);
  expect(after({ lowProfit }, [[10, 0, 0.01], [20, 1, -1], [30, 0, 0.005]])(31)).toBe(R.lowProfit);
  expect(after({ lowProfit }, [[10, 0, 0.01], [30, 0, 0.01]])(31)).toBe(0);
  expect(after({ lowProfit }, [[10, 0, 0.01], [30, 0, 0.005]])(31, 1)).toBe(0);
});

it('drawdown of closed trades (freqtrade MaxDrawdown): 0.1, -0.05, 0.02, -0.08 fall by 0.11', () => {
  const trades: Trade[] = [[10, 0, 0.1], [20, 1, -0.05], [30, 2, 0.02], [40, 3, -0.08]];
  const tradeDrawdown = { count: 4, lookback: 60, duration: 40, share: 0.1 };
  expect([after({ tradeDrawdown }, trades)(79, 7), after({ tradeDrawdown }, trades)(80, 7)]).toEqual([R.tradeDrawdown, 0]);
  expect(after({ tradeDrawdown: { ...tradeDrawdown, share: 0.12 } }, trades)(41)).toBe(0);
  expect(after({ tradeDrawdown: { ...tradeDrawdown, count: 5 } }, trades)(41)).toBe(0);
  // A first trade that loses counts from 0.
  expect(after({ tradeDrawdown: { ...tradeDrawdown, count: 1 } }, [[10, 0, -0.2]])(11)).toBe(R.tradeDrawdown);
});

describe('any trades', () => {
  const trade = fc.tuple(fc.integer({ min: 0, max: 30 }), fc.integer({ min: 0, max: 2 }), fc.integer({ min: -5, max: 5 }), fc.boolean());
  const counted = (note: typeof noteTrade): void => fc.assert(fc.property(fc.array(trade, { minLength: 20, maxLength: 120 }), (rows) => {
    const rules = riskRules({ stopGuard: { count: 3, lookback: 50, duration: 20 }, lowProfit: { count: 1, lookback: 90, duration: 20, required: -6 } });
    const state = riskState(rules);
    const done: { ts: number; key: number; profit: number; stopped: boolean }[] = [];
    let ts = 0;
    let stop = -Infinity;
    const low = [-Infinity, -Infinity, -Infinity];
    for (const [gap, key, profit, stopped] of rows) {
      done.push({ ts: ts += gap, key, profit, stopped });
      note(rules, state, ts, key, profit, stopped);
      if (done.filter((t) => t.ts > ts - 50 && t.stopped && t.profit < 0).length >= 3) stop = ts + 20;
      if (done.filter((t) => t.ts > ts - 90 && t.key === key).reduce((s, t) => s + t.profit, 0) < -6) low[key] = ts + 20;
      for (const k of [0, 1, 2]) expect(restAt(state, ts, k)).toBe(ts < stop ? R.stopGuardAll : ts < low[k] ? R.lowProfit : 0);
    }
    // As far back as a rule looks, and what is not yet cleared away.
    expect(state.trades.length).toBeLessThanOrEqual(2 * done.filter((t) => t.ts > ts - 90).length + 1);
  }), { seed: 21, numRuns: 150 });
  it('rest as a count over all trades says, and old trades are let go', () => counted(noteTrade));
  it('trades that are let go too early are found out', () => expect(() => counted((rules, state, ...rest) => {
    if (state.trades.length > 4) state.trades.splice(0, 1);
    noteTrade(rules, state, ...rest);
  })).toThrow());
  it('trades that are never let go are found out', () => expect(() => counted((rules, state, ...rest) => {
    noteTrade(rules, state, ...rest);
    for (let i = 0; i < 60; i++) state.trades.unshift({ ts: -1e9, key: 0, profit: 0, stopped: false });
  })).toThrow());
});
