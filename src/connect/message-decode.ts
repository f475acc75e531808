import type { BadCount, Chunk, SourceContext } from '../core/connector.ts';
import { Refusal } from '../core/diagnostic.ts';
import { HEADER } from '../core/log.ts';
import type { BadMessage, Envelope, MessageDecoder } from '../core/message.ts';
import { ArrowMessages } from './arrow-message.ts';
import { shorten } from './bad-rows.ts';
import { CODECS, isCodec } from './codec-names.ts';
import type { Codec } from './codec-names.ts';
import { CompactMessages } from './compact-read.ts';
import { JsonMessages } from './json-message.ts';
import { MessageSink } from './message-sink.ts';
import type { PayloadDecoder } from './message-sink.ts';

const MAX_BYTES = 1 << 20;
/** Subjects whose symbol is remembered; a market has some thousand. */
const SUBJECTS = 65_536;

/** What a subject says: its symbol, and the number of that in the decoder's table. */
interface Captured {
  readonly symbol: string;
  readonly id: number;
}

export interface DecoderOptions {
  /** Takes the values out of a subject: `BusTemplate` has it. `{symbol}` is used, other holes are not. */
  readonly subject: { capture(subject: string): Readonly<Record<string, string>> | null };
  /** Gets every message that could not be read, or of which a row could not. */
  readonly onBad?: (message: BadMessage) => void;
  /** False reads every JSON message by JSON.parse: what the scanner is held to. */
  readonly scan?: boolean;
}

/**
 * Turns the messages of one source into rows, by the codec that each names or that of the source. What a message becomes depends on it
 * alone and not on those before it, so that a reader that begins in the middle of a log gets the same rows. Symbols are interned in the
 * order of rows.
 */
export class SourceDecoder implements MessageDecoder {
  private readonly ctx: SourceContext;
  private readonly options: DecoderOptions;
  private readonly sink: MessageSink;
  private readonly codec: Codec;
  private readonly maxBytes: number;
  private readonly decoders = new Map<Codec, PayloadDecoder>();
  private readonly subjects = new Map<string, Captured>();
  /** Keys of the graph's table by number of a symbol in the sink's; -1 where no row of it was read yet. */
  private keys = new Int32Array(1024).fill(-1);

  constructor(ctx: SourceContext, options: DecoderOptions) {
    const { codec = 'json', max_bytes: maxBytes } = ctx.args;
    if (!isCodec(codec)) {
      throw new Refusal('E713', `\`codec\` is \`${String(codec)}\``, { exit: 3, help: [`it can be: ${CODECS.join(', ')}`] });
    }
    this.ctx = ctx;
    this.options = options;
    this.codec = codec;
    this.maxBytes = typeof maxBytes === 'number' ? maxBytes : MAX_BYTES;
    this.sink = new MessageSink(ctx.schema);
    this.decoderOf(codec);
  }

  get chunk(): Chunk {
    return this.sink.out;
  }

  get bad(): BadCount {
    return this.sink.faults;
  }

  clear(): void {
    this.sink.out.n = 0;
  }

  decode(message: Envelope, at: number): number {
    const { sink } = this;
    const { out, faults } = sink;
    const { payload } = message;
    sink.begin(at, payload);
    try {
      this.read(message, payload);
    } catch (fault) {
      // Whatever goes wrong with one message must not end the stream: a stack that overflows on a deep value, a column type nobody reads.
      out.n = sink.start;
      if (fault instanceof Refusal) sink.refuse(fault.code, fault.message);
      else sink.refuse('E757', `the message cannot be read: ${fault instanceof Error ? fault.message : String(fault)}`);
    }
    const n = out.n - sink.start;
    if (n === 0 && faults.code === '') sink.refuse('E719', 'the message holds no row');
    if (n > 0) this.intern();
    if (faults.code !== '') this.report(message, at);
    return n;
  }

  private read(message: Envelope, payload: Uint8Array): void {
    const { sink } = this;
    if (payload.length === 0) return sink.refuse('E719', 'the message is empty');
    if (payload.length > this.maxBytes) {
      return sink.refuse('E715', `the message has ${payload.length} bytes; \`max_bytes\` is ${this.maxBytes}`);
    }
    const named = message.header(HEADER.codec);
    if (named !== '' && !isCodec(named)) {
      return sink.refuse('E714', `the message names the codec \`${shorten(named, 64)}\`; there are ${CODECS.join(', ')}`);
    }
    const { symbol, id } = this.captured(message.subject);
    this.decoderOf(named === '' ? this.codec : named).decode(payload, symbol, id);
  }

  private decoderOf(codec: Codec): PayloadDecoder {
    let decoder = this.decoders.get(codec);
    if (decoder === undefined) {
      const { ctx, sink } = this;
      decoder = codec === 'json' ? new JsonMessages(ctx, sink, this.options.scan !== false)
        : codec === 'arrow' ? new ArrowMessages(ctx, sink) : new CompactMessages(ctx, sink);
      this.decoders.set(codec, decoder);
    }
    return decoder;
  }

  private captured(subject: string): Captured {
    let found = this.subjects.get(subject);
    if (found === undefined) {
      const symbol = this.options.subject.capture(subject)?.symbol ?? '';
      found = { symbol, id: symbol === '' ? -1 : this.sink.table.lookupText(symbol) };
      if (this.subjects.size >= SUBJECTS) this.subjects.clear();
      this.subjects.set(subject, found);
    }
    return found;
  }

  /** Numbers of the sink's table into keys, now that every row of the message is there to stay. */
  private intern(): void {
    const { out, start, table } = this.sink;
    const { key } = out;
    if (this.keys.length < table.size) {
      const grown = new Int32Array(2 * table.size).fill(-1);
      grown.set(this.keys);
      this.keys = grown;
    }
    const { keys } = this;
    for (let i = start; i < out.n; i++) {
      const number = key[i];
      if (number < 0) continue;
      if (keys[number] < 0) keys[number] = this.ctx.keys.intern(table.texts[number]);
      key[i] = keys[number];
    }
  }

  private report({ subject, payload }: Envelope, at: number): void {
    const { code, message } = this.sink.faults;
    this.options.onBad?.({ at, subject, code, message: shorten(message, 1000), payload });
  }
}
