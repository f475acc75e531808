import type { Column } from '../../src/core/frame.ts';
import type { AggregateCall, OperatorIo, TimedInstance } from '../../src/core/operator.ts';
import { planParts, type PartPlan } from './aggregate-content.ts';
import { ColumnList, Columns, writeTo } from './content.ts';
import { Reorder } from './reorder.ts';
import { slidingPartOf, type Ring, type SlidingPart } from './sliding-parts.ts';
import type { WindowOutput } from './time-windows.ts';

export interface Slide {
  /** Rows in a window, or Infinity. */
  readonly rows: number;
  /** Event time of a window, or Infinity. */
  readonly micros: number;
  /** Rows of a key from one output row to the next. */
  readonly every: number;
}

interface KeyState {
  readonly ring: Ring;
  readonly parts: unknown[];
  rows: number;
}

/** A window per key that moves with every row, and gives a row for every `every`-th one. */
export class SlidingWindows implements TimedInstance {
  private readonly io: OperatorIo;
  private readonly slide: Slide;
  private readonly output: WindowOutput;
  private readonly plan: PartPlan<SlidingPart>;
  private readonly order: Reorder;
  private keys: (KeyState | undefined)[] = [];

  constructor(io: OperatorIo, calls: readonly AggregateCall[], slide: Slide, output: WindowOutput, saved: unknown) {
    this.io = io;
    this.slide = slide;
    this.output = output;
    this.plan = planParts(calls, new ColumnList(), slidingPartOf);
    this.order = new Reorder(io, new Columns(this.plan.columns.refs), this);
    if (saved === undefined || saved === null) return;
    const s = saved as { keys: (KeyState | undefined)[]; order: unknown };
    this.keys = s.keys;
    this.order.load(s.order);
  }

  get due(): number {
    return this.order.due;
  }

  row(input: number, i: number, watermark: number): void {
    this.order.row(input, i, watermark);
  }

  advance(watermark: number): void {
    this.order.advance(watermark);
  }

  save(): unknown {
    return { keys: this.keys, order: this.order.save() };
  }

  take(ts: number, key: number, cols: readonly Column[], i: number): void {
    const { slide } = this;
    const state = (this.keys[key] ??= this.fresh());
    const { ring } = state;
    const start = ts - slide.micros;
    while (ring.tail > ring.head && (ring.ts[ring.head & ring.mask] <= start || ring.tail - ring.head >= slide.rows)) {
      for (let k = 0; k < state.parts.length; k++) this.plan.parts[k].pop(state.parts[k], ring, ring.head);
      ring.head++;
    }
    if (ring.tail - ring.head > ring.mask) grow(ring);
    const row = ring.tail++;
    ring.ts[row & ring.mask] = ts;
    for (let c = 0; c < cols.length; c++) ring.cols[c][row & ring.mask] = cols[c][i] as never;
    for (let k = 0; k < state.parts.length; k++) this.plan.parts[k].push(state.parts[k], ring, row);
    state.rows++;
    if (state.rows % slide.every !== 0 || (slide.rows !== Infinity && state.rows < slide.rows)) return;
    const o = this.io.out.emit(ts, key);
    const { frame } = this.io.out;
    writeTo(frame, this.output.start, o, slide.rows === Infinity ? start : ring.ts[ring.head & ring.mask]);
    writeTo(frame, this.output.revision, o, 1);
    for (const { call, part } of this.plan.reads) this.plan.parts[part].write(state.parts[part], ring, call, frame.cols[call.slot], o);
  }

  private fresh(): KeyState {
    const size = 16;
    const cols = this.plan.columns.refs.map((r): Column =>
      (r.type === 'text' ? new Array<string | null>(size).fill(null) : new Float64Array(size)));
    const ring = { head: 0, tail: 0, mask: size - 1, ts: new Float64Array(size), cols };
    return { ring, parts: this.plan.parts.map((p) => p.make()), rows: 0 };
  }
}

/** Doubles a full ring. */
function grow(ring: Ring): void {
  const size = 2 * (ring.mask + 1);
  const moved = <T extends Float64Array | (string | null)[]>(from: T, to: T): T => {
    for (let n = ring.head; n < ring.tail; n++) to[n & (size - 1)] = from[n & ring.mask] as never;
    return to;
  };
  ring.ts = moved(ring.ts, new Float64Array(size));
  for (let c = 0; c < ring.cols.length; c++) {
    const col = ring.cols[c];
    ring.cols[c] = col instanceof Float64Array ? moved(col, new Float64Array(size)) : moved(col, new Array<string | null>(size).fill(null));
  }
  ring.mask = size - 1;
}
