import type { Block, Cell, TableEncoder } from '../core/table.ts';
import type { Schema } from '../core/types.ts';
import { BLOCK_ROWS, RowBlock } from './row-block.ts';

/**
 * Rows of a table to one file or several at once, in any number: no more than a block of them is held. Rows may come while what makes
 * them goes on, as those of an equity curve do.
 */
export class TableWriter {
  readonly schema: Schema;
  private readonly encoders: readonly TableEncoder[];
  private readonly held: RowBlock;
  private count = 0;
  private open = true;

  constructor(schema: Schema, encoders: readonly TableEncoder[], blockRows = BLOCK_ROWS) {
    this.schema = schema;
    this.encoders = encoders;
    this.held = new RowBlock(schema, blockRows);
  }

  /** Rows so far. */
  get rows(): number {
    return this.count;
  }

  /** A row, its cells in the order of the schema. */
  append(row: readonly Cell[]): void {
    this.held.push(row);
    this.count++;
    if (this.held.full) this.emit();
  }

  write({ n, cols }: Block): void {
    for (let i = 0; i < n; i++) {
      this.held.copy(cols, i);
      if (this.held.full) this.emit();
    }
    this.count += n;
  }

  /** Writes what is held and the ends of the files. */
  finish(): void {
    if (!this.open) return;
    this.open = false;
    this.emit();
    for (const e of this.encoders) e.finish();
  }

  private emit(): void {
    if (this.held.n > 0) for (const e of this.encoders) e.write(this.held);
    this.held.n = 0;
  }
}
