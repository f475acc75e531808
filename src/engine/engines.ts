import type { Plan, PlanNode } from '../plan/ir.ts';
import type { Engine, NodeReport, Observed } from './engine.ts';

interface Watch {
  readonly node: string;
  readonly write: (rows: Observed) => void;
  readonly ends: Map<Engine, () => void>;
}

/** The engines of one plan in this process: a single one, or one for each partition that it owns. What is asked of them is their sum. */
export class Engines {
  readonly plan: Plan;
  readonly all = new Set<Engine>();
  private readonly watches = new Set<Watch>();

  constructor(plan: Plan) {
    this.plan = plan;
  }

  add(engine: Engine): void {
    this.all.add(engine);
    for (const w of this.watches) w.ends.set(engine, engine.watch(w.node, w.write));
  }

  remove(engine: Engine): void {
    this.all.delete(engine);
    for (const w of this.watches) {
      w.ends.get(engine)?.();
      w.ends.delete(engine);
    }
  }

  node(id: string): PlanNode {
    const found = this.plan.nodes.find((n) => n.id === id);
    if (found === undefined) throw new TypeError(`no node ${id}`);
    return found;
  }

  /** Rows of a node in every engine, also in those that are added later; returns how to stop it. */
  watch(node: string, write: (rows: Observed) => void): () => void {
    const w: Watch = { node, write, ends: new Map() };
    this.watches.add(w);
    for (const engine of this.all) w.ends.set(engine, engine.watch(node, write));
    return () => {
      this.watches.delete(w);
      for (const end of w.ends.values()) end();
    };
  }

  report(): Record<string, NodeReport> {
    const out: Record<string, NodeReport> = {};
    for (const { id } of this.plan.nodes) out[id] = { in: 0, out: 0, filtered: 0, late: 0, errors: 0, folded: 0 };
    for (const engine of this.all) {
      for (const [id, r] of Object.entries(engine.report())) {
        const s = out[id];
        out[id] = {
          in: s.in + r.in, out: s.out + r.out, filtered: s.filtered + r.filtered, late: s.late + r.late, errors: s.errors + r.errors,
          folded: s.folded + r.folded,
        };
      }
    }
    return out;
  }
}
