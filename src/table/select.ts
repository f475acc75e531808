import type { Block, TableReader } from '../core/table.ts';
import type { Schema } from '../core/types.ts';
import { RowBlock } from './row-block.ts';
import type { TableWriter } from './table-writer.ts';

/** Which rows of a table are wanted. */
export interface Selection {
  readonly symbols?: ReadonlySet<string> | null;
  /** Event time from, and before. */
  readonly from?: number | null;
  readonly until?: number | null;
}

/** The column that rows are chosen by time with: `ts`, or the first of type time; -1 where there is none. */
export function timeColumn(schema: Schema): number {
  const ts = schema.findIndex((f) => f.name === 'ts' && f.type === 'time');
  return ts >= 0 ? ts : schema.findIndex((f) => f.type === 'time');
}

export const symbolColumn = (schema: Schema): number => schema.findIndex((f) => f.name === 'symbol' && f.type === 'text');

/** The rows of another reader that are wanted. Symbols are no matter to a table without them. */
export class SelectedRows implements TableReader {
  readonly schema: Schema;
  private readonly inner: TableReader;
  private readonly selection: Selection;
  private readonly time: number;
  private readonly symbol: number;
  private block: RowBlock;

  constructor(inner: TableReader, selection: Selection) {
    this.inner = inner;
    this.schema = inner.schema;
    this.selection = selection;
    this.time = timeColumn(inner.schema);
    this.symbol = symbolColumn(inner.schema);
    this.block = new RowBlock(inner.schema, 0);
  }

  async next(): Promise<Block | null> {
    for (;;) {
      const from = await this.inner.next();
      if (from === null) return null;
      if (from.n > this.block.capacity) this.block = new RowBlock(this.schema, from.n);
      this.block.n = 0;
      for (let i = 0; i < from.n; i++) if (this.wants(from, i)) this.block.copy(from.cols, i);
      if (this.block.n > 0) return this.block;
    }
  }

  close(): Promise<void> {
    return this.inner.close();
  }

  private wants({ cols }: Block, i: number): boolean {
    const { symbols = null, from = null, until = null } = this.selection;
    if (symbols !== null && this.symbol >= 0 && !symbols.has(cols[this.symbol][i] as string)) return false;
    if (this.time < 0) return true;
    const ts = cols[this.time][i] as number;
    return ts >= (from ?? -Infinity) && ts < (until ?? Infinity);
  }
}

/** Moves every row of a reader into a writer; both stay open. `onRows` hears of the rows so far and of the newest time. */
export async function copyTable(reader: TableReader, writer: TableWriter, onRows?: (rows: number, ts: number) => void): Promise<void> {
  const time = timeColumn(reader.schema);
  for (let block = await reader.next(); block !== null; block = await reader.next()) {
    writer.write(block);
    onRows?.(writer.rows, time < 0 ? NaN : block.cols[time][block.n - 1] as number);
  }
}
