import type { PlanNode } from '../../src/plan/ir.ts';
import { nodeDifferences, type Violations } from './compare.ts';
import { drive, every, type Recorded, type Recording } from './drive.ts';
import { feedOf, type Feed } from './feed.ts';
import type { Stream } from './market.ts';
import type { Subject } from './pipeline.ts';

/** The stream with every other symbol's rows turned into heartbeats: time goes on as it did, and nobody else is there. */
const alone = (s: Stream, symbol: string): Stream => ({ ...s, symbol: s.symbol.map((x) => (x === symbol ? x : null)) });

/** Nodes that see one key at a time, all the way from the sources. */
function perKey(subject: Subject): PlanNode[] {
  const across = new Set(subject.plan.stages.flatMap((s) => (s.form === 'timed' && s.operator.acrossKeys === true ? [s.node] : [])));
  const seen = new Map<string, boolean>();
  for (const n of subject.plan.nodes) {
    seen.set(n.id, n.scope === 'key' && !across.has(n.id) && (n.kind === 'source' || n.inputs.every((id) => seen.get(id) === true)));
  }
  return subject.plan.nodes.filter((n) => seen.get(n.id) === true);
}

/** What a symbol gives does not depend on the others being there. */
export async function checkKeys(subject: Subject, feed: Feed, whole: Recording): Promise<Violations> {
  const found: Violations = [];
  const symbols = new Set(feed.sources.flatMap((s) => s.stream.symbol.filter((x): x is string => x !== null)));
  const nodes = perKey(subject);
  for (const symbol of symbols) {
    const only = await drive(subject, feedOf(feed.sources.map(({ id, stream }) => [id, alone(stream, symbol)])), every(4096));
    const mine = (r: Recorded, i: number): boolean => r.key[i] === symbol || r.key[i].startsWith(`${symbol}|`);
    for (const { id } of nodes) {
      const differ = nodeDifferences(id, whole.nodes.get(id) as Recorded, only.nodes.get(id) as Recorded, mine);
      found.push(...differ.map((v) => `${subject.name}, ${symbol} with the others and alone: ${v}`));
    }
  }
  return found;
}

/** Rows of a key until each of the columns has said something, or Infinity. */
function speaksAt(rows: Recorded, columns: readonly number[]): Map<string, number> {
  const count = new Map<string, number>();
  const missing = new Map<string, Set<number>>();
  const at = new Map<string, number>();
  for (let i = 0; i < rows.ts.length; i++) {
    const key = rows.key[i];
    count.set(key, (count.get(key) ?? 0) + 1);
    const left = missing.get(key) ?? new Set(columns);
    missing.set(key, left);
    for (const c of left) if (rows.cols[c][i] === rows.cols[c][i] && rows.cols[c][i] !== null) left.delete(c);
    if (left.size === 0 && !at.has(key)) at.set(key, count.get(key) as number);
  }
  return at;
}

/** Columns that a node adds to those of its input. */
const ownColumns = (subject: Subject, node: PlanNode): number[] => {
  const input = subject.plan.nodes.find((n) => n.id === node.inputs[0]);
  const before = new Set(input?.schema.map((f) => f.name));
  return node.schema.flatMap((f, c) => (before.has(f.name) ? [] : [c]));
};

/**
 * A node on the rows of its input has all its columns on exactly the row that it declares, and never before. The feed must have no nulls
 * and no other gaps before the node; where a column may have gaps of its own, the key that speaks first counts.
 */
export function checkWarmup(subject: Subject, run: Recording, ids: readonly string[]): Violations {
  const found: Violations = [];
  for (const id of ids) {
    const node = subject.plan.nodes.find((n) => n.id === id) as PlanNode;
    const first = Math.min(...speaksAt(run.nodes.get(id) as Recorded, ownColumns(subject, node)).values());
    if (first !== node.warmup) found.push(`${subject.name}: ${id} declares a warm-up of ${node.warmup} rows and speaks on row ${first}`);
  }
  return found;
}

/**
 * A node with rows of its own has not said everything before its input has given as many rows as it declares: those of the key, or of all
 * keys where the node makes keys of its own.
 */
export function checkNotBefore(subject: Subject, run: Recording): Violations {
  const found: Violations = [];
  for (const node of subject.plan.nodes) {
    if (node.kind !== 'node' || node.inputs.length !== 1 || node.warmup <= 1) continue;
    const input = run.nodes.get(node.inputs[0]) as Recorded;
    const out = run.nodes.get(node.id) as Recorded;
    for (const [key, row] of speaksAt(out, ownColumns(subject, node))) {
      let i = -1;
      for (let left = row; left > 0; left--) i = out.key.indexOf(key, i + 1);
      const per = input.key.includes(key);
      const before = input.seq.filter((s, j) => s <= out.seq[i] && (!per || input.key[j] === key)).length;
      if (before >= node.warmup) continue;
      found.push(`${subject.name}: ${node.id} declares ${node.warmup} rows of warm-up, ${key} has said everything after ${before}`);
    }
  }
  return found;
}
