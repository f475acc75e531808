import { jetstream } from '@nats-io/jetstream';
import { connect, createInbox } from '@nats-io/transport-node';
import type { MsgHdrs, NatsConnection } from '@nats-io/transport-node';
import { JetStreamOutput } from '../../src/bus/jetstream-output.ts';
import { JetStreamSource } from '../../src/bus/jetstream-source.ts';
import { NatsServer } from '../../src/bus/server.ts';
import { Refusal } from '../../src/core/diagnostic.ts';
import { round, type Result } from '../measure.ts';

const PAYLOAD = new Uint8Array(128).fill(65);
const HEADERS = [['Millrace-Plan', '0123456789abcdef'], ['Millrace-Codec', 'json']] as const;
/** As many as a reader of the engine has asked for at a time. */
const ASKED = 4096;
const WINDOW = 2048;

/** Wall time and processor time of this process for one message, in microseconds. */
interface Cost {
  readonly wall: number;
  readonly cpu: number;
}

async function cost(messages: number, work: () => Promise<void>): Promise<Cost> {
  const cpu = process.cpuUsage();
  const from = performance.now();
  await work();
  const wall = performance.now() - from;
  const used = process.cpuUsage(cpu);
  return { wall: (wall * 1e3) / messages, cpu: (used.user + used.system) / messages };
}

const least = (a: Cost, b: Cost): Cost => ({ wall: Math.min(a.wall, b.wall), cpu: Math.min(a.cpu, b.cpu) });
const NEVER: Cost = { wall: Infinity, cpu: Infinity };

class Bench {
  private readonly nc: NatsConnection;

  constructor(nc: NatsConnection) {
    this.nc = nc;
  }

  async api(what: string, body?: object): Promise<void> {
    await this.nc.request(`$JS.API.${what}`, body === undefined ? '' : JSON.stringify(body), { timeout: 10_000 });
  }

  async stream(name: string, atomic = false): Promise<void> {
    await this.api(`STREAM.DELETE.${name}`);
    await this.api(`STREAM.CREATE.${name}`, { name, subjects: [`${name}.>`], storage: 'file', allow_direct: true, allow_atomic: atomic });
  }

  /** The engine's output: appends as fast as there is room. */
  async publish(stream: string, chain: 'log' | 'subject', messages: number, subjects: number): Promise<void> {
    const out = new JetStreamOutput(this.nc, { stream, chain, window: WINDOW });
    await out.tails();
    for (let i = 0; i < messages; i++) {
      const room = out.room();
      if (room !== undefined) await room;
      out.append({ id: `0:${i}:0`, subject: `${stream}.${i % subjects}`, payload: PAYLOAD, headers: HEADERS });
    }
    const { seq } = await out.stored();
    if (seq !== messages) throw new Error(`${seq} of ${messages} stored`);
    await out.close();
  }

  /** The client's own publisher with as many promises as the window is wide. */
  async plainPublish(stream: string, messages: number): Promise<void> {
    const js = jetstream(this.nc);
    let flying = 0;
    let wake: (() => void) | null = null;
    const landed = (): void => {
      flying--;
      wake?.();
      wake = null;
    };
    for (let i = 0; i < messages; i++) {
      flying++;
      void js.publish(`${stream}.0`, PAYLOAD, { msgID: `0:${i}:0` }).then(landed);
      while (flying >= WINDOW) await new Promise<void>((resolve) => { wake = resolve; });
    }
    while (flying > 0) await new Promise<void>((resolve) => { wake = resolve; });
  }

  /** The floor: the same bytes, a counter of answers, and nothing that could go on after a fault. */
  async barePublish(stream: string, messages: number): Promise<void> {
    const inbox = createInbox();
    let acked = 0;
    let wake: (() => void) | null = null;
    let bytes = new Uint8Array(0);
    const headers = { encode: () => bytes } as unknown as MsgHdrs;
    const sub = this.nc.subscribe(`${inbox}.*`, { callback: () => {
      acked++;
      wake?.();
      wake = null;
    } });
    for (let i = 0; i < messages; i++) {
      while (i - acked >= WINDOW) await new Promise<void>((resolve) => { wake = resolve; });
      bytes = Buffer.from(`NATS/1.0\r\nMillrace-Plan: 0123456789abcdef\r\nMillrace-Codec: json\r\nNats-Msg-Id: 0:${i}:0\r\n`
        + `Nats-Expected-Last-Sequence: ${i}\r\n${i === 0 ? '' : `Nats-Expected-Last-Msg-Id: 0:${i - 1}:0\r\n`}\r\n`);
      this.nc.publish(`${stream}.${i % 500}`, PAYLOAD, { reply: `${inbox}.${i}`, headers });
    }
    while (acked < messages) await new Promise<void>((resolve) => { wake = resolve; });
    sub.unsubscribe();
  }

  async read(stream: string, messages: number): Promise<void> {
    const reader = new JetStreamSource(this.nc, { stream }).read({ from: 1 });
    for (let n = 0; n < messages;) n += (await reader.next())?.length ?? messages;
    await reader.close();
  }

  /** The same pulls, and a callback that counts. */
  async plainRead(stream: string, messages: number): Promise<void> {
    const name = `plain${createInbox().slice(-8)}`;
    await this.api(`CONSUMER.CREATE.${stream}.${name}`, { stream_name: stream, config: { name, deliver_policy: 'all', ack_policy: 'none',
      mem_storage: true, num_replicas: 1, inactive_threshold: 30e9 } });
    const inbox = createInbox();
    await new Promise<void>((resolve) => {
      let n = 0;
      let asked = 0;
      const ask = (): void => {
        asked += ASKED;
        this.nc.publish(`$JS.API.CONSUMER.MSG.NEXT.${stream}.${name}`, JSON.stringify({ batch: ASKED, expires: 10e9 }), { reply: `${inbox}.1` });
      };
      const sub = this.nc.subscribe(`${inbox}.*`, { callback: (_error, m) => {
        // A status says that a request has ended.
        if (m.subject.startsWith(inbox)) return;
        if (++n === messages) {
          sub.unsubscribe();
          resolve();
        } else if (asked - n === ASKED) ask();
      } });
      ask();
      ask();
    });
  }
}

/** Reading and publishing over a real server, each against the plain client doing the same in the same run. */
export async function jetStream(messages: number, rounds: number): Promise<Result[]> {
  let server: NatsServer;
  try {
    server = await NatsServer.start();
  } catch (fault) {
    if (!(fault instanceof Refusal)) throw fault;
    console.log(`jetstream: left out, ${fault.message}`);
    return [];
  }
  const nc = await connect({ servers: server.url, noAsyncTraces: true });
  const bench = new Bench(nc);
  const few = Math.max(1, Math.floor(messages / 8));
  let [read, plainRead, log, bareLog, plainLog, lanes, batches] = [NEVER, NEVER, NEVER, NEVER, NEVER, NEVER, NEVER];
  try {
    for (let r = 0; r < rounds; r++) {
      await bench.stream('A');
      log = least(log, await cost(messages, () => bench.publish('A', 'log', messages, 500)));
      read = least(read, await cost(messages, () => bench.read('A', messages)));
      plainRead = least(plainRead, await cost(messages, () => bench.plainRead('A', messages)));
      await bench.stream('B');
      bareLog = least(bareLog, await cost(messages, () => bench.barePublish('B', messages)));
      await bench.stream('B');
      plainLog = least(plainLog, await cost(few, () => bench.plainPublish('B', few)));
      await bench.stream('B');
      lanes = least(lanes, await cost(messages, () => bench.publish('B', 'subject', messages, 500)));
      await bench.stream('B', true);
      batches = least(batches, await cost(messages, () => bench.publish('B', 'subject', messages, 500)));
    }
  } finally {
    await nc.close();
    await server.stop();
  }
  const rates = (name: string, is: Cost, against: string, than: Cost): Result[] => [
    { name: `${name}, 128 B`, value: round(1e3 / is.wall), unit: 'k msg/s', against, ratio: round(than.wall / is.wall) },
    { name: `${name}, processor time of the client`, value: round(is.cpu), unit: 'us/msg', against, ratio: round(than.cpu / is.cpu) },
  ];
  return [
    ...rates('read a stream', read, 'a bare subscription with the same pulls', plainRead),
    ...rates('publish in one chain', log, 'a bare loop that sends the same bytes', bareLog),
    ...rates('publish in one chain', log, 'js.publish with the same window', plainLog),
    ...rates('publish in a chain for each of 500 subjects, side by side', lanes, 'js.publish with the same window', plainLog),
    ...rates('publish in a chain for each of 500 subjects, in batches', batches, 'js.publish with the same window', plainLog),
  ];
}
