import { isUtf8 } from 'node:buffer';
import { ARROW } from './arrow-decode.ts';
import type { ArrowColumn, ArrowColumnType } from './arrow-decode.ts';
import type { MessageField } from './arrow-message-schema.ts';
import { Damaged } from './flat-view.ts';
import type { FlatView } from './flat-view.ts';

const NO_BYTES = new Uint8Array(0);

const DICTIONARY: ArrowColumnType = { typeId: ARROW.dictionary, toString: () => 'dictionary' };

/** Built by assignment: a message has as many as columns, and objects put together from others are what a small message would pay for. */
class MessageColumn implements ArrowColumn {
  readonly type: ArrowColumnType;
  readonly offset = 0;
  readonly nullCount: number;
  nullBitmap: Uint8Array | null = null;
  values: unknown = NO_BYTES;
  valueOffsets: unknown = null;
  dictionary: ArrowColumn['dictionary'] = undefined;

  constructor(type: ArrowColumnType, nullCount: number) {
    this.type = type;
    this.nullCount = nullCount;
  }
}

/** A record batch of a message: its table, and the body that its buffers lie in. Whatever a buffer claims is checked before it is seen. */
export class MessageBlock {
  readonly rows: number;
  private readonly v: FlatView;
  private readonly buffer: ArrayBuffer;
  private readonly body: number;
  private readonly bodyEnd: number;
  private readonly nodes: number;
  private readonly buffers: number;

  constructor(v: FlatView, buffer: ArrayBuffer, table: number, body: number, bodyEnd: number, nodes: number, buffers: number) {
    this.v = v;
    this.buffer = buffer;
    this.body = body;
    this.bodyEnd = bodyEnd;
    if (v.field(table, 3) !== 0) throw new Damaged('is compressed; messages are read uncompressed');
    const length = v.field(table, 0);
    this.rows = length === 0 ? 0 : v.size(length);
    this.nodes = v.child(table, 1);
    this.buffers = v.child(table, 2);
    if (v.count(this.nodes, 16) !== nodes || v.count(this.buffers, 16) !== buffers) throw new Damaged('has other columns than its schema');
  }

  /** Column `f`, whose buffers begin with number `first`. */
  column(field: MessageField, f: number, first: number, dictionary: ArrowColumn['dictionary']): ArrowColumn {
    const { rows, v } = this;
    const node = this.nodes + 4 + 16 * f;
    const nullCount = v.size(node + 8);
    if (v.size(node) !== rows || nullCount > rows) throw new Damaged('has columns of several lengths');
    const column = new MessageColumn(field.dictionary === null ? field.type : DICTIONARY, nullCount);
    if (nullCount > 0 && field.buffers > 0) column.nullBitmap = this.bytes(first, Math.ceil(rows / 8));
    if (field.dictionary !== null) {
      column.values = this.values(field.dictionary.index, first + 1);
      column.dictionary = dictionary;
      return column;
    }
    const { type } = field;
    const wide = type.typeId === ARROW.largeUtf8;
    if (!wide && type.typeId !== ARROW.utf8) {
      column.values = this.values(type, first + 1);
      return column;
    }
    const offsets = wide ? new BigInt64Array(this.buffer, this.place(first + 1, 8 * (rows + 1)), rows + 1)
      : new Int32Array(this.buffer, this.place(first + 1, 4 * (rows + 1)), rows + 1);
    const values = this.bytes(first + 2, 0);
    checkTexts(offsets, values, rows);
    column.valueOffsets = offsets;
    column.values = values;
    return column;
  }

  private values(type: MessageField['type'], k: number): unknown {
    const { buffer, rows: n } = this;
    const { typeId } = type;
    if (typeId === ARROW.bool) return this.bytes(k, Math.ceil(n / 8));
    if (typeId === ARROW.timestamp || typeId === ARROW.duration || (typeId === ARROW.date && type.unit !== 0)) {
      return new BigInt64Array(buffer, this.place(k, 8 * n), n);
    }
    if (typeId === ARROW.date) return new Int32Array(buffer, this.place(k, 4 * n), n);
    if (typeId === ARROW.float) {
      return type.precision === 2 ? new Float64Array(buffer, this.place(k, 8 * n), n)
        : type.precision === 1 ? new Float32Array(buffer, this.place(k, 4 * n), n) : NO_BYTES;
    }
    if (typeId !== ARROW.int) return NO_BYTES;
    const at = this.place(k, (type.bitWidth! / 8) * n);
    switch (type.bitWidth) {
      case 8: return type.signed ? new Int8Array(buffer, at, n) : new Uint8Array(buffer, at, n);
      case 16: return type.signed ? new Int16Array(buffer, at, n) : new Uint16Array(buffer, at, n);
      case 32: return type.signed ? new Int32Array(buffer, at, n) : new Uint32Array(buffer, at, n);
      default: return type.signed ? new BigInt64Array(buffer, at, n) : new BigUint64Array(buffer, at, n);
    }
  }

  /** Where buffer `k` is, which must have so many bytes at least. */
  private place(k: number, bytes: number): number {
    const at = this.buffers + 4 + 16 * k;
    const from = this.body + this.v.size(at);
    const length = this.v.size(at + 8);
    if (length < bytes || from > this.bodyEnd - length) throw new Damaged(`has a buffer of ${length} bytes that does not fit`);
    if (from % 8 !== 0) throw new Damaged('has buffers that are not aligned to 8 bytes');
    return from;
  }

  /** All of buffer `k`. */
  private bytes(k: number, least: number): Uint8Array {
    return new Uint8Array(this.buffer, this.place(k, least), this.v.size(this.buffers + 4 + 16 * k + 8));
  }
}

/** Offsets must rise within the bytes, and no text may begin within a character. */
function checkTexts(offsets: Int32Array | BigInt64Array, values: Uint8Array, n: number): void {
  const first = Number(offsets[0]);
  let from = first;
  if (from < 0) throw new Damaged('has texts that begin before their bytes');
  for (let i = 0; i < n; i++) {
    const to = Number(offsets[i + 1]);
    if (to < from || to > values.length) throw new Damaged('has texts that end outside their bytes');
    if (to > from && (values[from] & 0xc0) === 0x80) throw new Damaged('has a text that is not UTF-8');
    from = to;
  }
  if (!isUtf8(values.subarray(first, from))) throw new Damaged('has a text that is not UTF-8');
}

/** A dictionary of texts, in one part or, where it was added to, in several. */
export class MessageDictionary {
  length = 0;
  /** Numbers that the symbols have in a table, by entry; -1 until one is asked for. */
  ids = new Int32Array(0);
  private readonly parts: { readonly from: number; readonly column: ArrowColumn }[] = [];

  add(column: ArrowColumn, n: number): void {
    if (column.nullCount > 0) throw new Damaged('has a null in a dictionary');
    this.parts.push({ from: this.length, column });
    this.length += n;
    this.ids = new Int32Array(this.length).fill(-1);
  }

  addAll(other: MessageDictionary): void {
    for (const { column } of other.parts) this.add(column, (column.valueOffsets as Int32Array).length - 1);
  }

  /** Calls back with the bytes of entry `i`. */
  slice<T>(i: number, use: (bytes: Uint8Array, from: number, to: number) => T): T {
    let p = this.parts.length - 1;
    while (this.parts[p].from > i) p--;
    const { from, column } = this.parts[p];
    const offsets = column.valueOffsets as Int32Array | BigInt64Array;
    return use(column.values as Uint8Array, Number(offsets[i - from]), Number(offsets[i - from + 1]));
  }

  get(i: number): string {
    return this.slice(i, (b, from, to) => Buffer.from(b.buffer, b.byteOffset + from, to - from).toString('utf8'));
  }
}
