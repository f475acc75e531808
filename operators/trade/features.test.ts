import { describe, expect, it } from 'vitest';
import { total } from './account.ts';
import { Desk } from './desk.fixture.ts';
import { instrumentsOf } from './instruments.ts';
import { CANCELLED, DAY, EXPIRED, FILLED, GTD, LIMIT, ON_CLOSE, ON_OPEN, OPEN, STOP, STOP_LIMIT, TARGET, type Protection } from './order.ts';
import { rulesOf, type FillArgs } from './rules.ts';

const none: Protection = { stopDistance: NaN, stopPrice: NaN, targetDistance: NaN, targetPrice: NaN, trail: NaN, trailShare: false };
const estimates = { tick: () => 0.01, sigma: () => NaN, adv: () => NaN };
const rules = (fills: FillArgs, slippage?: Readonly<Record<string, unknown>>): ReturnType<typeof rulesOf> =>
  rulesOf(fills, slippage === undefined ? {} : { slippage }, 1, estimates, () => 0, false);

const pricesOf = (d: Desk): number[] => d.fills.map((f) => f.price);

describe('on_close', () => {
  it('market orders fill at the close that decided; the rest of the profile stays', () => {
    const made = rules({ profile: 'backtesting-py', on_close: true });
    expect(made.profile).toMatchObject({ fills: 'same_close', stopLimit: 'pessimistic', children: 'same_bar', name: 'backtesting-py' });
    const d = new Desk('backtesting-py', { rules: { profile: made.profile } });
    d.bar(100, 101, 99, 100.5);
    d.submit({ quantity: 3, protect: { ...none, stopDistance: 1 } });
    d.submit({ quantity: 3, type: LIMIT, limit: 200 });
    d.atOnce();
    expect(d.fills.map((f) => [f.ts, f.units, f.price])).toEqual([[1, 3, 100.5]]);
    d.bar(100, 101, 99, 100);
    expect(pricesOf(d)).toEqual([100.5, 99.5, 100]);
  });
  it('says nothing where prices tick', () => {
    expect(rules({ profile: 'quote', on_close: true }).profile.fills).toBe('at_once');
  });
});

describe('trailing stops', () => {
  it('backtrader StopTrail by share: price is close * (1 - share) on each close, from the bar of the entry on, and never falls', () => {
    const d = new Desk('backtrader');
    d.bar(100, 101, 99, 100);
    d.submit({ quantity: 10, protect: { ...none, trail: 0.1, trailShare: true } });
    d.bar(100, 130, 80, 110);
    const stop = d.exchange.ordersOf(0)[0];
    expect(stop.stop).toBeCloseTo(99, 12);
    d.bar(111, 125, 105, 120);
    expect(stop.stop).toBeCloseTo(108, 12);
    d.bar(119, 119, 109, 110);
    expect(stop.stop).toBeCloseTo(108, 12);
    d.bar(109, 110, 107, 109);
    expect(pricesOf(d)).toEqual([100, 108]);
  });
  it('elsewhere follows the best price since the entry', () => {
    const d = new Desk('next-open');
    d.bar(100, 101, 99, 100);
    d.submit({ quantity: 10, protect: { ...none, trail: 0.1, trailShare: true } });
    d.bar(100, 101, 95, 100);
    const stop = d.exchange.ordersOf(0)[0];
    expect(stop.stop).toBeCloseTo(90, 12);
    d.bar(100, 120, 99, 110);
    expect(stop.stop).toBeCloseTo(108, 12);
  });
});

describe('slippage of a stop-limit that triggers inside a bar', () => {
  // backtrader `_try_exec_stoplimit`: `_slip_up(phigh, pcreated, lim=True)`, so the bar's edge is the bound and not the limit.
  it.each([[103.3, 103.3], [110, 103 * 1.01]])('goes to the high %d at most', (high, price) => {
    const d = new Desk('backtrader', { rules: { slip: rules({ profile: 'backtrader' }, { model: 'percent', percent: 0.01 }).slip } });
    d.bar(100, 101, 99, 100);
    d.submit({ quantity: 1, type: STOP_LIMIT, stop: 103, limit: 103.1 });
    d.bar(100, high, 99, 102);
    expect(pricesOf(d)[0]).toBeCloseTo(price, 12);
  });
});

describe('orders for the open and the close of a session', () => {
  it('daily bars: each bar has both', () => {
    const d = new Desk('next-open', { rules: { daily: true } });
    d.bar(100, 101, 99, 100, NaN, 1);
    d.submit({ quantity: 1, type: ON_OPEN });
    d.submit({ quantity: 2, type: ON_CLOSE });
    d.bar(102, 105, 101, 104, NaN, 2);
    expect(d.fills.map((f) => [f.units, f.price])).toEqual([[1, 102], [2, 104]]);
  });
  it('bars within a session: its first and its last', () => {
    const d = new Desk('next-open', { rules: { daily: false } });
    d.closes = 3;
    d.bar(100, 101, 99, 100, NaN, 1);
    d.submit({ quantity: 1, type: ON_OPEN });
    d.submit({ quantity: 2, type: ON_CLOSE });
    d.bar(102, 103, 101, 102.5, NaN, 1);
    expect(d.fills).toEqual([]);
    d.bar(103, 104, 102, 103.5, NaN, 1);
    d.closes = 9;
    d.bar(105, 106, 104, 105.5, NaN, 2);
    expect(d.fills.map((f) => [f.ts, f.units, f.price])).toEqual([[3, 2, 103.5], [4, 1, 105]]);
  });
});

describe('how long orders are good', () => {
  it('a day order ends with its session, and lives for one bar where bars are sessions', () => {
    const intraday = new Desk('next-open', { rules: { daily: false } });
    intraday.bar(100, 101, 99, 100, NaN, 1);
    const o = intraday.submit({ quantity: 1, type: LIMIT, limit: 90, tif: DAY });
    intraday.bar(100, 101, 99, 100, NaN, 1);
    intraday.bar(100, 101, 99, 100, NaN, 1);
    expect(o.status).toBe(OPEN);
    intraday.bar(80, 101, 79, 100, NaN, 2);
    expect([o.status, o.code]).toEqual([EXPIRED, 'day_over']);
    const daily = new Desk('next-open', { rules: { daily: true } });
    daily.bar(100, 101, 99, 100, NaN, 1);
    const p = daily.submit({ quantity: 1, type: LIMIT, limit: 90, tif: DAY });
    daily.bar(100, 101, 99, 100, NaN, 2);
    expect([p.status, p.updated]).toEqual([EXPIRED, 2]);
  });
  it('an order with a date does not fill in a bar that ends on it or later', () => {
    const d = new Desk('next-open');
    d.bar(100, 101, 99, 100);
    const o = d.submit({ quantity: 1, type: LIMIT, limit: 90, tif: GTD, expires: 3 });
    d.bar(100, 101, 95, 100);
    d.bar(80, 101, 79, 100);
    expect([o.status, o.code, d.fills.length]).toEqual([EXPIRED, 'expired', 0]);
  });
});

describe('Lean, minute bars', () => {
  it('market orders fill at once at the ask and bid that close the bar; limits wait for a later bar that passes them', () => {
    const d = new Desk('lean-minute');
    d.bar(100, 101, 99, 100);
    Object.assign(d.exchange.marketOf(0), { bid: 99.9, ask: 100.1 });
    d.submit({ quantity: 2 });
    d.submit({ quantity: 3, side: -1 });
    const limit = d.submit({ quantity: 1, type: LIMIT, limit: 105 });
    d.atOnce();
    expect(d.fills.map((f) => [f.units, f.price])).toEqual([[2, 100.1], [-3, 99.9]]);
    d.bar(105, 106, 105, 105.5);
    expect(limit.status).toBe(OPEN);
    d.bar(106, 106.5, 104, 106);
    expect([limit.status, pricesOf(d)[2]]).toEqual([FILLED, 105]);
  });
});

describe('latency', () => {
  it('stop and target reach the market once the fill is known and they have travelled', () => {
    const made = rules({ profile: 'quote', order_latency: 5, reply_latency: 7 });
    const d = new Desk('quote', { rules: { latency: made.latency, reply: made.reply, delayed: made.delayed } });
    d.quote(99, 100);
    d.submit({ quantity: 1, protect: { ...none, targetDistance: 2 } });
    d.quote(99, 100, NaN, NaN, 10);
    // In the market at 6, at the quote of 1; the fill is known at 13, the target is there at 18.
    const target = d.exchange.ordersOf(0)[0];
    expect(d.fills.map((f) => [f.ts, f.price])).toEqual([[6, 100]]);
    expect([target.role, target.arrives]).toEqual([TARGET, 18]);
    d.quote(103, 104, NaN, NaN, 6);
    expect(d.fills.length).toBe(1);
    d.quote(103, 104, NaN, NaN, 2);
    expect(d.fills.map((f) => f.ts)).toEqual([6, 18]);
  });
  it('is what the market\'s rows say where it was recorded', () => {
    const d = new Desk('quote', { rules: { latency: () => 2, recorded: true, delayed: true } });
    d.quote(99, 100);
    expect(d.submit({ quantity: 1 }).arrives).toBe(3);
    d.exchange.marketOf(0).latency = 40;
    expect(d.submit({ quantity: 1 }).arrives).toBe(41);
  });
});

describe('prices in whole ticks', () => {
  it.each([
    [1, 100.07, 100.05], [-1, 100.07, 100.1], [1, 100.1, 100.1], [-1, 100.1, 100.1],
  ] as const)('side %d limit %d becomes %d', (side, limit, rounded) => {
    const d = new Desk('next-open', { instrument: { tick: 0.05 }, rules: { roundPrices: true } });
    expect(d.submit({ side, type: LIMIT, limit, quantity: 1 }).limit).toBeCloseTo(rounded, 9);
    expect(d.submit({ side: -side as 1 | -1, type: STOP, stop: limit, quantity: 1 }).stop).toBeCloseTo(rounded, 9);
  });
});

describe('symbols that differ', () => {
  const { instrumentOf, fxOf } = instrumentsOf({
    multiplier: 2, lot: 1, tick: 0.01, margin: null, fx: { EUR: 'EURUSD', JPY: 'JPYUSD' }, currencies: { SAP: 'EUR' },
    instruments: [{ symbol: 'ES', multiplier: 50, margin: 12_000, tick: 0.25 }, { symbol: 'N225', multiplier: 1, currency: 'JPY', lot: 0 }],
  }, ['*', 'SAP', 'ES', 'N225', 'EURUSD', 'KO']);
  it('have what the list says, and the rest of the broker', () => {
    expect(instrumentOf(1)).toEqual({ multiplier: 2, margin: NaN, tick: 0.01, lot: 1, currency: 1 });
    expect(instrumentOf(2)).toEqual({ multiplier: 50, margin: 12_000, tick: 0.25, lot: 1, currency: 0 });
    expect(instrumentOf(3)).toEqual({ multiplier: 1, margin: NaN, tick: 0.01, lot: 0, currency: 2 });
    expect([0, 1, 4, 5].map(fxOf)).toEqual([0, 0, 1, 0]);
  });
  it('are worth what the rate says: 10 shares at 100 EUR, 1.10 then 1.20 dollars', () => {
    const d = new Desk('next-open', { cash: 10_000, instrument: { currency: 1 } });
    d.account.cash.push(0);
    d.account.rates.push(1.1);
    d.bar(100, 101, 99, 100);
    d.submit({ quantity: 10 });
    d.bar(100, 101, 99, 100);
    // Bought with money that is owed in euros.
    expect(d.account.cash).toEqual([10_000, -1000]);
    expect(total(d.account).equity).toBeCloseTo(10_000, 9);
    d.bar(100, 110, 99, 110);
    expect(total(d.account).equity).toBeCloseTo(10_000 + 100 * 1.1, 9);
    d.account.rates[1] = 1.2;
    expect(total(d.account).equity).toBeCloseTo(10_000 + 100 * 1.2, 9);
  });
});

describe('protection', () => {
  it('ends with the position, also where one order turns it around', () => {
    const d = new Desk('next-open');
    d.bar(100, 101, 99, 100);
    d.submit({ quantity: 10, protect: { ...none, stopDistance: 5, targetDistance: 5 } });
    d.bar(100, 101, 99, 100);
    const [a, b] = d.exchange.ordersOf(0);
    d.submit({ quantity: 25, side: -1 });
    d.bar(100, 101, 99, 100);
    expect([a.status, b.status, d.units]).toEqual([CANCELLED, CANCELLED, -15]);
  });
});
