import { AsofRunner } from '../../src/graph/asof.ts';
import { IslandRunner } from '../../src/graph/island.ts';
import { RekeyRunner } from '../../src/graph/rekey.ts';
import type { Runner } from '../../src/graph/runner.ts';
import { TimedRunner } from '../../src/graph/timed.ts';
import type { Violations } from './compare.ts';
import type { Dag } from './dag.ts';
import type { Recording } from './drive.ts';

const RUNNERS = [AsofRunner, IslandRunner, RekeyRunner, TimedRunner] as const;

/**
 * Watches every stage of every graph that runs meanwhile. `epoch` is called after each epoch and tells what was wrong with it: a stage
 * that ran twice or not at all, or before a stage whose rows it reads.
 */
export class Watch {
  private readonly order: Runner[] = [];
  private ran: Runner[] = [];
  private readonly undo: (() => void)[] = [];
  private readonly makers = new Map<Runner, readonly Runner[]>();
  private readonly place = new Map<Runner, number>();

  constructor() {
    for (const type of RUNNERS) {
      const proto = type.prototype as unknown as Runner;
      const before = proto.run;
      const { ran } = this;
      proto.run = function run(this: Runner) {
        ran.push(this);
        return before.call(this);
      };
      this.undo.push(() => { proto.run = before; });
    }
  }

  close(): void {
    this.undo.forEach((f) => f());
  }

  /** Another graph begins. */
  begin(): void {
    this.ran.length = 0;
    this.order.length = 0;
    this.place.clear();
    this.makers.clear();
  }

  private learn(): void {
    this.order.push(...this.ran);
    this.order.forEach((r, i) => this.place.set(r, i));
    for (const r of this.order) {
      // Whoever makes rows of its own there: an island puts its input edge among its outputs because it adds columns to it.
      const makers = this.order.filter((m) => m !== r && r.inputs.some((e) => m.outputs.includes(e) && !m.inputs.includes(e)));
      this.makers.set(r, makers);
    }
  }

  epoch(): Violations {
    const found: Violations = [];
    if (this.order.length === 0) this.learn();
    const { ran, order } = this;
    if (ran.length !== order.length) found.push(`${ran.length} stages ran in an epoch, there are ${order.length}`);
    for (let i = 0; i < ran.length; i++) if (ran[i] !== order[i]) found.push(`stage ${i} ran out of turn or twice`);
    if (new Set(ran).size !== ran.length) found.push('a stage ran twice in an epoch');
    for (const [r, makers] of this.makers) {
      const own = this.place.get(r) as number;
      if (makers.some((m) => (this.place.get(m) as number) > own)) found.push('a stage ran before one it reads');
    }
    ran.length = 0;
    return found;
  }
}

/** What is computed on two ways is the same: the difference is 0 on every row on which there is a value. */
export function checkZeros(dag: Dag, run: Recording): { readonly found: Violations; readonly rows: number } {
  const found: Violations = [];
  let rows = 0;
  for (const { node, column, of } of dag.zeros) {
    const r = run.nodes.get(node);
    const d = r?.cols[r.schema.findIndex((f) => f.name === column)] ?? [];
    const x = r?.cols[r.schema.findIndex((f) => f.name === of)] ?? [];
    for (let i = 0; i < d.length; i++) {
      if (typeof x[i] === 'number' && !Number.isFinite(x[i] as number)) continue;
      rows++;
      if (d[i] !== 0) found.push(`${dag.name}: ${node}.${column} is ${String(d[i])} in row ${i}, ${of} is ${String(x[i])}`);
    }
  }
  return { found: found.slice(0, 3), rows };
}
