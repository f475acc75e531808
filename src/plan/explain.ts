import { TRADING_ROLES } from '../core/operator.ts';
import { typeName } from '../core/types.ts';
import type { Plan, PlanNode, Stage } from './ir.ts';

/** What can be said of a compiled node without running it. */
export interface NodeExplanation {
  readonly id: string;
  readonly kind: PlanNode['kind'];
  readonly operator: string;
  readonly inputs: readonly string[];
  readonly columns: readonly { readonly name: string; readonly type: string; readonly own: boolean }[];
  /** The row clock: nodes of one clock may read each other's columns freely. */
  readonly clock: string;
  readonly scope: 'key' | 'market';
  /** Rows of the node's own clock before every column can be there. */
  readonly warmupRows: number;
  readonly stateBytesPerKey: number;
  /** State beside `stateBytesPerKey` whose size depends on the data; null where there is none. */
  readonly stateNote: string | null;
  readonly used: boolean;
  /** Stages of the running graph that work for the node, such as `island 2`. */
  readonly stages: readonly string[];
  /** Why no value of it can depend on a later row. */
  readonly lookAhead: string;
  readonly onError: string;
}

export interface Explanation {
  readonly pipeline: string;
  readonly nodes: readonly NodeExplanation[];
  readonly stages: number;
  readonly islands: number;
  readonly frames: number;
  readonly stateBytesPerKey: number;
  /** Most rows of any clock before every column of a used node can be there. */
  readonly warmupRows: number;
  readonly lateness: number;
  readonly late: string;
  readonly calendar: string;
}

export function explain(plan: Plan): Explanation {
  const byId = new Map(plan.nodes.map((n) => [n.id, n]));
  const stages = stagesByNode(plan);
  const nodes = plan.nodes.map((n): NodeExplanation => {
    const inherited = new Set(n.inputs.flatMap((id) => byId.get(id)?.schema.map((f) => `${f.name}:${typeName(f.type)}`) ?? []));
    return {
      id: n.id, kind: n.kind, operator: n.operator, inputs: n.inputs, clock: n.clock, scope: n.scope,
      columns: n.schema.map((f) => ({ name: f.name, type: typeName(f.type), own: !inherited.has(`${f.name}:${typeName(f.type)}`) })),
      warmupRows: n.warmup, stateBytesPerKey: n.stateBytes,
      stateNote: n.stateNote,
      used: n.used || n.kind === 'source', stages: stages.get(n.id) ?? [],
      lookAhead: lookAhead(n, plan, stages.get(n.id) ?? []), onError: n.onError,
    };
  });
  const used = nodes.filter((n) => n.used);
  return {
    pipeline: plan.name, nodes, stages: plan.stages.length, islands: plan.stages.filter((s) => s.form === 'island').length,
      frames: plan.frames.length,
    stateBytesPerKey: nodes.reduce((sum, n) => sum + n.stateBytesPerKey, 0), warmupRows: Math.max(0, ...used.map((n) => n.warmupRows)),
    lateness: plan.lateness, late: plan.late, calendar: plan.calendar,
  };
}

/** Which stages write the columns, or select the rows, of each node, by form and number (`island 2`). */
export function stagesByNode(plan: Plan): Map<string, string[]> {
  const found = new Map<string, Set<string>>();
  const add = (node: string, stage: string): void =>
    void (found.get(node) ?? found.set(node, new Set()).get(node) as Set<string>).add(stage);
  const edgeNode = new Map(plan.edges.map((e) => [e.id, e.node]));
  const counters: Record<string, number> = {};
  const homes = new Map<string, string>();
  for (const s of plan.stages) {
    const n = (counters[s.form] = (counters[s.form] ?? 0) + 1);
    const name = `${s.form} ${n}`;
    for (const [frame, slot] of writes(s, plan)) homes.set(`${frame}:${slot}`, name);
    if (s.form === 'source') add(s.source, name);
    else if ('node' in s && s.node !== undefined) add(s.node, name);
    if (s.form === 'timed') {
      const own = new Set([...s.ports, ...(s.late === null ? [] : [s.late])].map((x) => x.edge));
      // A `compute` on a port has the port's rows, and is no part of the stage.
      const made = (node: Plan['nodes'][number]): boolean =>
        node.kind === 'branch' || (TRADING_ROLES as readonly string[]).includes(node.operator);
      for (const node of plan.nodes) if (own.has(node.edge) && made(node)) add(node.id, name);
    }
    if (s.form === 'island') for (const edge of edgesIn(s)) add(edgeNode.get(edge) ?? '', name);
  }
  const frameOf = new Map(plan.edges.map((e) => [e.id, e.frame]));
  for (const node of plan.nodes) {
    const before = new Set(plan.nodes.filter((n) => node.inputs.includes(n.id)).flatMap((n) =>
      n.slots.map((s) => `${frameOf.get(n.edge)}:${s}`)));
    for (const slot of node.slots) {
      const at = `${frameOf.get(node.edge)}:${slot}`;
      const home = homes.get(at);
      if (home !== undefined && !before.has(at)) add(node.id, home);
    }
  }
  return new Map([...found].map(([id, names]) => [id, [...names]]));
}

type Instrs = Extract<Stage, { form: 'island' }>['body']['instrs'];

function* instrsIn(list: Instrs): Generator<Instrs[number]> {
  for (const i of list) {
    yield i;
    if (i.op === 'filter' || i.op === 'row') yield* instrsIn(i.body.instrs);
  }
}

function writes(s: Stage, plan: Plan): (readonly [frame: number, slot: number])[] {
  if (s.form !== 'island') return [];
  const frame = plan.edges[s.input].frame;
  return [...instrsIn(s.body.instrs)].flatMap((i) =>
    (i.op === 'store' || i.op === 'render' ? [[frame, i.slot] as const] : i.op === 'row' ? i.slots.map((slot) => [frame, slot] as const)
      : []));
}

const edgesIn = (s: Extract<Stage, { form: 'island' }>): number[] =>
  [...instrsIn(s.body.instrs)].flatMap((i) => (i.op === 'filter' || i.op === 'row' ? [i.edge] : []));

function lookAhead(n: PlanNode, plan: Plan, stages: readonly string[]): string {
  const wait = plan.lateness > 0 ? 'the watermark, which stays `lateness` behind the newest row' : 'the watermark';
  const asof = stages.some((s) => s.startsWith('asof')) ? '; asof() takes values complete at the row\'s time' : '';
  if (n.kind === 'source') return 'rows are seen in order of arrival';
  if (stages.some((s) => s.startsWith('timed'))) return `rows are emitted once ${wait} has passed their time${asof}`;
  return `reads this row and earlier ones of its clock${asof}`;
}
