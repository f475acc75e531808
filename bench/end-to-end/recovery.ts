import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { NatsServer } from '../../src/bus/server.ts';
import { ensureStream } from '../../src/bus/streams.ts';
import { round, type Result } from '../measure.ts';

const BIN = fileURLToPath(new URL('../../bin/millrace.js', import.meta.url));
const BUILT = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url));

/** Everything that keeps state, and an output for every trade, so that the first one after a crash shows at once. */
const PIPELINE = `apiVersion: 1
pipeline: recovery
sources:
  trades:
    nats: { subject: "md.{symbol}", stream: MD }
    schema: trade
nodes:
  bars:
    from: trades
    bars: { every: 10s }
  features:
    from: trades
    compute: { fast: "ema(price, 12)", slow: "ema(price, 26)", strength: "rsi(price, 14)" }
outputs:
  bars:
    from: bars
    nats: { subject: "out.bars.{symbol}", stream: OUT }
  features:
    from: features
    nats: { subject: "out.features.{symbol}", stream: OUT }
`;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const EVERY_MS = 5;
/** Nothing that is asked for here takes so long; a worker that has not come by then never will. */
const LIMIT_MS = 60_000;

/** A durable run as a process, its market, and who sees its outputs. */
class Scene {
  private readonly url: string;
  private readonly path: string;
  private readonly timer: NodeJS.Timeout;
  private readonly workers = new Set<ChildProcess>();
  private sent = 0;
  private seen = 0;
  private lastSeen = 0;
  private wake: (() => void) | null = null;

  constructor(nc: NatsConnection, url: string, path: string) {
    this.url = url;
    this.path = path;
    // A trade a beat: some come while nobody is there, and the first output after a crash may be of one of them.
    this.timer = setInterval(() => {
      const i = this.sent++;
      nc.publish(`md.S${i % 20}`, `{"ts":${1_700_000_000_000 + i * 100},"price":${100 + (i % 13)},"size":1}`);
    }, EVERY_MS);
    nc.subscribe('out.features.*', { callback: () => {
      this.seen += 1;
      this.lastSeen = performance.now();
      this.wake?.();
    } });
  }

  start(): ChildProcess {
    const child = spawn(process.execPath, [BIN, 'run', this.path, '--bus', this.url, '--metrics', 'off', '--no-progress'],
      { stdio: 'ignore' });
    this.workers.add(child);
    child.once('exit', () => this.workers.delete(child));
    return child;
  }

  async kill(child: ChildProcess): Promise<number> {
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
    return performance.now();
  }

  /** Moment of the first output after now. */
  async next(): Promise<number> {
    const before = this.seen;
    const limit = performance.now() + LIMIT_MS;
    while (this.seen === before) {
      if (performance.now() > limit) throw new TypeError('a worker gives no output');
      await Promise.race([pause(100), new Promise<void>((resolve) => { this.wake = resolve; })]);
    }
    return this.lastSeen;
  }

  async end(): Promise<void> {
    clearInterval(this.timer);
    for (const w of [...this.workers]) await this.kill(w);
  }
}

/** Outputs of the one that was killed may be on their way still. */
const SETTLE_MS = 20;
/** Between two crashes the run comes to rest: caught up, with checkpoints. */
const CALM_MS = 1500;
/** A standby has looked around and waits for a lease by then. */
const STANDBY_MS = 3000;

async function recovered(scene: Scene, kills: number): Promise<number[]> {
  const times: number[] = [];
  let worker = scene.start();
  await scene.next();
  for (let k = 0; k < kills; k++) {
    await pause(CALM_MS);
    const at = await scene.kill(worker);
    await pause(SETTLE_MS);
    worker = scene.start();
    times.push(await scene.next() - at);
  }
  await scene.kill(worker);
  return times;
}

async function takenOver(scene: Scene, kills: number): Promise<number[]> {
  const times: number[] = [];
  let owner = scene.start();
  await scene.next();
  for (let k = 0; k < kills; k++) {
    const standby = scene.start();
    await pause(STANDBY_MS);
    const at = await scene.kill(owner);
    await pause(SETTLE_MS);
    times.push(await scene.next() - at);
    owner = standby;
  }
  return times;
}

function told(name: string, times: readonly number[]): Result[] {
  const sorted = [...times].sort((a, b) => a - b);
  const value = (at: number): Pick<Result, 'value' | 'unit' | 'against' | 'ratio'> =>
    ({ value: round(sorted[at] / 1000), unit: 's', against: null, ratio: null });
  return [
    { name: `${name}, median of ${sorted.length}`, ...value(sorted.length >> 1) },
    { name: `${name}, worst`, ...value(sorted.length - 1) },
  ];
}

/** From `kill -9` of a durable run to its first new output: started again, and taken over by a worker that waits. The lease is 1 s. */
export async function recovery(kills: number): Promise<Result[]> {
  if (!existsSync(BUILT)) {
    console.log('recovery: left out, it runs what `npm run build` makes');
    return [];
  }
  const folder = mkdtempSync(join(tmpdir(), 'millrace-recovery-'));
  const path = join(folder, 'recovery.yaml');
  writeFileSync(path, PIPELINE);
  const server = await NatsServer.start();
  const nc = await connect({ servers: server.url });
  await ensureStream(nc, { name: 'MD', subjects: ['md.*'], discard: 'old' });
  const scene = new Scene(nc, server.url, path);
  try {
    const again = await recovered(scene, kills);
    const over = await takenOver(scene, kills);
    return [...told('kill -9 and start again, to the first new output', again),
      ...told('kill -9 with a worker waiting, to the first new output', over)];
  } finally {
    await scene.end();
    await nc.close();
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}
