import type { Data } from 'apache-arrow';
import {
  AsyncByteQueue, Bool, DataType, Dictionary, DurationMicrosecond, Field, Float64, Int32, Int64, RecordBatch, RecordBatchFileWriter,
  RecordBatchStreamWriter, Schema as ArrowSchema, Struct, TimeUnit, Timestamp, Utf8, Vector, makeData, vectorFromArray,
} from 'apache-arrow';
import type { OutputContext, OutputRows, OutputWriter } from '../core/connector.ts';
import type { Column, TextColumn } from '../core/frame.ts';
import type { Schema, Type } from '../core/types.ts';
import { CHUNK_ROWS, ChunkBuffer } from './chunk-buffer.ts';
import { FileSink } from './file-sink.ts';

const HIGH = 4_294_967_296;
const micros = (): Timestamp => new Timestamp(TimeUnit.MICROSECOND, 'UTC');

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

function arrowType(type: Type): DataType {
  if (typeof type === 'object') return new Dictionary(new Utf8(), new Int32());
  if (type === 'i64') return new Int64();
  if (type === 'bool') return new Bool();
  if (type === 'text') return new Utf8();
  if (type === 'time') return micros();
  return type === 'duration' ? new DurationMicrosecond() : new Float64();
}

interface Nulls {
  readonly nullCount: number;
  readonly nullBitmap: Uint8Array | null;
}

function nullsOf(col: Column, n: number): Nulls {
  let bitmap: Uint8Array | null = null;
  let count = 0;
  for (let i = 0; i < n; i++) {
    const x = col[i];
    if (typeof x === 'number' ? x - x === 0 : x !== null) continue;
    bitmap ??= new Uint8Array(Math.ceil(n / 64) * 8).fill(255);
    bitmap[i >> 3] &= ~(1 << (i & 7));
    count++;
  }
  return { nullCount: count, nullBitmap: bitmap };
}

/** Whole doubles as 64-bit integers, without a BigInt each. */
function longs(col: Float64Array, n: number): BigInt64Array {
  const out = new BigInt64Array(n);
  const words = new Uint32Array(out.buffer);
  for (let i = 0; i < n; i++) {
    const x = col[i] - col[i] === 0 ? col[i] : 0;
    const high = Math.floor(x / HIGH);
    words[2 * i] = x - high * HIGH;
    words[2 * i + 1] = high >>> 0;
  }
  return out;
}

function texts(col: TextColumn, n: number, nulls: Nulls): Data {
  const offsets = new Int32Array(n + 1);
  for (let i = 0; i < n; i++) offsets[i + 1] = offsets[i] + (col[i] === null ? 0 : Buffer.byteLength(col[i]!));
  const bytes = Buffer.alloc(offsets[n]);
  for (let i = 0; i < n; i++) if (col[i] !== null) bytes.write(col[i]!, offsets[i]);
  return makeData({ type: new Utf8(), length: n, ...nulls, valueOffsets: offsets, data: bytes });
}

function bits(col: Float64Array, n: number): Uint8Array {
  const out = new Uint8Array(Math.ceil(n / 64) * 8);
  for (let i = 0; i < n; i++) if (col[i] === 1) out[i >> 3] |= 1 << (i & 7);
  return out;
}

/** Rows as an uncompressed Arrow IPC file (`.arrows`: a stream): `ts` timestamp[us, UTC], `symbol` a dictionary, batches of 64k rows. */
export class ArrowWriter implements OutputWriter {
  private readonly sink: FileSink;
  private readonly writer: RecordBatchFileWriter | RecordBatchStreamWriter;
  private readonly arrow: ArrowSchema;
  private readonly schema: Schema;
  private readonly types: readonly DataType[];
  private readonly words: readonly (Vector | null)[];
  private readonly held: ChunkBuffer;
  private readonly ids = new Int32Array(CHUNK_ROWS);
  private readonly idOf = new Map<string, number>();
  private fresh: string[] = [];
  private symbols: Vector<Utf8> | null = null;

  constructor(ctx: OutputContext) {
    this.schema = ctx.schema;
    this.sink = new FileSink(ctx);
    this.types = [micros(), new Dictionary(new Utf8(), new Int32()), ...ctx.schema.map((f) => arrowType(f.type))];
    this.arrow = new ArrowSchema(['ts', 'symbol',
      ...ctx.schema.map((f) => f.name)].map((name, i) => new Field(name, this.types[i], i > 0)));
    this.words = ctx.schema.map((f) => (typeof f.type === 'object' ? vectorFromArray([...f.type.values], new Utf8()) : null));
    this.held = new ChunkBuffer(ctx.schema);
    const file = !/\.arrows$/.test(this.sink.path);
    this.writer = file ? new RecordBatchFileWriter() : new RecordBatchStreamWriter();
    this.writer.reset(new SinkQueue(this.sink) as never, this.arrow);
  }

  write(rows: OutputRows): void {
    const { held } = this;
    for (let r = 0; r < rows.n; r++) {
      const i = rows.sel === null ? r : rows.sel[r];
      if (rows.key[i] < 0) continue;
      const n = held.n++;
      held.ts[n] = rows.ts[i];
      this.ids[n] = this.symbolId(rows.keys.symbols[rows.key[i]]);
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

  private symbolId(symbol: string): number {
    let id = this.idOf.get(symbol);
    if (id === undefined) {
      id = this.idOf.size;
      this.idOf.set(symbol, id);
      this.fresh.push(symbol);
    }
    return id;
  }

  private emit(): void {
    const { held } = this;
    const n = held.n;
    if (this.fresh.length > 0) {
      // New symbols become another chunk of the same dictionary, which the format calls a delta.
      const chunk = vectorFromArray(this.fresh, new Utf8()).data[0];
      this.symbols = new Vector([...(this.symbols?.data ?? []), chunk]);
      this.fresh = [];
    }
    const children: Data[] = [
      makeData({ type: micros(), length: n, nullCount: 0, data: longs(held.ts, n) }),
      makeData({ type: this.types[1] as Dictionary, length: n, nullCount: 0, data: this.ids.subarray(0, n), dictionary: this.symbols! }),
      ...this.schema.map((f, c) => this.column(f.type, held.cols[c], n, c)),
    ];
    this.writer.write(new RecordBatch(this.arrow, makeData({ type: new Struct(this.arrow.fields), length: n, nullCount: 0, children })));
    held.n = 0;
  }

  private column(type: Type, col: Column, n: number, c: number): Data {
    const nulls = nullsOf(col, n);
    if (!(col instanceof Float64Array)) return texts(col, n, nulls);
    if (typeof type === 'object') {
      const at = Int32Array.from(col.subarray(0, n), (x) => (x === x ? x : 0));
      return makeData({ type: this.types[c + 2] as Dictionary, length: n, ...nulls, data: at, dictionary: this.words[c]! });
    }
    if (type === 'bool') return makeData({ type: new Bool(), length: n, ...nulls, data: bits(col, n) });
    if (type === 'f64') return makeData({ type: new Float64(), length: n, ...nulls, data: col.subarray(0, n) });
    return makeData({ type: this.types[c + 2] as Int64, length: n, ...nulls, data: longs(col, n) });
  }
}
