import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { calendarOf } from '../../src/core/calendars/index.ts';
import { newYorkOffset } from '../../src/core/calendars/new-york.ts';
import { DAY, HOUR, MINUTE, parseTime } from '../../src/core/time.ts';
import { R, RISK_CODES, riskCode } from './risk-codes.ts';
import { checkOrder, orderView, reducingPart, riskRules, type OrderView, type RiskSettings } from './risk-rules.ts';
import { ACTIVE, addRiskKey, HALTED, noteEquity, noteMarket, noteOrder, REDUCING, riskState, setTrading, type RiskState } from './risk-state.ts';

const at = (text: string): number => parseTime(text) as number;
const NOON = at('2024-03-05T17:00:00Z');
const order = (known: Partial<OrderView>): OrderView =>
  ({ ...orderView(), ts: NOON, symbol: 'A', quantity: 10, price: 100, equity: 100_000, ...known });
const asked = (settings: RiskSettings, known: Partial<OrderView>, prepare: (s: RiskState) => void = () => undefined): string => {
  const rules = riskRules(settings);
  const state = riskState(rules);
  prepare(state);
  return riskCode(checkOrder(rules, state, order(known)))?.name ?? 'passes';
};

it('every code has a number, a name and a text of its own, and every rule a code', () => {
  expect(Object.values(R).map((n) => riskCode(n)?.code)).toEqual(RISK_CODES.map((c) => c.code));
  for (const field of ['code', 'name', 'text', 'doc'] as const) expect(new Set(RISK_CODES.map((c) => c[field])).size).toBe(RISK_CODES.length);
  expect(riskCode(0)).toBeUndefined();
  expect(Object.isFrozen(RISK_CODES) && RISK_CODES.every((c) => Object.isFrozen(c))).toBe(true);
});

describe('limits of size, at their edges', () => {
  it.each<[RiskSettings, Partial<OrderView>, string]>([
    [{}, {}, 'passes'],
    [{}, { quantity: 0 }, 'not_an_order'],
    [{}, { quantity: NaN }, 'not_an_order'],
    [{}, { price: NaN }, 'not_an_order'],
    [{ maxUnits: 10 }, {}, 'passes'],
    [{ maxUnits: 10 }, { openBuy: 1 }, 'max_position_units'],
    [{ maxUnits: 10 }, { openSell: 5 }, 'passes'],
    [{ maxUnits: 10 }, { position: -5, quantity: 16 }, 'max_position_units'],
    [{ maxValue: 1000 }, {}, 'passes'],
    [{ maxValue: 1000 }, { multiplier: 2 }, 'max_position_value'],
    [{ maxWeight: 0.01 }, {}, 'passes'],
    [{ maxWeight: 0.01 }, { position: -1, quantity: -10 }, 'max_position_weight'],
    [{ maxWeight: 0.01 }, { equity: -5 }, 'max_position_weight'],
    [{ maxOrderUnits: 9 }, {}, 'max_order_units'],
    [{ maxOrderValue: 999 }, {}, 'max_order_value'],
    [{ maxOpenPositions: 3 }, { openPositions: 3 }, 'max_open_positions'],
    [{ maxOpenPositions: 3 }, { openPositions: 3, position: 5 }, 'passes'],
    [{ maxOpenPositions: 3 }, { openPositions: 2 }, 'passes'],
    [{ maxLeverage: 2 }, { gross: 199_000 }, 'passes'],
    [{ maxLeverage: 2 }, { gross: 199_001 }, 'max_leverage'],
    // Turning from 10 to -10 takes no more value than before.
    [{ maxLeverage: 2 }, { gross: 200_000, position: 10, quantity: -20 }, 'passes'],
    [{ longOnly: true }, { position: 10, quantity: -10 }, 'passes'],
    [{ longOnly: true }, { position: 10, quantity: -11 }, 'long_only'],
    [{ longOnly: true }, { position: 10, quantity: -5, openSell: 6 }, 'long_only'],
    [{ restricted: ['B', 'A'] }, {}, 'restricted'],
    [{ restricted: ['B'] }, {}, 'passes'],
  ])('%j, %j: %s', (settings, known, want) => expect(asked(settings, known)).toBe(want));

  it('tells the part of an order that reduces', () => {
    const part = (quantity: number, position: number, openBuy = 0, openSell = 0): number =>
      reducingPart(order({ quantity, position, openBuy, openSell }));
    expect([part(-5, 10), part(-15, 10), part(-5, 10, 0, 8), part(-5, 10, 0, 12), part(5, 10), part(5, -3), part(5, -3, 1), part(-5, -3)])
      .toEqual([-5, -10, -2, 0, 0, 3, 2, 0]);
  });
});

describe('times', () => {
  const blackout = [{ from: 15 * HOUR + 30 * MINUTE, to: 16 * HOUR, daily: true, offset: newYorkOffset }];
  it('the last half hour of New York, in winter and in summer', () => {
    const when = (ts: string): string => asked({ blackout }, { ts: at(ts) });
    expect(['2024-01-10T20:29:59Z', '2024-01-10T20:30:00Z', '2024-01-10T20:59:59Z', '2024-01-10T21:00:00Z', '2024-07-10T19:30:00Z', '2024-07-10T20:30:00Z'].map(when))
      .toEqual(['passes', 'blackout', 'blackout', 'passes', 'blackout', 'passes']);
  });
  it('over midnight, and dates', () => {
    const night = [{ from: 22 * HOUR, to: 2 * HOUR, daily: true }];
    expect(['21:59', '22:00', '00:00', '01:59', '02:00'].map((t) => asked({ blackout: night }, { ts: at(`2024-01-10T${t}:00Z`) })))
      .toEqual(['passes', 'blackout', 'blackout', 'blackout', 'passes']);
    const fomc = [{ from: at('2024-03-20T17:45:00Z'), to: at('2024-03-20T19:00:00Z') }];
    expect(['2024-03-20T17:45:00Z', '2024-03-20T19:00:00Z', '2024-03-21T18:00:00Z'].map((t) => asked({ blackout: fomc }, { ts: at(t) })))
      .toEqual(['blackout', 'passes', 'passes']);
  });
  it('a closed market', () => {
    const calendar = calendarOf('XNYS');
    if (calendar === null) throw new Error('no calendar');
    expect(['2024-03-05T17:00:00Z', '2024-03-05T21:00:00Z', '2024-03-09T17:00:00Z'].map((t) => asked({ calendar }, { ts: at(t) })))
      .toEqual(['passes', 'closed', 'closed']);
  });
});

describe('trading states', () => {
  it('HALTED stops all, REDUCING what does not reduce', () => {
    const set = (trading: number) => (s: RiskState): void => setTrading(s, trading);
    expect([asked({}, {}, set(HALTED)), asked({}, { position: -10 }, set(HALTED))]).toEqual(['halted', 'halted']);
    expect([asked({}, {}, set(REDUCING)), asked({}, { position: -10 }, set(REDUCING)), asked({}, { position: -9 }, set(REDUCING))])
      .toEqual(['reducing', 'passes', 'reducing']);
    expect(asked({}, {}, set(ACTIVE))).toBe('passes');
  });

  it('the loss of the day counts from the last value of the day before, and ends with the day', () => {
    const rules = riskRules({ dailyLoss: { share: 0.02 } });
    const state = riskState(rules);
    const mark = (ts: string, equity: number): string => {
      noteEquity(rules, state, at(ts), equity, null);
      return riskCode(checkOrder(rules, state, order({ ts: at(ts) })))?.name ?? 'passes';
    };
    expect([
      mark('2024-03-05T10:00:00Z', 100_000), mark('2024-03-05T12:00:00Z', 98_001), mark('2024-03-05T20:00:00Z', 100_000),
      // A gap of 1 % over night and 1 % more.
      mark('2024-03-06T10:00:00Z', 99_000), mark('2024-03-06T11:00:00Z', 98_000), mark('2024-03-06T12:00:00Z', 101_000),
      mark('2024-03-07T00:00:00Z', 101_000),
    ]).toEqual(['passes', 'passes', 'passes', 'passes', 'daily_loss', 'daily_loss', 'passes']);
  });

  it('the loss of the day in money, as a halt, by the session of a calendar', () => {
    const calendar = calendarOf('XNYS');
    const rules = riskRules({ dailyLoss: { value: 500, halt: true } });
    const state = riskState(rules);
    noteEquity(rules, state, at('2024-03-05T18:00:00Z'), 100_000, calendar);
    noteEquity(rules, state, at('2024-03-05T20:59:00Z'), 99_500, calendar);
    expect(riskCode(checkOrder(rules, state, order({ position: -10 })))?.name).toBe('daily_loss');
    noteEquity(rules, state, at('2024-03-05T21:00:00Z'), 99_500, calendar);
    expect(checkOrder(rules, state, order({}))).toBe(0);
  });

  it('a drawdown rests for its cooldown, then counts from there; without one it waits for a person', () => {
    for (const cooldown of [DAY, undefined]) {
      const rules = riskRules({ drawdown: cooldown === undefined ? { share: 0.1 } : { share: 0.1, cooldown } });
      const state = riskState(rules);
      const mark = (ts: number, equity: number): number => {
        noteEquity(rules, state, ts, equity, null);
        return checkOrder(rules, state, order({ ts }));
      };
      expect([mark(NOON, 100), mark(NOON + 1, 120), mark(NOON + 2, 109), mark(NOON + 3, 108), mark(NOON + 4, 130)]).toEqual([0, 0, 0, R.drawdown, R.drawdown]);
      expect(mark(NOON + DAY + 2, 80)).toBe(R.drawdown);
      if (cooldown === undefined) setTrading(state, ACTIVE);
      expect([mark(NOON + DAY + 3, 80), mark(NOON + DAY + 4, 73), mark(NOON + DAY + 5, 72)]).toEqual([0, 0, R.drawdown]);
    }
  });
});

describe('breakers', () => {
  it('open while the condition holds, and for the hold', () => {
    const rules = riskRules({ volatilityBreaker: { hold: 100 }, anomalyBreaker: { level: 2, hold: 0, all: true } });
    const state = riskState(rules);
    const check = (ts: number, key = 0): number => checkOrder(rules, state, order({ ts, key }));
    noteMarket(rules, state, NOON, 0, true, NaN);
    expect([check(NOON), check(NOON + 500), check(NOON, 1)]).toEqual([R.volatility, R.volatility, 0]);
    noteMarket(rules, state, NOON + 50, 0, false, 1);
    expect([check(NOON + 99), check(NOON + 100)]).toEqual([R.volatility, 0]);
    noteMarket(rules, state, NOON + 200, 0, false, 2);
    expect([check(NOON + 200), check(NOON + 200, 1)]).toEqual([R.anomaly, 0]);
    noteMarket(rules, state, NOON + 201, 0, false, NaN);
    expect(check(NOON + 201)).toBe(0);
  });
  it('all symbols, where asked for', () => {
    const rules = riskRules({ anomalyBreaker: { level: 2, hold: 10, all: true } });
    const state = riskState(rules, 1);
    addRiskKey(state, 9);
    noteMarket(rules, state, NOON, 9, false, 3);
    expect([checkOrder(rules, state, order({ ts: NOON + 9 })), checkOrder(rules, state, order({ ts: NOON + 10 }))]).toEqual([R.anomaly, 0]);
  });
});

describe('properties of all rules', () => {
  const settings: RiskSettings = {
    maxUnits: 5, maxValue: 400, maxWeight: 0.01, maxOrderUnits: 3, maxOrderValue: 300, maxOpenPositions: 1, maxLeverage: 1, longOnly: true,
    restricted: ['A'], orderRate: { count: 1, per: MINUTE }, dailyLoss: { share: 0.01 }, drawdown: { share: 0.01 },
    volatilityBreaker: { hold: DAY }, anomalyBreaker: { level: 1, hold: DAY }, blackout: [{ from: 0, to: Infinity }],
  };
  const whole = fc.integer({ min: -20, max: 20 });
  const reduces = (check: typeof checkOrder): void => fc.assert(fc.property(whole, whole, fc.nat(5), fc.nat(5), fc.boolean(),
    (quantity, position, openBuy, openSell, halted) => {
      const rules = riskRules({ ...settings, dailyLoss: { share: 0.01, halt: halted } });
      const state = riskState(rules);
      noteEquity(rules, state, NOON, 100, null);
      noteEquity(rules, state, NOON, 50, null);
      noteMarket(rules, state, NOON, 0, true, 9);
      noteOrder(state, NOON);
      const view = order({ quantity, position, openBuy, openSell, gross: 1e9, openPositions: 9 });
      const got = check(rules, state, view);
      const after = Math.abs(position + quantity + (quantity > 0 ? openBuy : -openSell));
      const sameSide = position * (position + quantity + (quantity > 0 ? openBuy : -openSell)) >= 0;
      if (quantity === 0) expect(got).toBe(R.notAnOrder);
      else if (halted) expect(got).toBe(R.dailyLoss);
      else if (sameSide && quantity * position < 0 && after <= Math.abs(position)) expect(got).toBe(0);
      else expect(got).not.toBe(0);
    }), { seed: 11, numRuns: 600 });
  it('an order that reduces is never refused unless HALTED says so', () => reduces(checkOrder));
  it('rules that look at the rate first are found out', () => expect(() => reduces((rules, state, view) =>
    (state.orderTimes[0] > view.ts - MINUTE && view.quantity !== 0 ? R.orderRate : checkOrder(rules, state, view)))).toThrow());

  const bounded = (check: typeof checkOrder): void => fc.assert(fc.property(fc.array(whole, { minLength: 5, maxLength: 60 }),
    fc.integer({ min: 1, max: 15 }), fc.integer({ min: 50, max: 200 }), (quantities, maxUnits, price) => {
      const rules = riskRules({ maxUnits, maxWeight: 0.01, longOnly: true });
      let position = 0;
      for (const quantity of quantities) {
        if (check(rules, riskState(rules), order({ quantity, position, price })) !== 0) continue;
        position += quantity;
        expect(position).toBeGreaterThanOrEqual(0);
        expect(position).toBeLessThanOrEqual(Math.min(maxUnits, 1000 / price));
      }
    }), { seed: 13, numRuns: 200 });
  it('positions that pass stay within all limits', () => bounded(checkOrder));
  it('limits on the order alone are found out', () => expect(() => bounded((rules, state, view) =>
    checkOrder(rules, state, { ...view, position: 0 }))).toThrow());

  const rated = (note: typeof noteOrder): void => fc.assert(fc.property(fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 30, maxLength: 80 }),
    fc.integer({ min: 1, max: 5 }), (gaps, count) => {
      const per = 60;
      const rules = riskRules({ orderRate: { count, per } });
      const state = riskState(rules);
      const sent: number[] = [];
      let ts = NOON;
      for (const gap of gaps) {
        ts += gap;
        const inWindow = sent.filter((t) => t > ts - per).length;
        const got = checkOrder(rules, state, order({ ts }));
        expect(got).toBe(inWindow < count ? 0 : R.orderRate);
        if (got !== 0) continue;
        sent.push(ts);
        note(state, ts);
      }
      expect(sent.length).toBeGreaterThan(0);
    }), { seed: 17, numRuns: 200 });
  it('the rate is exact at the edges of its window', () => rated(noteOrder));
  it('a window that is closed on its left is found out', () => expect(() => rated((state, ts) => noteOrder(state, ts + 1))).toThrow());
  it('a rate of none refuses all', () => expect(asked({ orderRate: { count: 0, per: 60 } }, {})).toBe('order_rate'));

  it('a copy of the state answers like the state', () => {
    const rules = riskRules(settings);
    const state = riskState(rules);
    noteEquity(rules, state, NOON, 100, null);
    noteMarket(rules, state, NOON, 3, true, 0);
    noteOrder(state, NOON);
    expect(structuredClone(state)).toEqual(state);
    addRiskKey(state, 100);
    expect([state.keys, state.volatile[3], state.volatilityUntil[3], state.cooldownUntil[100]]).toEqual([128, 1, NOON + DAY, -Infinity]);
  });
});
