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
    const given = node.inputs.reduce((sum, id) => sum + run.report[id].out, 0);
    say(r.in === given, `${node.id} took ${r.in} rows, its inputs gave ${given}`);
    const same = subject.plan.edges[node.edge].frame === subject.plan.edges[nodes.find((n) => n.id === node.inputs[0])?.edge ?? 0].frame;
    const rest = r.filtered + r.late + r.errors + r.folded;
    if (node.kind !== 'branch') {
      say(r.in === rest + (same ? r.out : 0), `${node.id}: in ${r.in}, out ${r.out}, filtered ${r.filtered}, late ${r.late}, `
        + `errors ${r.errors}, folded ${r.folded}`);
    }
  }
  return found;
}
