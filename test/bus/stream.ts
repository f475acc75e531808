import { DeliverPolicy, jetstream } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import type { NatsConnection } from '@nats-io/transport-node';
import { NatsServer } from '../../src/bus/server.ts';
import type { OutputLog, OutputMessage } from '../../src/core/log.ts';

export interface StreamState {
  readonly messages: number;
  readonly first_seq: number;
  readonly last_seq: number;
}

/** A server of its own, a connection that comes back, and the requests that tests make behind the back of what they test. */
export class Broker {
  readonly server: NatsServer;
  readonly nc: NatsConnection;
  private readonly others: NatsConnection[] = [];

  private constructor(server: NatsServer, nc: NatsConnection) {
    this.server = server;
    this.nc = nc;
  }

  static async start(extra = ''): Promise<Broker> {
    const server = await NatsServer.start({ extra });
    return new Broker(server, await Broker.dial(server));
  }

  private static dial(server: NatsServer): Promise<NatsConnection> {
    return connect({ servers: server.url, maxReconnectAttempts: -1, reconnectTimeWait: 20, reconnectJitter: 10, noAsyncTraces: true });
  }

  async another(): Promise<NatsConnection> {
    const nc = await Broker.dial(this.server);
    this.others.push(nc);
    return nc;
  }

  /** An answer of the API, errors included; patient while the server is away. */
  async api<T = Record<string, never>>(what: string, body?: object): Promise<T> {
    for (let tries = 0; ; tries++) {
      try {
        const m = await this.nc.request(`$JS.API.${what}`, body === undefined ? '' : JSON.stringify(body), { timeout: 2000 });
        return m.json<T>();
      } catch (fault) {
        if (tries > 20) throw fault;
        await pause(50);
      }
    }
  }

  async stream(name: string, options: object = {}): Promise<void> {
    const made = await this.api<{ error?: { description: string } }>(`STREAM.CREATE.${name}`, {
      name, subjects: [`${name}.>`], storage: 'file', allow_direct: true, ...options,
    });
    if (made.error !== undefined) throw new Error(made.error.description);
  }

  async state(name: string): Promise<StreamState> {
    return (await this.api<{ state: StreamState }>(`STREAM.INFO.${name}`)).state;
  }

  /** Every message of a stream as `[seq, id]`, read with the client's own consumer. */
  async contents(name: string): Promise<[seq: number, id: string][]> {
    const { last_seq: last, messages } = await this.state(name);
    const all: [number, string][] = [];
    if (messages === 0) return all;
    const consumer = await jetstream(this.nc).consumers.get(name, { deliver_policy: DeliverPolicy.All });
    const read = await consumer.consume({ max_messages: 5000 });
    for await (const m of read) {
      all.push([m.seq, m.headers?.get('Nats-Msg-Id') ?? '']);
      if (m.seq >= last || m.info.pending === 0) break;
    }
    await read.close();
    return all;
  }

  async stop(): Promise<void> {
    await Promise.all([this.nc, ...this.others].map((nc) => nc.close()));
    await this.server.stop();
  }
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Waits for something that will be so; a test that waits in vain times out. */
export async function until(what: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await what())) await pause(5);
}

const HEADERS = [['Millrace-Plan', 'p1']] as const;

export const messageOf = (stream: string, i: number, subjects = 1, by = 'p'): OutputMessage =>
  ({ id: `${by}:${i}:0`, subject: `${stream}.${i % subjects}`, payload: `${i}`, headers: HEADERS });

/** Appends messages `from` to `to - 1`, as fast as there is room. */
export async function appendAll(out: OutputLog, stream: string, from: number, to: number, subjects = 1): Promise<void> {
  for (let i = from; i < to; i++) {
    const room = out.room();
    if (room !== undefined) await room;
    out.append(messageOf(stream, i, subjects));
  }
}
