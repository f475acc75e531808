import type { Column, Frame } from '../../src/core/frame.ts';
import type { ColumnRef } from '../../src/core/operator.ts';
import { SIDE } from '../../src/core/types.ts';
import { takeRow } from '../join/columns.ts';
import type { Decision } from './decision.ts';

export const MARKET_COLUMNS = Object.freeze(['open', 'high', 'low', 'close', 'volume', 'bid', 'ask', 'bidSize', 'askSize', 'split',
  'dividend', 'taker', 'latency'] as const);
export type MarketColumn = (typeof MARKET_COLUMNS)[number];

export type MarketKind = 'bars' | 'quotes' | 'trades' | 'book';

/** Columns of a market stream, null where it has none. Trades and levels of a book have their price in `close` and size in `volume`. */
export type MarketColumns = { readonly kind: MarketKind } & Readonly<Record<MarketColumn, ColumnRef | null>>;

export type DecisionColumn = Exclude<keyof Decision, 'key' | 'ts' | 'row'>;

/** What the planner says of the streams of a group. */
export interface GroupInputs {
  readonly markets: readonly MarketColumns[];
  /** Which input brings the decisions: the one behind all markets, so that a row of one time is valued before it is acted upon. */
  readonly decision: number;
  /** The decision's columns and the formulas of `size` and `risk` on its rows. */
  readonly columns: Readonly<Record<DecisionColumn, ColumnRef | null>>;
  /** Rows come in order of event time as they are: of one source, without lateness. */
  readonly ordered: boolean;
}

/** The same as slots, -1 for none. */
export interface MarketInput {
  readonly kind: MarketKind;
  readonly slots: readonly number[];
}

export interface DeskInputs {
  readonly markets: readonly MarketInput[];
  readonly decision: number;
  readonly slots: Readonly<Record<DecisionColumn, number>>;
  readonly ordered: boolean;
}

const slotOf = (c: ColumnRef | null): number => c?.slot ?? -1;

export const deskInputs = (g: GroupInputs): DeskInputs => ({
  decision: g.decision, ordered: g.ordered,
  markets: g.markets.map((m) => ({ kind: m.kind, slots: MARKET_COLUMNS.map((name) => slotOf(m[name])) })),
  slots: Object.fromEntries(Object.entries(g.columns).map(([name, c]) => [name, slotOf(c)])) as DeskInputs['slots'],
});

/** One row of a market stream, NaN for what it does not have. */
export type MarketRow = Record<MarketColumn, number>;

export const marketRow = (): MarketRow => ({
  open: NaN, high: NaN, low: NaN, close: NaN, volume: NaN, bid: NaN, ask: NaN, bidSize: NaN, askSize: NaN, split: NaN, dividend: NaN,
  taker: NaN, latency: NaN,
});

const cell = (cols: readonly Column[], slot: number, i: number): number => (slot < 0 ? NaN : (cols[slot] as Float64Array)[i]);

/** Reads row `i` into `into`. */
export function readMarket(frame: Frame, m: MarketInput, i: number, into: MarketRow): MarketRow {
  // One by one, in the order of `MARKET_COLUMNS`: a loop over names looks every one of them up, row by row.
  const { slots } = m;
  const { cols } = frame;
  into.open = cell(cols, slots[0], i);
  into.high = cell(cols, slots[1], i);
  into.low = cell(cols, slots[2], i);
  into.close = cell(cols, slots[3], i);
  into.volume = cell(cols, slots[4], i);
  into.bid = cell(cols, slots[5], i);
  into.ask = cell(cols, slots[6], i);
  into.bidSize = cell(cols, slots[7], i);
  into.askSize = cell(cols, slots[8], i);
  into.split = cell(cols, slots[9], i);
  into.dividend = cell(cols, slots[10], i);
  into.taker = cell(cols, slots[11], i);
  into.latency = cell(cols, slots[12], i);
  return into;
}

const BUY = SIDE.values.indexOf('buy');
const SELL = SIDE.values.indexOf('sell');

export function readDecision(frame: Frame, inputs: DeskInputs, columns: readonly number[], i: number, key: number, ts: number): Decision {
  const { slots } = inputs;
  const at = (slot: number): number => (slot < 0 ? NaN : (frame.cols[slot] as Float64Array)[i]);
  const side = at(slots.side);
  return {
    key, ts, side: side === BUY ? 1 : side === SELL ? -1 : 0, price: at(slots.price), confidence: at(slots.confidence),
    fraction: at(slots.fraction), units: at(slots.units), value: at(slots.value), target: at(slots.target),
    volatility: at(slots.volatility),
    odds: at(slots.odds), risk: at(slots.risk), scale: at(slots.scale), limit: at(slots.limit), trigger: at(slots.trigger),
    trailEntry: at(slots.trailEntry), stop: at(slots.stop), stopPrice: at(slots.stopPrice), takeProfit: at(slots.takeProfit),
    targetPrice: at(slots.targetPrice), trail: at(slots.trail), trailPercent: at(slots.trailPercent), breaker: at(slots.breaker),
    severity: at(slots.severity), row: takeRow(frame, columns, i),
  };
}
