import { hostname } from 'node:os';
import { hasEnded, ownIdentity } from '../store/process-identity.ts';
import { MONOTONIC, type Clock } from './clock.ts';
import { NoAnswer, parseObject, type KeyEntry, type KeyValue } from './key-value.ts';

/** Renewals within one life of a lease: several may fail before it is lost. */
const BEATS = 5;

export interface LeaseOptions {
  /** Who asks: another name for every process. */
  readonly owner: string;
  /** How long a lease lasts without renewal, milliseconds. */
  readonly ttlMs?: number;
  readonly clock?: Clock;
}

/** What a lease's key holds. */
export interface LeaseValue {
  /** Null after it was given back. */
  readonly owner: string | null;
  /** Rises with every owner. */
  readonly epoch: number;
  readonly ttlMs: number;
  readonly host: string;
  readonly pid: number;
  /** The owner's process, by which others on its machine know whether it has ended. */
  readonly process: string;
  readonly since: string;
  /** Counts renewals. */
  readonly beat: number;
  /** Where the last owner stopped, as it said when it gave the lease back. */
  readonly src?: unknown;
}

export const DEFAULT_TTL_MS = 1000;

export function parseLease(entry: KeyEntry | null): LeaseValue | null {
  const v = parseObject(entry?.value ?? null);
  if (v === null || !Number.isSafeInteger(v.epoch) || !(v.owner === null || typeof v.owner === 'string')) return null;
  return v as unknown as LeaseValue;
}

/**
 * What one process has seen of a key, by its own clock. No clock is compared with another: a lease is over when its revision has not
 * changed for as long as it lasts, counted from when this process first saw that revision.
 */
export class Sighting {
  entry: KeyEntry | null = null;
  value: LeaseValue | null = null;
  since: number;

  constructor(now: number) {
    this.since = now;
  }

  see(entry: KeyEntry | null, now: number): void {
    // A watch may bring what a read has brought already, and later.
    if (entry !== null && this.entry !== null && entry.revision <= this.entry.revision) return;
    if (entry === null && this.entry === null) return;
    this.entry = entry;
    this.value = parseLease(entry);
    this.since = now;
  }

  /**
   * Nobody holds it: it never was, was given back, or has not been renewed. An owner that was a process of this machine and has ended
   * need not be waited for: it can write nothing any more.
   */
  free(now: number, ttlMs: number): boolean {
    if (this.entry === null || this.value?.owner === null) return true;
    if (hasEnded(this.value?.process ?? '')) return true;
    return now - this.since >= Math.max(ttlMs, this.value?.ttlMs ?? 0);
  }
}

/**
 * The right to be the only one who does something, for as long as it is renewed in time. It is lost when a renewal is refused, or when none
 * was answered for as long as the lease lasts, counted from when the last good one was sent; `held` goes by the clock, so that a process
 * that slept does not take itself for the holder when it wakes. Whoever writes elsewhere under a lease writes its epoch too.
 */
export class Lease {
  readonly key: string;
  readonly epoch: number;
  /** What was there before: the last owner and where it stopped. */
  readonly before: LeaseValue | null;
  private readonly kv: KeyValue;
  private readonly clock: Clock;
  private readonly ttlMs: number;
  private value: LeaseValue;
  private revision: number;
  private until: number;
  private over: string | null = null;
  private cancel: () => void = () => undefined;
  private cancelEnd: () => void = () => undefined;
  private renewing: Promise<void> = Promise.resolve();
  private listeners: ((reason: string) => void)[] = [];

  private constructor(
    kv: KeyValue, key: string, clock: Clock, taken: { value: LeaseValue; revision: number; sentAt: number; before: LeaseValue | null },
  ) {
    this.kv = kv;
    this.key = key;
    this.clock = clock;
    this.value = taken.value;
    this.ttlMs = taken.value.ttlMs;
    this.epoch = taken.value.epoch;
    this.before = taken.before;
    this.revision = taken.revision;
    this.until = taken.sentAt + this.ttlMs;
    this.watchEnd();
    this.next(taken.sentAt + this.ttlMs / BEATS);
  }

  /** One try for a lease that was seen free; null when somebody else was first. */
  static async take(kv: KeyValue, key: string, seen: KeyEntry | null, options: LeaseOptions): Promise<Lease | null> {
    const clock = options.clock ?? MONOTONIC;
    const before = parseLease(seen);
    // Where the broker has lost the key, its revisions still lie above every epoch that was ever given, as each owner cost one.
    const epoch = (before?.epoch ?? await kv.last()) + 1;
    const value: LeaseValue = {
      owner: options.owner, epoch, ttlMs: options.ttlMs ?? DEFAULT_TTL_MS, host: hostname(), pid: process.pid, process: ownIdentity(),
      since: new Date().toISOString(), beat: 0,
    };
    const sentAt = clock.now();
    const revision = await kv.swap(key, JSON.stringify(value), seen?.revision ?? 0);
    return revision === null ? null : new Lease(kv, key, clock, { value, revision, sentAt, before });
  }

  /** Waits until the lease can be had; null when `signal` says to stop waiting. Silence of the broker is waited out. */
  static async wait(kv: KeyValue, key: string, options: LeaseOptions, signal?: AbortSignal): Promise<Lease | null> {
    const clock = options.clock ?? MONOTONIC;
    const ttlMs = options.ttlMs ?? DEFAULT_TTL_MS;
    const sighting = new Sighting(clock.now());
    let known = false;
    while (signal?.aborted !== true) {
      try {
        const entry = await kv.get(key);
        known = true;
        sighting.see(entry, clock.now());
        if (sighting.free(clock.now(), ttlMs)) {
          const lease = await Lease.take(kv, key, sighting.entry, options);
          if (lease !== null) return lease;
        }
      } catch (error) {
        // A broker that has never answered may be another one, or have no JetStream: that is for the caller to say.
        if (!known || !(error instanceof NoAnswer)) throw error;
      }
      await new Promise<void>((resolve) => clock.after(ttlMs / 20, resolve));
    }
    return null;
  }

  get held(): boolean {
    return this.over === null && this.clock.now() < this.until;
  }

  /** Called once, when the lease is lost; not when it is given back. */
  onLost(listener: (reason: string) => void): void {
    if (this.over === null) this.listeners.push(listener);
    else if (this.over !== RELEASED) listener(this.over);
  }

  /** Gives the lease back, saying where its owner stopped; false when it was lost before that was known to be written. */
  async release(src?: unknown): Promise<boolean> {
    this.cancel();
    await this.renewing;
    if (!this.held) return false;
    const value: LeaseValue = { ...this.value, owner: null, beat: this.value.beat + 1, ...(src === undefined ? {} : { src }) };
    this.end(RELEASED);
    try {
      return await this.kv.swap(this.key, JSON.stringify(value), this.revision) !== null;
    } catch {
      // Whoever waits for it takes it when its time is over.
      return false;
    }
  }

  private next(due: number): void {
    this.cancel = this.clock.after(Math.max(0, due - this.clock.now()), () => {
      this.renewing = this.renew();
    });
  }

  private watchEnd(): void {
    this.cancelEnd = this.clock.after(this.until - this.clock.now(), () => {
      if (this.over !== null) return;
      if (this.clock.now() < this.until) this.watchEnd();
      else this.lose(`no renewal was answered for ${this.ttlMs} ms`);
    });
  }

  private async renew(): Promise<void> {
    const sentAt = this.clock.now();
    if (this.over !== null) return;
    const value: LeaseValue = { ...this.value, beat: this.value.beat + 1 };
    let due = sentAt + this.ttlMs / BEATS;
    try {
      const revision = await this.kv.swap(this.key, JSON.stringify(value), this.revision);
      if (revision === null) {
        await this.settle();
        due = sentAt;
      } else {
        this.value = value;
        this.revision = revision;
        this.until = sentAt + this.ttlMs;
      }
    } catch {
      // Whether it was written shows when the next one is tried, which is soon.
      due = this.clock.now() + this.ttlMs / (4 * BEATS);
    }
    if (this.over === null) this.next(due);
  }

  /** A renewal was refused: by our own that was never answered, or by another owner. */
  private async settle(): Promise<void> {
    const entry = await this.kv.get(this.key);
    const value = parseLease(entry);
    if (entry !== null && value !== null && value.owner === this.value.owner && value.epoch === this.epoch) {
      this.revision = entry.revision;
      this.value = value;
    } else this.lose(value?.owner ? `${value.owner} holds it now, at epoch ${value.epoch}` : 'its key is gone or was given away');
  }

  private lose(reason: string): void {
    if (this.over !== null) return;
    this.end(reason);
    for (const listener of this.listeners.splice(0)) listener(reason);
  }

  private end(reason: string): void {
    this.over = reason;
    this.cancel();
    this.cancelEnd();
  }
}

const RELEASED = 'given back';
