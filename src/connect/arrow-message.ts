import type { SourceContext } from '../core/connector.ts';
import { Refusal } from '../core/diagnostic.ts';
import { AlignedBytes } from './aligned.ts';
import { ARROW } from './arrow-decode.ts';
import { MessageBlock, MessageDictionary } from './arrow-message-block.ts';
import { MessageLayout } from './arrow-message-layout.ts';
import { readSchema } from './arrow-message-schema.ts';
import { ChunkBuffer } from './chunk-buffer.ts';
import { Damaged, FlatView } from './flat-view.ts';
import { MESSAGE_ROWS } from './message-sink.ts';
import type { MessageSink, PayloadDecoder } from './message-sink.ts';
import { passRows } from './row-gate.ts';

const CONTINUED = 0xffffffff;
const SCHEMA = 1;
const DICTIONARY = 2;
const BATCH = 3;
/** Version 4 of the format is that of Arrow 0.8; the encapsulation read here is that of 0.15 and later. */
const OLDEST = 3;
const LAYOUTS = 8;
/** A dictionary up to this size is kept: words of a column are the same in every message. Those of symbols rarely are. */
const KEPT_BYTES = 4096;
interface KeptDictionary {
  readonly bytes: Buffer;
  readonly dictionary: MessageDictionary;
}

/**
 * Messages that are Arrow IPC streams of any writer: a schema, dictionaries, record batches. Read here and not by the library, which takes
 * some hundred microseconds for a message of a few rows and trusts what lengths and offsets say.
 */
export class ArrowMessages implements PayloadDecoder {
  private readonly ctx: SourceContext;
  private readonly sink: MessageSink;
  private readonly stage: ChunkBuffer;
  private readonly message = new AlignedBytes();
  private readonly layouts: { readonly bytes: Buffer; readonly layout: MessageLayout | Refusal }[] = [];
  private readonly kept = new Map<number, KeptDictionary>();
  private readonly dictionaries = new Map<number, MessageDictionary>();
  private layout: MessageLayout | null = null;
  private row = 0;

  constructor(ctx: SourceContext, sink: MessageSink) {
    this.ctx = ctx;
    this.sink = sink;
    this.stage = new ChunkBuffer(ctx.schema, 1024);
  }

  decode(payload: Uint8Array, _symbol: string, id: number): void {
    const { message, sink } = this;
    message.load(payload);
    this.layout = null;
    this.dictionaries.clear();
    this.row = 0;
    try {
      this.stream(new FlatView(message.view, message.length), id);
    } catch (fault) {
      if (!(fault instanceof Damaged)) throw fault;
      sink.out.n = sink.start;
      sink.refuse('E718', `the message is no Arrow stream that can be read: it ${fault.message}`);
    }
  }

  private stream(v: FlatView, id: number): void {
    const { message } = this;
    const { length } = message;
    let pos = 0;
    while (pos < length) {
      if (v.u32(pos) !== CONTINUED) throw new Damaged(`has no message at byte ${pos}`);
      const size = v.i32(pos + 4);
      if (size === 0) {
        if (pos + 8 !== length) throw new Damaged('goes on after its end');
        return;
      }
      const body = pos + 8 + size;
      if (size < 0 || body > length || body % 8 !== 0) throw new Damaged('ends within a message');
      const table = v.root(pos + 8);
      const kind = v.field(table, 1);
      const bytes = v.field(table, 3);
      const version = v.field(table, 0);
      const end = body + (bytes === 0 ? 0 : v.size(bytes));
      if (end > length) throw new Damaged('ends within a message');
      if (version === 0 || v.i16(version) < OLDEST) throw new Damaged('is of an old version of the format');
      const header = v.child(table, 2);
      if (header === 0) throw new Damaged('has a message without a header');
      this.part(v, kind === 0 ? 0 : v.u8(kind), header, pos, body, end, id);
      pos = end;
    }
  }

  private part(v: FlatView, kind: number, header: number, pos: number, body: number, end: number, id: number): void {
    if (kind === SCHEMA) {
      if (this.layout !== null) throw new Damaged('has two schemas');
      this.layout = this.layoutOf(v, header, pos, body);
      return;
    }
    const { layout } = this;
    if (layout === null || (kind !== DICTIONARY && kind !== BATCH)) throw new Damaged('does not begin with a schema');
    if (kind === DICTIONARY) this.dictionary(v, layout, header, pos, body, end);
    else {
      const { fields, buffers } = layout;
      this.batch(new MessageBlock(v, this.message.bytes.buffer as ArrayBuffer, header, body, end, fields.length, buffers), layout, id);
    }
  }

  private layoutOf(v: FlatView, header: number, pos: number, body: number): MessageLayout {
    const bytes = Buffer.from(this.message.bytes.buffer, pos, body - pos);
    let known = this.layouts.find((l) => l.bytes.equals(bytes));
    if (known === undefined) {
      known = { bytes: Buffer.from(bytes), layout: this.planned(v, header) };
      if (this.layouts.length >= LAYOUTS) this.layouts.pop();
      this.layouts.unshift(known);
    }
    if (known.layout instanceof Refusal) throw known.layout;
    known.layout.begin();
    return known.layout;
  }

  private planned(v: FlatView, header: number): MessageLayout | Refusal {
    const fields = readSchema(v, header);
    try {
      return new MessageLayout(fields, this.ctx, this.sink.table);
    } catch (fault) {
      if (fault instanceof Refusal) return fault;
      throw fault;
    }
  }

  private dictionary(v: FlatView, layout: MessageLayout, header: number, pos: number, body: number, end: number): void {
    const number = v.field(header, 0);
    const id = number === 0 ? 0 : v.size(number);
    const field = layout.fields.find((f) => f.dictionary?.id === id);
    if (field === undefined) throw new Damaged(`has dictionary ${id}, which no column uses`);
    const delta = v.field(header, 2);
    if (delta !== 0 && v.u8(delta) !== 0) {
      const grown = this.dictionaries.get(id);
      if (grown === undefined) throw new Damaged(`adds to dictionary ${id}, which it does not have`);
      // What is kept for other messages stays as it is.
      const own = new MessageDictionary();
      own.addAll(grown);
      this.fill(own, v, this.message.bytes.buffer as ArrayBuffer, header, body, end, field.type);
      this.dictionaries.set(id, own);
      return;
    }
    const dictionary = new MessageDictionary();
    if (field === layout.symbols || end - pos > KEPT_BYTES) {
      this.dictionaries.set(id, dictionary);
      this.fill(dictionary, v, this.message.bytes.buffer as ArrayBuffer, header, body, end, field.type);
      return;
    }
    const bytes = Buffer.from(this.message.bytes.buffer, pos, end - pos);
    const kept = this.kept.get(id);
    if (kept !== undefined && kept.bytes.equals(bytes)) {
      this.dictionaries.set(id, kept.dictionary);
      return;
    }
    this.dictionaries.set(id, dictionary);
    const copy = new Uint8Array(bytes);
    const view = new FlatView(new DataView(copy.buffer), copy.length);
    this.fill(dictionary, view, copy.buffer, header - pos, body - pos, end - pos, field.type);
    if (this.kept.size >= 64) this.kept.clear();
    this.kept.set(id, { bytes: Buffer.from(copy.buffer), dictionary });
  }

  private fill(into: MessageDictionary, v: FlatView, buffer: ArrayBuffer, header: number, body: number, end: number,
    type: MessageLayout['fields'][number]['type']): void {
    if (type.typeId !== ARROW.utf8 && type.typeId !== ARROW.largeUtf8) throw new Damaged('has a dictionary of other things than texts');
    const data = v.child(header, 1);
    if (data === 0) throw new Damaged('has a dictionary without entries');
    const block = new MessageBlock(v, buffer, data, body, end, 1, 3);
    if (into.length + block.rows > MESSAGE_ROWS) throw new Damaged(`has a dictionary of ${block.rows} entries`);
    if (block.rows > 0) into.add(block.column({ name: '', type, dictionary: null, buffers: 3 }, 0, 0, undefined), block.rows);
  }

  private batch(block: MessageBlock, layout: MessageLayout, id: number): void {
    const { sink, stage } = this;
    const n = block.rows;
    if (this.row + n > MESSAGE_ROWS) throw new Damaged(`holds more than ${MESSAGE_ROWS} rows`);
    if (n === 0) return;
    stage.ensure(n);
    stage.n = n;
    layout.fill(block, this.dictionaries, stage, id);
    const first = this.row;
    this.row += n;
    passRows(stage, sink.out, layout.plan.columns, (i, fault) => sink.refuse(fault.code, fault.message, first + i));
  }
}
