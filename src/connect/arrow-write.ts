import { AsyncByteQueue, RecordBatchFileWriter, RecordBatchStreamWriter } from 'apache-arrow';
import type { OutputContext, OutputRows, OutputWriter } from '../core/connector.ts';
import type { TextColumn } from '../core/frame.ts';
import { ArrowBatches } from './arrow-batch.ts';
import { CHUNK_ROWS, ChunkBuffer } from './chunk-buffer.ts';
import { FileSink } from './file-sink.ts';

/** Hands what the Arrow writer makes straight to the file: its own queue would keep references to arrays that are reused. */
class SinkQueue extends AsyncByteQueue {
  private readonly sink: FileSink;

  constructor(sink: FileSink) {
    super();
    this.sink = sink;
  }

  override write(value: ArrayBufferLike | ArrayBufferView | string): void {
    if (typeof value === 'string') this.sink.bytes(Buffer.from(value));
    else this.sink.bytes(ArrayBuffer.isView(value) ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
      : new Uint8Array(value));
  }
}

/** Rows as an uncompressed Arrow IPC file (`.arrows`: a stream): `ts` timestamp[us, UTC], `symbol` a dictionary, batches of 64k rows. */
export class ArrowWriter implements OutputWriter {
  private readonly sink: FileSink;
  private readonly writer: RecordBatchFileWriter | RecordBatchStreamWriter;
  private readonly batches: ArrowBatches;
  private readonly held: ChunkBuffer;
  private readonly ids = new Int32Array(CHUNK_ROWS);

  constructor(ctx: OutputContext) {
    this.sink = new FileSink(ctx);
    this.batches = new ArrowBatches(ctx.schema);
    this.held = new ChunkBuffer(ctx.schema);
    const file = !/\.arrows$/.test(this.sink.path);
    this.writer = file ? new RecordBatchFileWriter() : new RecordBatchStreamWriter();
    this.writer.reset(new SinkQueue(this.sink) as never, this.batches.schema);
  }

  write(rows: OutputRows): void {
    const { held } = this;
    for (let r = 0; r < rows.n; r++) {
      const i = rows.sel === null ? r : rows.sel[r];
      if (rows.key[i] < 0) continue;
      const n = held.n++;
      held.ts[n] = rows.ts[i];
      this.ids[n] = this.batches.symbolId(rows.keys.symbols[rows.key[i]]);
      for (let c = 0; c < held.cols.length; c++) (held.cols[c] as TextColumn)[n] = (rows.cols[c] as TextColumn)[i];
      if (held.full) this.emit();
    }
  }

  /** A batch is written when it is full or the output closes: many small ones would cost more than the rows in them. */
  async flush(): Promise<void> {}

  async close(): Promise<void> {
    if (this.held.n > 0) this.emit();
    this.writer.finish();
    this.sink.close();
  }

  private emit(): void {
    const { held } = this;
    this.writer.write(this.batches.batch({ n: held.n, ts: held.ts, symbol: this.ids, cols: held.cols }));
    held.n = 0;
  }
}
