import { Frame, type Column } from '../../src/core/frame.ts';
import type { OperatorIo } from '../../src/core/operator.ts';
import type { Columns } from './content.ts';

/** What an operator does with rows that come in order of event time. */
export interface InOrder {
  take(ts: number, key: number, cols: readonly Column[], i: number): void;
}

interface Saved {
  readonly ts: Float64Array;
  readonly key: Int32Array;
  readonly arrival: Float64Array;
  readonly cols: readonly Column[];
  readonly heap: readonly number[];
  readonly free: readonly number[];
  readonly count: number;
  readonly passed: number;
}

/**
 * Rows in order of (event time, arrival) for operators whose result depends on the order: a row waits until the watermark has passed it.
 * Without lateness nothing waits. A row at or before the watermark is late.
 */
export class Reorder {
  due = Infinity;
  private readonly io: OperatorIo;
  private readonly columns: Columns;
  private readonly target: InOrder;
  private readonly held: Frame;
  private arrival = new Float64Array(0);
  private heap: number[] = [];
  private free: number[] = [];
  private count = 0;
  private passed = -Infinity;

  constructor(io: OperatorIo, columns: Columns, target: InOrder) {
    this.io = io;
    this.columns = columns;
    this.target = target;
    this.held = new Frame(io.rows[0].frame.keys, columns.refs.map((r) => ({ name: r.label, type: r.type })), 16);
  }

  row(input: number, i: number, watermark: number): void {
    const frame = this.io.rows[input].frame;
    const ts = frame.ts[i];
    if (ts <= watermark || ts <= this.passed) {
      this.io.counts.late++;
      this.io.late?.copy(input, i);
      return;
    }
    const cols = this.columns.of(frame);
    if (this.io.time.lateness === 0) this.target.take(ts, frame.key[i], cols, i);
    else this.hold(ts, frame.key[i], cols, i);
  }

  advance(watermark: number): void {
    if (watermark > this.passed && watermark !== Infinity) this.passed = watermark;
    const { held } = this;
    while (this.heap.length > 0 && this.due <= watermark) {
      const slot = this.pop();
      this.target.take(held.ts[slot], held.key[slot], held.cols, slot);
      for (const col of held.cols) if (!(col instanceof Float64Array)) col[slot] = null;
      this.free.push(slot);
    }
  }

  save(): Saved {
    const { held, count } = this;
    return {
      ts: held.ts.slice(0, held.n), key: held.key.slice(0, held.n), arrival: this.arrival.slice(0, held.n),
      cols: held.cols.map((c) => c.slice(0, held.n)), heap: this.heap.slice(), free: this.free.slice(), count, passed: this.passed,
    };
  }

  load(saved: unknown): void {
    const s = saved as Saved;
    const { held } = this;
    held.ensure(s.ts.length);
    held.n = s.ts.length;
    held.ts.set(s.ts);
    held.key.set(s.key);
    s.cols.forEach((col, c) => {
      const own = held.cols[c];
      if (own instanceof Float64Array) own.set(col as Float64Array);
      else for (let i = 0; i < col.length; i++) own[i] = col[i] as string | null;
    });
    this.arrival = new Float64Array(held.capacity);
    this.arrival.set(s.arrival);
    this.heap = s.heap.slice();
    this.free = s.free.slice();
    this.count = s.count;
    this.passed = s.passed;
    this.settle();
  }

  private hold(ts: number, key: number, cols: readonly Column[], i: number): void {
    const { held } = this;
    const reused = this.free.pop();
    const slot = reused ?? held.push(0, ts, key);
    if (held.capacity > this.arrival.length) {
      const arrival = new Float64Array(held.capacity);
      arrival.set(this.arrival);
      this.arrival = arrival;
    }
    held.ts[slot] = ts;
    held.key[slot] = key;
    this.arrival[slot] = this.count++;
    for (let c = 0; c < cols.length; c++) held.cols[c][slot] = cols[c][i] as never;
    this.push(slot);
  }

  private settle(): void {
    this.due = this.heap.length === 0 ? Infinity : this.held.ts[this.heap[0]];
  }

  private before(a: number, b: number): boolean {
    const { ts } = this.held;
    return ts[a] < ts[b] || (ts[a] === ts[b] && this.arrival[a] < this.arrival[b]);
  }

  private push(slot: number): void {
    const { heap } = this;
    let i = heap.push(slot) - 1;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (!this.before(slot, heap[parent])) break;
      heap[i] = heap[parent];
      i = parent;
    }
    heap[i] = slot;
    this.settle();
  }

  private pop(): number {
    const { heap } = this;
    const top = heap[0];
    const slot = heap.pop() as number;
    const n = heap.length;
    if (n > 0) {
      let i = 0;
      for (let child = 1; child < n; child = 2 * i + 1) {
        if (child + 1 < n && this.before(heap[child + 1], heap[child])) child++;
        if (!this.before(heap[child], slot)) break;
        heap[i] = heap[child];
        i = child;
      }
      heap[i] = slot;
    }
    this.settle();
    return top;
  }
}
