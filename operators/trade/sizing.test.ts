import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { commission } from './commission.ts';
import { affordable, capWeights, grossOf, netOf, roundLot, roundTick } from './limits.ts';
import { kellyShare, SIZING_METHODS, sizeOf, sizingInput, type SizingInput, type SizingSettings } from './sizing.ts';

const input = (known: Partial<SizingInput>): SizingInput =>
  ({ ...sizingInput(), side: 1, equity: 100_000, cash: 40_000, price: 50, volatility: 0.3, confidence: 0.6, payoff: 2, stop: 2.5, ...known });
const size = (name: string, settings: SizingSettings, known: Partial<SizingInput> = {}): number =>
  sizeOf(SIZING_METHODS[name], settings, input(known));

describe('sizing methods by hand', () => {
  it.each<[string, SizingSettings, Partial<SizingInput>, number]>([
    ['fixed', { units: 3 }, {}, 3],
    ['value', { value: 10_000 }, {}, 200],
    ['value', { value: 10_000 }, { multiplier: 20 }, 10],
    ['fraction', { fraction: 0.5 }, {}, 1000],
    ['fraction', { fraction: 0.5, of: 'cash' }, {}, 400],
    ['fraction', { fraction: 0.5, of: 'cash' }, { cash: -5 }, 0],
    ['vol_target', { target: 0.15 }, {}, 1000],
    ['kelly', { kellyFraction: 0.5, kellyCap: 1 }, {}, 400],
    ['kelly', { kellyFraction: 0.5, kellyCap: 0.1 }, {}, 200],
    ['kelly', { kellyFraction: 0.5, payoff: 1 }, { payoff: NaN }, 200],
    ['kelly', { kellyFraction: 0.5 }, { confidence: 0.2 }, 0],
    ['atr_risk', { risk: 0.01 }, {}, 400],
    ['atr_risk', { risk: 0.01 }, { multiplier: 50 }, 8],
  ])('%s %j with %j is %d units', (name, settings, known, want) => {
    expect(size(name, settings, known)).toBeCloseTo(want, 9);
    expect(size(name, settings, { ...known, side: -1 })).toBeCloseTo(-want, 9);
    expect(size(name, settings, { ...known, side: 0 })).toBe(0);
  });

  it('Kelly: 60 % at even odds bets a fifth (Thorp 2006)', () => {
    expect([kellyShare(0.6, 1), kellyShare(0.5, 2), kellyShare(0.4, 1)].map((x) => Math.round(x * 1e12) / 1e12)).toEqual([0.2, 0.25, 0]);
  });

  it('confidence scales, within 0 and 1', () => {
    const by = (confidence: number): number => size('value', { value: 10_000, scaleByConfidence: true }, { confidence });
    expect([by(0.5), by(1.7), by(-1)]).toEqual([100, 200, 0]);
    expect(by(NaN)).toBeNaN();
  });

  it('what it needs and is not there makes no size', () => {
    expect(size('vol_target', {}, { volatility: NaN })).toBeNaN();
    expect(size('vol_target', {}, { volatility: 0 })).toBeNaN();
    expect(size('atr_risk', {}, { stop: 0 })).toBeNaN();
    expect(size('value', { value: 1 }, { price: 0 })).toBeNaN();
    expect(size('value', {})).toBeNaN();
  });

  it('every method reads what it says and nothing else', () => {
    for (const m of Object.values(SIZING_METHODS)) {
      const known = new Set<string>([...m.inputs, 'side']);
      const only = { ...sizingInput(), ...Object.fromEntries(Object.entries(input({})).filter(([field]) => known.has(field))) };
      const settings = { units: 1, value: 1000, fraction: 0.5, target: 0.1, risk: 0.01 };
      expect(sizeOf(m, settings, only), m.name).toBe(sizeOf(m, settings, input({})));
      expect(Object.isFrozen(m)).toBe(true);
    }
  });
});

describe('caps on weights', () => {
  const capped = (weights: number[], limits: Parameters<typeof capWeights>[2]): number[] => {
    const w = Float64Array.from(weights);
    capWeights(w, w.length, limits);
    return [...w];
  };
  it('by hand', () => {
    expect(capped([0.5, -0.2, NaN], { maxWeight: 0.3 })).toEqual([0.3, -0.2, 0]);
    expect(capped([0.5, -0.2], { longOnly: true })).toEqual([0.5, 0]);
    expect(capped([1, -1], { maxGross: 1 }).map((x) => Math.round(x * 1e12) / 1e12)).toEqual([0.5, -0.5]);
    expect(capped([1, -0.5], { maxNet: 0.25 }).map((x) => Math.round(x * 1e12) / 1e12)).toEqual([0.5, -0.25]);
    expect(capped([0.4, 0.4], { maxGross: 0.8, maxNet: 0.8, maxWeight: 0.4 })).toEqual([0.4, 0.4]);
    expect(capped([1, -1], { maxGross: 0 })).toEqual([0, -0]);
    expect(capped([1, 1], { maxGross: -1 })).toEqual([0, 0]);
    expect(capped([Infinity, 1], {})).toEqual([0, 1]);
    expect(capped([5e-324, 5e-324, 5e-324], { maxGross: 1e-323 })).toEqual([0, 0, 0]);
  });

  const kept = (cap: typeof capWeights): void => fc.assert(fc.property(
    fc.array(fc.double({ min: -3, max: 3, noNaN: true }), { minLength: 1, maxLength: 12 }), fc.double({ min: 0.01, max: 1, noNaN: true }),
    fc.double({ min: 0.01, max: 4, noNaN: true }), fc.double({ min: 0.01, max: 2, noNaN: true }), (asked, maxWeight, maxGross, maxNet) => {
      const w = Float64Array.from(asked);
      cap(w, w.length, { maxWeight, maxGross, maxNet });
      expect(grossOf(w, w.length)).toBeLessThanOrEqual(maxGross);
      expect(Math.abs(netOf(w, w.length))).toBeLessThanOrEqual(maxNet);
      w.forEach((x, i) => {
        expect(Math.abs(x)).toBeLessThanOrEqual(Math.min(maxWeight, Math.abs(asked[i])));
        expect(x * asked[i]).toBeGreaterThanOrEqual(0);
      });
    },
  ), { seed: 3, numRuns: 500 });
  it('are never exceeded, not by a rounding error, and no weight grows or turns', () => kept(capWeights));
  it('a single proportional cut without the look back is found out', () => {
    expect(() => kept((w, n, limits) => {
      capWeights(w, n, { maxWeight: limits.maxWeight ?? 1 });
      const scale = Math.min(1, (limits.maxGross ?? 9) / grossOf(w, n));
      for (let i = 0; i < n; i++) w[i] *= scale;
      const net = Math.min(1, (limits.maxNet ?? 9) / Math.abs(netOf(w, n)));
      for (let i = 0; i < n; i++) w[i] *= net;
    })).toThrow();
  });
});

describe('lots and ticks', () => {
  it('lots round toward zero, ticks as asked', () => {
    expect([roundLot(17.9, 1), roundLot(-17.9, 1), roundLot(17.9, 5), roundLot(0.4, 1), roundLot(-0.4, 1), roundLot(1.23, 0)])
      .toEqual([17, -17, 15, 0, 0, 1.23]);
    expect([roundTick(10.13, 0.25, 'nearest'), roundTick(10.13, 0.25, 'down'), roundTick(10.13, 0.25, 'up'), roundTick(10.13, 0, 'up')])
      .toEqual([10.25, 10, 10.25, 10.13]);
    expect(roundTick(10.25, 0.25, 'up')).toBe(10.25);
  });
  it('what is whole but for rounding stays, and comes out as the decimal number', () => {
    expect([roundLot(0.3, 0.1), roundLot(0.1 + 0.2, 0.1), roundLot(0.29, 0.01), roundLot(1.1, 0.001)]).toEqual([0.3, 0.3, 0.29, 1.1]);
    expect([roundTick(0.29, 0.01, 'down'), roundTick(1.15, 0.05, 'up'), roundTick(100.07, 0.01, 'nearest')]).toEqual([0.29, 1.15, 100.07]);
  });
  const whole = (round: typeof roundLot): void => fc.assert(fc.property(fc.integer({ min: 1, max: 1e6 }), fc.constantFrom(0.001, 0.01, 0.1, 1, 25),
    fc.double({ min: 0, max: 0.999, noNaN: true }), (count, lot, part) => {
      expect(Math.abs(round(count * lot, lot) - count * lot)).toBeLessThanOrEqual(1e-9 * lot * count);
      const got = round((count + part) * lot, lot);
      expect(got).toBeLessThanOrEqual((count + part) * lot * (1 + 1e-15));
      expect(got).toBeGreaterThan((count + part - 1) * lot);
    }), { seed: 2, numRuns: 500 });
  it('lose less than a lot and nothing of whole ones', () => whole(roundLot));
  it('plain truncation is found out', () => expect(() => whole((x, lot) => Math.trunc(x / lot) * lot)).toThrow());
});

describe('what the money pays for', () => {
  const ib = commission({ perShare: 0.005, min: 1, maxPercent: 0.005 });
  const fee = (units: number, price: number): number => ib(units, price, false, 0, 1);

  it('leaves room for the fee', () => {
    expect(affordable(1000, 10, 1, 1, fee)).toBe(99);
    expect(affordable(1001, 10, 1, 1, fee)).toBe(100);
    expect(affordable(0, 10, 1, 1, fee)).toBe(0);
    expect(affordable(1000, NaN, 1, 1, fee)).toBe(0);
    expect(affordable(10, 10, 1, 1, () => 50)).toBe(0);
  });

  const spy = fileURLToPath(new URL('../../../shared/reference/trading/lean/spy_daily_raw_and_adjusted.csv', import.meta.url));
  it.skipIf(!existsSync(spy))('Lean: 697 SPY for the whole account on 2013-10-08 (needs the reference results)', () => {
    const row = readFileSync(spy, 'utf8').split('\n').find((line) => line.startsWith('20131008'))?.split(',') ?? [];
    const units = affordable(100_000 * 0.9975, Number(row[4]), 1, 1, fee);
    expect([units, fee(units, Number(row[4]))]).toEqual([697, 3.485]);
  });

  const spent = (buy: typeof affordable): void => fc.assert(fc.property(fc.integer({ min: 1, max: 1e7 }), fc.integer({ min: 1, max: 1e5 }),
    fc.constantFrom(0, 0.001, 1, 10), (money, cents, lot) => {
      const price = cents / 100;
      const units = buy(money, price, 1, lot, fee);
      expect(units * price + (units > 0 ? fee(units, price) : 0)).toBeLessThanOrEqual(money);
      const more = roundLot(units * 1.02 + 2 * lot + 1e-6, lot);
      expect(more * price + fee(more, price) + 2.1).toBeGreaterThan(money);
    }), { seed: 5, numRuns: 500 });
  it('never more than there is, and nearly all of it', () => spent(affordable));
  it('a size without the fee is found out', () => expect(() => spent((money, price, m, lot) => roundLot(money / (price * m), lot))).toThrow());
});
