import type { Column, Frame, TextColumn } from '../core/frame.ts';

/** Most entries kept for one key while the reading stream stands still; the oldest go first. */
const MOST = 4096;

export interface SavedHistory {
  readonly ts: Float64Array;
  readonly numbers: Float64Array;
  readonly texts: (string | null)[];
}

/**
 * Values of one key of a stream by event time, in a ring that grows to what is needed and is then reused: the columns of entry e are
 * `numbers[e * width ...]` (or `texts`, for text).
 */
export class History {
  private ts = new Float64Array(4);
  private numbers: Float64Array;
  private texts: (string | null)[] = [];
  private head = 0;
  private size = 0;
  private readonly from: readonly number[];

  constructor(from: readonly number[]) {
    this.from = from;
    this.numbers = new Float64Array(4 * from.length);
  }

  private slot(e: number): number {
    return (this.head + e) & (this.ts.length - 1);
  }

  timeOf(e: number): number {
    return this.ts[this.slot(e)];
  }

  /** Forgets entries that nothing at or after event time `low` can ask for: all but the last one at or before it. */
  prune(low: number): void {
    while (this.size > 1 && (this.timeOf(1) <= low || this.size >= MOST)) {
      this.head = (this.head + 1) & (this.ts.length - 1);
      this.size -= 1;
    }
  }

  /** Takes row `i`, behind every entry that is not later than it. */
  add(ts: number, frame: Frame, i: number): void {
    if (this.size === this.ts.length) this.grow();
    let e = this.size;
    for (; e > 0 && this.timeOf(e - 1) > ts; e--) this.move(this.slot(e - 1), this.slot(e));
    const at = this.slot(e);
    this.ts[at] = ts;
    const width = this.from.length;
    for (let c = 0; c < width; c++) {
      const column: Column = frame.cols[this.from[c]];
      if (column instanceof Float64Array) this.numbers[at * width + c] = column[i];
      else this.texts[at * width + c] = (column as TextColumn)[i];
    }
    this.size += 1;
  }

  private move(from: number, to: number): void {
    this.ts[to] = this.ts[from];
    const width = this.from.length;
    for (let c = 0; c < width; c++) {
      this.numbers[to * width + c] = this.numbers[from * width + c];
      if (this.texts.length > 0) this.texts[to * width + c] = this.texts[from * width + c] ?? null;
    }
  }

  /** Place of the last entry at or before `ts`, for `copy`; -1 when there is none. */
  find(ts: number): number {
    let e = this.size - 1;
    while (e >= 0 && this.timeOf(e) > ts) e--;
    return e;
  }

  /** Writes column `c` of entry `e` to row `i`. */
  copy(e: number, c: number, column: Column, i: number): void {
    const at = this.slot(e) * this.from.length + c;
    if (column instanceof Float64Array) column[i] = this.numbers[at];
    else column[i] = this.texts[at] ?? null;
  }

  private grow(): void {
    const saved = this.save();
    const width = this.from.length;
    this.ts = new Float64Array(saved.ts.length * 2);
    this.ts.set(saved.ts);
    this.numbers = new Float64Array(this.ts.length * width);
    this.numbers.set(saved.numbers);
    this.texts = saved.texts;
    this.head = 0;
  }

  save(): SavedHistory {
    const width = this.from.length;
    const ts = new Float64Array(this.size);
    const numbers = new Float64Array(this.size * width);
    const texts: (string | null)[] = [];
    for (let e = 0; e < this.size; e++) {
      const at = this.slot(e);
      ts[e] = this.ts[at];
      for (let c = 0; c < width; c++) {
        numbers[e * width + c] = this.numbers[at * width + c];
        if (this.texts.length > 0) texts[e * width + c] = this.texts[at * width + c] ?? null;
      }
    }
    return { ts, numbers, texts };
  }

  load(saved: SavedHistory): void {
    let room = 4;
    while (room < saved.ts.length) room *= 2;
    this.ts = new Float64Array(room);
    this.ts.set(saved.ts);
    this.numbers = new Float64Array(room * this.from.length);
    this.numbers.set(saved.numbers);
    this.texts = saved.texts.slice();
    this.head = 0;
    this.size = saved.ts.length;
  }
}
