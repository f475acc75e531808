import { Engine, type NodeReport } from '../../engine/engine.ts';
import { replay } from '../../engine/replay.ts';
import type { CheckResult } from '../model.ts';
import type { OpenSources, Plan } from './tape.ts';

export interface ParityOptions {
  readonly order?: 'time' | 'seq';
  readonly universe?: readonly string[] | null;
  /** Event time from which on rows are shown and counted. */
  readonly from?: number | null;
}

export interface ParityReport {
  readonly nodes: readonly string[];
  readonly different: readonly string[];
}

/**
 * Runs the rows of a run once more, in other epochs and through the unfused graph: every node must come out the same to the bit. `report`
 * is that of the run, with the hashes of all nodes.
 */
export async function checkParity(plan: Plan, open: OpenSources, report: Readonly<Record<string, NodeReport>>,
  options: ParityOptions = {}): Promise<ParityReport> {
  const again = new Engine(plan, { universe: options.universe ?? null, hash: 'all', fuse: false });
  const readers = open(again.graph.keys[0]);
  try {
    await replay(again, readers, { batch: { seed: 20 }, order: options.order ?? 'time', from: options.from ?? null });
  } finally {
    for (const r of readers) await r.close();
    await again.close();
  }
  const after = again.report();
  const nodes = Object.keys(report);
  return { nodes, different: nodes.filter((id) => report[id].hash !== after[id].hash) };
}

export function parityResult({ nodes, different }: ParityReport): CheckResult {
  const ok = different.length === 0;
  return { name: 'parity', ok, text: ok ? `parity: ${nodes.length} nodes came out the same, cut otherwise and unfused`
    : `parity: ${different.join(', ')} came out differently when the same rows were cut otherwise` };
}
