import type { Data, Vector } from 'apache-arrow';
import {
  Bool, DataType, Dictionary, DurationMicrosecond, Field, Float64, Int32, Int64, RecordBatch, Schema as ArrowSchema, Struct, TimeUnit,
  Timestamp, Utf8, makeData, vectorFromArray,
} from 'apache-arrow';
import type { Column, TextColumn } from '../core/frame.ts';
import type { Schema, Type } from '../core/types.ts';
import { RowBuffer } from './row-buffer.ts';
import { SymbolBytes } from '../connect/symbol-bytes.ts';

const HIGH = 4_294_967_296;
/** Columns before those of the schema: seq, received, ts, symbol. */
export const OWN_COLUMNS = 4;

const micros = (): Timestamp => new Timestamp(TimeUnit.MICROSECOND, 'UTC');

/** `loose`: the column holds something that its own type cannot, such as half an `i64`, and is written as doubles. */
function arrowType(type: Type, loose: boolean): DataType {
  if (type === 'text') return new Utf8();
  if (loose) return new Float64();
  if (typeof type === 'object') return new Dictionary(new Utf8(), new Int32());
  if (type === 'i64') return new Int64();
  if (type === 'bool') return new Bool();
  if (type === 'time') return micros();
  return type === 'duration' ? new DurationMicrosecond() : new Float64();
}

interface Nulls {
  readonly nullCount: number;
  readonly nullBitmap: Uint8Array | null;
}

/** Null is NaN (and null as text): an infinite number is a value, which a replay needs as it was. */
function nullsOf(col: Column, n: number): Nulls {
  let bitmap: Uint8Array | null = null;
  let count = 0;
  for (let i = 0; i < n; i++) {
    const x = col[i];
    if (x === x && x !== null) continue;
    bitmap ??= new Uint8Array(Math.ceil(n / 64) * 8).fill(255);
    bitmap[i >> 3] &= ~(1 << (i & 7));
    count++;
  }
  return { nullCount: count, nullBitmap: bitmap };
}

/** Doubles as 64-bit integers, without a BigInt each; false when one of them is not whole, too large, or -0. */
function longs(col: Float64Array, n: number, out: Uint32Array): boolean {
  let exact = true;
  for (let i = 0; i < n; i++) {
    const x = col[i] === col[i] ? col[i] : 0;
    const high = Math.floor(x / HIGH);
    const low = x - high * HIGH;
    out[2 * i] = low;
    out[2 * i + 1] = high;
    if (out[2 * i] !== low || high > 2_097_151 || high < -2_097_152 || (x === 0 && 1 / x < 0)) exact = false;
  }
  return exact;
}

/** One column of a stream: its type in Arrow, and the arrays that are filled again for every chunk. */
export class ColumnEncoder {
  readonly type: DataType;
  private readonly words: Vector | null;
  private readonly values: number;
  private longs = new BigInt64Array(0);
  private ints = new Int32Array(0);

  constructor(type: Type, loose: boolean) {
    this.type = arrowType(type, loose);
    this.values = typeof type === 'object' ? type.values.length : 0;
    this.words = DataType.isDictionary(this.type) && typeof type === 'object' ? vectorFromArray([...type.values], new Utf8()) : null;
  }

  /** Null when the column holds what its type cannot. */
  encode(col: Column, n: number): Data | null {
    if (!(col instanceof Float64Array)) return texts(col, n);
    const nulls = nullsOf(col, n);
    const { type } = this;
    if (DataType.isFloat(type)) return makeData({ type: type as Float64, length: n, ...nulls, data: col.subarray(0, n) });
    if (DataType.isDictionary(type)) return this.codes(col, n, nulls);
    if (DataType.isBool(type)) return bits(col, n, nulls);
    if (this.longs.length < n) this.longs = new BigInt64Array(col.length);
    if (!longs(col, n, new Uint32Array(this.longs.buffer))) return null;
    return makeData({ type: type as Int64, length: n, ...nulls, data: this.longs.subarray(0, n) });
  }

  private codes(col: Float64Array, n: number, nulls: Nulls): Data | null {
    if (this.ints.length < n) this.ints = new Int32Array(col.length);
    const { ints } = this;
    for (let i = 0; i < n; i++) {
      const x = col[i];
      ints[i] = x === x ? x : 0;
      if (x === x && !(x >= 0 && x < this.values && Object.is(ints[i], x))) return null;
    }
    return makeData({ type: this.type as Dictionary, length: n, ...nulls, data: ints.subarray(0, n), dictionary: this.words! });
  }
}

function texts(col: TextColumn, n: number): Data {
  const offsets = new Int32Array(n + 1);
  for (let i = 0; i < n; i++) offsets[i + 1] = offsets[i] + (col[i] === null ? 0 : Buffer.byteLength(col[i]!));
  const bytes = Buffer.alloc(offsets[n]);
  for (let i = 0; i < n; i++) if (col[i] !== null) bytes.write(col[i]!, offsets[i]);
  return makeData({ type: new Utf8(), length: n, ...nullsOf(col, n), valueOffsets: offsets, data: bytes });
}

function bits(col: Float64Array, n: number, nulls: Nulls): Data | null {
  const out = new Uint8Array(Math.ceil(n / 64) * 8);
  for (let i = 0; i < n; i++) {
    const x = col[i];
    if (x === 1) out[i >> 3] |= 1 << (i & 7);
    else if (x === x && !Object.is(x, 0)) return null;
  }
  return makeData({ type: new Bool(), length: n, ...nulls, data: out });
}

/** Names of our own columns; a column of the schema that has one of them keeps it, and ours gives way. */
const ownNames = (schema: Schema): string[] => ['seq', 'received', 'ts', 'symbol'].map((name) => {
  let free = name;
  while (schema.some((f) => f.name === free)) free = `_${free}`;
  return free;
});

/**
 * Rows as record batches. `symbol` is plain text and no dictionary: one that grows from batch to batch (a delta) is refused by Polars,
 * and which symbols will come is not known when a file begins.
 */
export class RowEncoder {
  readonly arrow: ArrowSchema;
  readonly symbols = new SymbolBytes();
  /** A batch without rows, which has the dictionaries. */
  readonly empty: RecordBatch;
  private readonly own: readonly ColumnEncoder[];
  private readonly columns: readonly ColumnEncoder[];

  constructor(schema: Schema, loose: ReadonlySet<number>, about: Readonly<Record<string, unknown>>) {
    this.own = (['i64', 'time', 'time'] as const).map((type, c) => new ColumnEncoder(type, loose.has(c)));
    this.columns = schema.map((f, c) => new ColumnEncoder(f.type, loose.has(OWN_COLUMNS + c)));
    const types = [...this.own.map((c) => c.type), new Utf8(), ...this.columns.map((c) => c.type)];
    const names = [...ownNames(schema), ...schema.map((f) => f.name)];
    this.arrow = new ArrowSchema(names.map((name, i) => new Field(name, types[i], i !== 0 && i !== 2)),
      new Map([['millrace', JSON.stringify(about)]]));
    this.empty = this.encode(new RowBuffer(schema)) as RecordBatch;
  }

  /** The rows as a batch that refers to their arrays, or the place of the first column whose type does not hold its values. */
  encode(rows: RowBuffer): RecordBatch | number {
    const { n } = rows;
    const children: Data[] = [];
    for (const [c, col] of [rows.seq, rows.received, rows.ts].entries()) {
      const data = this.own[c].encode(col, n);
      if (data === null) return c;
      children.push(data);
    }
    children.push(this.symbols.encode(rows.symbol, n));
    for (let c = 0; c < this.columns.length; c++) {
      const data = this.columns[c].encode(rows.cols[c], n);
      if (data === null) return OWN_COLUMNS + c;
      children.push(data);
    }
    return new RecordBatch(this.arrow, makeData({ type: new Struct(this.arrow.fields), length: n, nullCount: 0, children }));
  }
}
