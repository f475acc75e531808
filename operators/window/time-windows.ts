import { TimerHeap } from '../../src/core/timers.ts';
import type { OperatorIo, TimedInstance } from '../../src/core/operator.ts';
import { writeTo, type Columns, type Content } from './content.ts';
import type { Edges } from './edges.ts';
import { CLOSE, HEADER, REVISION, Slots, START } from './slots.ts';

export interface WindowOutput {
  /** Output slots of the two columns that describe the window; -1 where there is none, or nobody reads it. */
  readonly start: number;
  readonly revision: number;
}

interface Saved {
  readonly slots: unknown;
  readonly heap: readonly [number[], number[]];
  readonly tails: Int32Array;
  readonly newest: number;
  readonly passed: number;
}

/**
 * Windows that follow each other without overlap, several of them open per key while rows may still come out of order.
 * A row that finds its window open costs one look at two edges and the fold.
 */
export class TimeWindows implements TimedInstance {
  due = Infinity;
  private readonly io: OperatorIo;
  private readonly columns: Columns;
  private readonly content: Content;
  private readonly edges: Edges;
  private readonly output: WindowOutput;
  private readonly fill: boolean;
  private readonly update: boolean;
  private readonly slots: Slots;
  private readonly heap = new TimerHeap();
  /** The window of each key that fired last, kept as the model for an empty interval. */
  private tails = new Int32Array(0);
  private newest = -Infinity;
  private passed = -Infinity;

  constructor(io: OperatorIo, columns: Columns, content: Content, edges: Edges, output: WindowOutput, fill: boolean, saved: unknown) {
    this.io = io;
    this.columns = columns;
    this.content = content;
    this.edges = edges;
    this.output = output;
    this.fill = fill;
    this.update = io.time.late === 'update';
    this.slots = new Slots(content);
    if (saved !== undefined && saved !== null) this.load(saved as Saved);
  }

  row(input: number, i: number, watermark: number): void {
    const frame = this.io.rows[input].frame;
    const cols = this.columns.of(frame);
    if (!this.content.takes(cols, i)) {
      this.io.counts.filtered++;
      return;
    }
    const ts = frame.ts[i];
    const key = frame.key[i];
    if (ts > this.newest) this.newest = ts;
    const { slots } = this;
    const slot = slots.head(key);
    if (slot >= 0) {
      const b = slot * slots.width;
      const S = slots.data;
      if (ts > S[b + START] && ts <= S[b + CLOSE] && S[b + REVISION] === 0) {
        this.content.add(S, b + HEADER, slot, ts, cols, i);
        return;
      }
    }
    this.place(input, i, ts, key, Math.max(watermark, this.passed));
  }

  advance(watermark: number): void {
    if (watermark > this.passed && watermark !== Infinity) this.passed = watermark;
    while (this.heap.size > 0 && this.heap.due <= watermark) {
      const time = this.heap.due;
      const key = this.heap.pop();
      const slot = this.slots.find(key, time);
      if (slot >= 0) this.fire(slot);
      else if (watermark !== Infinity || time <= this.newest) this.empty(key, time);
      if (this.fill) {
        this.edges.next(time);
        if (watermark !== Infinity || this.edges.close <= this.newest) this.heap.add(this.edges.close, key);
      }
    }
    this.due = this.heap.due;
  }

  save(): Saved {
    return { slots: this.slots.save(), heap: this.heap.save(), tails: this.tails.slice(), newest: this.newest, passed: this.passed };
  }

  private load(saved: Saved): void {
    this.slots.load(saved.slots);
    this.heap.load(saved.heap);
    this.tails = saved.tails.slice();
    this.newest = saved.newest;
    this.passed = saved.passed;
    this.due = this.heap.due;
  }

  /** A row whose window is not the one in front: another open one, a new one, or one that has fired. */
  private place(input: number, i: number, ts: number, key: number, watermark: number): void {
    const { edges, slots, io } = this;
    if (!edges.locate(ts)) {
      io.counts.filtered++;
      return;
    }
    const { start, close } = edges;
    let slot = slots.find(key, close);
    if (close > watermark) {
      if (slot < 0) slot = this.open(key, start, close, watermark);
      this.content.add(slots.data, slot * slots.width + HEADER, slot, ts, this.columns.current, i);
      return;
    }
    if (!this.update || watermark >= close + io.time.lateness + (close - start)) {
      io.counts.late++;
      io.late?.copy(input, i);
      return;
    }
    if (slot < 0) slot = slots.open(key, start, close);
    if (this.content.add(slots.data, slot * slots.width + HEADER, slot, ts, this.columns.current, i)) this.emit(slot);
  }

  private open(key: number, start: number, close: number, watermark: number): number {
    if (this.update) this.prune(key, watermark);
    const slot = this.slots.open(key, start, close);
    this.heap.add(close, key);
    this.due = this.heap.due;
    return slot;
  }

  private emit(slot: number): void {
    const { slots, output } = this;
    const b = slot * slots.width;
    const key = slots.data[b];
    const o = this.io.out.emit(slots.data[b + CLOSE], key);
    const { frame } = this.io.out;
    slots.data[b + REVISION]++;
    writeTo(frame, output.start, o, slots.data[b + START]);
    writeTo(frame, output.revision, o, slots.data[b + REVISION]);
    this.content.write(slots.data, b + HEADER, slot, frame, o);
  }

  private fire(slot: number): void {
    this.emit(slot);
    if (this.fill) this.keep(slot);
    else if (!this.update) this.slots.release(slot);
  }

  /** Makes the window the key's model for empty intervals; the former model goes, unless corrections may still reach it. */
  private keep(slot: number): void {
    const key = this.slots.data[slot * this.slots.width];
    if (key >= this.tails.length) {
      const tails = new Int32Array(Math.max(16, key + 1, this.tails.length * 2)).fill(-1);
      tails.set(this.tails);
      this.tails = tails;
    }
    const former = this.tails[key];
    this.tails[key] = slot;
    if (former >= 0 && !this.update) this.slots.release(former);
    else if (this.update) this.prune(key, this.passed);
  }

  private empty(key: number, close: number): void {
    const model = this.tails[key];
    this.edges.locate(close);
    const slot = this.slots.open(key, this.edges.start, close);
    const { data, width } = this.slots;
    this.content.carry?.(data, slot * width + HEADER, slot, model * width + HEADER, model);
    this.fire(slot);
  }

  /** Lets go of fired windows that no correction can reach any more. */
  private prune(key: number, watermark: number): void {
    const { slots } = this;
    const tail = this.fill && key < this.tails.length ? this.tails[key] : -1;
    for (let slot = slots.head(key); slot >= 0;) {
      const b = slot * slots.width;
      const next = slots.next(slot);
      const until = 2 * slots.data[b + CLOSE] - slots.data[b + START] + this.io.time.lateness;
      if (slots.data[b + REVISION] > 0 && until <= watermark && slot !== tail) slots.release(slot);
      slot = next;
    }
  }
}
