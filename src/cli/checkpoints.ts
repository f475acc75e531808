import { resolve } from 'node:path';
import type { NatsConnection } from '@nats-io/transport-node';
import { keyToken } from '../bus/key-value.ts';
import { NatsCheckpoints } from '../bus/nats-checkpoints.ts';
import type { CheckpointStore } from '../core/log.ts';
import type { CheckpointDecl } from '../language/document.ts';
import { FileCheckpoints } from '../store/file-checkpoints.ts';
import { SqliteCheckpoints } from '../store/sqlite-checkpoints.ts';

export interface CheckpointPlace {
  readonly nc: NatsConnection;
  readonly run: string;
  readonly partition: number;
  readonly epoch: number;
  readonly base: string;
}

/** Opens what `runtime.checkpoint.store` names for one partition of a run. */
export async function openCheckpoints(decl: CheckpointDecl, place: CheckpointPlace): Promise<CheckpointStore> {
  const { nc, run, partition, epoch, base } = place;
  if (decl.store === 'nats') return NatsCheckpoints.open(nc, { run, partition, epoch });
  const path = resolve(base, decl.path, `${keyToken(run)}-${partition}`);
  return decl.store === 'sqlite' ? SqliteCheckpoints.open(`${path}.db`) : FileCheckpoints.open(path);
}
