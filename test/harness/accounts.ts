import type { PlanNode } from '../../src/plan/ir.ts';
import type { Violations } from './compare.ts';
import type { Recording } from './drive.ts';
import type { Feed } from './feed.ts';
import type { Subject } from './pipeline.ts';

/**
 * Every row that goes into a node comes out, or is counted as filtered, late, faulty or folded; what a node says it gave is what a tap
 * saw; and what a node took is what its inputs gave.
 */
export function checkAccounts(subject: Subject, feed: Feed, run: Recording): Violations {
  const found: Violations = [];
  const say = (ok: boolean, what: string): void => void (ok || found.push(`${subject.name}: ${what}`));
  const { nodes } = subject.plan;
  for (const node of nodes) {
    const r = run.report[node.id];
    const seen = run.nodes.get(node.id)?.ts.length ?? 0;
    say(r.out === seen, `${node.id} counts ${r.out} rows out, a tap saw ${seen}`);
    for (const [name, x] of Object.entries(r)) {
      if (typeof x === 'number') say(Number.isInteger(x) && x >= 0, `${node.id} counts ${x} rows ${name}`);
    }
    const source = feed.sources.find((s) => s.id === node.id);
    if (source !== undefined) {
      const rows = source.stream.symbol.filter((s) => s !== null).length;
      const whole = r.in === rows && r.in === r.out + r.filtered;
      say(whole, `${node.id} took ${r.in} of ${rows} rows and gave ${r.out}, filtered ${r.filtered}`);
      continue;
    }
    if (node.id.endsWith('.late') && node.kind === 'branch') {
      found.push(...lateAccount(subject, run, node).map((what) => `${subject.name}: ${what}`));
      continue;
    }
    if (node.kind === 'branch' && subject.plan.stages.some((s) => s.form === 'timed' && s.ports.some((p) => p.edge === node.edge))) {
      // Rows of a port are made by the operator, of no row of another stream.
      const plain = r.in === r.out && r.filtered + r.late + r.errors + r.folded === 0;
      say(plain, `${node.id}: in ${r.in}, out ${r.out}, filtered ${r.filtered}, late ${r.late}, errors ${r.errors}, folded ${r.folded}`);
      continue;
    }
    const given = node.inputs.reduce((sum, id) => sum + run.report[id].out, 0);
    say(r.in === given, `${node.id} took ${r.in} rows, its inputs gave ${given}`);
    const same = subject.plan.edges[node.edge].frame === subject.plan.edges[nodes.find((n) => n.id === node.inputs[0])?.edge ?? 0].frame;
    const rest = r.filtered + r.late + r.errors + r.folded;
    say(r.in === rest + (same ? r.out : 0), `${node.id}: in ${r.in}, out ${r.out}, filtered ${r.filtered}, late ${r.late}, `
      + `errors ${r.errors}, folded ${r.folded}`);
  }
  return found;
}

/**
 * What a node counts as late comes out of its branch `.late`, as it came in: every row of the branch is one of the first input's, and
 * none comes twice. Late rows of a second input have no place there.
 */
function lateAccount(subject: Subject, run: Recording, branch: PlanNode): Violations {
  const [id] = branch.inputs;
  const parent = subject.plan.nodes.find((n) => n.id === id) as PlanNode;
  const r = run.report[branch.id];
  const { late } = run.report[id];
  const found: Violations = [];
  if (r.in !== late) found.push(`${branch.id} took ${r.in} rows, ${id} counts ${late} late`);
  if (r.in !== r.out + r.filtered) found.push(`${branch.id}: in ${r.in}, out ${r.out}, filtered ${r.filtered}`);
  if (r.late + r.errors + r.folded > 0) found.push(`${branch.id} counts ${r.late} late, ${r.errors} errors, ${r.folded} folded`);
  if (parent.inputs.length === 1 && r.filtered !== 0) found.push(`${branch.id} lost ${r.filtered} of ${late} late rows`);
  const { nodes, frames, edges } = subject.plan;
  const input = nodes.find((n) => n.id === parent.inputs[0]) as PlanNode;
  // Under `by:` rows have another key than in front of the node.
  const keyed = frames[edges[branch.edge].frame].keys === frames[edges[input.edge].frame].keys;
  const left = new Map<string, number>();
  for (const row of rowsOf(run, input.id, keyed)) left.set(row, (left.get(row) ?? 0) + 1);
  let strange = 0;
  for (const row of rowsOf(run, branch.id, keyed)) {
    const n = left.get(row) ?? 0;
    if (n === 0) strange += 1;
    else left.set(row, n - 1);
  }
  if (strange > 0) found.push(`${branch.id} gave ${strange} rows that ${input.id} did not give`);
  return found;
}

function* rowsOf(run: Recording, id: string, keyed: boolean): Generator<string> {
  const rows = run.nodes.get(id);
  for (let i = 0; i < (rows?.ts.length ?? 0); i++) {
    const values = rows?.cols.map((c) => (typeof c[i] === 'number' && Number.isNaN(c[i]) ? null : c[i]));
    yield JSON.stringify([rows?.ts[i], keyed ? rows?.key[i] : null, values]);
  }
}
