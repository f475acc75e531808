import { DataType, MessageReader } from 'apache-arrow';
import type { Schema as ArrowSchema } from 'apache-arrow';
import type { Chunk } from '../core/connector.ts';
import type { Column, TextColumn } from '../core/frame.ts';
import type { KeyTable } from '../core/keys.ts';
import type { Schema } from '../core/types.ts';
import { OWN_COLUMNS } from './encode.ts';
import { SymbolKeys } from './symbol-keys.ts';
import type { Sums } from './sums.ts';

const HIGH = 4_294_967_296;

/** Rows of a recording: with the seq they had, and when they arrived. */
export interface RecordedChunk extends Chunk {
  readonly seq: Float64Array;
  readonly received: Float64Array;
}

interface Buffers {
  readonly nullCount: number;
  readonly valid: Uint8Array;
  readonly a: Uint8Array;
  readonly b: Uint8Array;
}

/** 64-bit integers as doubles, without a BigInt each. */
function doubles({ a }: Buffers, n: number, out: Float64Array): void {
  const low = new Uint32Array(a.buffer, a.byteOffset, 2 * n);
  const high = new Int32Array(a.buffer, a.byteOffset, 2 * n);
  for (let i = 0; i < n; i++) out[i] = high[2 * i + 1] * HIGH + low[2 * i];
}

function countUp(first: number, n: number, out: Float64Array): void {
  for (let i = 0; i < n; i++) out[i] = first + i;
}

function eraseNulls({ nullCount, valid }: Buffers, n: number, out: Float64Array): void {
  if (nullCount > 0) for (let i = 0; i < n; i++) if (((valid[i >> 3] >> (i & 7)) & 1) === 0) out[i] = NaN;
}

const grown = (a: Float64Array, n: number): Float64Array => (a.length >= n ? a : new Float64Array(Math.max(n, 2 * a.length)));

/**
 * Chunks of one stream as columns. Doubles are not copied: the chunk's own bytes are the column, where a null is the NaN that was
 * written. All arrays belong to the decoder, and are valid until its next chunk.
 */
export class ChunkDecoder {
  private readonly schema: Schema;
  private readonly keys: SymbolKeys;
  private seq: Float64Array = new Float64Array(0);
  private received: Float64Array = new Float64Array(0);
  private ts: Float64Array = new Float64Array(0);
  private key = new Int32Array(0);
  private readonly own: Float64Array[];
  private readonly texts: TextColumn[];

  constructor(schema: Schema, keys: KeyTable) {
    this.schema = schema;
    this.keys = new SymbolKeys(keys);
    this.own = schema.map(() => new Float64Array(0));
    this.texts = schema.map(() => []);
  }

  /** `bytes` begin at a multiple of eight and are what `sums` says. Null where the columns are others than the schema's. */
  decode(bytes: Uint8Array, sums: Sums, arrow: ArrowSchema): RecordedChunk | null {
    const n = sums.rows;
    const columns = buffersOf(bytes, sums, arrow);
    if (columns === null || columns.length !== this.schema.length + OWN_COLUMNS) return null;
    this.seq = grown(this.seq, n);
    if (sums.lastSeq - sums.firstSeq === n - 1) countUp(sums.firstSeq, n, this.seq);
    else doubles(columns[0], n, this.seq);
    this.received = grown(this.received, n);
    if (columns[1].nullCount === n) this.received.fill(NaN, 0, n);
    else doubles(columns[1], n, this.received);
    this.ts = grown(this.ts, n);
    const ts = DataType.isFloat(arrow.fields[2].type) ? floats(columns[2], n) : this.ts;
    if (ts === this.ts) doubles(columns[2], n, ts);
    this.symbols(columns[3], n);
    const cols = this.schema.map((_, c) => this.column(c, columns[c + OWN_COLUMNS], arrow.fields[c + OWN_COLUMNS].type, n));
    return { n, seq: this.seq, received: this.received, ts, key: this.key, cols };
  }

  private column(c: number, from: Buffers, type: DataType, n: number): Column {
    if (this.schema[c].type === 'text') return this.text(c, from, n);
    if (DataType.isFloat(type)) return floats(from, n);
    const out = (this.own[c] = grown(this.own[c], n));
    if (DataType.isBool(type)) for (let i = 0; i < n; i++) out[i] = (from.a[i >> 3] >> (i & 7)) & 1;
    else if (DataType.isDictionary(type)) {
      const codes = new Int32Array(from.a.buffer, from.a.byteOffset, n);
      for (let i = 0; i < n; i++) out[i] = codes[i];
    } else doubles(from, n, out);
    eraseNulls(from, n, out);
    return out;
  }

  private symbols({ nullCount, valid, a, b }: Buffers, n: number): void {
    if (this.key.length < n) this.key = new Int32Array(Math.max(n, 2 * this.key.length));
    const { key } = this;
    const offsets = new Int32Array(a.buffer, a.byteOffset, n + 1);
    this.keys.fill(b, offsets, n, key);
    if (nullCount === n) return;
    // The empty text is a symbol like any other; only a null is a heartbeat.
    for (let i = 0; i < n; i++) {
      if (key[i] < 0 && (nullCount === 0 || ((valid[i >> 3] >> (i & 7)) & 1) === 1)) key[i] = this.keys.key(b, offsets[i], offsets[i]);
    }
  }

  private text(c: number, { nullCount, valid, a, b }: Buffers, n: number): TextColumn {
    const out = this.texts[c];
    const offsets = new Int32Array(a.buffer, a.byteOffset, n + 1);
    const bytes = Buffer.from(b.buffer, b.byteOffset, b.byteLength);
    for (let i = 0; i < n; i++) {
      const isNull = nullCount > 0 && ((valid[i >> 3] >> (i & 7)) & 1) === 0;
      out[i] = isNull ? null : bytes.toString('utf8', offsets[i], offsets[i + 1]);
    }
    return out;
  }
}

const floats = ({ a }: Buffers, n: number): Float64Array => new Float64Array(a.buffer, a.byteOffset, n);

/** The buffers of every column: validity, then the values; text has offsets before its bytes. Null where they do not fit together. */
function buffersOf(bytes: Uint8Array, sums: Sums, arrow: ArrowSchema): Buffers[] | null {
  const message = new MessageReader(bytes).readMessage();
  if (message === null || !message.isRecordBatch()) return null;
  const { nodes, buffers, length } = message.header();
  if (length !== sums.rows) return null;
  const body = bytes.subarray(sums.metaLength);
  const at = (b: number): Uint8Array => body.subarray(buffers[b].offset, buffers[b].offset + buffers[b].length);
  const out: Buffers[] = [];
  let next = 0;
  for (const [c, { type }] of arrow.fields.entries()) {
    const text = DataType.isUtf8(type);
    if (next + (text ? 3 : 2) > buffers.length) return null;
    out.push({ nullCount: nodes[c].nullCount, valid: at(next), a: at(next + 1), b: text ? at(next + 2) : body.subarray(0, 0) });
    next += text ? 3 : 2;
  }
  return out;
}
