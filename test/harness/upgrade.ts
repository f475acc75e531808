import { identitiesOf } from '../../src/engine/identity.ts';
import type { Adoption } from '../../src/graph/adopt.ts';
import type { Identities } from '../../src/plan/identity.ts';
import type { Violations } from './compare.ts';
import { Drive, every, throughDisk, type Cutting, type Recorded, type Recording } from './drive.ts';
import type { Feed } from './feed.ts';
import type { Subject } from './pipeline.ts';

export interface Upgrade {
  readonly adoption: Adoption;
  /** Rows and columns that were held to the run that never stopped. */
  readonly held: number;
  readonly found: Violations;
  readonly after: Recording;
}

const shown = (x: unknown): string => (typeof x === 'number' && Number.isNaN(x) ? 'null' : String(x));

const behind = (r: Recorded, seq: number): number[] => r.seq.flatMap((s, i) => (s > seq ? [i] : []));

/** Rows and columns of a plan, as they would be asked for by what they are. */
const columnsOf = (of: Identities): Set<string> =>
  new Set([...of.nodes.values()].flatMap((n) => ['', ...n.columns].map((c) => `${n.rows} ${c}`)));

/**
 * Stops one plan after row `at` of a feed and goes on with another from its state. What both have must come out as if the other plan had
 * run from the start: rows, columns, counters and hashes.
 */
export async function upgrade(before: Subject, after: Subject, feed: Feed, at: number, truth: Recording, cut: Cutting = every(64)): Promise<Upgrade> {
  const first = new Drive(before, feed, cut);
  await first.epoch(at);
  const saved = throughDisk(first.engine.save());
  const second = new Drive(after, feed, every(97));
  second.at = at;
  const adoption = second.engine.adopt(saved);
  while (second.at < feed.n) await second.epoch(Math.min(feed.n, second.at + 97));
  const run = await second.finish();
  await first.engine.close();

  const old = columnsOf(identitiesOf(before.plan));
  const own = identitiesOf(after.plan);
  const found: Violations = [];
  let held = 0;
  for (const [id, { rows, columns }] of own.nodes) {
    if (!old.has(`${rows} `)) continue;
    const [a, b] = [truth.nodes.get(id) as Recorded, run.nodes.get(id) as Recorded];
    const left = behind(a, saved.ingest.seq);
    if (left.length !== b.ts.length) found.push(`${after.name}: node ${id} gives ${b.ts.length} rows behind row ${at}, not ${left.length}`);
    const kept = columns.flatMap((c, k) => (old.has(`${rows} ${c}`) ? [k] : []));
    for (let j = 0; j < Math.min(left.length, b.ts.length) && found.length < 3; j++) {
      const i = left[j];
      if (a.ts[i] !== b.ts[j] || a.key[i] !== b.key[j]) found.push(`${after.name}: node ${id}, row ${j} behind row ${at}: another time or key`);
      for (const c of kept) {
        held += 1;
        if (!Object.is(a.cols[c][i], b.cols[c][j])) {
          found.push(`${after.name}: node ${id}, row ${j} behind row ${at}, ${a.schema[c].name}: ${shown(a.cols[c][i])} and ${shown(b.cols[c][j])}`);
        }
      }
    }
    if (kept.length < columns.length) continue;
    const [x, y] = [truth.report[id], run.report[id]];
    for (const name of Object.keys(x) as (keyof typeof x)[]) {
      if (x[name] !== y[name]) found.push(`${after.name}: node ${id}, ${name} of the report: ${String(x[name])} and ${String(y[name])}`);
    }
  }
  for (const [id, r] of Object.entries(run.report)) {
    if (r.folded < 0 || r.filtered < 0) found.push(`${after.name}: node ${id} counts ${r.filtered} filtered and ${r.folded} folded rows`);
  }
  return { adoption, held, found, after: run };
}
