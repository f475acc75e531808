import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { JetStreamSource } from '../../src/bus/jetstream-source.ts';
import { NatsServer, type ServerOptions } from '../../src/bus/server.ts';
import { freshOutput, outputsOf, PIPELINE, Worker, type Outputs, type WorkerOptions } from '../chaos/chaos.ts';
import { fill, trades, type Trade } from '../chaos/feed.ts';
import { pause } from './broker.ts';

/** Small epochs, so that a few thousand messages have many places to die at. */
const SMALL = (text: string): string => text.replace('runtime:', 'runtime:\n  batch: 50').replace('every: 100ms', 'every: 20ms');

/** A broker with a stream of trades, and workers of the pipeline of test/chaos, each in a process of its own. */
export class Place {
  readonly server: NatsServer;
  readonly nc: NatsConnection;
  readonly folder: string;
  private readonly workers = new Set<Worker>();
  private readonly lags = new Map<number, number | null>();
  private readonly owned = new Map<number, number>();
  private variants = 0;

  private constructor(server: NatsServer, nc: NatsConnection, folder: string) {
    this.server = server;
    this.nc = nc;
    this.folder = folder;
    nc.subscribe('engine.status.>', { callback: (_, m) => {
      const { pid, partitions } = m.json<{ pid: number; partitions: { lag: number | null; state: string }[] }>();
      const known = partitions.length > 0 && partitions.every((p) => p.state === 'running' && p.lag !== null);
      this.lags.set(pid, known ? partitions.reduce((sum, p) => sum + (p.lag ?? 0), 0) : null);
      this.owned.set(pid, partitions.length);
    } });
  }

  /** `folder`: where everything is kept, for a disk that can be filled. */
  static async open(options: Partial<ServerOptions> = {}): Promise<Place> {
    const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'millrace-fault-'));
    mkdirSync(folder, { recursive: true });
    const server = await NatsServer.start({ ...options, folder: join(folder, 'broker') });
    const nc = await connect({ servers: server.url, maxReconnectAttempts: -1, reconnectTimeWait: 50 });
    return new Place(server, nc, folder);
  }

  async fill(count: number): Promise<readonly Trade[]> {
    const all = await trades(count);
    await fill(this.nc, all);
    return all;
  }

  /** The pipeline with something changed, in a file of its own. */
  pipeline(change: (text: string) => string = (text) => text): string {
    const folder = join(this.folder, `p${this.variants++}`);
    mkdirSync(folder);
    const path = join(folder, 'pipeline.yaml');
    writeFileSync(path, change(SMALL(readFileSync(PIPELINE, 'utf8'))));
    return path;
  }

  worker(name: string, options: WorkerOptions = {}): Worker {
    const worker = new Worker(this.server.url, name, { ...options, pipeline: options.pipeline ?? this.pipeline() });
    this.workers.add(worker);
    void worker.ended.then(() => this.workers.delete(worker));
    return worker;
  }

  fresh(): Promise<void> {
    return freshOutput(this.nc);
  }

  outputs(): Promise<Outputs> {
    return outputsOf(this.nc);
  }

  async last(stream: string): Promise<number> {
    return (await new JetStreamSource(this.nc, { stream }).state()).last;
  }

  /** Waits until the outputs are at least so many; a worker that ends before is the failure. */
  async reached(count: number, worker: Worker): Promise<void> {
    while (await this.last('OUT').catch(() => -1) < count) {
      if (worker.child.exitCode !== null || worker.child.signalCode !== null) throw new Error(`the worker ended: ${worker.said}`);
      await pause(10);
    }
  }

  /** Waits until all outputs are there, and ends the worker, which has to drain well. */
  async finish(count: number, worker: Worker): Promise<Outputs> {
    await this.reached(count, worker);
    worker.child.kill('SIGTERM');
    const code = await worker.ended;
    if (code !== 0) throw new Error(`the worker ended with ${code}: ${worker.said}`);
    return this.outputs();
  }

  /** What comes out in peace of the stream as it is: a worker is followed until it has taken the last message. */
  async golden(options: WorkerOptions = {}): Promise<Outputs> {
    await this.fresh();
    const worker = this.worker('golden', options);
    await this.took(worker);
    worker.child.kill('SIGTERM');
    if (await worker.ended !== 0) throw new Error(worker.said);
    return this.outputs();
  }

  /** Waits until a worker says that it has nothing left to read. */
  async took(worker: Worker): Promise<void> {
    while (this.lags.get(worker.child.pid ?? -1) !== 0) {
      if (worker.child.exitCode !== null || worker.child.signalCode !== null) throw new Error(`the worker ended: ${worker.said}`);
      await pause(20);
    }
  }

  /** How far behind a process is, by what it says of itself; null while it runs no partition. */
  lagOf(worker: Worker): number | null | undefined {
    return this.lags.get(worker.child.pid ?? -1);
  }

  /** Partitions that a process has. */
  ownedBy(worker: Worker): number {
    return this.owned.get(worker.child.pid ?? -1) ?? 0;
  }

  /** Ends every process at once: a test that failed leaves none to write into the outputs of the next. */
  async quiet(): Promise<void> {
    this.server.signal('SIGCONT');
    for (const w of this.workers) {
      w.child.kill('SIGCONT');
      w.child.kill('SIGKILL');
    }
    await Promise.all([...this.workers].map((w) => w.ended));
  }

  async close(): Promise<void> {
    await this.quiet();
    await this.nc.close();
    await this.server.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
