import { describe, expect, it } from 'vitest';
import { Desk } from './desk.fixture.ts';
import { LIMIT, STOP, STOP_LIMIT, type Protection, type Ticket } from './order.ts';
import { PROFILES } from './profile.ts';

type Bar = readonly [open: number, high: number, low: number, close: number];

const FIRST: Bar = [100, 101, 99, 100];
const PROTECT: Protection = { stopDistance: 2, stopPrice: NaN, targetDistance: 2, targetPrice: NaN, trail: NaN, trailShare: false };

/** Prices of all fills of an order that is sent after a first bar, over the bars that follow. */
function prices(profile: string, order: Partial<Ticket>, ...bars: Bar[]): number[] {
  const d = new Desk(profile);
  d.bar(...FIRST);
  d.submit({ quantity: 10, ...order });
  const { fills } = d.exchange.rules.profile;
  if (fills === 'at_once' || fills === 'same_close') d.atOnce();
  for (const b of bars) d.bar(...b);
  return d.fills.map((f) => f.price);
}

const BUY_LIMIT = { type: LIMIT, limit: 98 };
const SELL_LIMIT = { type: LIMIT, limit: 102, side: -1 as const };
const BUY_STOP = { type: STOP, stop: 103 };
const SELL_STOP = { type: STOP, stop: 97, side: -1 as const };
const ABOVE = { type: STOP_LIMIT, stop: 103, limit: 103.5 };
const BELOW = { type: STOP_LIMIT, stop: 103, limit: 102.5 };

interface Case {
  readonly what: string;
  readonly order: Partial<Ticket>;
  readonly bars: readonly Bar[];
  /** Fill prices where nothing else is said, and those of profiles that say otherwise. */
  readonly most: readonly number[];
  readonly but: Readonly<Record<string, readonly number[]>>;
}

const lean = (p: readonly number[]): Record<string, readonly number[]> => ({ 'lean-daily': p, 'lean-minute': p });
const path = (p: readonly number[]): Record<string, readonly number[]> => ({ 'nautilus-bar': p });
const atClose = (p: readonly number[]): Record<string, readonly number[]> => ({ 'same-close': p, 'lean-minute': p, 'nautilus-bar': p });

const CASES: readonly Case[] = [
  { what: 'a market order fills at the next open, or at the close that decided', order: {}, bars: [[104, 106, 103, 105]], most: [104],
    but: atClose([100]) },
  { what: 'a buy limit below the market after a gap: at the open; Lean: worse of limit and high; path: at the limit', order: BUY_LIMIT,
    bars: [[96, 97, 95, 96.5]], most: [96], but: { ...lean([97]), ...path([98]) } },
  { what: 'a sell limit after a gap', order: SELL_LIMIT, bars: [[105, 106, 104, 105]], most: [105], but: { ...lean([104]), ...path([102]) } },
  { what: 'a limit that is touched fills at it; Lean wants more', order: BUY_LIMIT, bars: [[100, 101, 98, 99]], most: [98], but: lean([]) },
  { what: 'a limit that is passed fills at it', order: BUY_LIMIT, bars: [[100, 101, 97, 99]], most: [98], but: {} },
  { what: 'a limit that is not reached waits', order: BUY_LIMIT, bars: [[100, 101, 98.5, 99]], most: [], but: {} },
  { what: 'a buy stop after a gap fills at the open', order: BUY_STOP, bars: [[105, 106, 104, 105]], most: [105], but: {} },
  { what: 'a sell stop after a gap fills at the open', order: SELL_STOP, bars: [[95, 96, 94, 95]], most: [95], but: {} },
  { what: 'a stop that is touched fills at it; Lean wants more', order: BUY_STOP, bars: [[100, 103, 99, 102]], most: [103], but: lean([]) },
  { what: 'a stop that is passed fills at it', order: SELL_STOP, bars: [[100, 101, 96, 98]], most: [97], but: {} },
  { what: 'stop and limit in one bar, limit beyond the stop', order: ABOVE, bars: [[100, 105, 99, 102]], most: [],
    but: { 'backtrader': [103], 'backtesting-py': [103], 'pyalgotrade': [103], ...lean([103.5]) } },
  { what: 'stop and limit in one rising bar, limit before the stop', order: BELOW, bars: [[100, 105, 99, 102]], most: [],
    but: { pyalgotrade: [102.5], ...lean([102.5]) } },
  { what: 'stop and limit in one falling bar, limit before the stop: only who reads the direction knows', order: BELOW,
    bars: [[103, 105, 99, 101]], most: [],
    but: { 'next-open': [102.5], 'same-close': [102.5], 'nautilus-bar': [102.5], 'backtrader': [102.5], 'pyalgotrade': [102.5], ...lean([102.5]) } },
  { what: 'a stop-limit that was triggered is a limit order on the next bar', order: BELOW, bars: [[100, 105, 104, 104.5], [104, 104.5, 102, 103]],
    most: [102.5], but: lean([]) },
  { what: 'stop and target in one bar: the stop', order: { protect: PROTECT }, bars: [[100, 101, 99.5, 100], [100, 103, 97, 100]], most: [100, 98],
    // Open, high, low, close: the high comes first.
    but: path([100, 102]) },
  { what: 'a stop in the bar of the entry counts from the next bar on', order: { protect: PROTECT }, bars: [[100, 101, 97, 100]], most: [100],
    // Their entry was at the close before.
    but: { 'backtesting-py': [100, 98], ...atClose([100, 98]) } },
];

const BARS = PROFILES.filter((p) => p.market === 'bars' || p.name === 'lean-minute').map((p) => p.name);

describe.each(BARS)('%s', (profile) => {
  it.each(CASES.map((c) => [c.what, c] as const))('%s', (_what, c) => {
    expect(prices(profile, c.order, ...c.bars)).toEqual(c.but[profile] ?? c.most);
  });
});

describe('all profiles of bars are in the table', () => {
  it('by their names', () => {
    expect(BARS.sort()).toEqual(['backtesting-py', 'backtrader', 'lean-daily', 'lean-minute', 'nautilus-bar', 'next-open', 'pyalgotrade', 'same-close']);
    for (const c of CASES) for (const name of Object.keys(c.but)) expect(BARS).toContain(name);
  });
});

describe('funds', () => {
  it.each([['pyalgotrade', 'open'], ['backtesting-py', 'cancelled'], ['lean-daily', 'rejected'], ['next-open', 'filled']])(
    'an order that cannot be paid for, %s: %s', (profile, state) => {
      const d = new Desk(profile, { cash: 500 });
      d.bar(...FIRST);
      const o = d.submit({ quantity: 10 });
      d.bar(100, 101, 99, 100);
      expect(['pending', 'open', 'partial', 'filled', 'cancelled', 'expired', 'rejected'][o.status]).toBe(state);
    });
});

describe('volume', () => {
  it('PyAlgoTrade shares a quarter of the volume among all orders; backtrader\'s filler gives each its own', () => {
    for (const [profile, filled] of [['pyalgotrade', [25, 0]], ['backtrader', [25, 25]]] as const) {
      const d = new Desk(profile, { cash: 1e6, rules: { volumeLimit: 0.25 } });
      d.bar(...FIRST);
      const orders = [d.submit({ quantity: 40 }), d.submit({ quantity: 40 })];
      d.bar(100, 101, 99, 100, 100);
      expect([profile, orders.map((o) => o.quantity - o.left)]).toEqual([profile, filled]);
      d.bar(100, 101, 99, 100, 1000);
      expect(orders.map((o) => o.left)).toEqual([0, 0]);
    }
  });
});

describe('quote', () => {
  it('fills market orders at the far side at once, limits at theirs or better on arrival, stops by the far side', () => {
    const d = new Desk('quote');
    d.quote(99, 101);
    d.submit({ quantity: 1 });
    d.submit({ quantity: 2, side: -1 });
    d.submit({ quantity: 3, type: LIMIT, limit: 102 });
    d.submit({ quantity: 4, type: LIMIT, limit: 100 });
    d.submit({ quantity: 5, side: -1, type: STOP, stop: 98 });
    d.atOnce();
    expect(d.fills.map((f) => [f.units, f.price])).toEqual([[1, 101], [-2, 99], [3, 101]]);
    d.quote(97.5, 99.5);
    expect(d.fills.slice(3).map((f) => [f.units, f.price])).toEqual([[4, 100], [-5, 97.5]]);
  });
  it('fills at most what is displayed with `partial`', () => {
    const d = new Desk('quote', { rules: { partial: true } });
    d.quote(99, 101, 5, 7);
    const o = d.submit({ quantity: 10 });
    d.atOnce();
    expect(o.left).toBe(3);
    d.quote(99, 102, 5, 7);
    expect(d.fills.map((f) => [f.units, f.price])).toEqual([[7, 101], [3, 102]]);
  });
});
