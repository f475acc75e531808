import type { Calendar } from '../../core/calendar.ts';
import type { Registry } from '../../core/registry.ts';
import type { Type } from '../../core/types.ts';

/** Columns of a node or source that a formula may name as `node.column`. */
export interface NodeScope {
  readonly columns: ReadonlyMap<string, Type>;
  /** `bars@1m`; only for messages. */
  readonly clock: string;
  /** Its rows are the rows of the formula, so that columns may be mixed freely; otherwise they are read through asof(). */
  readonly sameRows: boolean;
}

export interface ParamScope {
  readonly value: number | string | boolean | readonly string[];
  readonly type: Type;
  readonly unit: 'none' | 'duration' | 'ratio' | 'money';
}

/** Everything that a formula can name at the place where it stands. */
export interface FormulaScope {
  /** The row's own columns, `ts` (time) and `symbol` (text) among them. */
  readonly columns: ReadonlyMap<string, Type>;
  /** Columns, and parameters as `$name`, whose own declaration is at fault: they are known, but nothing is said about them. */
  readonly poisoned?: ReadonlySet<string>;
  readonly clock: string;
  /** Id of the stream that `columns` are of: `bars.close` is then the row's own `close`. */
  readonly input?: string;
  /** A branch such as `bars.late` is one id. */
  node(id: string): NodeScope | 'poisoned' | null;
  readonly nodeIds: readonly string[];
  readonly params: ReadonlyMap<string, ParamScope>;
  readonly registry: Registry;
  /** Where rows are gathered (`columns:` of bars, windows, aggregates): every column must then stand inside an aggregate. */
  readonly aggregates: boolean;
  readonly calendar: Calendar | null;
  /** Id of the node that the formula belongs to, for messages. */
  readonly self: string;
}
