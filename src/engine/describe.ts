import { Refusal } from '../core/diagnostic.ts';
import type { Manifest } from '../graph/adopt.ts';
import type { Graph } from '../graph/build.ts';
import type { Identities, NodeIdentity } from '../plan/identity.ts';
import type { Plan } from '../plan/ir.ts';
import { identitiesOf, sha256 } from './identity.ts';

/** What the parts of a snapshot are. Plain data. */
export interface PartsOfRun {
  readonly sources: readonly string[];
  readonly tracks: readonly string[];
  readonly nodes: Readonly<Record<string, NodeIdentity>>;
  readonly graph: Manifest;
}

export interface Description {
  readonly identities: Identities;
  readonly manifest: PartsOfRun;
  readonly plan: string;
  /** The same where every part lies at the same place. */
  readonly layout: string;
  readonly parts: string;
}

/** Says of a running plan what its state is; made once, when the first snapshot is. */
export function describe(plan: Plan, graph: Graph, universe: readonly string[] | null): Description {
  const identities = identitiesOf(plan, universe);
  const sources = plan.sources.map((s) => s.id);
  const manifest: PartsOfRun = {
    sources, tracks: identities.tracks, nodes: Object.fromEntries(identities.nodes), graph: graph.manifest(identities),
  };
  const { keys, edges, runners } = manifest.graph;
  const places = runners.map((r) => [r.keys, r.island, r.pieces.map((p) => [p.id, p.doubles])]);
  const layout = sha256(JSON.stringify([identities.plan, sources, identities.tracks, keys, edges, places]));
  return { identities, manifest, plan: identities.plan, layout, parts: JSON.stringify(manifest) };
}

export const otherPlan = (theirs: string, ours: string): Refusal =>
  new Refusal('E820', `the snapshot is of another plan: ${theirs.slice(0, 12)}, this one is ${ours.slice(0, 12)}`, {
    help: ['start from the checkpoint as an upgrade: what both plans have is carried over, and the rest is said',
      'or start anew'],
  });
