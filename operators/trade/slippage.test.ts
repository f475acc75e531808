import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DAY, parseTime } from '../../src/core/time.ts';
import { impactState, observeImpact } from './impact.ts';
import { fillable, slippage, slippageMarket, type PercentSlippage, type SlippageMarket, type SlippageSettings } from './slippage.ts';

const market = (known: Partial<SlippageMarket>): SlippageMarket => ({ ...slippageMarket(), ...known });
const price = (settings: SlippageSettings, side: number, at: number, quantity: number, known: Partial<SlippageMarket> = {}): number =>
  slippage(settings)(side, at, quantity, market(known));

describe('slippage', () => {
  it('by hand', () => {
    expect(price({ model: 'none' }, 1, 100, 5)).toBe(100);
    expect(price({ model: 'bps', bps: 5 }, 1, 100, 5)).toBeCloseTo(100.05, 12);
    expect(price({ model: 'bps', bps: 5 }, -1, 100, 5)).toBeCloseTo(99.95, 12);
    expect(price({ model: 'ticks', ticks: 2 }, -1, 100, 5, { tick: 0.25 })).toBe(99.5);
    expect(price({ model: 'spread', share: 0.5 }, 1, 100.1, 5, { bid: 100, ask: 100.2 })).toBeCloseTo(100.2, 12);
    expect(price({ model: 'spread', share: 0.5 }, 1, 100, 5, { bid: 101, ask: 100 })).toBe(100);
    // PyAlgoTrade VolumeShareSlippage, impact 0.1, a quarter of the volume: 100 * (1 + 0.1 / 16).
    expect(price({ model: 'volume_share', impact: 0.1 }, 1, 100, 250, { volume: 1000 })).toBeCloseTo(100.625, 12);
    expect(price({ model: 'volume_share', impact: 0.1 }, -1, 100, 150, { volume: 1000, taken: 100 })).toBeCloseTo(99.375, 12);
    // zipline counts the share up to its volume limit.
    expect(price({ model: 'volume_share', impact: 0.1, max: 0.025 }, 1, 100, 250, { volume: 1000 })).toBeCloseTo(100.00625, 12);
    expect(price({ model: 'participation', impact: 0.1, max: 0.05 }, 1, 100, 50, { volume: 1000 })).toBeCloseTo(100.5, 12);
    // A hundredth of the daily volume at 2 % volatility a day: 0.02 * 0.1 = 20 basis points.
    expect(price({ model: 'sqrt', y: 1 }, 1, 50, 1e4, { sigma: 0.02, adv: 1e6 })).toBeCloseTo(50.1, 12);
    expect(price({ model: 'sqrt', y: 1, warmupBps: 20 }, -1, 50, 1e4)).toBeCloseTo(49.9, 12);
  });

  it('no volume, no fill', () => {
    for (const settings of [{ model: 'volume_share', impact: 0.1 }, { model: 'participation', impact: 0.1, max: 0.1 }] as const) {
      expect(price(settings, 1, 100, 5, { volume: 0 })).toBeNaN();
      expect(price(settings, 1, 100, 5, { volume: 0, limit: 200 })).toBeNaN();
    }
    expect(fillable(50, 0.1, market({ volume: 0 }))).toBe(0);
    expect(fillable(50, 0.1, market({ volume: 300 }))).toBe(30);
    expect(fillable(50, 0.1, market({ volume: 300, taken: 40 }))).toBe(0);
  });

  it('a limit is the worst price, or forbids the fill', () => {
    expect(price({ model: 'bps', bps: 100 }, 1, 100, 1, { limit: 100.5 })).toBe(100.5);
    expect(price({ model: 'bps', bps: 100 }, -1, 100, 1, { limit: 99.5 })).toBe(99.5);
    expect(price({ model: 'bps', bps: 100, beyondLimit: 'no_fill' }, 1, 100, 1, { limit: 100.5 })).toBeNaN();
    expect(price({ model: 'bps', bps: 100, beyondLimit: 'no_fill' }, 1, 100, 1, { limit: 101 })).toBe(101);
  });

  it('backtrader: inside of the bar, at its edge, outside, or none', () => {
    const bar = { high: 100.5, low: 99.5 };
    const with1 = (more: Partial<PercentSlippage>): SlippageSettings => ({ model: 'percent', percent: 0.01, ...more });
    expect(price({ model: 'percent', percent: 0.001 }, 1, 100, 1, bar)).toBeCloseTo(100.1, 12);
    expect(price({ model: 'percent', fixed: 0.2 }, -1, 100, 1, bar)).toBe(99.8);
    expect(price(with1({}), 1, 100, 1, bar)).toBe(100.5);
    expect(price(with1({}), -1, 100, 1, bar)).toBe(99.5);
    expect(price(with1({ slipOut: true }), 1, 100, 1, bar)).toBe(101);
    expect(price(with1({ slipMatch: false }), 1, 100, 1, bar)).toBeNaN();
    expect(price(with1({ slipMatch: false }), 1, 100, 1, { ...bar, limit: 100.2 })).toBe(100.2);
    expect(price(with1({ slipMatch: false, slipLimit: false }), 1, 100, 1, { ...bar, limit: 100.2 })).toBeNaN();
    expect(price(with1({ slipMatch: false, slipLimit: false }), 1, 100.2, 1, { ...bar, limit: 100.2 })).toBe(100.2);
    expect(price(with1({}), 1, 100, 1, { ...bar, atOpen: true })).toBe(100);
    expect(price(with1({ slipOpen: true }), 1, 100, 1, { ...bar, atOpen: true })).toBe(100.5);
  });

  const MODELS: readonly SlippageSettings[] = [
    { model: 'none' }, { model: 'bps', bps: 7 }, { model: 'ticks', ticks: 3 }, { model: 'spread', share: 0.5 }, { model: 'percent', percent: 0.004 },
    { model: 'volume_share', impact: 0.3 }, { model: 'participation', impact: 0.2, max: 0.1 }, { model: 'sqrt', y: 0.8 },
  ];
  const honest = (make: typeof slippage): void => {
    for (const settings of MODELS) {
      const slip = make(settings);
      fc.assert(fc.property(fc.constantFrom(1, -1), fc.integer({ min: 0, max: 200 }), fc.integer({ min: 1, max: 500 }), fc.integer({ min: -30, max: 90 }),
        (side, cents, quantity, room) => {
          const from = 100 + side * (-cents / 100);
          const known = market({ high: 103, low: 97, bid: from - 0.05, ask: from + 0.05, tick: 0.01, volume: 1000, sigma: 0.03, adv: 1e4,
            limit: room < 0 ? NaN : from + side * (room / 100) });
          const got = slip(side, from, quantity, known);
          expect(side * (got - from)).toBeGreaterThanOrEqual(0);
          if (room >= 0) expect(side * (got - known.limit)).toBeLessThanOrEqual(0);
          const more = slip(side, from, quantity * 2, known);
          expect(side * (more - got)).toBeGreaterThanOrEqual(0);
        }), { seed: 6, numRuns: 100 });
    }
  };
  it('never helps, never passes the limit, and more units never fill better', () => honest(slippage));
  it('a sell that is slipped upwards is found out', () => {
    expect(() => honest((s) => { const real = slippage(s); return (_side, ...rest) => real(1, ...rest); })).toThrow();
  });
  it('a limit that is not kept is found out', () => {
    expect(() => honest((s) => { const real = slippage(s); return (side, p, q, m) => real(side, p, q, { ...m, limit: NaN }); })).toThrow();
  });
});

describe('running estimates for square-root impact', () => {
  const start = parseTime('2024-01-01T10:00:00Z') as number;
  it('know only days that are over', () => {
    const state = impactState();
    observeImpact(state, start, 100, 500, 20);
    observeImpact(state, start + 1, 110, 500, 20);
    expect([state.adv, state.variance]).toEqual([NaN, NaN]);
    observeImpact(state, start + DAY, 121, 3000, 20);
    expect([state.adv, state.variance]).toEqual([1000, NaN]);
    observeImpact(state, start + 2 * DAY, 121, 10, 20);
    expect(state.adv).toBe(2000);
    expect(Math.sqrt(state.variance)).toBeCloseTo(Math.log(1.1), 12);
    expect(structuredClone(state)).toEqual(state);
  });
  it('are exponential once the span is full', () => {
    const state = impactState();
    for (let d = 0; d < 4; d++) observeImpact(state, start + d * DAY, 100, [100, 200, 600, 0][d], 3);
    // alpha 1/2: 100, then 150, then 150 + (600 - 150) / 2.
    expect(state.adv).toBe(375);
    expect(state.variance).toBe(0);
  });
});
