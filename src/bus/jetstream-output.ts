import type { NatsConnection } from '@nats-io/transport-node';
import type { LogMessage, LogState, OutputLog, OutputMessage, Stored, Tail } from '../core/log.ts';
import { JetStreamApi } from './jetstream-api.ts';
import type { ApiOptions } from './jetstream-api.ts';
import { JetStreamWire } from './jetstream-wire.ts';
import { notAllowed, violates } from './log-refusals.ts';
import { Publisher } from './publisher.ts';
import type { PublisherCounts } from './publisher.ts';

export interface JetStreamOutputOptions extends ApiOptions {
  readonly stream: string;
  readonly chain: 'log' | 'subject';
  /** Subjects this output publishes to; all of the stream where there are none. */
  readonly patterns?: readonly string[];
  /** Most messages (2,048) and bytes (8 MiB) appended and not yet stored. */
  readonly window?: number;
  readonly bytes?: number;
  /** So long without an acknowledgement, and the end of the stream is read to see what has become of the messages. */
  readonly ackTimeoutMs?: number;
}

export interface OutputCounters extends PublisherCounts {
  /** Messages given to the connection, those that were sent again among them. */
  sent: number;
  pendingMessages: number;
  pendingBytes: number;
}

const ACK_TIMEOUT_MS = 2000;
const TICKS = 4;

/** A JetStream stream as an output: pipelined, chained, and found again after any fault (see `Publisher`). */
export class JetStreamOutput implements OutputLog {
  readonly name: string;
  readonly chain: 'log' | 'subject';
  private readonly api: JetStreamApi;
  private readonly wire: JetStreamWire;
  private readonly publisher: Publisher;
  private readonly leave: () => void;
  private readonly timer: NodeJS.Timeout;
  private quiet = 0;
  private acked = 0;
  private closing: Promise<void> | null = null;

  constructor(nc: NatsConnection, options: JetStreamOutputOptions) {
    this.name = `stream ${options.stream}`;
    this.chain = options.chain;
    this.api = new JetStreamApi(nc, options.stream, options);
    this.wire = new JetStreamWire(this.api, this.name, options.patterns ?? []);
    this.publisher = new Publisher(this.wire, { log: this.name, ...options });
    this.wire.answers = this.publisher;
    this.wire.onFault = (fault) => this.publisher.fail(notAllowed(fault));
    this.leave = this.api.link.on((event, error) => {
      if (event === 'error' && violates(error, ...(options.patterns ?? []).map((p) => p.replace(/[*>].*$/, '')))) {
        this.publisher.fail(notAllowed(error));
      } else if (event === 'down') {
        // Even with nothing under way: the server that comes back may not be as far as the one that went.
        this.publisher.resync();
      }
    });
    this.timer = setInterval(() => this.tick(), (options.ackTimeoutMs ?? ACK_TIMEOUT_MS) / TICKS);
    this.timer.unref();
  }

  state(): Promise<LogState> {
    return this.wire.state();
  }

  get(seq: number): Promise<LogMessage | null> {
    return this.api.get(seq);
  }

  async tails(): Promise<readonly Tail[]> {
    const { created, last } = await this.wire.state();
    let tails: Tail[];
    if (this.chain === 'log') {
      const newest = await this.wire.newest();
      tails = newest === null ? [] : [newest];
    } else {
      tails = [...(await this.wire.newestOf(await this.wire.subjects())).values()];
    }
    // Between the two questions more may have been stored.
    this.publisher.begin(created, tails.reduce((most, t) => Math.max(most, t.seq), last), tails);
    return tails;
  }

  append(message: OutputMessage): void {
    this.publisher.append(message);
  }

  get pending(): number {
    return this.publisher.pending.count;
  }

  get counters(): OutputCounters {
    const { counts, pending } = this.publisher;
    return { sent: this.wire.sent, ...counts, pendingMessages: pending.count, pendingBytes: pending.bytes };
  }

  room(): Promise<void> | undefined {
    return this.publisher.room();
  }

  stored(): Promise<Stored> {
    return this.publisher.stored();
  }

  close(): Promise<void> {
    return (this.closing ??= this.finish());
  }

  private async finish(): Promise<void> {
    // What went wrong has been said to those who asked for it.
    await this.publisher.stored().catch(() => undefined);
    this.leave();
    clearInterval(this.timer);
    this.publisher.end();
    this.wire.end();
  }

  private tick(): void {
    const { counts, flying } = this.publisher;
    if (flying === 0 || counts.acked !== this.acked) this.quiet = 0;
    else if (++this.quiet >= TICKS) {
      this.quiet = 0;
      this.publisher.resync();
    }
    this.acked = counts.acked;
  }
}
