import type { Chunk } from '../core/connector.ts';
import type { Column, TextColumn } from '../core/frame.ts';
import type { Schema } from '../core/types.ts';

/** Rows of a full chunk: large enough to drown the cost of a call, small enough for the second-level cache. */
export const CHUNK_ROWS = 1 << 16;

/** Columns that are filled over and over; a chunk is a view on them until the next fill. */
export class ChunkBuffer implements Chunk {
  n = 0;
  capacity: number;
  ts: Float64Array;
  key: Int32Array;
  readonly cols: Column[];

  constructor(schema: Schema, capacity = CHUNK_ROWS) {
    this.capacity = capacity;
    this.ts = new Float64Array(capacity);
    this.key = new Int32Array(capacity);
    this.cols = schema.map((f): Column => (f.type === 'text' ? new Array<string | null>(capacity).fill(null) : new Float64Array(capacity)));
  }

  get full(): boolean {
    return this.n === this.capacity;
  }

  /** Makes room for `n` rows, keeping what is there. Arrays may be new afterwards: read them from the buffer again. */
  ensure(n: number): void {
    if (n <= this.capacity) return;
    const before = this.capacity;
    while (this.capacity < n) this.capacity *= 2;
    const { capacity } = this;
    const grow = <T extends Float64Array | Int32Array>(from: T, to: T): T => {
      to.set(from);
      return to;
    };
    this.ts = grow(this.ts, new Float64Array(capacity));
    this.key = grow(this.key, new Int32Array(capacity));
    for (let c = 0; c < this.cols.length; c++) {
      const col = this.cols[c];
      this.cols[c] = col instanceof Float64Array ? grow(col, new Float64Array(capacity))
        : col.concat(new Array<string | null>(capacity - before).fill(null));
    }
  }

  /** Adds a row without values, which is all a heartbeat is. */
  pushEmpty(ts: number, key: number): void {
    const n = this.n++;
    this.ts[n] = ts;
    this.key[n] = key;
    for (const col of this.cols) col[n] = col instanceof Float64Array ? NaN : null;
  }
}

/** Rows of a chunk kept beyond its life. */
export const copyChunk = (chunk: Chunk): Chunk => ({
  n: chunk.n,
  ts: chunk.ts.slice(0, chunk.n),
  key: chunk.key.slice(0, chunk.n),
  cols: chunk.cols.map((c) => c.slice(0, chunk.n) as Float64Array | TextColumn),
});
