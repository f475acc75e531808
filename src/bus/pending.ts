import type { OutputMessage, Stored } from '../core/log.ts';

interface Waiter {
  /** Number of the last message that is waited for, and the newest of all up to it that are stored. */
  readonly last: number;
  stored: Stored;
  readonly resolve: (stored: Stored) => void;
  readonly reject: (failure: unknown) => void;
}

/** Appended messages that are not known to be stored, numbered in the order of appending, and who waits for them. */
export class Pending {
  /** Number of the oldest message that is not stored, and of the next to be appended. */
  head = 0;
  end = 0;
  bytes = 0;
  readonly newest = { seq: 0, id: '' };
  private readonly window: number;
  private readonly most: number;
  private ring: (OutputMessage | null)[];
  private sizes: Int32Array;
  private done: Uint8Array;
  private waiters: Waiter[] = [];
  private roomPromise: Promise<void> | null = null;
  private roomResolve: (() => void) | null = null;
  private roomReject: ((failure: unknown) => void) | null = null;

  constructor(window: number, bytes: number) {
    this.window = window;
    this.most = bytes;
    const size = 2 ** Math.ceil(Math.log2(Math.max(window, 2)));
    this.ring = new Array<OutputMessage | null>(size).fill(null);
    this.sizes = new Int32Array(size);
    this.done = new Uint8Array(size);
  }

  get count(): number {
    return this.end - this.head;
  }

  push(message: OutputMessage, size: number): number {
    if (this.end - this.head === this.ring.length) this.grow();
    const at = this.end & (this.ring.length - 1);
    this.ring[at] = message;
    this.sizes[at] = size;
    this.done[at] = 0;
    this.bytes += size;
    return this.end++;
  }

  at(n: number): OutputMessage {
    return this.ring[n & (this.ring.length - 1)] as OutputMessage;
  }

  sizeOf(n: number): number {
    return this.sizes[n & (this.ring.length - 1)];
  }

  isDone(n: number): boolean {
    return n < this.head || this.done[n & (this.ring.length - 1)] === 1;
  }

  /** Message `n` is stored under a sequence. Messages are let go in order. */
  settle(n: number, seq: number): void {
    if (this.isDone(n)) return;
    const mask = this.ring.length - 1;
    const { id } = this.at(n);
    if (seq > this.newest.seq) this.know(seq, id);
    this.note(n, seq, id);
    this.done[n & mask] = 1;
    while (this.head < this.end && this.done[this.head & mask] === 1) this.release();
  }

  /** All messages up to `n` are stored, the last of them under a sequence. */
  settleThrough(n: number, seq: number): void {
    const { id } = this.at(n);
    this.know(seq, id);
    for (const w of this.waiters) if (w.last < n && w.last >= this.head) this.note(w.last, seq - (n - w.last), this.at(w.last).id);
    this.note(n, seq, id);
    while (this.head <= n) this.release();
  }

  private note(n: number, seq: number, id: string): void {
    for (const w of this.waiters) if (n <= w.last && seq > w.stored.seq) w.stored = { seq, id };
  }

  know(seq: number, id: string): void {
    this.newest.seq = seq;
    this.newest.id = id;
  }

  private release(): void {
    const at = this.head & (this.ring.length - 1);
    this.bytes -= this.sizes[at];
    this.ring[at] = null;
    this.head++;
  }

  /** Lets those go on who waited for what is stored now. */
  tell(): void {
    if (this.roomResolve !== null && this.count * 4 <= this.window * 3 && this.bytes < this.most) {
      this.roomResolve();
      this.roomPromise = this.roomResolve = this.roomReject = null;
    }
    while (this.waiters.length > 0 && this.waiters[0].last < this.head) {
      const { resolve, stored } = this.waiters.shift() as Waiter;
      resolve(stored);
    }
  }

  room(): Promise<void> | undefined {
    if (this.count < this.window && this.bytes < this.most) return undefined;
    return (this.roomPromise ??= new Promise((resolve, reject) => {
      this.roomResolve = resolve;
      this.roomReject = reject;
    }));
  }

  wait(): Promise<Stored> {
    const stored = { ...this.newest };
    if (this.count === 0) return Promise.resolve(stored);
    return new Promise((resolve, reject) => this.waiters.push({ last: this.end - 1, stored, resolve, reject }));
  }

  fail(failure: unknown): void {
    const { waiters, roomReject } = this;
    this.waiters = [];
    this.roomPromise = this.roomResolve = this.roomReject = null;
    roomReject?.(failure);
    for (const waiter of waiters) waiter.reject(failure);
  }

  private grow(): void {
    const old = this.ring.length;
    const ring = new Array<OutputMessage | null>(old * 2).fill(null);
    const sizes = new Int32Array(old * 2);
    const done = new Uint8Array(old * 2);
    for (let n = this.head; n < this.end; n++) {
      ring[n & (old * 2 - 1)] = this.ring[n & (old - 1)];
      sizes[n & (old * 2 - 1)] = this.sizes[n & (old - 1)];
      done[n & (old * 2 - 1)] = this.done[n & (old - 1)];
    }
    this.ring = ring;
    this.sizes = sizes;
    this.done = done;
  }
}
