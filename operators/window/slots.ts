import type { Content } from './content.ts';

/** Cells in front of a window's content. `REVISION` is 0 until the window has fired. */
export const KEY = 0;
export const CLOSE = 1;
export const START = 2;
export const REVISION = 3;
const NEXT = 4;
export const HEADER = 5;

interface SavedSlots {
  readonly data: Float64Array;
  readonly heads: Int32Array;
  readonly free: number;
  readonly content: unknown;
}

/** Windows of all keys as records in one array of doubles; a key's windows are a list, the one opened last in front. */
export class Slots {
  data: Float64Array;
  readonly width: number;
  private readonly content: Content;
  private readonly blank: Float64Array;
  private heads = new Int32Array(16).fill(-1);
  private free = -1;
  private used = 0;

  constructor(content: Content) {
    this.content = content;
    this.width = HEADER + content.blank.length;
    this.blank = new Float64Array(this.width);
    this.blank.set(content.blank, HEADER);
    this.data = new Float64Array(16 * this.width);
  }

  /** The window of a key that was opened last, or -1. */
  head(key: number): number {
    return key < this.heads.length ? this.heads[key] : -1;
  }

  next(slot: number): number {
    return this.data[slot * this.width + NEXT];
  }

  find(key: number, close: number): number {
    let slot = this.head(key);
    while (slot >= 0 && this.data[slot * this.width + CLOSE] !== close) slot = this.next(slot);
    return slot;
  }

  /** A new window. `data` may be another array afterwards. */
  open(key: number, start: number, close: number): number {
    const slot = this.take();
    const b = slot * this.width;
    this.data.set(this.blank, b);
    this.data[b + KEY] = key;
    this.data[b + CLOSE] = close;
    this.data[b + START] = start;
    if (key >= this.heads.length) {
      const heads = new Int32Array(Math.max(key + 1, this.heads.length * 2)).fill(-1);
      heads.set(this.heads);
      this.heads = heads;
    }
    this.data[b + NEXT] = this.heads[key];
    this.heads[key] = slot;
    return slot;
  }

  release(slot: number): void {
    const b = slot * this.width;
    const key = this.data[b + KEY];
    const after = this.data[b + NEXT];
    if (this.heads[key] === slot) {
      this.heads[key] = after;
    } else {
      let at = this.heads[key];
      while (this.next(at) !== slot) at = this.next(at);
      this.data[at * this.width + NEXT] = after;
    }
    this.content.clear(slot);
    this.data[b + NEXT] = this.free;
    this.free = slot;
  }

  save(): SavedSlots {
    return { data: this.data.slice(0, this.used * this.width), heads: this.heads.slice(), free: this.free, content: this.content.save() };
  }

  load(saved: unknown): void {
    const s = saved as SavedSlots;
    this.used = s.data.length / this.width;
    this.data = new Float64Array(Math.max(16, this.used) * this.width);
    this.data.set(s.data);
    this.heads = s.heads.slice();
    this.free = s.free;
    this.content.load(s.content);
  }

  private take(): number {
    if (this.free >= 0) {
      const slot = this.free;
      this.free = this.data[slot * this.width + NEXT];
      return slot;
    }
    const slot = this.used++;
    if (this.used * this.width > this.data.length) {
      const data = new Float64Array(this.data.length * 2);
      data.set(this.data);
      this.data = data;
    }
    return slot;
  }
}
