import type { NatsConnection } from '@nats-io/transport-node';
import { Refusal } from '../core/diagnostic.ts';
import { decide, groupPartitions, type LeaseView } from './assign.ts';
import { MONOTONIC, type Clock } from './clock.ts';
import { keyToken, NoAnswer, parseObject, type KeyEntry, type KeyValue } from './key-value.ts';
import { DEFAULT_TTL_MS, Lease, Sighting } from './nats-lease.ts';
import { NatsKv } from './nats-kv.ts';
import { Roster, type WorkerName } from './roster.ts';

/** What a worker does with the partitions that it is given. */
export interface PartitionHost {
  /** Begin: recover, and run under this epoch. `src` is where the owner before stopped, where it said so. */
  start(p: number, epoch: number, src: unknown): void;
  /** Drain, write a last checkpoint; resolves with where it stopped. Only then may another worker begin. */
  release(p: number): Promise<unknown>;
  /** The partition is another's already, or soon: stop at once, write nothing any more. */
  stop(p: number, reason: string): void | Promise<void>;
}

export interface WorkersOptions extends WorkerName {
  readonly ttlMs?: number;
  /** Most leases that the partitions share. */
  readonly leases?: number;
  readonly clock?: Clock;
}

interface Held {
  state: 'running' | 'leaving';
  readonly lease: Lease;
}
type Mine = { readonly state: 'taking' } | Held;

/** Joins the workers of a run over NATS. */
export async function joinWorkers(nc: NatsConnection, options: WorkersOptions, host: PartitionHost, bucket?: string): Promise<Workers> {
  const kv = await NatsKv.open(nc, bucket, { timeoutMs: (options.ttlMs ?? DEFAULT_TTL_MS) / 2 });
  await keepPartitions(kv, options);
  return Workers.join(kv, options, host);
}

/**
 * Partitions of a run stay as many as they were, also when no worker is left: checkpoints and the ids of outputs go by them, so that with
 * another number symbols would lose their state and outputs would come again under other ids.
 */
async function keepPartitions(kv: KeyValue, { run, partitions }: WorkersOptions): Promise<void> {
  const key = `parts.${keyToken(run)}`;
  for (;;) {
    const before = parseObject((await kv.get(key))?.value ?? null)?.partitions;
    if (before === partitions) return;
    if (typeof before === 'number') {
      const text = before === 1 ? 'without partitions' : `in ${before} partitions`;
      throw new Refusal('E773', `run ${run} has been worked on ${text}, and this start has ${partitions}`, {
        exit: 2, help: [before === 1 ? 'leave --partitions out' : `--partitions ${before}`,
          '--name OTHER makes it another run, with checkpoints of its own; give it other outputs too'],
      });
    }
    if (await kv.swap(key, JSON.stringify({ partitions }), 0) !== null) return;
  }
}

/**
 * One of the workers that share the partitions of a run. There is no leader: each looks at who is there and who holds what, and takes or
 * gives up what `decide` says. Partitions come and go through leases, so two workers never run one at the same time.
 */
export class Workers {
  private readonly kv: KeyValue;
  private readonly host: PartitionHost;
  private readonly options: WorkersOptions;
  private readonly clock: Clock;
  private readonly ttlMs: number;
  private readonly groups: readonly number[][];
  private readonly prefix: string;
  private readonly seen: Sighting[];
  private readonly mine = new Map<number, Mine>();
  private readonly roster: Roster;
  private readonly retryAt: number[];
  private unwatch: () => void = () => undefined;
  private cancel: () => void = () => undefined;
  private watchedAt = 0;
  private soon = false;
  private ended = false;
  private settled: () => void = () => undefined;
  private readonly end: { resolve: () => void; reject: (error: unknown) => void };
  /** Resolves after `leave`; rejects when this worker may not go on. */
  readonly closed: Promise<void>;

  private constructor(kv: KeyValue, options: WorkersOptions, host: PartitionHost, roster: Roster) {
    this.kv = kv;
    this.host = host;
    this.options = options;
    this.roster = roster;
    this.clock = options.clock ?? MONOTONIC;
    this.ttlMs = options.ttlMs ?? DEFAULT_TTL_MS;
    this.groups = groupPartitions(options.partitions, options.leases);
    this.prefix = `work.${keyToken(options.run)}.`;
    this.seen = this.groups.map(() => new Sighting(this.clock.now()));
    this.retryAt = this.groups.map(() => 0);
    let end: Workers['end'] | null = null;
    this.closed = new Promise((resolve, reject) => { end = { resolve, reject }; });
    this.end = end as unknown as Workers['end'];
    this.closed.catch(() => undefined);
  }

  /** Refused (E773) when live workers of the run were started with another pipeline or another number of partitions. */
  static async join(kv: KeyValue, options: WorkersOptions, host: PartitionHost): Promise<Workers> {
    const roster = new Roster(kv, options, options.clock ?? MONOTONIC, options.ttlMs ?? DEFAULT_TTL_MS);
    await roster.agree();
    const workers = new Workers(kv, options, host, roster);
    workers.watch();
    await roster.beat();
    workers.turn();
    return workers;
  }

  /** Partitions that run here now. */
  get owned(): readonly number[] {
    const running = [...this.mine].filter(([, m]) => m.state === 'running' && m.lease.held);
    return running.flatMap(([g]) => this.groups[g]).sort((a, b) => a - b);
  }

  /** Workers that are alive, this one included. */
  get alive(): readonly string[] {
    return this.roster.alive().map((w) => w.id);
  }

  /** Gives every partition up, each after its last checkpoint, and is gone. */
  async leave(): Promise<void> {
    if (this.ended) return;
    this.roster.leaving = true;
    void this.roster.beat();
    this.act();
    while (this.mine.size > 0) await new Promise<void>((resolve) => { this.settled = resolve; });
    await this.close();
    this.end.resolve();
  }

  /** Ends without giving anything up: others take over when the leases have run out. */
  private async close(): Promise<void> {
    if (this.ended) return;
    this.ended = true;
    this.cancel();
    this.unwatch();
    await this.roster.remove();
  }

  private fail(error: unknown): void {
    if (this.ended) return;
    this.roster.leaving = true;
    for (const [g, m] of this.mine) if (m.state === 'running') this.lost(g, m, 'this worker may not go on');
    void this.close();
    this.end.reject(error);
  }

  private watch(): void {
    this.unwatch();
    this.watchedAt = this.clock.now();
    this.unwatch = this.kv.watch(this.prefix, (entry) => this.see(entry));
  }

  private see(entry: KeyEntry): void {
    const now = this.clock.now();
    const [kind, name] = entry.key.slice(this.prefix.length).split('.');
    if (kind === 'lease') {
      const before = this.seen[Number(name)]?.value?.owner;
      this.seen[Number(name)]?.see(entry, now);
      // Renewals change nothing; a lease that was given back is somebody's at once.
      if (parseObject(entry.value)?.owner !== before) this.actSoon();
    } else if (kind === 'worker') {
      if (this.roster.see(name, entry, now)) this.actSoon();
    } else if (kind === 'run' && !this.roster.agrees(entry)) this.fail(this.roster.refusal(entry));
  }

  private turn(): void {
    if (this.ended) return;
    const now = this.clock.now();
    void this.roster.beat();
    // The watch must show our own beats; one that broke is opened again.
    if (now - Math.max(this.watchedAt, this.roster.heardAt) > 2 * this.ttlMs) this.watch();
    this.act();
    this.cancel = this.clock.after(this.ttlMs / 10, () => this.turn());
  }

  private actSoon(): void {
    if (this.soon) return;
    this.soon = true;
    this.clock.after(0, () => {
      this.soon = false;
      this.act();
    });
  }

  private act(): void {
    if (this.ended) return;
    const now = this.clock.now();
    const leases = this.seen.map((s, g): LeaseView => {
      const mine = this.mine.get(g);
      return { owner: s.free(now, this.ttlMs) ? null : (s.value?.owner ?? null), mine: mine?.state ?? 'no' };
    });
    const { take, release } = decide({ me: this.options.id, workers: this.roster.alive(), leases });
    for (const g of release) this.release(g, this.mine.get(g) as Held);
    for (const g of take) if (now >= this.retryAt[g]) void this.take(g);
  }

  private async take(g: number): Promise<void> {
    this.mine.set(g, { state: 'taking' });
    const key = `${this.prefix}lease.${g}`;
    const options = { owner: this.options.id, ttlMs: this.ttlMs, clock: this.clock };
    try {
      const lease = await Lease.take(this.kv, key, this.seen[g].entry, options);
      if (lease === null) {
        this.seen[g].see(await this.kv.get(key), this.clock.now());
        this.drop(g);
      } else if (this.ended) await lease.release();
      else this.begin(g, lease);
    } catch (error) {
      if (!(error instanceof NoAnswer)) this.fail(error);
      // If it was written after all, it runs out by itself.
      this.retryAt[g] = this.clock.now() + this.ttlMs / 5;
      this.drop(g);
    }
  }

  private begin(g: number, lease: Lease): void {
    const mine: Held = { state: 'running', lease };
    this.mine.set(g, mine);
    const src = parseObject(JSON.stringify(lease.before?.src ?? null));
    for (const p of this.groups[g]) this.host.start(p, lease.epoch, src?.[p] ?? null);
    lease.onLost((reason) => this.lost(g, mine, reason));
    this.actSoon();
  }

  private lost(g: number, mine: Held, reason: string): void {
    mine.state = 'leaving';
    const stops = this.groups[g].map(async (p) => this.host.stop(p, reason));
    void Promise.allSettled(stops).then(() => this.drop(g));
  }

  private release(g: number, mine: Held): void {
    if (mine.state === 'leaving') return;
    mine.state = 'leaving';
    const src: Record<number, unknown> = {};
    const drains = this.groups[g].map(async (p) => { src[p] = await this.host.release(p); });
    // A partition that cannot drain is recovered from an older checkpoint by whoever takes it.
    void Promise.allSettled(drains).then(() => mine.lease.release(src)).then(() => this.drop(g));
  }

  private drop(g: number): void {
    this.mine.delete(g);
    this.settled();
    this.actSoon();
  }
}
