import type { BadRow, Chunk, SourceContext, SourceFeed } from '../core/connector.ts';
import { Refusal } from '../core/diagnostic.ts';
import type { BadMessage } from '../core/message.ts';
import { BadRows } from './bad-rows.ts';
import type { BusPort, BusSubscription, BusTemplate } from './bus-port.ts';
import { ChunkBuffer } from './chunk-buffer.ts';
import { RecordDecoder } from './record-decode.ts';
import type { Json } from './record-decode.ts';

/** Rows handed over at once: as many as have arrived, up to an epoch's. */
const BATCH = 4096;

/** Bad rows, and what was wrong with the newest of them. */
class Faults extends BadRows {
  code = '';
  message = '';

  override add(at: number, code: string, message: string, raw: string): void {
    this.code = code;
    this.message = message;
    super.add(at, code, message, raw);
  }
}

/** Rows from the messages of a subject. A message holds one JSON object or a list of them; one that cannot be read is counted as bad. */
export class NatsFeed implements SourceFeed {
  private readonly ctx: SourceContext;
  private readonly bus: BusPort;
  private readonly template: BusTemplate;
  private readonly faults = new Faults();
  private readonly onBad: ((bad: BadMessage) => void) | undefined;
  private readonly decoder: RecordDecoder;
  private readonly out: ChunkBuffer;
  private readonly ids: number[] = [];
  private readonly symbols = new Map<string, string>();
  private subscription: BusSubscription | null = null;
  private seq = 0;
  private done: Promise<void> = Promise.resolve();

  constructor(ctx: SourceContext, bus: BusPort, onBad?: (bad: BadMessage) => void) {
    this.onBad = onBad;
    this.ctx = ctx;
    this.bus = bus;
    this.template = bus.template(String(ctx.args.subject), 'source');
    this.decoder = new RecordDecoder(ctx, this.faults, `a message of ${String(ctx.args.subject)}`);
    this.out = new ChunkBuffer(ctx.schema, BATCH);
  }

  get bad(): { count: number; readonly first: BadRow[] } {
    return this.faults;
  }

  /** Messages lost because the pipeline was too slow (`when_full: drop`). */
  get dropped(): number {
    return this.subscription?.dropped ?? 0;
  }

  get pending(): number {
    return this.subscription?.pending ?? 0;
  }

  /** Times that messages may have been lost in a number nobody knows: the link to the bus was cut. */
  get gaps(): number {
    return this.subscription?.gaps ?? 0;
  }

  async start(onChunk: (chunk: Chunk) => void, onEnd: (failure?: unknown) => void): Promise<void> {
    const { buffer, when_full: whenFull } = this.ctx.args;
    this.subscription = this.bus.subscribe(this.template.pattern, {
      capacity: typeof buffer === 'number' ? buffer : 65_536, whenFull: whenFull === 'drop' ? 'drop' : 'wait',
    });
    // Only what is published from here on will come; a source that has started must not miss what its starter publishes next.
    await this.bus.flush();
    this.done = this.run(this.subscription, onChunk).then(() => onEnd(), onEnd);
  }

  /** Ends the subscription; what it holds is still handed over. */
  async close(): Promise<void> {
    this.subscription?.close();
    await this.done;
  }

  private async run(subscription: BusSubscription, onChunk: (chunk: Chunk) => void): Promise<void> {
    while (await subscription.ready()) {
      this.out.n = 0;
      while (this.out.n < BATCH) {
        const message = subscription.take();
        if (message === null) break;
        this.read(message.subject, message.payload, onChunk);
      }
      this.emit(onChunk);
      // Publishers get a turn, so that the next batch is what has arrived meanwhile.
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  private emit(onChunk: (chunk: Chunk) => void): void {
    const { out } = this;
    if (out.n === 0) return;
    const { table } = this.decoder;
    for (let i = 0; i < out.n; i++) {
      const local = out.key[i];
      if (local >= 0) out.key[i] = this.ids[local] ??= this.ctx.keys.intern(table.texts[local]);
    }
    onChunk(out);
    out.n = 0;
  }

  private read(subject: string, payload: Uint8Array | string, onChunk: (chunk: Chunk) => void): void {
    const at = this.seq++;
    const before = this.faults.count;
    const text = typeof payload === 'string' ? payload : Buffer.from(payload.buffer, payload.byteOffset, payload.length).toString('utf8');
    this.take(subject, text, at, onChunk);
    if (this.faults.count === before || this.onBad === undefined) return;
    const { code, message } = this.faults;
    this.onBad({ at, subject, code, message, payload: typeof payload === 'string' ? Buffer.from(payload) : payload });
  }

  private take(subject: string, text: string, seq: number, onChunk: (chunk: Chunk) => void): void {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      value = null;
    }
    const symbol = this.symbolOf(subject);
    for (const record of Array.isArray(value) ? (value as unknown[]) : [value]) {
      if (this.out.full) this.emit(onChunk);
      if (typeof record !== 'object' || record === null || Array.isArray(record)) {
        this.faults.add(seq, 'E757', 'the message is no JSON object', text);
        continue;
      }
      this.add(record as Json, seq, symbol);
    }
  }

  /** A feed outlives a malformed message: even a shape that does not fit is only counted. */
  private add(record: Json, seq: number, symbol: string): void {
    try {
      this.decoder.add(this.out, record, seq, symbol);
    } catch (fault) {
      if (!(fault instanceof Refusal)) throw fault;
      this.faults.add(seq, fault.code, fault.message, JSON.stringify(record));
    }
  }

  private symbolOf(subject: string): string {
    let symbol = this.symbols.get(subject);
    if (symbol === undefined) {
      symbol = this.template.capture(subject)?.symbol ?? '';
      this.symbols.set(subject, symbol);
    }
    return symbol;
  }
}
