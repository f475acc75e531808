import { Refusal } from '../core/diagnostic.ts';
import type { Plan, Stage } from './ir.ts';

/** Why a stage needs the rows of all symbols in one place; null when it works on each by itself. */
function looksAcross(stage: Stage): string | null {
  if (stage.form === 'timed' && stage.operator.acrossKeys === true) {
    return `\`${stage.node}\` (${stage.operator.name}) looks at several symbols at once`;
  }
  // A key without the symbol gathers rows of several symbols under one state.
  if (stage.form === 'rekey' && !stage.by.includes(-1)) return `\`${stage.node}\` has a \`by:\` without the symbol`;
  return null;
}

/**
 * Null when the symbols can be parted among processes: every operator keeps its state per symbol. Else why not, naming the first node
 * that looks across symbols. Parting changes when a row counts as late: each part goes by the newest row of its own symbols.
 */
export function partitionable(plan: Plan): string | null {
  for (const stage of plan.stages) {
    const why = looksAcross(stage);
    if (why !== null) return why;
  }
  const market = plan.nodes.find((n) => n.scope === 'market');
  return market === undefined ? null : `\`${market.id}\` (${market.operator}) has one row for the whole market`;
}

/** Refuses (E771) to part a pipeline that looks across symbols. */
export function mustPartition(plan: Plan, partitions: number): void {
  const why = partitions > 1 ? partitionable(plan) : null;
  if (why === null) return;
  throw new Refusal('E771', `${plan.name} cannot run in ${partitions} partitions: ${why}`, {
    exit: 3,
    help: ['run it without --partitions', 'or put what looks across symbols into a pipeline of its own that reads the signals of this one'],
  });
}
