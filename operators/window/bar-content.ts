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
const at = layout.at;
/** Cells that other row clocks of bars read. */
export const BAR = at;
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

  constructor(input: BarInput, slots: readonly number[]) {
    this.input = input;
    this.slots = slots;
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
    const { input } = this;
    const price = (cols[input.price] as Float64Array)[i];
    const size = read(cols, input.size, i, 0);
    let open = price;
    let high = price;
    let low = price;
    let typical = price;
    if (input.bars) {
      open = read(cols, input.open, i, price);
      high = read(cols, input.high, i, Math.max(open, price));
      low = read(cols, input.low, i, Math.min(open, price));
      typical = read(cols, input.vwap, i, (high + low + price) / 3);
      addTo(S, b + at.buy, read(cols, input.buy, i, 0));
      addTo(S, b + at.sell, read(cols, input.sell, i, 0));
      S[b + at.trades] += read(cols, input.trades, i, 0);
    } else {
      S[b + at.trades] += 1;
      if (input.side >= 0) {
        const sign = signOf(input, (cols[input.side] as Float64Array)[i]);
        if (sign > 0) addTo(S, b + at.buy, size);
        else if (sign < 0) addTo(S, b + at.sell, size);
      }
    }
    if (ts < S[b + at.first]) {
      S[b + at.first] = ts;
      S[b + at.open] = open;
      S[b + at.begun] = read(cols, input.start, i, ts);
    }
    if (ts >= S[b + at.last]) {
      S[b + at.last] = ts;
      S[b + at.close] = price;
    }
    if (high > S[b + at.high]) S[b + at.high] = high;
    if (low < S[b + at.low]) S[b + at.low] = low;
    addTo(S, b + at.volume, size);
    addTo(S, b + at.notional, typical * size);
    return true;
  }

  carry(S: Float64Array, b: number, _slot: number, from: number): void {
    for (const c of [at.open, at.high, at.low, at.close]) S[b + c] = S[from + at.close];
  }

  write(S: Float64Array, b: number, _slot: number, out: Frame, o: number): void {
    const { slots } = this;
    const put = (j: number, x: number): void => writeTo(out, slots[j], o, x);
    const volume = sumAt(S, b + at.volume);
    put(0, S[b + at.open]);
    put(1, S[b + at.high]);
    put(2, S[b + at.low]);
    put(3, S[b + at.close]);
    put(4, this.sized ? volume : NaN);
    put(5, this.sized && volume !== 0 ? sumAt(S, b + at.notional) / volume : NaN);
    put(6, this.counted ? S[b + at.trades] : NaN);
    put(7, this.sided ? sumAt(S, b + at.buy) : NaN);
    put(8, this.sided ? sumAt(S, b + at.sell) : NaN);
  }

  clear(): void {}

  save(): null {
    return null;
  }

  load(): void {}
}
