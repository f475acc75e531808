import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { connect } from '@nats-io/transport-node';
import { NatsCheckpoints } from '../../src/bus/nats-checkpoints.ts';
import type { CheckpointStore } from '../../src/core/log.ts';
import { FileCheckpoints } from '../../src/store/file-checkpoints.ts';
import { SqliteCheckpoints } from '../../src/store/sqlite-checkpoints.ts';

/** The simplest store there can be, for the suite to be right about. */
export class MemoryCheckpoints implements CheckpointStore {
  private readonly kept = new Map<number, Uint8Array>();

  list(): Promise<readonly number[]> {
    return Promise.resolve([...this.kept.keys()].sort((a, b) => b - a));
  }

  get(number: number): Promise<Uint8Array | null> {
    return Promise.resolve(this.kept.get(number) ?? null);
  }

  put(number: number, bytes: Uint8Array): Promise<void> {
    this.kept.set(number, Uint8Array.from(bytes));
    return Promise.resolve();
  }

  remove(numbers: readonly number[]): Promise<void> {
    for (const n of numbers) this.kept.delete(n);
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

export type StoreKind = 'file' | 'sqlite' | 'nats';

/** Opens a store of a kind in a folder, or on the broker at a URL; the epoch is for NATS. */
export async function openStore(kind: StoreKind, place: string, epoch = 1): Promise<CheckpointStore> {
  if (kind === 'file') return FileCheckpoints.open(join(place, 'checkpoints'));
  if (kind === 'sqlite') return SqliteCheckpoints.open(join(place, 'checkpoints.sqlite'));
  const nc = await connect({ servers: place, maxReconnectAttempts: -1, reconnectTimeWait: 100 });
  const store = await NatsCheckpoints.open(nc, { run: 'ema cross.v2', partition: 3, epoch });
  const close = store.close.bind(store);
  return Object.assign(store, { close: async () => { await close(); await nc.close(); } });
}

/** Bytes that depend on the number alone and end with their own hash, as a checkpoint of the engine does. */
export function sealed(number: number, size: number): Uint8Array {
  const bytes = new Uint8Array(size + 32);
  let x = (number * 2_654_435_761) >>> 0;
  for (let i = 0; i < size; i++) {
    x = (Math.imul(x, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[i] = x >>> 24;
  }
  bytes.set(createHash('sha256').update(bytes.subarray(0, size)).digest(), size);
  return bytes;
}

export function isSealed(bytes: Uint8Array | null): boolean {
  if (bytes === null || bytes.length < 32) return false;
  const size = bytes.length - 32;
  return createHash('sha256').update(bytes.subarray(0, size)).digest().equals(bytes.subarray(size));
}

/** What recovery does: the newest checkpoint that is whole. */
export async function newestWhole(store: CheckpointStore): Promise<number | null> {
  for (const n of await store.list()) if (isSealed(await store.get(n))) return n;
  return null;
}
