import { hostname } from 'node:os';
import { Refusal } from '../core/diagnostic.ts';
import { hasEnded, ownIdentity } from '../store/process-identity.ts';
import type { WorkerView } from './assign.ts';
import type { Clock } from './clock.ts';
import { keyToken, parseObject, type KeyEntry, type KeyValue } from './key-value.ts';

/** What all workers of a run must agree on. */
export interface WorkerShape {
  readonly run: string;
  /** Hash of the compiled plan. */
  readonly plan: string;
  readonly partitions: number;
}

export interface WorkerName extends WorkerShape {
  /** Name of this worker; another one for every process. */
  readonly id: string;
  /** When it joined, milliseconds since 1970: elder workers get the odd partition. */
  readonly since?: number;
}

interface Seen {
  readonly since: number;
  readonly leaving: boolean;
  /** By which others on its machine know whether it has ended. */
  readonly process: string;
  revision: number;
  at: number;
}

/** Lives after which a worker that said nothing is forgotten. */
const FORGET = 20;

const shapeText = (v: Readonly<Record<string, unknown>>): string => `${String(v.partitions)} partitions and plan ${String(v.plan)}`;

/** Who works on a run: every worker writes a beat, and is alive for the others while its beats go on. */
export class Roster {
  leaving = false;
  /** When our own beat was last seen by the watch. */
  heardAt = 0;
  private readonly kv: KeyValue;
  private readonly shape: WorkerName;
  private readonly clock: Clock;
  private readonly ttlMs: number;
  private readonly prefix: string;
  private readonly token: string;
  private readonly since: number;
  private readonly others = new Map<string, Seen>();
  private beats = 0;
  private beatAt = -Infinity;
  private writing: Promise<void> | null = null;

  constructor(kv: KeyValue, shape: WorkerName, clock: Clock, ttlMs: number) {
    this.kv = kv;
    this.shape = shape;
    this.since = shape.since ?? Date.now();
    this.clock = clock;
    this.ttlMs = ttlMs;
    this.prefix = `work.${keyToken(shape.run)}.`;
    this.token = keyToken(shape.id);
  }

  /** Workers that take part, this one included; those about to leave do not. */
  alive(): WorkerView[] {
    const now = this.clock.now();
    const views = [...this.others].filter(([, s]) => !s.leaving && now - s.at < this.ttlMs && !hasEnded(s.process))
      .map(([id, s]) => ({ id, since: s.since }));
    return this.leaving ? views : [...views, { id: this.shape.id, since: this.since }];
  }

  /** A beat of a worker; true when it changes who is there. */
  see(token: string, entry: KeyEntry, now: number): boolean {
    if (token === this.token) {
      this.heardAt = now;
      return false;
    }
    const v = parseObject(entry.value);
    if (v === null || typeof v.id !== 'string' || typeof v.since !== 'number') return false;
    const before = this.others.get(v.id);
    if (before !== undefined && entry.revision <= before.revision) return false;
    const process = typeof v.process === 'string' ? v.process : '';
    this.others.set(v.id, { since: v.since, leaving: v.leaving === true, process, revision: entry.revision, at: now });
    return before === undefined || before.leaving !== (v.leaving === true) || now - before.at >= this.ttlMs;
  }

  /** Writes our beat, at most five times a life. */
  async beat(): Promise<void> {
    const now = this.clock.now();
    this.forget(now);
    if (!this.leaving && now - this.beatAt < this.ttlMs / 5 - 1) return;
    this.beatAt = now;
    const { id, partitions, plan } = this.shape;
    const { since, leaving } = this;
    const value = {
      id, since, partitions, plan, host: hostname(), pid: process.pid, process: ownIdentity(), leaving, beat: ++this.beats,
    };
    this.writing = this.kv.put(`${this.prefix}worker.${this.token}`, JSON.stringify(value)).then(() => undefined, () => undefined);
    await this.writing;
  }

  async remove(): Promise<void> {
    // A beat that is still under way would bring the key back.
    await this.writing;
    await this.kv.remove(`${this.prefix}worker.${this.token}`).catch(() => undefined);
  }

  /** Makes sure that all workers of the run were started alike. The first one says how. */
  async agree(): Promise<void> {
    const key = `${this.prefix}run`;
    const { partitions, plan } = this.shape;
    for (;;) {
      const found = await this.kv.get(key);
      if (found !== null && this.agrees(found)) return;
      if (found !== null && await this.anyAlive()) throw this.refusal(found);
      if (await this.kv.swap(key, JSON.stringify({ partitions, plan }), found?.revision ?? 0) !== null) return;
    }
  }

  agrees(entry: KeyEntry): boolean {
    const v = parseObject(entry.value);
    return v !== null && v.partitions === this.shape.partitions && v.plan === this.shape.plan;
  }

  refusal(entry: KeyEntry): Refusal {
    const { run } = this.shape;
    const found = shapeText(parseObject(entry.value) ?? {});
    return new Refusal('E773', `workers of ${run} run with ${found}; this one was started with ${shapeText({ ...this.shape })}`, {
      exit: 2, help: ['start it as the others were', 'or end the others first'],
    });
  }

  /** Looks for as long as a beat may take whether anybody's goes on. */
  private async anyAlive(): Promise<boolean> {
    const revisions = new Map<string, number>();
    let moved = false;
    const unwatch = this.kv.watch(`${this.prefix}worker.`, (entry) => {
      const before = revisions.get(entry.key);
      if (before !== undefined && entry.revision > before) moved = true;
      revisions.set(entry.key, entry.revision);
    });
    const until = this.clock.now() + this.ttlMs;
    while (!moved && this.clock.now() < until) await new Promise<void>((resolve) => { this.clock.after(this.ttlMs / 20, resolve); });
    unwatch();
    return moved;
  }

  private forget(now: number): void {
    for (const [id, s] of this.others) {
      if (now - s.at < FORGET * this.ttlMs) continue;
      this.others.delete(id);
      void this.kv.remove(`${this.prefix}worker.${keyToken(id)}`).catch(() => undefined);
    }
  }
}
