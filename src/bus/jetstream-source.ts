import type { NatsConnection } from '@nats-io/transport-node';
import type { LogMessage, LogReader, LogState, ReadOptions, SourceLog } from '../core/log.ts';
import { isoOf, JetStreamApi, stateOf } from './jetstream-api.ts';
import type { ApiOptions, ConsumerInfo } from './jetstream-api.ts';
import { JetStreamReader, newName } from './jetstream-reader.ts';
import { covers, widest } from './patterns.ts';

export interface JetStreamSourceOptions extends ApiOptions {
  readonly stream: string;
  /** Subjects that are read; all of the stream where there are none. */
  readonly patterns?: readonly string[];
  /** The server says that often that it is still there; two missed in a row, and reading begins anew at the next message. */
  readonly heartbeatMs?: number;
}

/** A JetStream stream as an ordered log. Nothing is acknowledged and nothing is kept on the server: the position is the reader's. */
export class JetStreamSource implements SourceLog {
  readonly name: string;
  private readonly api: JetStreamApi;
  private readonly patterns: readonly string[];
  private readonly heartbeatMs: number;

  constructor(nc: NatsConnection, options: JetStreamSourceOptions) {
    this.name = `stream ${options.stream}`;
    this.api = new JetStreamApi(nc, options.stream, options);
    const patterns = widest(options.patterns ?? []);
    this.patterns = patterns.some((p) => covers(p, '>')) ? [] : patterns;
    this.heartbeatMs = options.heartbeatMs ?? 1000;
  }

  async state(): Promise<LogState> {
    return stateOf(await this.api.info());
  }

  get(seq: number): Promise<LogMessage | null> {
    return this.api.get(seq);
  }

  /** A consumer that begins at a time says in its first breath where that is; it is never read from. */
  async seqAt(time: number): Promise<number> {
    const name = newName();
    const made = await this.api.ask<ConsumerInfo>(`CONSUMER.CREATE.${this.api.stream}.${name}`, {
      stream_name: this.api.stream,
      config: { name, deliver_policy: 'by_start_time', opt_start_time: isoOf(time), ack_policy: 'none', mem_storage: true, num_replicas: 1,
        inactive_threshold: 5e9 },
    });
    void this.api.once(`CONSUMER.DELETE.${this.api.stream}.${name}`).catch(() => undefined);
    return made.delivered.stream_seq + 1;
  }

  read(options: ReadOptions): LogReader {
    return new JetStreamReader(this.api, this.name, this.patterns, this.heartbeatMs, options);
  }
}
