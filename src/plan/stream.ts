import type { Scope } from '../core/operator.ts';
import type { Field } from '../core/types.ts';
import type { EdgeId } from './ir.ts';
import type { ColumnPlace } from './island.ts';

/** The output of a source, a node or a branch of one, while planning. */
export interface Stream {
  readonly id: string;
  readonly edge: EdgeId;
  readonly frame: number;
  readonly schema: readonly Field[];
  readonly columns: ReadonlyMap<string, ColumnPlace>;
  readonly clock: string;
  readonly scope: Scope;
  /** Indexes of the sources it comes from. */
  readonly sources: ReadonlySet<number>;
  /** Rows of its own clock until every column can be there. */
  readonly warmup: number;
}
