import type { Type } from '../core/types.ts';
import type { Block, EdgeId, Instr, IslandStage, ValueId } from '../plan/ir.ts';

const reads = (i: Instr): readonly ValueId[] => {
  switch (i.op) {
    case 'negate': case 'not': case 'store': return [i.a];
    case 'binary': return [i.a, i.b];
    case 'if': return [i.c, i.a, i.b];
    case 'in': return [i.a, ...i.list];
    case 'pure': case 'kernel': case 'render': return i.args;
    case 'filter': return [i.cond];
    default: return [];
  }
};

const writes = (i: Instr): readonly ValueId[] => {
  if (i.op === 'kernel') return i.outs.filter((o) => o >= 0);
  return 'out' in i ? [i.out] : [];
};

/**
 * The reference form of an island: one loop per instruction, every value in a column of its own. Slower by far and plain to reason
 * about; a property test holds the fused loop to its bytes. `addColumn` makes a column on the island's frame.
 */
export function unfuse(stage: IslandStage, addColumn: (type: Type) => number): IslandStage[] {
  const out: IslandStage[] = [];
  const home = new Map<ValueId, number>();
  /** Loads and constants are repeated where they are needed, not stored. */
  const cheap = new Map<ValueId, Instr>();

  const visit = (block: Block, input: EdgeId): void => {
    for (const i of block.instrs) {
      if (i.op === 'load' || i.op === 'meta' || i.op === 'const') {
        cheap.set(i.out, i);
        continue;
      }
      const instrs: Instr[] = [];
      for (const v of new Set(reads(i))) {
        const again = cheap.get(v);
        instrs.push(again ?? { op: 'load', out: v, slot: home.get(v) as number });
      }
      const alone = i.op === 'filter' || i.op === 'row' ? { ...i, body: { edge: i.edge, instrs: [] } } : i;
      instrs.push(alone);
      for (const v of writes(i)) {
        const slot = addColumn(stage.values[v]);
        home.set(v, slot);
        instrs.push({ op: 'store', slot, a: v });
      }
      out.push({ ...stage, input, body: { edge: input, instrs } });
      if (i.op === 'filter' || i.op === 'row') visit(i.body, i.edge);
    }
  };
  visit(stage.body, stage.input);
  return out;
}
