const EMPTY = new Float64Array(0);
const SMALLEST = 8;

interface Saved {
  readonly end: Float64Array;
  readonly count: Float64Array;
  /** The rows of all keys behind each other, oldest first. */
  readonly rows: Float64Array;
}

/**
 * Rows of every key in the window (end - span, end], by time and then by arrival: a ring per key, `width` numbers a row, the first of which
 * is the time. A ring doubles when it is full and never shrinks, so that a steady stream allocates nothing.
 */
export class TimeRing {
  private readonly span: number;
  private readonly width: number;
  private rows: Float64Array[] = [];
  private head = new Int32Array(0);
  private count = new Int32Array(0);
  /** Capacity less one; a power of two less one. */
  private mask = new Int32Array(0);
  private end = new Float64Array(0);
  private keys = 0;

  constructor(span: number, width: number) {
    this.span = span;
    this.width = width;
  }

  ensure(keys: number): void {
    if (keys <= this.keys) return;
    this.keys = keys;
    if (keys <= this.rows.length) return;
    const room = Math.max(16, keys, 2 * this.rows.length);
    while (this.rows.length < room) this.rows.push(EMPTY);
    this.head = enlarged(this.head, new Int32Array(room));
    this.count = enlarged(this.count, new Int32Array(room));
    this.mask = enlarged(this.mask, new Int32Array(room).fill(-1));
    this.end = enlarged(this.end, new Float64Array(room).fill(-Infinity));
  }

  /** Keys there is room for. */
  get known(): number {
    return this.keys;
  }

  /** Moves the end of the window up to `ts`; false for a row that the window has left behind. */
  reaches(key: number, ts: number): boolean {
    const end = this.end[key];
    if (ts <= end) return ts > end - this.span;
    this.end[key] = ts;
    return true;
  }

  /** Whether the oldest row has left the window: read what it held, then `shift` it. */
  stale(key: number): boolean {
    return this.count[key] > 0 && this.rows[key][this.head[key] * this.width] <= this.end[key] - this.span;
  }

  size(key: number): number {
    return this.count[key];
  }

  /** Number `column` of row `r`, counted from the oldest. */
  at(key: number, r: number, column: number): number {
    return this.rows[key][((this.head[key] + r) & this.mask[key]) * this.width + column];
  }

  /** Lets the oldest row go. */
  shift(key: number): void {
    this.head[key] = (this.head[key] + 1) & this.mask[key];
    this.count[key]--;
  }

  /** Lets the newest row go. */
  pop(key: number): void {
    this.count[key]--;
  }

  /** Rows at or before `ts`: the place of a new row of that time. Looks back from the newest. */
  place(key: number, ts: number): number {
    let r = this.count[key];
    while (r > 0 && this.at(key, r - 1, 0) > ts) r--;
    return r;
  }

  /** Puts a row at its place in time; only a late row moves others. */
  push(key: number, ts: number, x: number, y: number): void {
    const n = this.count[key];
    if (n > this.mask[key]) this.grow(key);
    const place = this.place(key, ts);
    for (let r = n; r > place; r--) this.copy(key, r - 1, r);
    const rows = this.rows[key];
    const at = ((this.head[key] + place) & this.mask[key]) * this.width;
    rows[at] = ts;
    if (this.width > 1) rows[at + 1] = x;
    if (this.width > 2) rows[at + 2] = y;
    this.count[key] = n + 1;
  }

  /** Takes rows from..to-1 out. */
  remove(key: number, from: number, to: number): void {
    const n = this.count[key];
    for (let r = to; r < n; r++) this.copy(key, r, r - to + from);
    this.count[key] = n - (to - from);
  }

  private copy(key: number, from: number, to: number): void {
    const rows = this.rows[key];
    const mask = this.mask[key];
    const source = ((this.head[key] + from) & mask) * this.width;
    const target = ((this.head[key] + to) & mask) * this.width;
    for (let c = 0; c < this.width; c++) rows[target + c] = rows[source + c];
  }

  private grow(key: number): void {
    const capacity = Math.max(SMALLEST, 2 * (this.mask[key] + 1));
    const rows = new Float64Array(capacity * this.width);
    this.unroll(key, rows, 0);
    this.rows[key] = rows;
    this.head[key] = 0;
    this.mask[key] = capacity - 1;
  }

  /** Copies the rows of a key, oldest first; returns where they end. */
  private unroll(key: number, target: Float64Array, at: number): number {
    const rows = this.rows[key];
    const from = this.head[key] * this.width;
    const length = this.count[key] * this.width;
    const first = Math.min(length, rows.length - from);
    target.set(rows.subarray(from, from + first), at);
    target.set(rows.subarray(0, length - first), at + first);
    return at + length;
  }

  save(): Saved {
    const count = Float64Array.from(this.count.subarray(0, this.keys));
    const rows = new Float64Array(count.reduce((sum, n) => sum + n, 0) * this.width);
    let at = 0;
    for (let key = 0; key < this.keys; key++) at = this.unroll(key, rows, at);
    return { end: this.end.slice(0, this.keys), count, rows };
  }

  load(saved: unknown): void {
    const { end, count, rows } = saved as Saved;
    this.keys = 0;
    this.rows = [];
    [this.head, this.count, this.mask, this.end] = [new Int32Array(0), new Int32Array(0), new Int32Array(0), new Float64Array(0)];
    this.ensure(end.length);
    this.end.set(end);
    let at = 0;
    for (let key = 0; key < end.length; key++) {
      const n = count[key];
      if (n === 0) continue;
      let capacity = SMALLEST;
      while (capacity < n) capacity *= 2;
      this.rows[key] = new Float64Array(capacity * this.width);
      this.rows[key].set(rows.subarray(at, at + n * this.width));
      this.mask[key] = capacity - 1;
      this.count[key] = n;
      at += n * this.width;
    }
  }
}

/** `larger` with the numbers of `old` at its start. */
function enlarged<A extends Int32Array | Float64Array>(old: A, larger: A): A {
  larger.set(old);
  return larger;
}
