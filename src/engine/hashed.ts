import type { NodeIdentity } from '../plan/identity.ts';
import type { PlanNode } from '../plan/ir.ts';
import { ColumnHash } from './hash.ts';

/** A node whose rows are hashed: their times, their keys, and every column of its schema. */
export interface Hashed {
  readonly node: PlanNode;
  readonly hashes: readonly ColumnHash[];
}

type Lanes = readonly [number, number];
export type SavedHashes = readonly { readonly node: string; readonly lanes: readonly Lanes[] }[];

/** Hashes in front of those of the columns. */
const TS_AND_KEY = 2;

export const hashedNode = (node: PlanNode): Hashed =>
  ({ node, hashes: Array.from({ length: node.schema.length + TS_AND_KEY }, () => new ColumnHash()) });

export const saveHashes = (hashed: readonly Hashed[]): SavedHashes =>
  hashed.map(({ node, hashes }) => ({ node: node.id, lanes: hashes.map((x) => x.save()) }));

export function loadHashes(hashed: readonly Hashed[], saved: SavedHashes): void {
  const byId = new Map(saved.map((s) => [s.node, s.lanes]));
  for (const { node, hashes } of hashed) {
    const lanes = byId.get(node.id);
    if (lanes === undefined) throw new TypeError(`the snapshot is of a run that did not hash ${node.id}`);
    hashes.forEach((x, c) => x.load(lanes[c]));
  }
}

/** The hashes of another plan's nodes go on where the rows, and the column, are the same. */
export function adoptHashes(
  hashed: readonly Hashed[], saved: SavedHashes, from: Readonly<Record<string, NodeIdentity>>, to: ReadonlyMap<string, NodeIdentity>,
): void {
  const known = new Map<string, Lanes>();
  for (const { node, lanes } of saved) {
    const { rows, columns } = from[node];
    ['ts', 'key', ...columns].forEach((column, c) => known.set(`${rows} ${column}`, lanes[c]));
  }
  for (const { node, hashes } of hashed) {
    const { rows, columns } = to.get(node.id) as NodeIdentity;
    ['ts', 'key', ...columns].forEach((column, c) => {
      const lanes = known.get(`${rows} ${column}`);
      if (lanes !== undefined) hashes[c].load(lanes);
    });
  }
}
