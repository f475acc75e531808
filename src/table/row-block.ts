import type { Column, TextColumn } from '../core/frame.ts';
import type { Block, Cell } from '../core/table.ts';
import type { Schema } from '../core/types.ts';

/** Rows that are gathered until a block is full: a batch of Arrow, a row group of Parquet, a transaction of SQLite. */
export const BLOCK_ROWS = 1 << 16;

/** A block that rows are added to one by one, and that is filled over and over. */
export class RowBlock implements Block {
  n = 0;
  readonly cols: Column[];
  readonly capacity: number;

  constructor(schema: Schema, capacity = BLOCK_ROWS) {
    this.capacity = capacity;
    this.cols = schema.map((f): Column => (f.type === 'text' ? [] : new Float64Array(capacity)));
  }

  get full(): boolean {
    return this.n === this.capacity;
  }

  push(row: readonly Cell[]): void {
    const n = this.n++;
    const { cols } = this;
    for (let c = 0; c < cols.length; c++) {
      const col = cols[c];
      const cell = row[c];
      if (col instanceof Float64Array) col[n] = cell === null ? NaN : (cell as number);
      else col[n] = cell as string | null;
    }
  }

  /** Adds row `i` of other columns of the same schema. */
  copy(from: readonly Column[], i: number): void {
    const n = this.n++;
    for (let c = 0; c < this.cols.length; c++) (this.cols[c] as TextColumn)[n] = (from[c] as TextColumn)[i];
  }
}
