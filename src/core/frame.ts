import type { KeyTable } from './keys.ts';
import type { Schema, Type } from './types.ts';

export type TextColumn = (string | null)[];
export type Column = Float64Array | TextColumn;

/** Rows an epoch holds before a frame has to grow. The driver never sends more; operators that emit by themselves may. */
export const DEFAULT_CAPACITY = 4096;

const allocate = (type: Type, capacity: number): Column =>
  type === 'text' ? new Array<string | null>(capacity).fill(null) : new Float64Array(capacity);

/**
 * The rows of one row clock in the current epoch: owned by whoever makes the rows, reused every epoch, valid until the epoch ends.
 * Every node on the clock adds columns of its own (single assignment); nobody overwrites another's.
 */
export class Frame {
  n = 0;
  capacity: number;
  /** Total order of ingestion; rows an operator makes carry the seq of the row that caused them. */
  seq: Float64Array;
  /** Event time, integer microseconds since 1970 UTC. */
  ts: Float64Array;
  key: Int32Array;
  readonly cols: Column[];
  readonly types: Type[];
  readonly keys: KeyTable;

  constructor(keys: KeyTable, schema: Schema, capacity = DEFAULT_CAPACITY) {
    this.keys = keys;
    this.capacity = capacity;
    this.seq = new Float64Array(capacity);
    this.ts = new Float64Array(capacity);
    this.key = new Int32Array(capacity);
    this.types = schema.map((f) => f.type);
    this.cols = this.types.map((t) => allocate(t, capacity));
  }

  /** Adds a column before the first epoch; returns its slot. */
  addColumn(type: Type): number {
    this.types.push(type);
    return this.cols.push(allocate(type, this.capacity)) - 1;
  }

  /** Makes room for `n` rows, keeping what is there. Arrays may be new afterwards: read them from the frame again. */
  ensure(n: number): void {
    if (n <= this.capacity) return;
    let capacity = this.capacity;
    while (capacity < n) capacity *= 2;
    const grow = (a: Float64Array): Float64Array => {
      const b = new Float64Array(capacity);
      b.set(a);
      return b;
    };
    this.seq = grow(this.seq);
    this.ts = grow(this.ts);
    const key = new Int32Array(capacity);
    key.set(this.key);
    this.key = key;
    for (let c = 0; c < this.cols.length; c++) {
      const col = this.cols[c];
      this.cols[c] = col instanceof Float64Array ? grow(col) : col.concat(new Array(capacity - col.length).fill(null));
    }
    this.capacity = capacity;
  }

  /** Appends a row and returns its index; its other columns hold stale values until written. */
  push(seq: number, ts: number, key: number): number {
    const i = this.n;
    if (i === this.capacity) this.ensure(i + 1);
    this.seq[i] = seq;
    this.ts[i] = ts;
    this.key[i] = key;
    this.n = i + 1;
    return i;
  }
}

/**
 * What flows along an edge: a frame and which of its rows. `sel` lists the rows in order (its first `n` entries), or is null for
 * rows 0..n-1. A filter narrows `sel`; nothing is copied. A `Rows` object is owned by its stage and reused every epoch.
 */
export interface Rows {
  readonly frame: Frame;
  n: number;
  sel: Int32Array | null;
}
