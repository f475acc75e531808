import type { Command } from 'commander';
import type { NatsConnection } from '@nats-io/transport-node';
import { NatsBus } from '../bus/nats-bus.ts';
import { refusalOf } from '../bus/nats-watch.ts';
import { joinWorkers, type PartitionHost, type Workers } from '../bus/workers.ts';
import { mergeNote } from '../connect/delivery.ts';
import { Refusal } from '../core/diagnostic.ts';
import { planHash } from '../engine/identity.ts';
import { mustPartition } from '../plan/partition.ts';
import type { Driven } from './direct-run.ts';
import { usage } from './fail.ts';
import type { LiveRun } from './live-run.ts';
import { lengthOf } from './overrides.ts';
import type { RecordFlags } from './record-flags.ts';
import { PartitionRun, type DurableWorld } from './partition-run.ts';
import { inputStreams, streamsOf } from './streams.ts';

export interface DurableFlags extends RecordFlags {
  readonly partitions?: string;
  readonly workers?: string;
  readonly worker?: boolean;
  readonly fresh?: boolean;
  readonly fromCheckpoint?: string | true;
  readonly lease?: string;
  readonly createStreams?: boolean;
  readonly name?: string;
}

export const durableFlags = (c: Command): Command => c
  .option('--name <name>', 'name of the run, for its checkpoints and leases (default: the pipeline)')
  .option('--partitions <n>', 'parts the symbols of a durable run are shared out in; never change it for a run that has checkpoints')
  .option('--workers <n>', 'processes on this machine that share the partitions; others may join with --worker')
  .option('--worker', 'be one of the workers of a run')
  .option('--from-checkpoint [number]', 'go on from a checkpoint although the pipeline has changed, with the state that still fits')
  .option('--fresh', 'begin anew at the origin of the sources, without state')
  .option('--create-streams', 'make streams of sources that are not there')
  .option('--lease <time>', 'how long a silent worker is waited for before another takes over (default: 1s; 3s without --partitions)');

/** A run without partners is rarely taken over, and a busy machine must not stop it; the end of a process is known at once anyway. */
const LONE_TTL_MS = 3000;
const SHARED_TTL_MS = 1000;

/** A whole number of at least one. */
function countOf(flag: string, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  if (!/^[1-9]\d{0,4}$/.test(text)) throw usage(`${flag} takes a whole number from 1 on, not \`${text}\``);
  return Number(text);
}

export const partitionsOf = (flags: DurableFlags): number => countOf('--partitions', flags.partitions, 1);
export const workersOf = (flags: DurableFlags): number => countOf('--workers', flags.workers, 1);

/** From streams to streams: this process takes its share of the partitions, and runs each from its last checkpoint. */
export async function durableRun(run: LiveRun, flags: DurableFlags): Promise<Driven> {
  const partitions = partitionsOf(flags);
  const { plan, doc } = run.prepared;
  mustPartition(plan, partitions);
  const blind = partitions > 1 ? doc.sources.find((s) => !/\{(symbol|partition)\}/.test(String(s.args.subject))) : undefined;
  if (blind !== undefined) {
    throw new Refusal('E771', `the subject of source ${blind.id} says neither the symbol nor the partition of a message`, {
      exit: 3, help: ['write {symbol} or {partition} into it, such as md.trades.{symbol}', 'or leave --partitions out'],
    });
  }
  const name = flags.name ?? plan.name;
  const world: DurableWorld = {
    run, nc: connectionOf(run), name, partitions, streams: streamsOf(doc), record: recordOf(flags, partitions), flags: resumeOf(flags),
    say: once((line) => run.call.terminal.say(line)),
  };
  run.telemetry.durable = true;
  const merged = mergeNote(inputStreams(doc));
  if (merged !== null) world.say(merged);
  const host = new Host(world);
  const ttlMs = flags.lease === undefined ? (partitions === 1 ? LONE_TTL_MS : SHARED_TTL_MS) : lengthOf('--lease', flags.lease);
  let workers: Workers | null = null;
  const stop = (): void => void workers?.leave().catch(() => undefined);
  try {
    await run.start();
    const hash = planHash(plan, run.prepared.universe);
    workers = await joinWorkers(world.nc, { run: name, plan: hash, partitions, id: run.instance, ttlMs }, host);
    host.onFailure = (error) => { host.failure ??= error; stop(); };
    run.stop.signal.addEventListener('abort', stop, { once: true });
    if (run.stop.signal.aborted || host.failure !== null) stop();
    await workers.closed;
    if (host.failure !== null) throw refusalOf(host.failure, `the user of ${name}`) ?? host.failure;
    return { rows: host.rows, aborted: run.stop.signal.aborted, dropped: 0 };
  } finally {
    run.stop.signal.removeEventListener('abort', stop);
    await host.end();
  }
}

/** Every line only once, as the partitions open their streams side by side and all have the same to say of them. */
function once(say: (line: string) => void): (line: string) => void {
  const said = new Set<string>();
  return (line) => {
    if (!said.has(line)) say(line);
    said.add(line);
  };
}

/** A recording is in one total order, which the partitions of a run do not share. */
function recordOf({ record, rotate, fsync }: DurableFlags, partitions: number): RecordFlags {
  if (record !== undefined && partitions > 1) {
    throw usage('--record records one total order, and each partition has its own', 'record the stream itself: millrace record SUBJECT');
  }
  return {
    ...(record === undefined ? {} : { record }), ...(rotate === undefined ? {} : { rotate }), ...(fsync === undefined ? {} : { fsync }),
  };
}

const connectionOf = (run: LiveRun): NatsConnection => (run.bus as NatsBus).connection;

const resumeOf = (flags: DurableFlags): DurableWorld['flags'] => {
  const { fromCheckpoint: from } = flags;
  if (typeof from === 'string' && !/^\d+$/.test(from)) throw usage(`--from-checkpoint takes the number of a checkpoint, not \`${from}\``);
  return {
    fresh: flags.fresh === true, createStreams: flags.createStreams === true,
    from: from === undefined ? null : from === true ? 'newest' : Number(from),
  };
};

/** Runs the partitions that this process is given, and stops those that it has to give up. */
class Host implements PartitionHost {
  failure: unknown = null;
  onFailure: (error: unknown) => void = (error) => { this.failure ??= error; };
  rows = 0;
  private readonly world: DurableWorld;
  private readonly running = new Map<number, PartitionRun>();

  constructor(world: DurableWorld) {
    this.world = world;
  }

  start(p: number, epoch: number): void {
    const { telemetry } = this.world.run;
    telemetry.counts.leaseChanges += 1;
    const one = new PartitionRun(this.world, p, epoch);
    this.running.set(p, one);
    telemetry.partitions = [...telemetry.partitions.filter((t) => t.p !== p), one.telemetry].sort((a, b) => a.p - b.p);
    one.done.then((rows) => { this.rows += rows; }, (error: unknown) => {
      if (error instanceof Refusal && ['E761', 'E764'].includes(error.code)) telemetry.counts.fenced += 1;
      // A partition that was taken away fails at whatever it was doing; that is no failure of this process.
      if (this.running.get(p) === one) this.onFailure(error);
    });
  }

  async release(p: number): Promise<unknown> {
    const one = this.running.get(p);
    if (one === undefined) return undefined;
    const at = await one.drain();
    this.forget(p);
    return at;
  }

  async stop(p: number, reason: string): Promise<void> {
    const one = this.running.get(p);
    if (one === undefined) return;
    this.forget(p);
    this.world.run.telemetry.counts.leaseChanges += 1;
    this.world.run.call.terminal.warn(`partition ${p} is given up: ${reason}`, { partition: p, reason });
    await one.abandon();
  }

  async end(): Promise<void> {
    for (const [p, one] of [...this.running]) {
      this.forget(p);
      await one.abandon();
    }
  }

  private forget(p: number): void {
    this.running.delete(p);
    const { telemetry } = this.world.run;
    telemetry.partitions = telemetry.partitions.filter((t) => t.p !== p);
  }
}
