import type { OutputRows } from '../core/connector.ts';
import type { TextColumn } from '../core/frame.ts';
import type { Schema, Type } from '../core/types.ts';
import { pad8 } from './aligned.ts';
import { batchMessage, buffersOf, dictionaryMessage, indexBytes, schemaMessage } from './arrow-message-frame.ts';
import type { FlatMessage } from './flat-write.ts';
import { SymbolTable } from './symbol-table.ts';

const HIGH = 4_294_967_296;
const NO_BYTES = new Uint8Array(0);

const frameBytes = (m: FlatMessage): number => 8 + m.bytes.length;

/** A message under way: its bytes, and where the next part goes. */
class Target {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  pos = 0;

  constructor(size: number) {
    this.bytes = new Uint8Array(size);
    this.view = new DataView(this.bytes.buffer);
  }

  /** Metadata and what stands before it; returns where the metadata begins. */
  frame(m: FlatMessage): number {
    const at = this.pos;
    this.view.setUint32(at, 0xffffffff, true);
    this.view.setUint32(at + 4, m.bytes.length, true);
    this.bytes.set(m.bytes, at + 8);
    this.pos = at + 8 + m.bytes.length;
    return at + 8;
  }

  long(at: number, x: number): void {
    const high = Math.floor(x / HIGH);
    this.view.setUint32(at, x - high * HIGH, true);
    this.view.setInt32(at + 4, high, true);
  }
}

/** Rows as one Arrow IPC stream a message: schema, dictionaries, one record batch. */
export class ArrowMessageWriter {
  private readonly schema: Schema;
  /** The schema and the dictionaries of words: the same in every message. */
  private readonly head: Uint8Array;
  private readonly dictionary = dictionaryMessage(0);
  private readonly batch: FlatMessage;
  private readonly symbols = new SymbolTable();
  private readonly nulls: Int32Array;
  private readonly texts: Float64Array;

  constructor(schema: Schema) {
    this.schema = schema;
    this.batch = batchMessage(schema);
    this.nulls = new Int32Array(schema.length + 2);
    this.texts = new Float64Array(schema.length);
    const words = schema.flatMap((f, c) => (typeof f.type === 'object' ? [wordsMessage(c + 1, f.type.values)] : []));
    const first = schemaMessage(schema);
    const head = new Target(frameBytes(first) + words.reduce((n, w) => n + w.length, 0));
    head.frame(first);
    for (const w of words) {
      head.bytes.set(w, head.pos);
      head.pos += w.length;
    }
    this.head = head.bytes;
  }

  encode(rows: OutputRows, at: Int32Array, n: number): Uint8Array {
    const { symbols, dictionary, batch } = this;
    symbols.collect(rows, at, n);
    const body = this.measure(rows, at, n);
    const symbolBody = pad8(4 * (symbols.count + 1)) + pad8(symbols.bytes);
    const out = new Target(this.head.length + frameBytes(dictionary) + symbolBody + frameBytes(batch) + body + 8);
    out.bytes.set(this.head);
    out.pos = this.head.length;
    writeTexts(out, dictionary, symbols.texts, symbols.count);
    const meta = out.frame(batch);
    out.long(meta + batch.marks.get('body')!, body);
    out.long(meta + batch.marks.get('length')!, n);
    this.columns(out, meta, rows, at, n);
    out.view.setUint32(out.pos, 0xffffffff, true);
    return out.bytes;
  }

  /** Counts the nulls and the bytes of texts; returns the length of the body. */
  private measure(rows: OutputRows, at: Int32Array, n: number): number {
    const bits = pad8(Math.ceil(n / 8));
    const beats = this.symbols.heartbeats;
    this.nulls[1] = beats;
    let size = 8 * n + pad8(4 * n) + (beats > 0 ? bits : 0);
    for (let c = 0; c < this.schema.length; c++) {
      const { type } = this.schema[c];
      const col = rows.cols[c];
      let nulls = 0;
      let bytes = 0;
      for (let i = 0; i < n; i++) {
        const x = col[at[i]];
        if (isNull(x, rows.key[at[i]])) nulls++;
        else if (typeof x === 'string') bytes += Buffer.byteLength(x);
      }
      this.nulls[c + 2] = nulls;
      this.texts[c] = bytes;
      size += (nulls > 0 ? bits : 0) + (type === 'text' ? pad8(4 * (n + 1)) + pad8(bytes) : pad8(valueBytes(type, n)));
    }
    return size;
  }

  private columns(out: Target, meta: number, rows: OutputRows, at: Int32Array, n: number): void {
    const { batch, nulls, schema, symbols } = this;
    const body = out.pos;
    const nodes = meta + batch.marks.get('nodes')!;
    let buffer = meta + batch.marks.get('buffers')!;
    const place = (bytes: number): number => {
      const from = out.pos;
      out.long(buffer, from - body);
      out.long(buffer + 8, bytes);
      buffer += 16;
      out.pos = from + pad8(bytes);
      return from;
    };
    const validity = (c: number, isThere: (i: number) => boolean): void => {
      out.long(nodes + 16 * c, n);
      out.long(nodes + 16 * c + 8, nulls[c]);
      const from = place(nulls[c] === 0 ? 0 : Math.ceil(n / 8));
      if (nulls[c] > 0) for (let i = 0; i < n; i++) if (isThere(i)) out.bytes[from + (i >> 3)] |= 1 << (i & 7);
    };
    validity(0, () => true);
    let from = place(8 * n);
    for (let i = 0; i < n; i++) out.long(from + 8 * i, rows.ts[at[i]]);
    validity(1, (i) => symbols.index[i] >= 0);
    from = place(4 * n);
    for (let i = 0; i < n; i++) out.view.setInt32(from + 4 * i, Math.max(0, symbols.index[i]), true);
    for (let c = 0; c < schema.length; c++) {
      const col = rows.cols[c];
      validity(c + 2, (i) => !isNull(col[at[i]], rows.key[at[i]]));
      if (buffersOf(schema[c].type) === 3) this.text(out, place, col as TextColumn, rows, at, n, this.texts[c]);
      else writeValues(out, place(valueBytes(schema[c].type, n)), schema[c].type, col as Float64Array, rows.key, at, n);
    }
  }

  private text(out: Target, place: (bytes: number) => number, col: TextColumn, rows: OutputRows, at: Int32Array, n: number,
    bytes: number): void {
    const offsets = place(4 * (n + 1));
    const from = place(bytes);
    const buffer = Buffer.from(out.bytes.buffer);
    let end = 0;
    for (let i = 0; i < n; i++) {
      const text = col[at[i]];
      if (text !== null && rows.key[at[i]] >= 0) end += buffer.write(text, from + end, 'utf8');
      out.view.setInt32(offsets + 4 * (i + 1), end, true);
    }
  }
}

/** A heartbeat has no values, whatever stands in its row. */
const isNull = (x: number | string | null, key: number): boolean => key < 0 || (typeof x === 'number' ? x - x !== 0 : x === null);

const valueBytes = (type: Type, n: number): number =>
  (type === 'bool' ? Math.ceil(n / 8) : typeof type === 'object' ? indexBytes(type) * n : 8 * n);

function writeValues(out: Target, from: number, type: Type, col: Float64Array, key: Int32Array, at: Int32Array, n: number): void {
  const { view, bytes } = out;
  if (type === 'f64') {
    const into = new Float64Array(bytes.buffer, from, n);
    for (let i = 0; i < n; i++) into[i] = key[at[i]] < 0 ? NaN : col[at[i]];
    return;
  }
  const width = typeof type === 'object' ? indexBytes(type) : 8;
  for (let i = 0; i < n; i++) {
    const x = col[at[i]];
    if (isNull(x, key[at[i]])) continue;
    if (type === 'bool') bytes[from + (i >> 3)] |= x === 1 ? 1 << (i & 7) : 0;
    else if (width === 1) bytes[from + i] = x;
    else if (width === 4) view.setInt32(from + 4 * i, x, true);
    else out.long(from + 8 * i, x);
  }
}

/** A dictionary batch of texts. */
function writeTexts(out: Target, m: FlatMessage, texts: readonly Uint8Array[], n: number): void {
  const meta = out.frame(m);
  const body = out.pos;
  const offsets = pad8(4 * (n + 1));
  let end = 0;
  for (let s = 0; s < n; s++) {
    out.bytes.set(texts[s], body + offsets + end);
    end += texts[s].length;
    out.view.setInt32(body + 4 * (s + 1), end, true);
  }
  const buffers = meta + m.marks.get('buffers')!;
  out.long(meta + m.marks.get('nodes')!, n);
  out.long(meta + m.marks.get('length')!, n);
  out.long(buffers + 16 + 8, 4 * (n + 1));
  out.long(buffers + 32, offsets);
  out.long(buffers + 32 + 8, end);
  out.long(meta + m.marks.get('body')!, offsets + pad8(end));
  out.pos = body + offsets + pad8(end);
}

function wordsMessage(id: number, words: readonly string[]): Uint8Array {
  const texts = words.map((w) => Buffer.from(w, 'utf8'));
  const m = dictionaryMessage(id);
  const size = pad8(4 * (words.length + 1)) + pad8(texts.reduce((n, t) => n + t.length, 0));
  const out = new Target(frameBytes(m) + size);
  writeTexts(out, m, texts.length === 0 ? [NO_BYTES] : texts, words.length);
  return out.bytes;
}
