import type { Data, RecordBatch as Batch } from 'apache-arrow';
import { Field, RecordBatch, Schema as ArrowSchema, Struct, makeData } from 'apache-arrow';
import type { Column } from '../core/frame.ts';
import { misfit, type Block, type ByteSink, type TableEncoder } from '../core/table.ts';
import type { Schema } from '../core/types.ts';
import { ColumnEncoder } from '../recording/encode.ts';
import { IpcWriter } from '../recording/ipc.ts';

/**
 * An uncompressed Arrow IPC file, which pandas, Polars and DuckDB map as it is: times are timestamp[us, UTC], texts utf8, enumerations
 * dictionaries that never change.
 */
export class ArrowEncoder implements TableEncoder {
  private readonly schema: Schema;
  private readonly out: ByteSink;
  private readonly columns: readonly ColumnEncoder[];
  private readonly arrow: ArrowSchema;
  private readonly ipc = new IpcWriter();

  constructor(schema: Schema, out: ByteSink) {
    this.schema = schema;
    this.out = out;
    this.columns = schema.map((f) => new ColumnEncoder(f.type, false));
    this.arrow = new ArrowSchema(schema.map((f, c) => new Field(f.name, this.columns[c].type, true)));
    const empty = { n: 0, cols: schema.map((f): Column => (f.type === 'text' ? [] : new Float64Array(0))) };
    this.put(this.ipc.head(this.arrow, this.batch(empty)).parts);
  }

  write(block: Block): void {
    if (block.n > 0) this.put(this.ipc.rows(this.batch(block)).parts);
  }

  finish(): void {
    this.put(this.ipc.foot().parts);
  }

  private batch({ n, cols }: Block): Batch {
    const children = cols.map((col, c): Data => {
      const data = this.columns[c].encode(col, n);
      if (data === null) throw misfit(this.schema[c]);
      return data;
    });
    return new RecordBatch(this.arrow, makeData({ type: new Struct(this.arrow.fields), length: n, nullCount: 0, children }));
  }

  private put(parts: readonly Uint8Array[]): void {
    for (const part of parts) this.out.bytes(part);
  }
}
