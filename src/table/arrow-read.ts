import { open, type FileHandle } from 'node:fs/promises';
import { basename } from 'node:path';
import { RecordBatchReader, type RecordBatch } from 'apache-arrow';
import { CodeColumn, TimeColumn, fillNumbers, fillTexts } from '../connect/arrow-decode.ts';
import { ByteTable } from '../connect/byte-table.ts';
import { Refusal } from '../core/diagnostic.ts';
import type { Column } from '../core/frame.ts';
import type { Block, TableReader } from '../core/table.ts';
import type { Field, Schema } from '../core/types.ts';

type Fill = (batch: RecordBatch, col: Column) => void;

/** How the column `c` of a batch becomes numbers or texts. */
function filler({ name, type }: Field, c: number): Fill {
  if (type === 'text') return (b, col) => fillTexts(b.data.children[c], 0, b.numRows, col as (string | null)[]);
  if (type === 'time') {
    const times = new TimeColumn(name, 'us', null);
    return (b, col) => times.fill(b.data.children[c], 0, b.numRows, col as Float64Array);
  }
  if (typeof type === 'object') {
    const codes = new CodeColumn(name, new ByteTable(), (text) => type.values.indexOf(text));
    return (b, col) => codes.fill(b.data.children[c], 0, b.numRows, col as Float64Array, NaN);
  }
  return (b, col) => fillNumbers(name, b.data.children[c], 0, b.numRows, col as Float64Array);
}

/** Reads a table that `ArrowEncoder` wrote, its schema known, a batch at a time. Refused (E703) where the file is something else. */
export class ArrowTableReader implements TableReader {
  readonly schema: Schema;
  private readonly path: string;
  private readonly fillers: readonly Fill[];
  private cols: Column[];
  private capacity = 0;
  private handle: FileHandle | null = null;
  private batches: AsyncIterator<RecordBatch> | null = null;

  constructor(path: string, schema: Schema) {
    this.path = path;
    this.schema = schema;
    this.fillers = schema.map(filler);
    this.cols = [];
  }

  async next(): Promise<Block | null> {
    try {
      this.batches ??= await this.open();
      for (;;) {
        const { done, value } = await this.batches.next();
        if (done === true) return null;
        // The library makes up a batch without columns for a file that has none.
        if (value.numRows > 0) return this.take(value);
      }
    } catch (cause) {
      if (cause instanceof Refusal) throw cause;
      throw this.refuse(cause instanceof Error ? cause.message : String(cause), cause);
    }
  }

  async close(): Promise<void> {
    await this.handle?.close();
    this.handle = null;
  }

  private async open(): Promise<AsyncIterator<RecordBatch>> {
    this.handle = await open(this.path, 'r');
    const reader = await (await RecordBatchReader.from(this.handle)).open();
    const names = (reader.schema?.fields ?? []).map((f) => f.name);
    if (names.join('\n') !== this.schema.map((f) => f.name).join('\n')) throw this.refuse('its columns are others');
    return reader[Symbol.asyncIterator]() as AsyncIterator<RecordBatch>;
  }

  private take(batch: RecordBatch): Block {
    const n = batch.numRows;
    if (n > this.capacity) {
      this.capacity = n;
      this.cols = this.schema.map((f): Column => (f.type === 'text' ? [] : new Float64Array(n)));
    }
    this.fillers.forEach((fill, c) => fill(batch, this.cols[c]));
    return { n, cols: this.cols };
  }

  private refuse(what: string, cause?: unknown): Refusal {
    return new Refusal('E703', `${basename(this.path)} is not the table that was written: ${what}`, { exit: 7, cause });
  }
}
