import { TimerHeap } from '../../src/core/timers.ts';
import type { OperatorIo, TimedInstance } from '../../src/core/operator.ts';
import { writeTo, type Columns, type Mergeable } from './content.ts';
import { CLOSE, HEADER, Slots, START } from './slots.ts';
import type { WindowOutput } from './time-windows.ts';

interface Saved {
  readonly slots: unknown;
  readonly heap: readonly [number[], number[]];
  readonly passed: number;
}

/**
 * Sessions that end after a gap without rows. While rows come out of order a key may have several open; a row that lies between two
 * joins them. A session's `CLOSE` is its last row's time plus the gap, its `START` its first row's time. Each open session has a timer at
 * or before its close: a timer that comes too early is set again.
 */
export class GapWindows implements TimedInstance {
  due = Infinity;
  private readonly io: OperatorIo;
  private readonly columns: Columns;
  private readonly content: Mergeable;
  private readonly gap: number;
  private readonly output: WindowOutput;
  private readonly slots: Slots;
  private readonly heap = new TimerHeap();
  private passed = -Infinity;

  constructor(io: OperatorIo, columns: Columns, content: Mergeable, gap: number, output: WindowOutput, saved: unknown) {
    this.io = io;
    this.columns = columns;
    this.content = content;
    this.gap = gap;
    this.output = output;
    this.slots = new Slots(content);
    if (saved === undefined || saved === null) return;
    const s = saved as Saved;
    this.slots.load(s.slots);
    this.heap.load(s.heap);
    this.passed = s.passed;
    this.due = this.heap.due;
  }

  row(input: number, i: number, watermark: number): void {
    const frame = this.io.rows[input].frame;
    const ts = frame.ts[i];
    const key = frame.key[i];
    const { slots, gap } = this;
    let slot = this.joined(key, ts);
    if (slot < 0) {
      if (ts + gap <= Math.max(watermark, this.passed)) {
        this.io.counts.late++;
        this.io.late?.copy(input, i);
        return;
      }
      slot = slots.open(key, ts, ts + gap);
      this.heap.add(ts + gap, key);
      this.due = this.heap.due;
    }
    const b = slot * slots.width;
    this.content.add(slots.data, b + HEADER, slot, ts, this.columns.of(frame), i);
  }

  advance(watermark: number): void {
    if (watermark > this.passed && watermark !== Infinity) this.passed = watermark;
    const { slots } = this;
    while (this.heap.size > 0 && this.heap.due <= watermark) {
      const time = this.heap.due;
      const key = this.heap.pop();
      for (let slot = slots.head(key); slot >= 0;) {
        const next = slots.next(slot);
        const close = slots.data[slot * slots.width + CLOSE];
        if (close <= time) this.fire(slot);
        else this.heap.add(close, key);
        slot = next;
      }
    }
    this.due = this.heap.due;
  }

  save(): Saved {
    return { slots: this.slots.save(), heap: this.heap.save(), passed: this.passed };
  }

  /** The open session that a row at `ts` belongs to, made to reach it; -1 when there is none. */
  private joined(key: number, ts: number): number {
    const { slots, gap } = this;
    let into = -1;
    for (let slot = slots.head(key); slot >= 0;) {
      const next = slots.next(slot);
      const b = slot * slots.width;
      const S = slots.data;
      if (ts >= S[b + START] - gap && ts <= S[b + CLOSE]) {
        if (into < 0) {
          into = slot;
          if (ts < S[b + START]) S[b + START] = ts;
          if (ts + gap > S[b + CLOSE]) S[b + CLOSE] = ts + gap;
        } else {
          this.merge(into, slot);
        }
      }
      slot = next;
    }
    return into;
  }

  private merge(into: number, slot: number): void {
    const { slots } = this;
    const S = slots.data;
    const a = into * slots.width;
    const b = slot * slots.width;
    S[a + START] = Math.min(S[a + START], S[b + START]);
    S[a + CLOSE] = Math.max(S[a + CLOSE], S[b + CLOSE]);
    this.content.merge(S, a + HEADER, into, b + HEADER, slot);
    slots.release(slot);
  }

  private fire(slot: number): void {
    const { slots, output } = this;
    const b = slot * slots.width;
    const o = this.io.out.emit(slots.data[b + CLOSE], slots.data[b]);
    const { frame } = this.io.out;
    writeTo(frame, output.start, o, slots.data[b + START]);
    writeTo(frame, output.revision, o, 1);
    this.content.write(slots.data, b + HEADER, slot, frame, o);
    slots.release(slot);
  }
}
