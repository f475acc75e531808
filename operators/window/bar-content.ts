import type { Column, Frame } from '../../src/core/frame.ts';
import { cell, layOut, ring } from '../../src/core/layout.ts';
import type { BoundArgs, ColumnRef, OperatorIo } from '../../src/core/operator.ts';
import { ColumnList, writeTo, type Content } from './content.ts';
import { addTo, SUM, sumAt } from './sums.ts';

const layout = layOut({
  open: cell(NaN), high: cell(-Infinity), low: cell(Infinity), close: cell(NaN),
  first: cell(Infinity), last: cell(-Infinity),
  volume: ring(SUM), notional: ring(SUM), trades: cell(), buy: ring(SUM), sell: ring(SUM), begun: cell(Infinity),
});
/** Cells that other row clocks of bars read. */
export const BAR = layout.at;
// Each by itself: a constant of the module is a constant of the compiled loop, a member of an object is a load.
const OPEN = BAR.open;
const HIGH = BAR.high;
const LOW = BAR.low;
const CLOSE = BAR.close;
const FIRST = BAR.first;
const LAST = BAR.last;
const VOLUME = BAR.volume;
const NOTIONAL = BAR.notional;
const TRADES = BAR.trades;
const BUY = BAR.buy;
const SELL = BAR.sell;
const BEGUN = BAR.begun;
export const BAR_BLANK = layout.blank;

/** Names of the columns of a bar, in the order of its schema. */
export const BAR_COLUMNS = [
  'open', 'high', 'low', 'close', 'volume', 'vwap', 'trades', 'buy_volume', 'sell_volume', 'start', 'revision',
] as const;
export const START_AT = 9;
export const REVISION_AT = 10;

/** Columns of the input that a bar is made of, as places in `Columns`; -1 where the input has none. */
export interface BarInput {
  readonly columns: ColumnList;
  /** Is the input bars itself? Then `price` is the close. */
  readonly bars: boolean;
  readonly price: number;
  readonly size: number;
  readonly side: number;
  /** Stored values of `side` that mean a buyer or a seller took; for a plain number they are its signs. */
  readonly buyer: number;
  readonly seller: number;
  readonly signed: boolean;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly vwap: number;
  readonly trades: number;
  readonly buy: number;
  readonly sell: number;
  readonly start: number;
  readonly revision: number;
}

/** Bars are made of bars where the input has prices of bars and nobody named a price of their own. */
export const readsBars = (args: BoundArgs, names: readonly string[]): boolean => {
  const price = args.price as ColumnRef | undefined;
  return ['open', 'high', 'low', 'close'].every((n) => names.includes(n)) && (price === undefined || price.label === 'price');
};

export function barInput(args: BoundArgs, io: OperatorIo): BarInput {
  const { schema, slots } = io.inputs[0];
  const columns = new ColumnList();
  const bars = readsBars(args, schema.map((f) => f.name));
  const named = (name: string): number => {
    const j = bars ? schema.findIndex((f) => f.name === name) : -1;
    return j < 0 ? -1 : columns.index({ input: 0, slot: slots[j], type: schema[j].type, label: name });
  };
  const set = (name: string): number => (bars ? -1 : columns.index(args[name] as ColumnRef | undefined));
  const side = args.side as ColumnRef | undefined;
  const sides = typeof side?.type === 'object' ? side.type.values : [];
  return {
    columns, bars, buyer: sides.indexOf('buy'), seller: sides.indexOf('sell'), signed: typeof side?.type === 'string',
    price: bars ? named('close') : set('price'), size: bars ? named('volume') : set('size'), side: set('side'),
    open: named('open'), high: named('high'), low: named('low'), vwap: named('vwap'), trades: named('trades'),
    buy: named('buy_volume'), sell: named('sell_volume'), start: named('start'), revision: named('revision'),
  };
}

const read = (cols: readonly Column[], k: number, i: number, otherwise: number): number => {
  if (k < 0) return otherwise;
  const x = (cols[k] as Float64Array)[i];
  return x - x === 0 ? x : otherwise;
};

/** 1 for a buyer, -1 for a seller, 0 for neither. */
export function signOf(input: BarInput, side: number): number {
  if (input.signed) return side > 0 ? 1 : side < 0 ? -1 : 0;
  return side === input.buyer ? 1 : side === input.seller ? -1 : 0;
}

/** Open, high, low, close, volumes of a stretch of rows. Open and close go by event time, then by arrival. */
export class BarContent implements Content {
  readonly blank = layout.blank;
  private readonly input: BarInput;
  private readonly slots: readonly number[];
  private readonly sized: boolean;
  private readonly counted: boolean;
  private readonly sided: boolean;
  private readonly price: number;
  private readonly size: number;
  private readonly side: number;

  constructor(input: BarInput, slots: readonly number[]) {
    this.input = input;
    this.slots = slots;
    this.price = input.price;
    this.size = input.size;
    this.side = input.side;
    this.sized = input.size >= 0;
    this.counted = !input.bars || input.trades >= 0;
    this.sided = input.bars ? input.buy >= 0 && input.sell >= 0 : input.side >= 0 && this.sized;
  }

  takes(cols: readonly Column[], i: number): boolean {
    const { input } = this;
    const price = (cols[input.price] as Float64Array)[i];
    // A correction of a bar would count its rows twice.
    return price - price === 0 && !(input.revision >= 0 && (cols[input.revision] as Float64Array)[i] > 1);
  }

  add(S: Float64Array, b: number, _slot: number, ts: number, cols: readonly Column[], i: number): boolean {
    if (this.input.bars) this.addBar(S, b, ts, cols, i);
    else this.addTick(S, b, ts, cols, i);
    return true;
  }

  private addTick(S: Float64Array, b: number, ts: number, cols: readonly Column[], i: number): void {
    const price = (cols[this.price] as Float64Array)[i];
    this.prices(S, b, ts, price, price, price, price, ts);
    S[b + TRADES] += 1;
    if (!this.sized) return;
    const size = (cols[this.size] as Float64Array)[i];
    if (size - size !== 0) return;
    addTo(S, b + VOLUME, size);
    addTo(S, b + NOTIONAL, price * size);
    if (!this.sided) return;
    const sign = signOf(this.input, (cols[this.side] as Float64Array)[i]);
    if (sign > 0) addTo(S, b + BUY, size);
    else if (sign < 0) addTo(S, b + SELL, size);
  }

  private addBar(S: Float64Array, b: number, ts: number, cols: readonly Column[], i: number): void {
    const { input } = this;
    const close = (cols[input.price] as Float64Array)[i];
    const open = read(cols, input.open, i, close);
    const high = read(cols, input.high, i, Math.max(open, close));
    const low = read(cols, input.low, i, Math.min(open, close));
    const size = read(cols, input.size, i, 0);
    this.prices(S, b, ts, open, high, low, close, read(cols, input.start, i, ts));
    addTo(S, b + VOLUME, size);
    addTo(S, b + NOTIONAL, read(cols, input.vwap, i, (high + low + close) / 3) * size);
    addTo(S, b + BUY, read(cols, input.buy, i, 0));
    addTo(S, b + SELL, read(cols, input.sell, i, 0));
    S[b + TRADES] += read(cols, input.trades, i, 0);
  }

  private prices(S: Float64Array, b: number, ts: number, open: number, high: number, low: number, close: number, begun: number): void {
    if (ts < S[b + FIRST]) {
      S[b + FIRST] = ts;
      S[b + OPEN] = open;
      S[b + BEGUN] = begun;
    }
    if (ts >= S[b + LAST]) {
      S[b + LAST] = ts;
      S[b + CLOSE] = close;
    }
    if (high > S[b + HIGH]) S[b + HIGH] = high;
    if (low < S[b + LOW]) S[b + LOW] = low;
  }

  carry(S: Float64Array, b: number, _slot: number, from: number): void {
    for (const c of [OPEN, HIGH, LOW, CLOSE]) S[b + c] = S[from + CLOSE];
  }

  write(S: Float64Array, b: number, _slot: number, out: Frame, o: number): void {
    const { slots } = this;
    const put = (j: number, x: number): void => writeTo(out, slots[j], o, x);
    const volume = sumAt(S, b + VOLUME);
    put(0, S[b + OPEN]);
    put(1, S[b + HIGH]);
    put(2, S[b + LOW]);
    put(3, S[b + CLOSE]);
    put(4, this.sized ? volume : NaN);
    put(5, this.sized && volume !== 0 ? sumAt(S, b + NOTIONAL) / volume : NaN);
    put(6, this.counted ? S[b + TRADES] : NaN);
    put(7, this.sided ? sumAt(S, b + BUY) : NaN);
    put(8, this.sided ? sumAt(S, b + SELL) : NaN);
  }

  clear(): void {}

  save(): null {
    return null;
  }

  load(): void {}
}
