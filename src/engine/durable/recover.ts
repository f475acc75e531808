import { Refusal } from '../../core/diagnostic.ts';
import { HEADER, type CheckpointStore, type SourceLog } from '../../core/log.ts';
import { decodeCheckpoint, fingerprint, remember, type Checkpoint } from './checkpoint.ts';
import type { Lane } from './lane.ts';

/** A checkpoint that was looked at and not taken, and why. */
export interface Rejected {
  readonly number: number;
  readonly why: string;
  /** `source`: the input is another one; `output`: the outputs are behind it; `bytes`: it cannot be read. */
  readonly about: 'bytes' | 'source' | 'output' | 'run';
}

export interface Recovered {
  readonly number: number;
  readonly checkpoint: Checkpoint | null;
  readonly rejected: readonly Rejected[];
  /** Sequences at which a start without state has to begin again, by log; empty when no checkpoint ever said. */
  readonly origins: ReadonlyMap<string, number>;
  /** All there are, newest first, usable or not. */
  readonly numbers: readonly number[];
}

/**
 * The newest checkpoint that fits both logs. One that is ahead of the outputs would leave holes: the broker has forgotten messages that
 * it acknowledged, so an older one is taken and they are made again. One whose source has another history is never taken.
 */
export async function recover(store: CheckpointStore, sources: readonly SourceLog[], lanes: readonly Lane[], partition: number,
  only: number | null = null): Promise<Recovered> {
  const rejected: Rejected[] = [];
  const origins = new Map<string, number>();
  const numbers = await store.list();
  for (const number of numbers) {
    if (only !== null && number !== only) continue;
    const bytes = await store.get(number);
    const read = bytes === null ? 'it is gone' : decodeCheckpoint(bytes);
    if (typeof read === 'string') {
      rejected.push({ number, why: read, about: 'bytes' });
      continue;
    }
    for (const s of read.sources) if (!origins.has(s.name)) origins.set(s.name, s.origin);
    const fault = await unfit(read, sources, lanes, partition);
    if (fault === null) return { number, checkpoint: read, rejected, origins, numbers };
    rejected.push({ number, ...fault });
  }
  return { number: 0, checkpoint: null, rejected, origins, numbers };
}

type Fault = Omit<Rejected, 'number'>;

async function unfit(c: Checkpoint, sources: readonly SourceLog[], lanes: readonly Lane[], partition: number): Promise<Fault | null> {
  if (c.partition !== partition) return { about: 'run', why: `it is of partition ${c.partition}` };
  for (const log of sources) {
    const at = c.sources.find((s) => s.name === log.name);
    if (at === undefined) return { about: 'run', why: `it knows nothing of ${log.name}` };
    const state = await log.state();
    if (state.created !== at.created) return { about: 'source', why: `${log.name} was made anew since` };
    if (state.last < at.seq) return { about: 'source', why: `${log.name} ends at ${state.last}, before the ${at.seq} read already` };
    if (at.seq === 0 || at.fingerprint === '') continue;
    const m = await log.get(at.seq);
    if (m !== null && fingerprint(remember(m)) !== at.fingerprint) {
      return { about: 'source', why: `message ${at.seq} of ${log.name} is another one than was read` };
    }
  }
  for (const { log } of lanes) {
    const at = c.outputs.find((o) => o.name === log.name);
    if (at === undefined || at.seq === 0) continue;
    const state = await log.state();
    if (state.created !== at.created) return { about: 'output', why: `${log.name} was made anew since` };
    if (state.last < at.seq) {
      return { about: 'output', why: `${log.name} ends at ${state.last} and has forgotten up to ${at.seq}, which it had acknowledged` };
    }
    const m = await log.get(at.seq);
    if (m !== null && m.header(HEADER.id) !== at.id) return { about: 'output', why: `message ${at.seq} of ${log.name} is not ${at.id}` };
  }
  return null;
}

/** No silent restart on another history: the operator decides. */
export function refuseDiverged(rejected: readonly Rejected[]): void {
  const other = rejected.find((r) => r.about === 'source');
  if (other === undefined) return;
  throw new Refusal('E763', `no checkpoint fits the source: ${other.why}`, {
    exit: 7, help: [
      ...rejected.slice(0, 5).map((r) => `checkpoint ${r.number}: ${r.why}`),
      '--fresh starts anew from the origin of the sources, without any state',
    ],
  });
}
