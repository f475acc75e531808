import type { Plan } from './tape.ts';

type Node = Plan['nodes'][number];

const known = new WeakMap<Plan, ReadonlyMap<string, ReadonlySet<string>>>();

/** By node: the node itself and all nodes that it reads, directly or not, those that formulas look up with `asof` among them. */
export function ancestors(plan: Plan): ReadonlyMap<string, ReadonlySet<string>> {
  const done = known.get(plan);
  if (done !== undefined) return done;
  const parents = new Map<string, Set<string>>(plan.nodes.map((n) => [n.id, new Set(n.inputs)]));
  for (const stage of plan.stages) {
    if (stage.form !== 'asof') continue;
    // The columns are brought to the frame of the input, for whatever comes on it.
    const { frame } = plan.edges[stage.input];
    const { node } = plan.edges[stage.other];
    for (const n of plan.nodes) if (n.kind !== 'source' && plan.edges[n.edge].frame === frame) parents.get(n.id)?.add(node);
  }
  const all = new Map<string, ReadonlySet<string>>();
  const above = (id: string): ReadonlySet<string> => {
    const set = all.get(id);
    if (set !== undefined) return set;
    const own = new Set([id]);
    all.set(id, own);
    for (const p of parents.get(id) ?? []) for (const a of above(p)) own.add(a);
    return own;
  };
  for (const n of plan.nodes) above(n.id);
  known.set(plan, all);
  return all;
}

/** Columns of numbers that a node computes itself, by their place: those of the input that it hands on are the input's. */
export function ownColumns(plan: Plan, node: Node): number[] {
  if (node.kind === 'source') return [];
  const { frame } = plan.edges[node.edge];
  const before = new Set(node.inputs.flatMap((id) => {
    const input = plan.nodes.find((n) => n.id === id) as Node;
    return plan.edges[input.edge].frame === frame ? input.slots : [];
  }));
  return node.schema.flatMap((f, c) => (f.type === 'text' || f.type === 'time' || before.has(node.slots[c]) ? [] : [c]));
}

/**
 * Nodes that put streams beside each other which close things by the time of different sources. Two windows that end at one moment are
 * both known then, but which of them is there first is decided by whose next row comes first: such a node may show another one of two
 * values that were known, without looking ahead. What it says of the past is compared only where the moments of the future stay.
 */
export function firstCome(plan: Plan): string[] {
  const tracks = new Map<string, Set<number>>(plan.nodes.map((n) => [n.id, new Set<number>()]));
  for (const stage of plan.stages) if (stage.form === 'timed') tracks.get(stage.node)?.add(stage.track);
  const above = ancestors(plan);
  return plan.nodes.filter((n) => new Set([...above.get(n.id) as ReadonlySet<string>].flatMap((id) => [...tracks.get(id) ?? []])).size > 1)
    .map((n) => n.id);
}
