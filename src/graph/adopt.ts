import type { KeyTable } from '../core/keys.ts';
import type { Identities, Piece } from '../plan/identity.ts';
import type { Plan } from '../plan/ir.ts';
import type { Counts, HeldPiece, Lifted, Runner } from './runner.ts';

/** A piece of state as a snapshot names it. */
export interface NamedPiece {
  readonly id: string;
  readonly node: string;
  readonly what: string;
  readonly doubles: number | null;
}

/** What the parts of a saved graph are, so that a graph of another plan can take those that it has as well. Plain data. */
export interface Manifest {
  readonly keys: readonly string[];
  readonly edges: readonly { readonly id: string; readonly node: string }[];
  readonly runners: readonly { readonly keys: number; readonly island: boolean; readonly pieces: readonly NamedPiece[] }[];
}

export interface SavedGraph {
  readonly symbols: ReturnType<KeyTable['save']>;
  readonly keys: ReturnType<KeyTable['save']>[];
  readonly runners: unknown[];
  readonly passed: Float64Array;
  readonly since: Float64Array;
  readonly counts: [string, Counts][];
}

/** State that was carried over, or that had to be left behind: of how many keys, and how large. */
export interface Carried {
  readonly node: string;
  /** In the user's words: `features.fast = ema(close, 12)`. */
  readonly what: string;
  readonly keys: number;
  readonly bytes: number;
}

/** State that begins blank, for all of `keys` that are known already. */
export interface Begun {
  readonly node: string;
  readonly what: string;
  readonly keys: number;
  /** Rows of its own clock and of one key until it has a value; null where that is a matter of time. */
  readonly warmupRows: number | null;
  /** It looks back over so much event time: until that has passed, its values cover less. */
  readonly warmupMicros: number | null;
}

export interface Adoption {
  readonly kept: readonly Carried[];
  readonly dropped: readonly Carried[];
  readonly fresh: readonly Begun[];
}

/** The parts of a graph that adoption writes to. */
export interface Parts {
  readonly plan: Plan;
  readonly keys: readonly KeyTable[];
  readonly runners: readonly Runner[];
  readonly passed: Float64Array;
  readonly since: Float64Array;
  readonly counts: ReadonlyMap<string, Counts>;
}

export function manifestOf(parts: Parts, of: Identities): Manifest {
  const { plan, runners } = parts;
  return {
    keys: of.keyTables, edges: plan.edges.map((e) => ({ id: of.edges[e.id], node: e.node })),
    runners: runners.map((r) => ({
      keys: plan.frames[plan.edges[r.inputs[0]].frame].keys, island: 'compiled' in r,
      pieces: r.pieces(of).map(({ piece, doubles }) => ({ id: piece.id, node: piece.node, what: piece.what, doubles })),
    })),
  };
}

interface Found {
  readonly named: NamedPiece;
  readonly lifted: Lifted;
  readonly keys: number;
  readonly bytes: number;
}

/** Every piece in a saved graph, by identity. Two of one identity have the same content. */
function piecesIn(saved: SavedGraph, manifest: Manifest): Map<string, Found> {
  const found = new Map<string, Found>();
  manifest.runners.forEach(({ keys: table, island, pieces }, r) => {
    const keys = saved.keys[table][0].length;
    const data = saved.runners[r] as { readonly slab: Float64Array; readonly overs: readonly unknown[] };
    const width = pieces.reduce((sum, p) => sum + (p.doubles ?? 0), 0);
    let at = 0;
    let over = 0;
    for (const named of pieces) {
      const { doubles } = named;
      if (doubles === 0 || found.has(named.id)) {
        at += doubles ?? 0;
        if (doubles === null) over += 1;
        continue;
      }
      if (doubles === null) {
        const own = island ? data.overs[over++] : data;
        found.set(named.id, { named, lifted: { slab: null, data: own }, keys, bytes: sizeOf(own) });
      } else {
        found.set(named.id, { named, lifted: { slab: data.slab, width, at, doubles }, keys, bytes: doubles * 8 * keys });
        at += doubles;
      }
    }
  });
  return found;
}

/**
 * Loads into a graph that has seen nothing what it has in common with a saved one of another plan. A key table is taken whole where the
 * new plan has one of the same identity, and all state that is carried over belongs to such a table, so the numbers of keys stay what they
 * are. The rest is blank, for all keys that are known.
 *
 * What cannot be carried: state of anything whose settings, source text or input changed, at any place before it, even where the rows so
 * far would have been the same (a filter whose bound moved); state of an operator with a row clock of its own (bars, windows, joins) where
 * its input has other columns, or its time policy or the sources it shares a watermark with changed; the values that a new `asof` missed;
 * the part of a window that was before the change.
 */
export function adopt(parts: Parts, saved: SavedGraph, from: Manifest, to: Identities): Adoption {
  const found = piecesIn(saved, from);
  to.keyTables.forEach((id, t) => {
    const old = from.keys.indexOf(id);
    if (old >= 0) parts.keys[t].load(saved.keys[old]);
  });
  const kept = new Map<string, Carried>();
  const fresh = new Map<string, { readonly piece: Piece; readonly keys: number }>();
  for (const runner of parts.runners) {
    const held = runner.pieces(to);
    const lifted = held.map((h) => take(h, found));
    runner.adopt(lifted);
    const table = parts.plan.frames[parts.plan.edges[runner.inputs[0]].frame].keys;
    held.forEach(({ piece, doubles }, p) => {
      const f = found.get(piece.id);
      if (lifted[p] !== null && f !== undefined) kept.set(piece.id, { node: piece.node, what: piece.what, keys: f.keys, bytes: f.bytes });
      else if (doubles !== 0) fresh.set(piece.id, { piece, keys: parts.keys[table].size });
    });
  }
  counters(parts, saved, from, to);
  const dropped = [...found.values()].filter((f) => !kept.has(f.named.id));
  return {
    kept: [...kept.values()],
    dropped: dropped.map(({ named, keys, bytes }) => ({ node: named.node, what: named.what, keys, bytes })),
    fresh: [...fresh.values()].map(({ piece, keys }) => ({
      node: piece.node, what: piece.what, keys, warmupRows: warmup(piece, fresh), warmupMicros: piece.warmupMicros,
    })),
  };
}

function take({ piece, doubles }: HeldPiece, found: ReadonlyMap<string, Found>): Lifted | null {
  const f = found.get(piece.id);
  // Of one identity and yet of another size: written by a version that laid it out otherwise.
  return f === undefined || f.named.doubles !== doubles ? null : f.lifted;
}

/** Rows until a blank piece has a value, and those that blank pieces before it need first. */
function warmup(piece: Piece, fresh: ReadonlyMap<string, { readonly piece: Piece }>): number | null {
  if (piece.warmupRows === null) return null;
  const before = piece.reads.map((id) => {
    const f = fresh.get(id);
    return f === undefined ? 1 : warmup(f.piece, fresh) ?? 1;
  });
  return piece.warmupRows + Math.max(1, ...before) - 1;
}

/** What was counted goes on where the rows are the same; elsewhere it begins at 0, and so does what the node takes for its input. */
function counters(parts: Parts, saved: SavedGraph, from: Manifest, to: Identities): void {
  const { plan, passed, since, counts } = parts;
  const old = new Map(from.edges.map((e, at) => [e.id, at]));
  const before = new Map(saved.counts);
  const nodes = new Map(plan.nodes.map((n) => [n.id, n]));
  const fresh: number[] = [];
  for (const { id, node } of plan.edges) {
    const at = old.get(to.edges[id]);
    if (at === undefined) {
      fresh.push(id);
      continue;
    }
    passed[id] = saved.passed[at];
    since[id] = saved.since[at];
    const c = before.get(from.edges[at].node);
    const own = nodes.get(node)?.edge === id ? counts.get(node) : undefined;
    if (c !== undefined && own !== undefined) Object.assign(own, c);
  }
  // Rows that are counted at another node of an operator that is several.
  for (const stage of plan.stages) {
    if (stage.form !== 'timed' || stage.accounts === undefined || !old.has(to.edges[stage.edge])) continue;
    for (const id of stage.accounts) if (id !== stage.node) Object.assign(counts.get(id) ?? {}, before.get(id));
  }
  for (const id of fresh) {
    const node = plan.nodes.find((n) => n.edge === id && n.kind === 'node') ?? nodes.get(plan.edges[id].node);
    const inputs = node?.inputs ?? [];
    since[id] = inputs.reduce((sum, input) => sum + passed[nodes.get(input)?.edge ?? id], 0);
  }
}

const POINTER = 8;

/** About how many bytes plain data takes. */
export function sizeOf(x: unknown): number {
  if (typeof x === 'string') return x.length + POINTER;
  if (typeof x !== 'object' || x === null) return POINTER;
  if (ArrayBuffer.isView(x)) return x.byteLength;
  let sum = POINTER;
  if (x instanceof Map) for (const [k, v] of x) sum += sizeOf(k) + sizeOf(v);
  else if (x instanceof Set || Array.isArray(x)) for (const v of x) sum += sizeOf(v);
  else for (const v of Object.values(x)) sum += sizeOf(v);
  return sum;
}
