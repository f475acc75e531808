import type { Data } from 'apache-arrow';
import {
  Bool, DataType, Dictionary, DurationMicrosecond, Field, Float64, Int32, Int64, RecordBatch, Schema as ArrowSchema, Struct, TimeUnit,
  Timestamp, Utf8, Vector, makeData, vectorFromArray,
} from 'apache-arrow';
import type { Column, TextColumn } from '../core/frame.ts';
import type { Schema, Type } from '../core/types.ts';
import { SymbolBytes } from './symbol-bytes.ts';

const HIGH = 4_294_967_296;
const micros = (): Timestamp => new Timestamp(TimeUnit.MICROSECOND, 'UTC');

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

/** Null is NaN or an infinite number, and null as text. */
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

/** Rows to be put into a record batch: the first `n` of every column. */
export interface ArrowRows {
  readonly n: number;
  readonly ts: Float64Array;
  /** Numbers that `symbolId` gave; -1 is null, as for a heartbeat. */
  readonly symbol: Int32Array;
  /** In the order of the schema. */
  readonly cols: readonly Column[];
}

/**
 * Turns columns into record batches of one Arrow schema: `ts` timestamp[us, UTC], `symbol` as text, since a dictionary that grows from
 * batch to batch is refused by some readers (Polars), then the columns given. A batch refers to the arrays of its rows and to the bytes
 * of its symbols: write it before the next one is made.
 */
export class ArrowBatches {
  readonly schema: ArrowSchema;
  private readonly columns: Schema;
  private readonly types: readonly DataType[];
  private readonly words: readonly (Vector | null)[];
  private readonly symbols = new SymbolBytes();

  constructor(columns: Schema) {
    this.columns = columns;
    this.types = [micros(), new Utf8(), ...columns.map((f) => arrowType(f.type))];
    this.schema = new ArrowSchema(['ts', 'symbol', ...columns.map((f) => f.name)].map((name, i) => new Field(name, this.types[i], i > 0)));
    this.words = columns.map((f) => (typeof f.type === 'object' ? vectorFromArray([...f.type.values], new Utf8()) : null));
  }

  /** The number of a symbol, for `ArrowRows`. */
  symbolId(symbol: string): number {
    return this.symbols.id(symbol);
  }

  batch({ n, ts, symbol, cols }: ArrowRows): RecordBatch {
    const children: Data[] = [
      makeData({ type: micros(), length: n, nullCount: 0, data: longs(ts, n) }),
      this.symbols.encode(symbol, n),
      ...this.columns.map((f, c) => this.column(f.type, cols[c], n, c)),
    ];
    return new RecordBatch(this.schema, makeData({ type: new Struct(this.schema.fields), length: n, nullCount: 0, children }));
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
