import { TimerHeap } from '../../src/core/timers.ts';
import type { OperatorIo, TimedInstance } from '../../src/core/operator.ts';
import { writeTo, type Columns, type Mergeable } from './content.ts';
import { edgeFrom, GridEdges } from './edges.ts';
import { CLOSE, HEADER, Slots, START } from './slots.ts';
import type { WindowOutput } from './time-windows.ts';

export interface Hop {
  readonly every: number;
  readonly over: number;
  readonly offset: number;
}

export function greatestDivisor(a: number, b: number): number {
  while (b !== 0) [a, b] = [b, a % b];
  return a;
}

interface Saved {
  readonly slots: unknown;
  readonly heap: readonly [number[], number[]];
  readonly revisions: ReadonlyMap<string, number>;
  readonly passed: number;
}

/**
 * Overlapping windows (close - over, close] every `every`. A row is folded once, into its pane; a window is put together from the panes
 * it covers when it fires. Panes are as long as the greatest common divisor of the two lengths, so every window is made of whole panes.
 */
export class PaneWindows implements TimedInstance {
  due = Infinity;
  private readonly io: OperatorIo;
  private readonly columns: Columns;
  private readonly content: Mergeable;
  private readonly hop: Hop;
  private readonly edges: GridEdges;
  private readonly output: WindowOutput;
  /** How long after its close a window can be corrected. */
  private readonly grace: number;
  private readonly slots: Slots;
  private readonly heap = new TimerHeap();
  /** Corrections sent, by `<close>/<key>`. */
  private revisions = new Map<string, number>();
  private passed = -Infinity;

  constructor(io: OperatorIo, columns: Columns, content: Mergeable, hop: Hop, output: WindowOutput, saved: unknown) {
    this.io = io;
    this.columns = columns;
    this.content = content;
    this.hop = hop;
    this.edges = new GridEdges(greatestDivisor(hop.every, hop.over), hop.offset);
    this.output = output;
    this.grace = io.time.late === 'update' ? io.time.lateness + hop.every : 0;
    this.slots = new Slots(content);
    if (saved === undefined || saved === null) return;
    const s = saved as Saved;
    this.slots.load(s.slots);
    this.heap.load(s.heap);
    this.revisions = new Map(s.revisions);
    this.passed = s.passed;
    this.due = this.heap.due;
  }

  row(input: number, i: number, watermark: number): void {
    const frame = this.io.rows[input].frame;
    const cols = this.columns.of(frame);
    const ts = frame.ts[i];
    const key = frame.key[i];
    const { slots } = this;
    const slot = slots.head(key);
    const b = slot * slots.width;
    const passed = Math.max(watermark, this.passed);
    if (slot >= 0 && ts > slots.data[b + START] && ts <= slots.data[b + CLOSE] && slots.data[b + CLOSE] > passed) {
      this.content.add(slots.data, b + HEADER, slot, ts, cols, i);
      return;
    }
    this.place(input, i, ts, key, passed);
  }

  advance(watermark: number): void {
    if (watermark > this.passed && watermark !== Infinity) this.passed = watermark;
    while (this.heap.size > 0 && this.heap.due <= watermark) {
      const close = this.heap.due;
      const key = this.heap.pop();
      this.emit(key, close, 1);
      this.prune(key, close);
      const next = close + this.hop.every;
      if (this.covers(key, next)) this.heap.add(next, key);
    }
    this.due = this.heap.due;
  }

  save(): Saved {
    return { slots: this.slots.save(), heap: this.heap.save(), revisions: this.revisions, passed: this.passed };
  }

  private place(input: number, i: number, ts: number, key: number, passed: number): void {
    const { slots, hop, io } = this;
    this.edges.locate(ts);
    const { start, close } = this.edges;
    const first = edgeFrom(close, hop.every, hop.offset);
    const last = edgeFrom(start + hop.over + 1, hop.every, hop.offset) - hop.every;
    if (last + this.grace <= passed) {
      io.counts.late++;
      io.late?.copy(input, i);
      return;
    }
    let slot = slots.find(key, close);
    const covered = new Set<number>();
    if (this.grace > 0) for (let c = first; c <= last && c <= passed; c += hop.every) if (this.covers(key, c)) covered.add(c);
    if (slot < 0) {
      slot = slots.open(key, start, close);
      // Windows that have fired are not due again; the first one that has not takes the pane in and calls the next.
      const ahead = first > passed ? first : edgeFrom(passed + 1, hop.every, hop.offset);
      if (ahead <= last) this.heap.add(ahead, key);
      this.due = this.heap.due;
    }
    this.content.add(slots.data, slot * slots.width + HEADER, slot, ts, this.columns.current, i);
    if (this.grace === 0) return;
    for (let c = first; c <= last && c <= passed; c += hop.every) {
      if (c + this.grace <= passed) continue;
      const id = `${c}/${key}`;
      const revision = covered.has(c) ? (this.revisions.get(id) ?? 1) + 1 : 1;
      if (revision > 1) this.revisions.set(id, revision);
      this.emit(key, c, revision);
    }
    this.prune(key, passed);
  }

  private covers(key: number, close: number): boolean {
    const { slots } = this;
    for (let slot = slots.head(key); slot >= 0; slot = slots.next(slot)) {
      const b = slot * slots.width;
      if (slots.data[b + START] >= close - this.hop.over && slots.data[b + CLOSE] <= close) return true;
    }
    return false;
  }

  private emit(key: number, close: number, revision: number): void {
    const { slots, output } = this;
    const start = close - this.hop.over;
    const total = slots.open(key, start, close);
    for (let slot = slots.next(total); slot >= 0; slot = slots.next(slot)) {
      const b = slot * slots.width;
      if (slots.data[b + START] >= start && slots.data[b + CLOSE] <= close) {
        this.content.merge(slots.data, total * slots.width + HEADER, total, b + HEADER, slot);
      }
    }
    const o = this.io.out.emit(close, key);
    const { frame } = this.io.out;
    writeTo(frame, output.start, o, start);
    writeTo(frame, output.revision, o, revision);
    this.content.write(slots.data, total * slots.width + HEADER, total, frame, o);
    slots.release(total);
  }

  /** Lets go of panes, and of counts of corrections, that no window needs after event time `passed`. */
  private prune(key: number, passed: number): void {
    const { slots, hop } = this;
    for (let slot = slots.head(key); slot >= 0;) {
      const next = slots.next(slot);
      const last = edgeFrom(slots.data[slot * slots.width + START] + hop.over + 1, hop.every, hop.offset) - hop.every;
      if (last + this.grace <= passed) slots.release(slot);
      slot = next;
    }
    for (const id of this.revisions.keys()) {
      if (Number(id.slice(0, id.indexOf('/'))) + this.grace <= passed) this.revisions.delete(id);
    }
  }
}
