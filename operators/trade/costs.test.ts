import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DAY, HOUR, parseTime } from '../../src/core/time.ts';
import { addTraded, commission, traded, tradedVolume, type Commission } from './commission.ts';
import { accrue, borrowCost, fundingCost, fundingMoments, holdingCosts, interestCost } from './costs.ts';

const at = (text: string): number => parseTime(text) as number;
const REFERENCE = fileURLToPath(new URL('../../../shared/reference/trading/', import.meta.url));

describe('commission', () => {
  const fee = (c: Commission, quantity: number, price: number, maker = false, volume = 0): number => c(quantity, price, maker, volume, 1);

  it('Interactive Brokers: $0.005 a share, at least $1, at most 0.5 % of the value', () => {
    const ib = commission({ perShare: 0.005, min: 1, maxPercent: 0.005 });
    expect(fee(ib, 697, 143.0784)).toBeCloseTo(3.485, 12);
    expect(fee(ib, -1232, 78.03)).toBeCloseTo(6.16, 12);
    expect(fee(ib, 100, 50)).toBe(1);
    expect(fee(ib, 10_000, 0.25)).toBeCloseTo(12.5, 12);
    // The bounds cross below $200: the maximum holds, unless asked otherwise.
    expect(fee(ib, 10, 10)).toBe(0.5);
    expect(fee(commission({ perShare: 0.005, min: 1, maxPercent: 0.005, minWins: true }), 10, 10)).toBe(1);
  });

  it('adds what is fixed and what is a share of the value, of the contract multiplier too', () => {
    expect(commission({ fixed: 2.5, percent: 0.001, perShare: 0.85 })(-4, 100, false, 0, 50)).toBeCloseTo(2.5 + 20 + 3.4, 12);
    expect(commission({ fixed: 2.5 })(0, 100, false, 0, 1)).toBe(0);
  });

  it('pays a rebate to the maker, which no minimum takes away', () => {
    const c = commission({ maker: -0.0001, taker: 0.0004, min: 0.5 });
    expect(fee(c, 2, 50_000, true)).toBe(-10);
    expect(fee(c, 2, 50_000)).toBe(40);
    expect(fee(c, 1, 100)).toBe(0.5);
  });

  it('takes the tier that the traded value has reached, from its edge on, in whatever order they are written', () => {
    const c = commission({ maker: 0.001, taker: 0.002, tiers: [
      { volume: 1e6, maker: 0, taker: 0.001 }, { volume: 1e5, maker: 0.0005, taker: 0.0015 },
    ] });
    expect([0, 99_999.99, 1e5, 999_999, 1e6, 1e9].map((v) => fee(c, 10, 100, false, v))).toEqual([2, 2, 1.5, 1.5, 1, 1]);
    expect(fee(c, 10, 100, true, 1e6)).toBe(0);
  });

  it('rounds half away from zero', () => {
    const c = commission({ percent: 0.01, decimals: 2 });
    expect([100.5, 100.49, -100.5, 0.4].map((q) => fee(c, q, 1))).toEqual([1.01, 1, 1.01, 0]);
    expect(fee(commission({ maker: -0.01, decimals: 2 }), 100.5, 1, true)).toBe(-1.01);
  });

  const nautilus = join(REFERENCE, 'nautilus/ema_cross_quotes.fills.csv');
  it.skipIf(!existsSync(nautilus))('Nautilus: every fee of its EMA cross run, to the eighth decimal (needs the reference results)', () => {
    const c = commission({ taker: 0.001, decimals: 8 });
    const rows = readFileSync(nautilus, 'utf8').trim().split('\n').slice(1).map((line) => line.split(','));
    expect(rows.length).toBe(902);
    expect(rows.filter(([, side, qty, price, charged]) => fee(c, Number(side) * Number(qty), Number(price)) !== Number(charged))).toEqual([]);
  });

  const lean = join(REFERENCE, 'lean/macdtrend.fills.csv');
  it.skipIf(!existsSync(lean))('Lean: every fee of its MACD run (needs the reference results)', () => {
    const c = commission({ perShare: 0.005, min: 1, maxPercent: 0.005 });
    const rows = readFileSync(lean, 'utf8').trim().split('\n').slice(1).map((line) => line.split(','));
    expect(rows.length).toBeGreaterThan(50);
    expect(rows.filter(([, , qty, price, charged]) => Math.abs(fee(c, Number(qty), Number(price)) - Number(charged)) > 1e-9)).toEqual([]);
  });

  const bounded = (make: typeof commission): void => fc.assert(fc.property(
    fc.record({ fixed: fc.double({ min: 0, max: 10, noNaN: true }), perShare: fc.double({ min: 0, max: 1, noNaN: true }),
      min: fc.double({ min: 0, max: 5, noNaN: true }), maxPercent: fc.double({ min: 0.0001, max: 0.1, noNaN: true }) }),
    fc.integer({ min: 1, max: 1e6 }), fc.integer({ min: 1, max: 1e6 }), (settings, quantity, cents) => {
      const price = cents / 100;
      const c = make(settings);
      const cost = c(quantity, price, false, 0, 1);
      const most = settings.maxPercent * quantity * price;
      expect(cost).toBeGreaterThanOrEqual(Math.min(settings.min, most) * (1 - 1e-12));
      expect(cost).toBeLessThanOrEqual(most * (1 + 1e-12));
      expect(c(-quantity, price, false, 0, 1)).toBe(cost);
    },
  ), { seed: 4, numRuns: 300 });

  it('stays within its bounds, alike for buy and sell', () => bounded(commission));
  it('a model that applies the minimum after the maximum is found out', () => {
    expect(() => bounded((s) => {
      const c = commission({ ...s, min: 0 });
      return (...args) => Math.max(s.min ?? 0, c(...args));
    })).toThrow();
  });
});

describe('value traded in 30 days', () => {
  it('counts today and the 29 days before', () => {
    const state = tradedVolume();
    const day = (n: number): number => at('2024-03-01T15:00:00Z') + n * DAY;
    addTraded(state, day(0), 100);
    addTraded(state, day(1), -50);
    expect([traded(state, day(1)), traded(state, day(29)), traded(state, day(30)), traded(state, day(31))]).toEqual([150, 150, 50, 0]);
  });

  const slides = (step: typeof addTraded): void => {
    let s = 9;
    const chance = (): number => (s = (s * 16_807) % 2_147_483_647) / 2_147_483_647;
    const fills: [number, number][] = [];
    const state = tradedVolume();
    let ts = at('2024-01-01');
    for (let i = 0; i < 500; i++) {
      ts += Math.floor(chance() * 3 * DAY) + (chance() < 0.02 ? 40 * DAY : 0);
      const value = Math.round(chance() * 1000);
      fills.push([ts, value]);
      step(state, ts, value);
      const first = Math.floor(ts / DAY) - 29;
      const want = fills.reduce((sum, [t, v]) => (Math.floor(t / DAY) >= first ? sum + v : sum), 0);
      expect(traded(structuredClone(state), ts)).toBe(want);
    }
  };
  it('equals a fresh sum over gaps of any length', () => slides(addTraded));
  it('days that are not cleared are found out', () => {
    expect(() => slides((state, ts, value) => {
      state.day = Math.floor(ts / DAY);
      addTraded(state, ts, value);
    })).toThrow();
  });
});

describe('holding', () => {
  it('charges borrow by act/365', () => {
    // 50 bps a year on 73,000 over one day: 73,000 * 0.005 / 365 = 1.
    expect(borrowCost(0.005, -73_000, DAY)).toBeCloseTo(1, 12);
  });

  it('pays interest on cash and takes it on a debit', () => {
    expect(interestCost(0.0365, 0.073, 10_000, DAY)).toBeCloseTo(-1, 12);
    expect(interestCost(0.0365, 0.073, -10_000, DAY)).toBeCloseTo(2, 12);
  });

  it('funds at 00, 08 and 16 UTC, the moment itself counted once', () => {
    expect(fundingMoments(at('2024-01-01T07:59:59Z'), at('2024-01-01T08:00:00Z'))).toBe(1);
    expect(fundingMoments(at('2024-01-01T08:00:00Z'), at('2024-01-01T15:59:59Z'))).toBe(0);
    expect(fundingMoments(at('2024-01-01T00:00:00Z'), at('2024-01-02T00:00:00Z'))).toBe(3);
    expect(fundingMoments(at('2024-01-02'), at('2024-01-01'))).toBe(0);
    expect(fundingCost(0.0001, 50_000, at('2024-01-01'), at('2024-01-02'))).toBeCloseTo(15, 12);
    expect(fundingCost(0.0001, -50_000, at('2024-01-01'), at('2024-01-02'))).toBeCloseTo(-15, 12);
    expect(fundingMoments(at('2024-01-01'), at('2024-01-02'), 4)).toBe(6);
  });

  const additive = (step: typeof accrue): void => {
    const rates = { borrow: 0.02, credit: 0.01, debit: 0.05, funding: 0.0001 };
    const from = at('2024-01-01T05:00:00Z');
    fc.assert(fc.property(fc.array(fc.integer({ min: 0, max: 100 * HOUR }), { maxLength: 12 }), fc.integer({ min: -1e6, max: 1e6 }),
      (steps, cash) => {
        const whole = holdingCosts();
        const cut = holdingCosts();
        step(whole, rates, from, cash, 5e4, 3e4);
        step(cut, rates, from, cash, 5e4, 3e4);
        let ts = from;
        let paid = 0;
        for (const micros of steps) paid += step(cut, rates, ts += micros, cash, 5e4, 3e4);
        expect(step(whole, rates, ts, cash, 5e4, 3e4)).toBeCloseTo(paid, 6);
        expect(cut.borrow + cut.interest + cut.funding).toBeCloseTo(paid, 6);
      }), { seed: 8, numRuns: 200 });
  };
  it('costs the same however the time is cut', () => additive(accrue));
  it('a funding moment counted at both ends is found out', () => {
    expect(() => additive((state, rates, ts, cash, short, funded) => {
      const double = state.ts % (8 * HOUR) < HOUR ? 3 : 0;
      const paid = accrue(state, rates, ts, cash, short, funded) + double;
      state.funding += double;
      return paid;
    })).toThrow();
  });
  it('time that goes back costs nothing', () => {
    const state = holdingCosts();
    expect([accrue(state, { debit: 1 }, at('2024-01-02'), -1, 0, 0), accrue(state, { debit: 1 }, at('2024-01-01'), -1, 0, 0)]).toEqual([0, 0]);
    expect(state.ts).toBe(at('2024-01-02'));
  });
});
