import { stagesByNode } from './explain.ts';
import type { Plan } from './ir.ts';

/** Nodes named in the label of a fused stage; a long one ends with how many more there are. */
const NAMED = 4;

/** A name for every stage that works: its node, or the nodes that are fused in it. Two stages of the same nodes are told apart. */
export function stageLabels(plan: Plan): { readonly stage: number; readonly name: string }[] {
  const nodes = new Map<string, string[]>();
  const byNode = stagesByNode(plan);
  for (const { id } of plan.nodes) {
    for (const stage of byNode.get(id) ?? []) nodes.set(stage, [...(nodes.get(stage) ?? []), id]);
  }
  const counters: Record<string, number> = {};
  const used = new Map<string, number>();
  return plan.stages.flatMap((s, stage) => {
    const n = (counters[s.form] = (counters[s.form] ?? 0) + 1);
    if (s.form === 'source') return [];
    const ids = nodes.get(`${s.form} ${n}`) ?? ('node' in s && s.node !== undefined ? [s.node] : [s.form]);
    const base = ids.length > NAMED ? `${ids.slice(0, NAMED).join('+')}+${ids.length - NAMED} more` : ids.join('+');
    const times = (used.get(base) ?? 0) + 1;
    used.set(base, times);
    return [{ stage, name: times === 1 ? base : `${base} #${times}` }];
  });
}
