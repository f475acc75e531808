import { sourceTelemetry, type Telemetry } from '../core/telemetry.ts';
import { SIDE } from '../core/types.ts';
import type { Plan, PlanNode } from '../plan/ir.ts';
import type { Engine, Observed } from './engine.ts';
import type { Engines } from './engines.ts';

/**
 * Has the engines' own counts in the telemetry of their run: looked up when somebody reads, but for signals, which are rare and counted by
 * side as they come. `live` says which sources bring rows as they happen.
 */
export function observe(engines: Engines, telemetry: Telemetry, live: (source: string) => boolean): void {
  const { plan } = engines;
  telemetry.nodes = plan.nodes.map((n) => ({ id: n.id, operator: n.operator, in: 0, out: 0, late: 0, errors: 0, stateBytes: 0 }));
  telemetry.sources = plan.sources.map((s) => sourceTelemetry(s.id, live(s.id)));
  for (const node of plan.nodes) if (node.operator === 'signal' && node.kind === 'node') countSides(engines, node, telemetry);
  const clocks = clocksOf(plan);
  telemetry.onRead(() => {
    const report = engines.report();
    const all = [...engines.all];
    const sum = (of: (engine: Engine) => number): number => all.reduce((total, engine) => total + of(engine), 0);
    for (const [i, t] of telemetry.nodes.entries()) {
      const { in: taken, out, late, errors } = report[t.id];
      const keys = sum((e) => e.graph.rows[plan.nodes[i].edge].frame.keys.size);
      Object.assign(t, { in: taken, out, late, errors, stateBytes: plan.nodes[i].stateBytes * keys });
    }
    for (const [i, s] of telemetry.sources.entries()) {
      s.watermark = all.length === 0 ? -Infinity : Math.min(...all.map((e) => e.ingest.newestOf(i))) - plan.lateness;
      s.dropped.outside_universe = sum((e) => e.ingest.outside[i]);
    }
    telemetry.counts.rows = sum((e) => e.ingest.rowsTaken.reduce((total, n) => total + n, 0));
    telemetry.counts.epochs = sum((e) => e.epochs);
    telemetry.levels.warm = all.length === 0 ? 0 : Math.min(...all.map((e) => warmth(e, clocks)));
  });
}

function countSides(engines: Engines, node: PlanNode, telemetry: Telemetry): void {
  const { signals } = telemetry;
  engines.watch(node.id, (rows: Observed) => {
    const c = rows.schema.findIndex((f) => f.name === 'side');
    if (c < 0) {
      signals.hold += rows.n;
      return;
    }
    const side = rows.cols[c];
    for (let r = 0; r < rows.n; r++) {
      const name = SIDE.values[side[rows.sel === null ? r : rows.sel[r]] as number];
      if (name === 'buy') signals.buy += 1;
      else if (name === 'sell') signals.sell += 1;
      else signals.hold += 1;
    }
  });
}

interface Clock {
  /** The node that makes the clock's rows, and how many of them a key needs. */
  readonly first: PlanNode;
  readonly rows: number;
}

/** Every row clock that some node waits on. A filter's rows are some of its input's, so that those are the ones to count. */
function clocksOf(plan: Plan): Clock[] {
  const found = new Map<number, Clock>();
  for (const node of plan.nodes) {
    const { frame } = plan.edges[node.edge];
    const known = found.get(frame);
    // Rows of a branch may never come, late ones and fills among them: nobody is cold without them.
    const rows = Math.max(known?.rows ?? 0, node.used && node.kind !== 'branch' ? node.warmup : 0);
    found.set(frame, { first: known?.first ?? node, rows });
  }
  return [...found.values()].filter((c) => c.rows > 0);
}

/** The least share, over the clocks, of the rows that a key needs, for the average key that has been seen. */
function warmth(engine: Engine, clocks: readonly Clock[]): number {
  let least = 1;
  for (const { first, rows } of clocks) {
    const keys = engine.graph.rows[first.edge].frame.keys.size;
    least = Math.min(least, keys === 0 ? 0 : engine.graph.passed[first.edge] / (keys * rows));
  }
  return least;
}
