import { spawn, type ChildProcess } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { JetStreamOutput } from '../../../src/bus/jetstream-output.ts';
import { JetStreamSource } from '../../../src/bus/jetstream-source.ts';
import { NatsServer } from '../../../src/bus/server.ts';
import { ensureStream } from '../../../src/bus/streams.ts';
import { ROOT } from '../../shipped.ts';
import { pause, until } from '../broker.ts';

/** What the process held at a moment, and how many messages it had passed on by then. */
export interface Sample {
  readonly rss: number;
  readonly live: number;
  readonly listeners: number;
  readonly resources: Readonly<Record<string, number>>;
  readonly messages: number;
}

export interface SoakOptions {
  /** Bytes that the pipeline's operator keeps of every message. */
  readonly leak?: number;
}

const LIMIT = 64 * 1024 * 1024;
/** Messages that the producer is ahead of the outputs at most. */
const AHEAD = 16_384;
/** Messages of a round. */
const ROUND = 8000;
const SYMBOLS = 50;
/** Fewer samples have no thirds worth comparing. */
const LEAST = 9;

/** A durable run as the process that users start, between two streams that forget what is old, and a producer that follows it. */
export class Soak {
  readonly server: NatsServer;
  readonly samples: Sample[] = [];
  said = '';
  sent = 0;
  passed = 0;
  private readonly nc: NatsConnection;
  private readonly log: JetStreamOutput;
  private readonly child: ChildProcess;
  private readonly gate: string;
  private readonly looking: NodeJS.Timeout;
  private producing: Promise<void> | null = null;
  private on = false;
  private endless = false;

  private constructor(server: NatsServer, nc: NatsConnection, o: SoakOptions) {
    this.server = server;
    this.nc = nc;
    this.log = new JetStreamOutput(nc, { stream: 'MD', chain: 'log' });
    this.gate = join(server.folder, 'gate');
    this.child = spawn(process.execPath, ['--import', join(ROOT, 'test/fault/soak/watch.js'), join(ROOT, 'bin/millrace.js'), 'run',
      join(ROOT, 'test/fault/soak/pipeline.yaml'), '--operators', join(ROOT, 'test/fault/soak/operators'), '--bus', server.url,
      '--metrics', '127.0.0.1:0', '--lease', '60s', '--no-progress'],
    { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, SOAK_LEAK: String(o.leak ?? 0), SOAK_GATE: this.gate } });
    let rest = '';
    this.child.stdout?.on('data', (d: Buffer) => {
      const lines = `${rest}${String(d)}`.split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) if (line.startsWith('{')) this.samples.push({ ...(JSON.parse(line) as Sample), messages: this.passed });
    });
    this.child.stderr?.on('data', (d: Buffer) => { this.said = `${this.said}${String(d)}`.slice(-8000); });
    const out = new JetStreamSource(nc, { stream: 'OUT' });
    this.looking = setInterval(() => void out.state().then(({ last }) => { this.passed = last; }, () => undefined), 50);
  }

  static async start(o: SoakOptions = {}): Promise<Soak> {
    const server = await NatsServer.start();
    const nc = await connect({ servers: server.url, maxReconnectAttempts: -1 });
    await ensureStream(nc, { name: 'MD', subjects: ['md.*'], discard: 'old', maxBytes: LIMIT, duplicateWindowMs: 100 });
    await ensureStream(nc, { name: 'OUT', subjects: ['out.*'], discard: 'old', maxBytes: LIMIT, duplicateWindowMs: 100 });
    return new Soak(server, nc, o);
  }

  /** Publishes as fast as the outputs come until it is told to stop, or as many messages as are said whether they come or not. */
  produce(messages = Infinity): void {
    this.on = true;
    this.endless = messages === Infinity;
    this.producing = this.fill(messages);
  }

  private async fill(messages: number): Promise<void> {
    const to = this.sent + messages;
    while (this.on && this.sent < to) {
      if (messages === Infinity && this.sent - this.passed > AHEAD) {
        await pause(5);
        continue;
      }
      const i = this.sent++;
      this.log.append({
        id: `0:${i}:0`, subject: `md.S${i % SYMBOLS}`, headers: [],
        payload: `{"ts":${1_700_000_000_000 + i},"price":${100 + (i % 977) / 100},"size":${1 + (i % 9)}}`,
      });
      const room = this.log.room();
      if (room !== undefined) await room;
    }
  }

  async produced(): Promise<void> {
    await this.producing;
  }

  /** Waits until the run has passed on all that was sent. */
  async caughtUp(): Promise<void> {
    if (this.endless) this.on = false;
    await this.producing;
    await this.log.stored();
    await until(() => this.passed === this.sent || this.ended);
    if (this.ended) throw new Error(`the run has ended: ${this.said}`);
  }

  get ended(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  block(on: boolean): void {
    if (on) writeFileSync(this.gate, '');
    else rmSync(this.gate, { force: true });
  }

  /** A value of the run's metrics. */
  async metric(name: string): Promise<number> {
    const url = /metrics and health at (http:\/\/127\.0\.0\.1:\d+)/.exec(this.said)?.[1];
    if (url === undefined) return NaN;
    const text = await (await fetch(`${url}/metrics`)).text();
    const line = text.split('\n').find((l) => l.startsWith(`${name}{`) || l.startsWith(`${name} `));
    return line === undefined ? NaN : Number(line.slice(line.lastIndexOf(' ') + 1));
  }

  /** What the run holds now. */
  async sample(): Promise<Sample> {
    const at = this.samples.length;
    this.child.kill('SIGUSR2');
    await until(() => this.samples.length > at || this.ended);
    if (this.ended) throw new Error(`the run has ended: ${this.said}`);
    return this.samples[at];
  }

  /**
   * Rounds at full rate for so many seconds, each with a sample when all of it has been passed on: what is held on the way, thousands of
   * messages now and none then, would hide what is kept for good.
   */
  async rounds(seconds: number): Promise<Sample[]> {
    const until = performance.now() + seconds * 1000;
    const all: Sample[] = [];
    while (performance.now() < until || all.length < LEAST) {
      this.produce(ROUND);
      await this.caughtUp();
      all.push(await this.sample());
    }
    return all;
  }

  async end(): Promise<number | null> {
    this.on = false;
    this.server.signal('SIGCONT');
    this.block(false);
    const gone = new Promise<void>((resolve) => { if (this.ended) resolve(); else this.child.once('exit', () => resolve()); });
    this.child.kill('SIGTERM');
    const late = setTimeout(() => this.child.kill('SIGKILL'), 20_000);
    await gone;
    clearTimeout(late);
    clearInterval(this.looking);
    await this.nc.close();
    await this.producing?.catch(() => undefined);
    await this.log.close().catch(() => undefined);
    await this.server.stop();
    return this.child.exitCode;
  }
}

export interface Growth {
  /** Bytes for each message passed on between the middles of the first and the last third. */
  readonly live: number;
  readonly rss: number;
  /** Growth of resident memory altogether, bytes. */
  readonly total: number;
  readonly messages: number;
}

const median = (xs: readonly number[]): number => [...xs].sort((a, b) => a - b)[xs.length >> 1];

/** What a process gained from the first third of its samples to the last, by medians: one odd sample says nothing. */
export function growthOf(samples: readonly Sample[]): Growth {
  const third = Math.floor(samples.length / 3);
  const [first, last] = [samples.slice(0, third), samples.slice(-third)];
  const gain = (of: (s: Sample) => number): number => median(last.map(of)) - median(first.map(of));
  const messages = gain((s) => s.messages);
  const total = gain((s) => s.rss);
  return { live: gain((s) => s.live) / messages, rss: total / messages, total, messages };
}
