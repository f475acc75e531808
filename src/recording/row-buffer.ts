import type { Column, TextColumn } from '../core/frame.ts';
import type { Schema } from '../core/types.ts';

/** Rows of a chunk at most. */
export const CHUNK_ROWS = 1 << 16;
const FIRST = 1024;

/** Rows on their way into a chunk. Grows up to a full chunk, so that a stream with few rows takes little memory. */
export class RowBuffer {
  n = 0;
  capacity = FIRST;
  seq = new Float64Array(FIRST);
  /** Wall clock of arrival, microseconds; NaN where there is none. */
  received = new Float64Array(FIRST);
  ts = new Float64Array(FIRST);
  /** Number of the symbol in the writer's own table; -1 for a heartbeat. */
  symbol = new Int32Array(FIRST);
  readonly cols: Column[];

  constructor(schema: Schema) {
    this.cols = schema.map((f): Column => (f.type === 'text' ? new Array<string | null>(FIRST).fill(null) : new Float64Array(FIRST)));
  }

  get room(): number {
    return CHUNK_ROWS - this.n;
  }

  /** Takes the values of a row away. */
  blank(i: number): void {
    for (const col of this.cols) {
      if (col instanceof Float64Array) col[i] = NaN;
      else col[i] = null;
    }
  }

  /** Makes room for so many more rows, which `room` allows. */
  reserve(more: number): void {
    const wanted = this.n + more;
    if (wanted <= this.capacity) return;
    let capacity = this.capacity;
    while (capacity < wanted) capacity *= 2;
    this.capacity = capacity;
    this.seq = grown(this.seq, capacity);
    this.received = grown(this.received, capacity);
    this.ts = grown(this.ts, capacity);
    const symbol = new Int32Array(capacity);
    symbol.set(this.symbol);
    this.symbol = symbol;
    this.cols.forEach((col, c) => {
      this.cols[c] = col instanceof Float64Array ? grown(col, capacity)
        : (col as TextColumn).concat(new Array<string | null>(capacity - col.length).fill(null));
    });
  }
}

function grown(a: Float64Array, capacity: number): Float64Array<ArrayBuffer> {
  const b = new Float64Array(capacity);
  b.set(a);
  return b;
}
