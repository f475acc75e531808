import { isUtf8 } from 'node:buffer';
import type { SourceContext } from '../core/connector.ts';
import type { TextColumn } from '../core/frame.ts';
import { AlignedBytes, pad8 } from './aligned.ts';
import { ChunkBuffer } from './chunk-buffer.ts';
import { COMPACT, FORM, formOf, layoutHash, layoutText } from './compact-layout.ts';
import { MESSAGE_ROWS } from './message-sink.ts';
import type { MessageSink, PayloadDecoder } from './message-sink.ts';
import { NO_SYMBOL, passRows } from './row-gate.ts';
import type { GateColumn } from './row-gate.ts';
import { UNKNOWN } from './words.ts';

const SYMBOL_BYTES = 256;

/** Messages of the layout that message-doc.ts tells: columns that are copied, not parsed. */
export class CompactMessages implements PayloadDecoder {
  private readonly sink: MessageSink;
  private readonly columns: readonly GateColumn[];
  private readonly forms: Uint8Array;
  private readonly text: string;
  private readonly hash: string;
  private readonly low: number;
  private readonly high: number;
  private readonly stage: ChunkBuffer;
  private readonly message = new AlignedBytes();
  private ids = new Int32Array(64);
  private pos = 0;

  constructor(ctx: SourceContext, sink: MessageSink) {
    this.sink = sink;
    this.columns = ctx.schema.map(({ name, type }) => ({ name, type, required: !ctx.optional.includes(name) }));
    this.forms = Uint8Array.from(ctx.schema, (f) => formOf(f.type));
    this.text = layoutText(ctx.schema);
    this.hash = layoutHash(ctx.schema);
    this.high = Number.parseInt(this.hash.slice(0, 8), 16);
    this.low = Number.parseInt(this.hash.slice(8), 16);
    this.stage = new ChunkBuffer(ctx.schema, 1024);
  }

  decode(payload: Uint8Array, symbol: string, id: number): void {
    const { message, sink, stage } = this;
    message.load(payload);
    const n = this.header();
    if (n < 0) return;
    stage.ensure(n);
    stage.n = n;
    if (!this.keys(n, symbol === '' ? NO_SYMBOL : id)) return;
    for (let c = 0; c < this.columns.length; c++) if (!this.column(c, n)) return;
    if (this.pos !== message.length) return this.damaged(`ends at byte ${message.length}, not ${this.pos}`);
    passRows(stage, sink.out, this.columns, (i, fault) => sink.refuse(fault.code, fault.message, i));
  }

  private damaged(what: string): void {
    this.sink.refuse('E716', `the message is no compact message: it ${what}`);
  }

  /** Rows of the message, or -1. */
  private header(): number {
    const { length, view } = this.message;
    if (length < COMPACT.header || view.getUint32(0, true) !== COMPACT.magic) {
      this.damaged(length < COMPACT.header ? `has ${length} bytes` : 'does not begin with MRCB');
      return -1;
    }
    const version = view.getUint8(4);
    if (version !== COMPACT.version) {
      this.damaged(`has version ${version}; version ${COMPACT.version} is read`);
      return -1;
    }
    if (view.getUint32(8, true) !== this.low || view.getUint32(12, true) !== this.high) {
      const found = [view.getUint32(12, true), view.getUint32(8, true)].map((x) => x.toString(16).padStart(8, '0')).join('');
      this.sink.refuse('E717', `the layout of the message is ${found}, that of this source ${this.hash} (${this.text})`);
      return -1;
    }
    const n = view.getUint32(16, true);
    if (n <= MESSAGE_ROWS) return n;
    this.sink.refuse('E715', `the message holds ${n} rows; at most ${MESSAGE_ROWS} are read`);
    return -1;
  }

  /** Takes a section; false where the message ends before it. */
  private take(bytes: number): boolean {
    if (bytes <= this.message.length - this.pos) return true;
    this.damaged(`ends at byte ${this.message.length}, within a section`);
    return false;
  }

  /** Times and symbols. A message without symbols is all of the one that its subject names. */
  private keys(n: number, symbol: number): boolean {
    const { stage, message } = this;
    const { view } = message;
    const width = view.getUint8(5);
    const symbols = view.getUint32(20, true);
    const texts = view.getUint32(24, true);
    if (width !== 2 && width !== 4) {
      this.damaged(`has indexes of ${width} bytes`);
      return false;
    }
    if (symbols > n || texts > message.length) {
      this.damaged(`has ${symbols} symbols of ${texts} bytes for ${n} rows`);
      return false;
    }
    const ts = COMPACT.header;
    const index = ts + 8 * n;
    const lengths = index + pad8(width * n);
    this.pos = 0;
    if (!this.take(lengths + pad8(4 * symbols + texts))) return false;
    this.pos = lengths + pad8(4 * symbols + texts);
    if (!this.symbols(lengths, symbols, texts)) return false;
    stage.ts.set(message.doubles.subarray(ts / 8, ts / 8 + n));
    const none = width === 2 ? 0xffff : 0xffffffff;
    const { ids } = this;
    for (let i = 0; i < n; i++) {
      const at = width === 2 ? view.getUint16(index + 2 * i, true) : view.getUint32(index + 4 * i, true);
      stage.key[i] = at === none ? -1 : at < symbols ? ids[at] : symbols === 0 && at === 0 ? symbol : NO_SYMBOL;
    }
    return true;
  }

  private symbols(lengths: number, count: number, texts: number): boolean {
    const { message, sink } = this;
    let from = lengths + 4 * count;
    const end = from + texts;
    if (!isUtf8(message.bytes.subarray(from, end))) {
      sink.refuse('E759', 'the symbols of the message are not UTF-8');
      return false;
    }
    if (this.ids.length < count) this.ids = new Int32Array(2 * count);
    for (let s = 0; s < count; s++) {
      const length = message.view.getUint32(lengths + 4 * s, true);
      if (length > SYMBOL_BYTES || length > end - from || (length > 0 && isInside(message.bytes[from]))) {
        this.damaged(`has a symbol of ${length} bytes`);
        return false;
      }
      this.ids[s] = length === 0 ? NO_SYMBOL : sink.table.lookup(message.bytes, from, from + length);
      from += length;
    }
    if (from === end) return true;
    this.damaged(`has ${texts} bytes of symbols, of which ${end - from} belong to none`);
    return false;
  }

  private column(c: number, n: number): boolean {
    const { message, stage } = this;
    const form = this.forms[c];
    const at = this.pos;
    if (form === FORM.text) return this.texts(stage.cols[c] as TextColumn, n);
    const bytes = form === FORM.number ? 8 * n : pad8(n);
    if (!this.take(bytes)) return false;
    this.pos = at + bytes;
    const col = stage.cols[c] as Float64Array;
    const { type } = this.columns[c];
    const words = typeof type === 'object' ? type.values.length : 2;
    if (form === FORM.number) {
      col.set(message.doubles.subarray(at / 8, at / 8 + n));
      if (typeof type === 'object') {
        for (let i = 0; i < n; i++) if (!(col[i] < words && col[i] >= 0 && col[i] % 1 === 0)) col[i] = col[i] !== col[i] ? NaN : UNKNOWN;
      }
      return true;
    }
    const { bytes: codes } = message;
    for (let i = 0; i < n; i++) {
      const code = codes[at + i];
      col[i] = code < words ? code : code === COMPACT.none ? NaN : UNKNOWN;
    }
    return true;
  }

  private texts(col: TextColumn, n: number): boolean {
    const { message, pos } = this;
    if (!this.take(4 * n)) return false;
    let from = pos + 4 * n;
    const buffer = Buffer.from(message.bytes.buffer, 0, message.length);
    let bytes = 0;
    for (let i = 0; i < n; i++) bytes += Math.max(0, message.view.getInt32(pos + 4 * i, true));
    if (!this.take(pad8(4 * n + bytes))) return false;
    if (!isUtf8(message.bytes.subarray(from, from + bytes))) {
      this.sink.refuse('E759', 'a text of the message is not UTF-8');
      return false;
    }
    for (let i = 0; i < n; i++) {
      const length = message.view.getInt32(pos + 4 * i, true);
      if (length < -1 || (length > 0 && isInside(message.bytes[from]))) {
        this.damaged(`has a text of ${length} bytes`);
        return false;
      }
      col[i] = length < 0 ? null : buffer.toString('utf8', from, (from += length));
    }
    this.pos = pos + pad8(4 * n + bytes);
    return true;
  }
}

/** A byte that goes on with a character: no text begins with it. */
const isInside = (byte: number): boolean => (byte & 0xc0) === 0x80;
