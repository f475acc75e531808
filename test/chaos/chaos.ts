import { spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { JetStreamSource } from '../../src/bus/jetstream-source.ts';
import { NatsServer } from '../../src/bus/server.ts';
import { ensureStream } from '../../src/bus/streams.ts';
import { HEADER } from '../../src/core/log.ts';
import { Random } from '../../src/core/random.ts';
import { ROOT } from '../shipped.ts';
import { fill, trades } from './feed.ts';

export interface ChaosOptions {
  readonly seed: number;
  /** Kills of the worker and the broker together. */
  readonly kills: number;
  readonly messages: number;
  /** Share of the kills that hit the broker. */
  readonly brokerShare?: number;
  /** Longest that a worker lives before it is killed, milliseconds. */
  readonly life?: number;
  readonly say?: (line: string) => void;
}

export interface Outputs {
  readonly count: number;
  readonly sha256: string;
  readonly ids: readonly string[];
}

export interface ChaosResult {
  readonly golden: Outputs;
  readonly chaotic: Outputs;
  readonly workerKills: number;
  readonly brokerKills: number;
  readonly lost: number;
  readonly duplicates: number;
  readonly seconds: number;
}

export interface WorkerOptions {
  readonly pipeline?: string;
  readonly operators?: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export const PIPELINE = join(ROOT, 'test/chaos/pipeline.yaml');
export const OPERATORS = join(ROOT, 'test/chaos/operators');
/** A broker forgets ids after a tenth of a second: nothing may rest on it. */
const WINDOW_MS = 100;
const LEASE = '400ms';
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** `millrace run` of the pipeline in a process of its own. */
export class Worker {
  readonly child: ChildProcess;
  said = '';
  readonly ended: Promise<number | null>;

  constructor(url: string, name: string, o: WorkerOptions = {}) {
    this.child = spawn(process.execPath, [join(ROOT, 'bin/millrace.js'), 'run', o.pipeline ?? PIPELINE, '--operators', o.operators ?? OPERATORS,
      '--bus', url, '--name', name, '--lease', LEASE, '--metrics', 'off', '--no-progress', ...(o.args ?? [])],
    { stdio: ['ignore', 'ignore', 'pipe'], cwd: ROOT, env: { ...process.env, NO_COLOR: '1', ...o.env } });
    this.child.stderr?.on('data', (d: Buffer) => { this.said = `${this.said}${String(d)}`.slice(-8000); });
    this.ended = new Promise((resolve) => this.child.once('exit', (code) => resolve(code)));
  }

  async kill(signal: NodeJS.Signals): Promise<void> {
    this.child.kill(signal);
    await this.ended;
  }
}

/** Every output of the stream, hashed in order: what a subscriber sees. */
export async function outputsOf(nc: NatsConnection): Promise<Outputs> {
  const log = new JetStreamSource(nc, { stream: 'OUT' });
  const { last } = await log.state();
  const hash = createHash('sha256');
  const ids: string[] = [];
  const reader = log.read({ from: 1 });
  while (ids.length < last) {
    for (const m of (await reader.next()) ?? []) {
      ids.push(m.header(HEADER.id));
      hash.update(`${ids[ids.length - 1]} ${m.subject} `).update(m.payload).update('\n');
    }
  }
  await reader.close();
  return { count: ids.length, sha256: hash.digest('hex'), ids };
}

/** Listens to what workers say of themselves, and tells when one has nothing left to read. */
class Watcher {
  private readonly lags = new Map<number, number | null>();

  constructor(nc: NatsConnection) {
    nc.subscribe('engine.status.>', { callback: (_, m) => {
      const { pid, partitions } = m.json<{ pid: number; partitions: { lag: number | null; state: string }[] }>();
      const [one] = partitions;
      this.lags.set(pid, one !== undefined && one.state === 'running' ? one.lag : null);
    } });
  }

  caughtUp(worker: Worker): boolean {
    return this.lags.get(worker.child.pid ?? -1) === 0;
  }
}

export async function freshOutput(nc: NatsConnection): Promise<void> {
  await nc.request('$JS.API.STREAM.DELETE.OUT').catch(() => undefined);
  await ensureStream(nc, { name: 'OUT', subjects: ['out.bars.*', 'out.signals.*', 'out.big.*'], discard: 'new', duplicateWindowMs: WINDOW_MS });
}

async function undisturbed(server: NatsServer, nc: NatsConnection, watcher: Watcher): Promise<Outputs> {
  await freshOutput(nc);
  const worker = new Worker(server.url, 'golden');
  const died = worker.ended.then((code) => { throw new Error(`the undisturbed worker ended with ${code}: ${worker.said}`); });
  died.catch(() => undefined);
  while (!watcher.caughtUp(worker)) await Promise.race([pause(100), died]);
  await worker.kill('SIGTERM');
  return outputsOf(nc);
}

/** The same messages twice through the same pipeline: once in peace, once with the worker and the broker killed at random points. */
export async function chaos(o: ChaosOptions): Promise<ChaosResult> {
  const say = o.say ?? ((): void => undefined);
  const random = new Random(o.seed);
  const folder = mkdtempSync(join(tmpdir(), 'millrace-chaos-'));
  const server = await NatsServer.start({ folder });
  const nc = await connect({ servers: server.url, maxReconnectAttempts: -1, reconnectTimeWait: 50 });
  const watcher = new Watcher(nc);
  let worker: Worker | null = null;
  const begun = performance.now();
  let [workerKills, brokerKills] = [0, 0];
  try {
    await fill(nc, await trades(o.messages));
    say(`${o.messages} messages are there`);
    const golden = await undisturbed(server, nc, watcher);
    say(`undisturbed: ${golden.count} outputs, sha256 ${golden.sha256.slice(0, 16)}`);
    await freshOutput(nc);
    worker = new Worker(server.url, 'chaotic');
    while (workerKills + brokerKills < o.kills) {
      await pause(random.next() * (o.life ?? 1500));
      if (random.next() < (o.brokerShare ?? 0.2)) {
        await server.kill();
        brokerKills += 1;
        await pause(random.next() * 300);
        await server.start();
      } else {
        await worker.kill('SIGKILL');
        workerKills += 1;
        worker = new Worker(server.url, 'chaotic');
      }
      if ((workerKills + brokerKills) % 10 === 0) say(`${workerKills} kills of the worker, ${brokerKills} of the broker`);
    }
    worker = await finish(watcher, server, worker);
    await worker.kill('SIGTERM');
    const chaotic = await outputsOf(nc);
    const seen = new Set(chaotic.ids);
    return {
      golden, chaotic, workerKills, brokerKills, lost: golden.ids.filter((id) => !seen.has(id)).length,
      duplicates: chaotic.ids.length - seen.size, seconds: (performance.now() - begun) / 1000,
    };
  } finally {
    worker?.child.kill('SIGKILL');
    await nc.close();
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Lets the worker go on in peace until it has taken everything; one that loses its broker may end and is started again. */
async function finish(watcher: Watcher, server: NatsServer, first: Worker): Promise<Worker> {
  let worker = first;
  for (;;) {
    const code = await Promise.race([pause(100).then(() => -1), worker.ended]);
    if (watcher.caughtUp(worker)) return worker;
    if (code === -1) continue;
    if (code !== 6) throw new Error(`the worker ended with ${code}: ${worker.said}`);
    worker = new Worker(server.url, 'chaotic');
  }
}
