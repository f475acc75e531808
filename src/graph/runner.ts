import type { Frame, Rows } from '../core/frame.ts';
import type { Identities, Piece } from '../plan/identity.ts';
import type { EdgeId } from '../plan/ir.ts';

/** Watermarks of one group of sources in the current epoch: entry t is in force from the row with that seq on. */
export interface Track {
  n: number;
  seq: Float64Array;
  wm: Float64Array;
  /** In force before the epoch's first entry. */
  before: number;
}

/** Counters of one node since the start; `in = out + filtered + late + errors + folded` for every node. */
export interface Counts {
  filtered: number;
  late: number;
  errors: number;
}

/** A row that an operator failed on: row `i` of `frame`. */
export interface RawFault {
  readonly node: string;
  readonly frame: Frame;
  readonly i: number;
  readonly error: unknown;
}

/** The same for those outside, for `on_error`; valid for good. */
export interface RowFault {
  readonly node: string;
  readonly seq: number;
  readonly ts: number;
  readonly symbol: string;
  /** The row's columns by name, as stored (enums and times as numbers). */
  readonly values: Readonly<Record<string, number | string | null>>;
  readonly error: unknown;
}

/** A piece of state and where it is in what its runner saves: next in the slab with so many doubles a key, or by itself (null). */
export interface HeldPiece {
  readonly piece: Piece;
  readonly doubles: number | null;
}

/** A piece of another plan's state: a part of every row of a slab, or whatever its runner, or call over time, had saved. */
export type Lifted =
  | { readonly slab: Float64Array; readonly width: number; readonly at: number; readonly doubles: number }
  | { readonly slab: null; readonly data: unknown };

/** One stage at work. `run` is called once an epoch when every input edge has its rows; it fills the rows of its own edges. */
export interface Runner {
  readonly inputs: readonly EdgeId[];
  /** Edges whose rows are ready after `run`. */
  readonly outputs: readonly EdgeId[];
  run(): void | Promise<void>;
  /** Plain data that structuredClone copies; never aliases live state after the copy. */
  save(): unknown;
  load(saved: unknown): void;
  /** What `save` gives, but it may show live state itself: good until the next row, for who reads it at once. */
  view(): unknown;
  /** Its pieces of state, those in the slab first, each in the order in which `save` has them. */
  pieces(of: Identities): readonly HeldPiece[];
  /** Takes the pieces that `lift` gives, in the order of `pieces`; the others stay blank. For a runner that has seen nothing. */
  adopt(lifted: readonly (Lifted | null)[]): void;
  close?(): Promise<void>;
}

/** What all stages of a graph share. */
export interface GraphState {
  readonly rows: readonly Rows[];
  readonly tracks: readonly Track[];
  /** Rows that have passed each edge since the start. */
  readonly passed: Float64Array;
  readonly counts: ReadonlyMap<string, Counts>;
  /** Called for a row that a custom operator threw at; throws itself under `on_error: stop`. */
  fault(fault: RawFault): void;
}
