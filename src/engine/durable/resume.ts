import { createHash } from 'node:crypto';
import { Refusal } from '../../core/diagnostic.ts';
import type { CheckpointStore } from '../../core/log.ts';
import type { Adoption } from '../../graph/adopt.ts';
import { snapshotOf, type Engine } from '../engine.ts';
import type { Checkpoint } from './checkpoint.ts';
import { headOf, Input, type Head, type LogInput, type OnGap } from './input.ts';
import type { Lane } from './lane.ts';
import { recover, refuseDiverged, type Recovered, type Rejected } from './recover.ts';
import { Verifier } from './verify.ts';

export interface ResumeOptions {
  readonly engine: Engine;
  /** Hash of the plan. */
  readonly plan: string;
  readonly inputs: readonly LogInput[];
  /** First sequence wanted where no checkpoint says: as `replay:` of the sources has it. */
  readonly originOf: (input: LogInput) => Promise<number>;
  readonly lanes: readonly Lane[];
  readonly store: CheckpointStore;
  readonly partition: number;
  /** Most rows of an epoch. */
  readonly batch: number;
  readonly verify: 'off' | 'sample' | 'all';
  /** Start without state although there are checkpoints. */
  readonly fresh: boolean;
  /** Go on from a checkpoint of another plan with what fits; a number takes that checkpoint and no other. */
  readonly from: number | 'newest' | null;
  readonly onGap: OnGap | null;
}

export interface Resumed {
  readonly input: Input;
  readonly verifier: Verifier | null;
  readonly recovered: Recovered;
  /** What was carried over from another plan; null where the plan is the same, or nothing was there. */
  readonly adoption: Adoption | null;
}

/** What identifies the source logs in the outputs, so that outputs of another history are never taken for one's own. */
async function identityOf(inputs: readonly LogInput[]): Promise<string> {
  const all = await Promise.all(inputs.map(async ({ log }) => `${log.name} ${(await log.state()).created}`));
  return createHash('sha256').update(all.join('\n')).digest('hex').slice(0, 8);
}

/** Steps 2 to 6 of a recovery: find the checkpoint that fits, load it, and know what the outputs have already. */
export async function resume(o: ResumeOptions): Promise<Resumed> {
  const { engine, lanes, store, partition } = o;
  const only = typeof o.from === 'number' ? o.from : null;
  const found = o.fresh ? { number: 0, checkpoint: null, rejected: [], origins: new Map<string, number>(), numbers: await store.list() }
    : await recover(store, o.inputs.map((i) => i.log), lanes, partition, only);
  const { checkpoint } = found;
  if (checkpoint === null && only !== null) throw noSuch(only, found);
  if (checkpoint === null) refuseDiverged(found.rejected);

  const adoption = checkpoint === null ? null : load(o, checkpoint);
  const heads: Head[] = [];
  for (const input of o.inputs) {
    const position = checkpoint?.sources.find((s) => s.name === input.log.name) ?? null;
    const origin = position?.origin ?? found.origins.get(input.log.name) ?? await o.originOf(input);
    heads.push(await headOf(input, position, origin, o.onGap));
  }
  const verifier = await resumeLanes(o, checkpoint, heads, found.rejected);
  return { input: new Input(engine, heads, checkpoint?.messages ?? 0, o.batch, o.onGap), verifier, recovered: found, adoption };
}

const noSuch = (number: number, found: Recovered): Refusal => {
  const why = found.rejected.find((r) => r.number === number)?.why;
  return new Refusal('E775', `checkpoint ${number} cannot be used: ${why ?? 'there is none with this number'}`, {
    exit: 7, help: [`there are: ${found.numbers.join(', ') || 'none'}`],
  });
};

/** Loads the state; a plan that has changed is asked for by name, as what it drops has to warm up again. */
function load(o: ResumeOptions, c: Checkpoint): Adoption | null {
  if (c.plan === o.plan) {
    o.engine.thaw(c.engine);
    return null;
  }
  if (o.from !== null) return o.engine.adopt(snapshotOf(c.engine));
  throw new Refusal('E775', 'the pipeline has changed since its last checkpoint', {
    exit: 3, help: [...describeAdoption(o.engine.adopt(snapshotOf(c.engine))),
      '--from-checkpoint goes on with what is kept; what is new warms up', '--fresh starts anew from the origin of the sources'],
  });
}

export function describeAdoption(a: Adoption): string[] {
  const list = (what: string, items: readonly { readonly what: string }[]): string[] =>
    (items.length === 0 ? [] : [`${what}: ${items.slice(0, 12).map((i) => i.what).join(', ')}${items.length > 12
      ? ` and ${items.length - 12} more` : ''}`]);
  return [...list('keeps', a.kept), ...list('drops', a.dropped), ...list('begins anew', a.fresh)];
}

async function resumeLanes(o: ResumeOptions, c: Checkpoint | null, heads: readonly Head[], rejected: readonly Rejected[]):
  Promise<Verifier | null> {
  const ids = new Set<string>();
  const plan = `${o.plan}.${await identityOf(o.inputs)}`;
  const tails = await Promise.all(o.lanes.map((lane) => lane.log.tails()));
  for (const t of tails.flat()) ids.add(t.id);
  // Another plan is free to give other outputs.
  const verifier = o.verify === 'off' || (c !== null && c.plan !== o.plan) ? null : new Verifier(o.verify, ids);
  for (const [i, lane] of o.lanes.entries()) {
    const state = await lane.log.state();
    const at = c?.outputs.find((x) => x.name === lane.log.name);
    const alone = lane.log.chain === 'log' && state.last === 0 ? 0 : -1;
    lane.resume(state, tails[i], plan, { exact: lane.log.chain === 'log' && at !== undefined ? at.exact : alone, verifier });
    if (heads.length === 1) await refuseAhead(lane, heads[0]);
    if (c !== null) refuseRewritten(lane, c, rejected);
  }
  return verifier;
}

/**
 * A newer checkpoint was left aside because the source has other messages now than it had read. Up to the older one the history is the
 * same; outputs of what came after it may be of messages that are no more.
 */
function refuseRewritten(lane: Lane, c: Checkpoint, rejected: readonly Rejected[]): void {
  const known = c.sources.length === 1 ? c.sources[0].seq : c.messages;
  if (lane.newest.n > known) refuseDiverged(rejected);
}

/** Outputs of source messages that are not there (yet): they were made from another history. */
async function refuseAhead(lane: Lane, head: Head): Promise<void> {
  const { last } = await head.input.log.state();
  if (lane.newest.n <= last) return;
  throw new Refusal('E763', `${lane.log.name} has outputs of message ${lane.newest.n} of ${head.input.log.name}, which ends at ${last}`, {
    exit: 7, help: [`${head.input.log.name} was made anew or has forgotten messages: restore it`,
      `or begin the outputs anew: purge or rename ${lane.log.name}, and start with --fresh`],
  });
}
