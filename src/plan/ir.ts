import type { Kernel } from '../core/kernel.ts';
import type { AsyncOperator, BoundArgs, InputColumns, RowOperator, TimedOperator } from '../core/operator.ts';
import type { PureFunction } from '../core/pure.ts';
import type { Schema, Type } from '../core/types.ts';
import type { BinaryOp } from '../language/formula/ast.ts';

/**
 * What the planner hands to the graph. A *frame* is the storage of one row clock, an *edge* is which of a frame's rows reach a place, a
 * *value* is one number (or text) per row inside an island, named by a small integer. No text of a pipeline is in here but column names.
 */
export type ValueId = number;
export type EdgeId = number;

export type Instr =
  | { readonly op: 'load'; readonly out: ValueId; readonly slot: number }
  | { readonly op: 'meta'; readonly out: ValueId; readonly what: 'ts' | 'seq' | 'symbol' }
  | { readonly op: 'const'; readonly out: ValueId; readonly value: number | string | null }
  | { readonly op: 'negate'; readonly out: ValueId; readonly a: ValueId }
  | { readonly op: 'not'; readonly out: ValueId; readonly a: ValueId }
  | { readonly op: 'binary'; readonly out: ValueId; readonly fn: BinaryOp; readonly a: ValueId; readonly b: ValueId }
  | { readonly op: 'if'; readonly out: ValueId; readonly c: ValueId; readonly a: ValueId; readonly b: ValueId }
  | { readonly op: 'in'; readonly out: ValueId; readonly a: ValueId; readonly list: readonly ValueId[] }
  | { readonly op: 'pure'; readonly out: ValueId; readonly fn: PureFunction; readonly args: readonly ValueId[] }
  /** `outs[k]` is output k's value, or -1 where nobody reads it; `text` is the call as the user would write it. */
  | { readonly op: 'kernel'; readonly outs: ValueId[]; readonly kernel: Kernel; readonly params: Readonly<Record<string, unknown>>;
      readonly args: readonly ValueId[]; readonly node: string; readonly text: string }
  | { readonly op: 'store'; readonly slot: number; readonly a: ValueId }
  /** Rows on which `cond` is true go on into `body`; `edge` are those rows. */
  | { readonly op: 'filter'; readonly cond: ValueId; readonly edge: EdgeId; readonly body: Block }
  /** A row operator's step decides which rows go on. Columns it reads are stored before. */
  | { readonly op: 'row'; readonly operator: RowOperator; readonly args: BoundArgs; readonly slots: readonly number[];
      readonly edge: EdgeId; readonly body: Block }
  /** Text made for the rows that got here: `render` gets the values in order; `of` says what it writes about. */
  | { readonly op: 'render'; readonly slot: number; readonly args: readonly ValueId[]; readonly render: (...values: number[]) => string;
      readonly of: string };

/** Straight-line work on the rows of one edge. */
export interface Block {
  readonly edge: EdgeId;
  readonly instrs: Instr[];
}

export interface FramePlan {
  readonly id: number;
  /** Which key table: 0 holds the sources' symbols. */
  readonly keys: number;
  readonly columns: { readonly name: string; readonly type: Type }[];
}

export interface EdgePlan {
  readonly id: EdgeId;
  readonly frame: number;
  /** The edge it is a selection of, or null when it is every row of the frame. */
  readonly parent: EdgeId | null;
  /** Node or source that it is the output of. */
  readonly node: string;
}

export interface SourceStage {
  readonly form: 'source';
  readonly source: string;
  readonly edge: EdgeId;
}

interface Ordered {
  /** Edges whose stages must have run before, beside the inputs (columns computed elsewhere on the same frame). */
  readonly after: ReadonlySet<EdgeId>;
}

export interface IslandStage extends Ordered {
  readonly form: 'island';
  readonly input: EdgeId;
  readonly body: Block;
  /** Type of every value. */
  readonly values: Type[];
  /** A user's kernel or row operator is inside, which may throw: the loop is guarded and alone. */
  readonly custom: boolean;
  /** For a custom island: the node to blame. */
  readonly node?: string;
}

export interface TimedStage extends Ordered {
  readonly form: 'timed';
  readonly node: string;
  readonly operator: TimedOperator;
  readonly args: BoundArgs;
  readonly inputs: readonly EdgeId[];
  readonly columns: readonly InputColumns[];
  readonly edge: EdgeId;
  readonly slots: readonly number[];
  /** Further output streams of the operator, each on a frame of its own. */
  readonly ports: readonly { readonly name: string; readonly edge: EdgeId; readonly slots: readonly number[] }[];
  /** Late rows under `side_output`: an edge on a frame shaped like the first input's, and which columns are copied. */
  readonly late: {
    readonly edge: EdgeId; readonly copies: readonly { readonly from: number; readonly to: number }[];
    /** The input whose late rows they are; the first one where it is left out. */
    readonly input?: number;
  } | null;
  /** Node that each input's rows are counted at; `node` where it is left out. */
  readonly accounts?: readonly string[];
  /** Watermark track: index into Plan.tracks. */
  readonly track: number;
  readonly onError: ErrorPolicy;
}

export interface AsofStage extends Ordered {
  readonly form: 'asof';
  readonly node: string;
  readonly input: EdgeId;
  readonly other: EdgeId;
  /** `from` is a slot of the other frame, `to` of the input's. */
  readonly copies: { readonly from: number; readonly to: number; readonly maxAge: number | null }[];
}

export interface AsyncStage extends Ordered {
  readonly form: 'async';
  readonly node: string;
  readonly operator: AsyncOperator;
  readonly args: BoundArgs;
  readonly input: EdgeId;
  readonly slots: readonly number[];
  readonly edge: EdgeId;
  readonly onError: ErrorPolicy;
}

/** Rows of `input` again under another key (`by:`). */
export interface RekeyStage extends Ordered {
  readonly form: 'rekey';
  readonly node: string;
  readonly input: EdgeId;
  readonly edge: EdgeId;
  /** Slots in the input's frame that make the key; -1 is the symbol. */
  readonly by: readonly number[];
  readonly copies: { readonly from: number; readonly to: number }[];
}

export type Stage = SourceStage | IslandStage | TimedStage | AsofStage | AsyncStage | RekeyStage;
export type ErrorPolicy = 'stop' | 'skip' | 'dead_letter';

/** What a column of a node is: a value of the island at a place in `Plan.stages`, or a slot of the node's frame. */
export type Origin = { readonly stage: number; readonly value: ValueId } | { readonly slot: number };

/** Where a node's rows and columns are once the graph runs. */
export interface PlanNode {
  readonly id: string;
  readonly kind: 'source' | 'node' | 'branch';
  readonly operator: string;
  readonly inputs: readonly string[];
  readonly edge: EdgeId;
  readonly schema: Schema;
  /** Slot of each schema column; -1 where the column is not stored because nobody reads it. */
  readonly slots: readonly number[];
  /** Where each schema column comes from, stored or not. */
  readonly origins: readonly Origin[];
  readonly clock: string;
  readonly scope: 'key' | 'market';
  /** Source rows, on the node's own clock, before every column can be there. */
  readonly warmup: number;
  readonly stateBytes: number;
  /** What is kept beside `stateBytes` and depends on the data, in words; null for nothing. */
  readonly stateNote: string | null;
  readonly used: boolean;
  readonly onError: ErrorPolicy;
}

export interface Plan {
  readonly name: string;
  readonly frames: readonly FramePlan[];
  readonly edges: readonly EdgePlan[];
  readonly stages: readonly Stage[];
  readonly nodes: readonly PlanNode[];
  /** Groups of sources whose common watermark some stage follows: indexes into the sources. */
  readonly tracks: readonly (readonly number[])[];
  readonly sources: readonly PlanSource[];
  readonly lateness: number;
  readonly late: 'drop' | 'side_output' | 'update';
  readonly idle: number | null;
  readonly calendar: string;
  /** Number of key tables. */
  readonly keyTables: number;
  /** Source text of every operator and function of the user's own that can be inside, by name. */
  readonly custom: ReadonlyMap<string, string>;
}

export interface PlanSource {
  readonly id: string;
  readonly edge: EdgeId;
  readonly schema: Schema;
  /** Added to a row's time on ingestion, for bars stamped at their open. */
  readonly shift: number;
}
