import { headers, nuid } from '@nats-io/transport-node';
import type { NatsConnection } from '@nats-io/transport-node';
import { jsRequest } from './js-request.ts';
import { watchOf } from './nats-watch.ts';
import { partitionOf } from './partition.ts';

/** What the server makes of `feed.*.*`: partitions that agree with ours, others, none, or the user may not try. */
export type Mapping = 'agrees' | 'differs' | 'none' | 'forbidden';

export interface PartitionCheck {
  readonly partitions: number;
  readonly mapping: Mapping;
  /** Partitions of `md.trades` that no stream takes; null where no stream takes any, or there are no streams. */
  readonly uncovered: readonly number[] | null;
}

const TRIED = 8;

/** Publishes a few empty messages on `feed.probe.*` and looks where they come out. */
async function mappingOf(nc: NatsConnection, n: number): Promise<Mapping> {
  const tokens = Array.from({ length: TRIED }, () => nuid.next());
  const found = new Map<string, string>();
  let refused = false;
  const s = nc.subscribe('md.probe.>', {
    callback: (error, m) => {
      if (error !== null) refused = true;
      else found.set(m.subject.split('.').at(-1) as string, m.subject);
    },
  });
  const h = headers();
  h.set('Millrace-Probe', '1');
  const off = watchOf(nc).on((event) => { refused ||= event === 'refused'; });
  try {
    for (const token of tokens) nc.publish(`feed.probe.${token}`, '', { headers: h });
    await nc.flush();
    // Refusals that came before the answer are told a few turns after it.
    await new Promise((resolve) => setImmediate(resolve));
  } finally {
    off();
    if (!s.isClosed()) s.unsubscribe();
  }
  if (refused) return 'forbidden';
  if (found.size === 0) return 'none';
  return tokens.every((t) => found.get(t) === `md.probe.${partitionOf(t, n)}.${t}`) ? 'agrees' : 'differs';
}

/** A message of a partition that no stream takes is lost without a word to readers of streams. */
async function uncoveredOf(nc: NatsConnection, n: number): Promise<readonly number[] | null> {
  const open: number[] = [];
  for (let p = 0; p < n; p++) {
    const found = await jsRequest(nc, 'STREAM.NAMES', { subject: `md.trades.${p}.X` });
    if (found === null) return null;
    if (!Array.isArray(found.streams) || found.streams.length === 0) open.push(p);
  }
  return open.length === n ? null : open;
}

export async function checkPartitions(nc: NatsConnection, n: number, jetstream: boolean): Promise<PartitionCheck> {
  return { partitions: n, mapping: await mappingOf(nc, n), uncovered: jetstream ? await uncoveredOf(nc, n) : null };
}
