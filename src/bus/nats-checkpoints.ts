import { randomBytes } from 'node:crypto';
import type { NatsConnection } from '@nats-io/transport-node';
import { Refusal } from '../core/diagnostic.ts';
import type { CheckpointStore } from '../core/log.ts';
import { keyToken, NoAnswer, parseObject, type KeyEntry, type KeyValue } from './key-value.ts';
import { NatsKv, STATE_BUCKET } from './nats-kv.ts';
import { ObjectBlobs, type BlobOptions } from './object-blobs.ts';

export interface NatsCheckpointsOptions extends BlobOptions {
  readonly run: string;
  readonly partition: number;
  /** Epoch of the lease under which this owner writes. */
  readonly epoch: number;
  /** Bucket of the pointers and of the bytes; that of the leases, so that a broker forgets both or none. */
  readonly bucket?: string;
}

interface Kept {
  readonly number: number;
  /** Name of its object. */
  readonly name: string;
}

/** The pointer: which checkpoints count. Whatever else lies in the Object Store is rubbish. */
interface Pointer {
  readonly epoch: number;
  /** Who wrote it: another value for every opening, to know one's own write again. */
  readonly writer: string;
  readonly kept: readonly Kept[];
}

const TRIES = 5;

function parsePointer(entry: KeyEntry | null): Pointer | null {
  const v = parseObject(entry?.value ?? null);
  return v !== null && Number.isSafeInteger(v.epoch) && Array.isArray(v.kept) ? v as unknown as Pointer : null;
}

/**
 * Checkpoints of a partition where every worker can reach them: the bytes as objects of unique names, and a key that lists those which
 * count, changed by compare-and-set. Opening claims the key, so that an owner before, should it still write, is refused (E764) and leaves
 * nothing behind that counts.
 */
export class NatsCheckpoints implements CheckpointStore {
  private readonly kv: KeyValue;
  private readonly blobs: ObjectBlobs;
  private readonly key: string;
  private readonly prefix: string;
  private readonly epoch: number;
  private readonly writer = randomBytes(8).toString('hex');
  private pointer: Pointer = { epoch: 0, writer: '', kept: [] };
  private revision = 0;
  private written = 0;
  private fenced: Refusal | null = null;
  private working: Promise<unknown> = Promise.resolve();
  /** Objects that may lie there for nothing, removed at the next chance. */
  private readonly rubbish = new Set<string>();
  /** How many objects of owners that died were removed; resolves some time after opening. */
  swept: Promise<number> = Promise.resolve(0);

  private constructor(kv: KeyValue, blobs: ObjectBlobs, options: NatsCheckpointsOptions) {
    this.kv = kv;
    this.blobs = blobs;
    this.epoch = options.epoch;
    this.key = `ck.${keyToken(options.run)}.${options.partition}`;
    this.prefix = `${keyToken(options.run)}.${options.partition}.`;
  }

  /** Refused (E764) when a newer owner has opened them before. Give it a connection of its own: bytes hold up what is sent behind them. */
  static async open(nc: NatsConnection, options: NatsCheckpointsOptions): Promise<NatsCheckpoints> {
    const bucket = options.bucket ?? STATE_BUCKET;
    const kv = await NatsKv.open(nc, bucket, options);
    const store = new NatsCheckpoints(kv, await ObjectBlobs.open(nc, bucket, options), options);
    await store.claim();
    store.swept = store.sweep();
    return store;
  }

  list(): Promise<readonly number[]> {
    return Promise.resolve(this.pointer.kept.map((k) => k.number).sort((a, b) => b - a));
  }

  async get(number: number): Promise<Uint8Array | null> {
    const kept = this.pointer.kept.find((k) => k.number === number);
    return kept === undefined ? null : this.blobs.get(kept.name);
  }

  put(number: number, bytes: Uint8Array): Promise<void> {
    return this.inTurn(async () => {
      const name = `${this.prefix}${this.epoch}.${number}${this.taken(number) ? `.${this.writer}-${++this.written}` : ''}`;
      this.rubbish.add(name);
      await this.blobs.put(name, bytes);
      await this.move((kept) => [...kept.filter((k) => k.number !== number), { number, name }]);
      this.rubbish.delete(name);
    });
  }

  remove(numbers: readonly number[]): Promise<void> {
    const gone = new Set(numbers);
    return this.inTurn(async () => {
      if (this.pointer.kept.some((k) => gone.has(k.number))) await this.move((kept) => kept.filter((k) => !gone.has(k.number)));
    });
  }

  async close(): Promise<void> {
    await this.working;
    await this.swept;
  }

  private taken(number: number): boolean {
    const name = `${this.prefix}${this.epoch}.${number}`;
    return this.rubbish.has(name) || this.pointer.kept.some((k) => k.name === name);
  }

  /** One after the other; what is rubbish is removed after each, when the pointer no longer has it. */
  private inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.working.then(async () => {
      if (this.fenced !== null) throw this.fenced;
      try {
        await work();
      } catch (error) {
        throw error instanceof Refusal ? error : notStored(this.key, error);
      } finally {
        await this.clean();
      }
    });
    this.working = done.catch(() => undefined);
    return done;
  }

  private async clean(): Promise<void> {
    for (const name of this.rubbish) {
      try {
        await this.blobs.remove(name);
        this.rubbish.delete(name);
      } catch {
        // The broker is away; it is tried again after the next checkpoint, and by the next owner.
        return;
      }
    }
  }

  private async claim(): Promise<void> {
    for (let tries = 1; tries <= TRIES; tries++) {
      try {
        const entry = await this.kv.get(this.key);
        const found = parsePointer(entry);
        if (found !== null && found.epoch > this.epoch) throw this.beaten(found);
        this.take(found ?? this.pointer, entry?.revision ?? 0);
        if (await this.swap(this.pointer.kept)) return;
      } catch (error) {
        if (!(error instanceof NoAnswer)) throw error;
        if (tries === TRIES) throw notStored(this.key, error);
      }
    }
    throw new Refusal('E764', `${this.key}: others keep opening these checkpoints`, { help: ['are there workers without leases?'] });
  }

  /** Changes the list of what counts. What the broker did not answer to is looked up, and done again where it was not done. */
  private async move(change: (kept: readonly Kept[]) => Kept[]): Promise<void> {
    const before = this.pointer.kept;
    const after = change(before);
    for (let tries = 1; ; tries++) {
      try {
        if (await this.swap(after)) break;
        const entry = await this.kv.get(this.key);
        const found = parsePointer(entry);
        if (found === null || found.writer !== this.writer || entry === null) throw (this.fenced = this.beaten(found));
        // Our own write that was not answered: it is there, whichever of our lists it holds.
        this.take(found, entry.revision);
      } catch (error) {
        if (!(error instanceof NoAnswer) || tries >= TRIES) throw error;
      }
    }
    const still = new Set(after.map((k) => k.name));
    for (const k of before) if (!still.has(k.name)) this.rubbish.add(k.name);
  }

  private async swap(kept: readonly Kept[]): Promise<boolean> {
    const pointer: Pointer = { epoch: this.epoch, writer: this.writer, kept };
    const revision = await this.kv.swap(this.key, JSON.stringify(pointer), this.revision);
    if (revision === null) return false;
    this.take(pointer, revision);
    return true;
  }

  private take(pointer: Pointer, revision: number): void {
    this.pointer = pointer;
    this.revision = revision;
  }

  private beaten(found: Pointer | null): Refusal {
    const by = found === null ? 'the key is gone' : `the owner of epoch ${found.epoch} has written`;
    return new Refusal('E764', `${this.key}: ${by}, this one has epoch ${this.epoch}`, {
      help: ['another worker has the partition now; this one gives it up'],
    });
  }

  /** After the claim nobody else can make any of them count, so whatever the pointer does not name is rubbish. */
  private async sweep(): Promise<number> {
    try {
      const kept = new Set(this.pointer.kept.map((k) => k.name));
      const older = (name: string): boolean => Number(name.slice(this.prefix.length).split('.')[0]) < this.epoch;
      return await this.blobs.sweep((name) => name.startsWith(this.prefix) && older(name) && !kept.has(name));
    } catch {
      return 0;
    }
  }
}

const notStored = (key: string, cause: unknown): Refusal =>
  new Refusal('E772', `${key}: a checkpoint could not be stored: ${cause instanceof Error ? cause.message : String(cause)}`, {
    cause, help: ['the older checkpoints are still there; the next one is tried as usual'],
  });
