import type { BadCount, Chunk, SourceContext, SourceFeed } from '../core/connector.ts';
import { Refusal } from '../core/diagnostic.ts';
import type { BadMessage, Envelope } from '../core/message.ts';
import { REPLAY_FORMS, parseReplay } from '../core/replay-from.ts';
import type { BusMessage, BusPort, BusSubscription, BusTemplate } from './bus-port.ts';
import { SourceDecoder } from './message-decode.ts';

/** Rows handed over at once: as many as have arrived, up to an epoch's and the rest of a message. */
const BATCH = 4096;

/** A message of the bus as the decoder takes it: the same object for every one, and text as bytes. */
class BusEnvelope implements Envelope {
  payload: Uint8Array = new Uint8Array(0);
  private message: BusMessage = { subject: '', payload: '' };

  get subject(): string {
    return this.message.subject;
  }

  load(message: BusMessage): this {
    this.message = message;
    this.payload = typeof message.payload === 'string' ? Buffer.from(message.payload, 'utf8') : message.payload;
    return this;
  }

  header(name: string): string {
    return this.message.header === undefined ? '' : this.message.header(name);
  }
}

/** Rows from the messages of a subject, as they arrive. One that cannot be read is counted as bad. */
export class NatsFeed implements SourceFeed {
  private readonly ctx: SourceContext;
  private readonly bus: BusPort;
  private readonly template: BusTemplate;
  private readonly decoder: SourceDecoder;
  private readonly envelope = new BusEnvelope();
  private subscription: BusSubscription | null = null;
  private seq = 0;
  private done: Promise<void> = Promise.resolve();

  constructor(ctx: SourceContext, bus: BusPort, onBad?: (message: BadMessage) => void) {
    const { replay } = ctx.args;
    if (typeof replay === 'string' && parseReplay(replay) === null) {
      throw new Refusal('E713', `\`replay\` is \`${replay}\``, { exit: 3, help: [`it can be: ${REPLAY_FORMS}`] });
    }
    this.ctx = ctx;
    this.bus = bus;
    this.template = bus.template(String(ctx.args.subject), 'source');
    this.decoder = new SourceDecoder(ctx, { subject: this.template, ...(onBad === undefined ? {} : { onBad }) });
  }

  get bad(): BadCount {
    return this.decoder.bad;
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
    const { decoder } = this;
    while (await subscription.ready()) {
      while (decoder.chunk.n < BATCH) {
        const message = subscription.take();
        if (message === null) break;
        decoder.decode(this.envelope.load(message), this.seq++);
      }
      if (decoder.chunk.n > 0) onChunk(decoder.chunk);
      decoder.clear();
      // Publishers get a turn, so that the next batch is what has arrived meanwhile.
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}
