import type { Column } from '../../src/core/frame.ts';
import { cell, layOut, Slab } from '../../src/core/layout.ts';
import type { OperatorIo, TimedInstance } from '../../src/core/operator.ts';
import { BAR, BAR_BLANK, BarContent, REVISION_AT, signOf, START_AT, type BarInput } from './bar-content.ts';
import { Columns, writeTo } from './content.ts';
import { Reorder } from './reorder.ts';
import { sumAt } from './sums.ts';

export type ThresholdType = 'tick' | 'volume' | 'dollar' | 'imbalance' | 'range';

const extra = layOut({
  rows: cell(), imbalance: cell(), sign: cell(), price: cell(NaN), expectedRows: cell(), expectedSign: cell(),
});
const at = extra.at;
const WIDTH = BAR_BLANK.length;
/** State of a key. */
export const THRESHOLD_BYTES = 8 * (WIDTH + extra.doubles);

/** Bounds of the expected length of an imbalance bar, as multiples of its start value: without them it runs away or collapses. */
const SHORTEST = 0.1;
const LONGEST = 10;

/** Bars that close with the row that reaches a threshold; the row belongs to the bar and is not split. */
export class ThresholdBars implements TimedInstance {
  private readonly io: OperatorIo;
  private readonly input: BarInput;
  private readonly content: BarContent;
  private readonly order: Reorder;
  private readonly type: ThresholdType;
  private readonly every: number;
  private readonly barWeight: number;
  private readonly tickWeight: number;
  private readonly columns: Columns;
  private readonly state = new Slab([BAR_BLANK, extra.blank]);

  constructor(io: OperatorIo, input: BarInput, type: ThresholdType, every: number, memory: number, saved: unknown) {
    this.io = io;
    this.input = input;
    this.content = new BarContent(input, io.slots);
    this.type = type;
    this.every = every;
    this.barWeight = 2 / (memory + 1);
    this.tickWeight = 2 / (memory * every + 1);
    this.columns = new Columns(input.columns.refs);
    this.order = new Reorder(io, this.columns, this);
    if (saved !== undefined && saved !== null) {
      const s = saved as { state: Float64Array; order: unknown };
      this.state.load(s.state);
      this.order.load(s.order);
    }
  }

  get due(): number {
    return this.order.due;
  }

  row(input: number, i: number, watermark: number): void {
    const cols = this.columns.of(this.io.rows[input].frame);
    if (this.content.takes(cols, i)) this.order.row(input, i, watermark);
    else this.io.counts.filtered++;
  }

  advance(watermark: number): void {
    this.order.advance(watermark);
  }

  save(): unknown {
    return { state: this.state.save(), order: this.order.save() };
  }

  take(ts: number, key: number, cols: readonly Column[], i: number): void {
    this.state.ensure(key + 1);
    const S = this.state.data;
    const b = key * this.state.width;
    this.content.add(S, b, key, ts, cols, i);
    S[b + WIDTH + at.rows] += 1;
    if (this.type === 'imbalance') this.sign(S, b + WIDTH, cols, i);
    if (!this.reached(S, b)) return;
    const o = this.io.out.emit(ts, key);
    const { frame } = this.io.out;
    this.content.write(S, b, key, frame, o);
    writeTo(frame, this.io.slots[START_AT], o, S[b + BAR.begun]);
    writeTo(frame, this.io.slots[REVISION_AT], o, 1);
    if (this.type === 'imbalance') this.learn(S, b + WIDTH);
    S.set(BAR_BLANK, b);
    S[b + WIDTH + at.rows] = 0;
    S[b + WIDTH + at.imbalance] = 0;
  }

  private reached(S: Float64Array, b: number): boolean {
    const e = b + WIDTH;
    switch (this.type) {
      case 'tick': return S[e + at.rows] >= this.every;
      case 'volume': return sumAt(S, b + BAR.volume) >= this.every;
      case 'dollar': return sumAt(S, b + BAR.notional) >= this.every;
      case 'range': return S[b + BAR.high] - S[b + BAR.low] >= this.every;
      case 'imbalance': {
        const rows = S[e + at.expectedRows] === 0 ? this.every : S[e + at.expectedRows];
        return Math.abs(S[e + at.imbalance]) >= Math.max(rows * Math.abs(S[e + at.expectedSign]), Math.sqrt(rows));
      }
    }
  }

  /** The sign of a row: its aggressor where known, else that of the last price change (tick rule). */
  private sign(S: Float64Array, e: number, cols: readonly Column[], i: number): void {
    const price = (cols[this.input.price] as Float64Array)[i];
    const taker = this.input.side >= 0 ? signOf(this.input, (cols[this.input.side] as Float64Array)[i]) : 0;
    if (taker !== 0) S[e + at.sign] = taker;
    else if (price !== S[e + at.price] && S[e + at.price] === S[e + at.price]) S[e + at.sign] = price > S[e + at.price] ? 1 : -1;
    S[e + at.price] = price;
    S[e + at.imbalance] += S[e + at.sign];
    S[e + at.expectedSign] += this.tickWeight * (S[e + at.sign] - S[e + at.expectedSign]);
  }

  private learn(S: Float64Array, e: number): void {
    const before = S[e + at.expectedRows] === 0 ? this.every : S[e + at.expectedRows];
    const rows = before + this.barWeight * (S[e + at.rows] - before);
    S[e + at.expectedRows] = Math.min(Math.max(rows, this.every * SHORTEST, 1), this.every * LONGEST);
  }
}
