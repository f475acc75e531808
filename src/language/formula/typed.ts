import type { AggregateName } from '../../core/operator.ts';
import type { Kernel } from '../../core/kernel.ts';
import type { PureFunction } from '../../core/pure.ts';
import type { Type } from '../../core/types.ts';
import type { BinaryOp, Span, UnaryOp } from './ast.ts';

/**
 * A checked formula: every name resolved, every type known, parameters replaced by their values, ready to be lowered to loops.
 * Booleans are three-valued; a null operand makes arithmetic and comparison null; `and`/`or` follow Kleene.
 */
export type Expr = Span & { readonly type: Type } & (
  | { readonly k: 'number'; readonly value: number }
  | { readonly k: 'text'; readonly value: string }
  | { readonly k: 'null' }
  /** A column of the row: `node` is null for the input's own columns, or the id of another node on the same clock. */
  | { readonly k: 'column'; readonly node: string | null; readonly name: string }
  | { readonly k: 'unary'; readonly op: UnaryOp; readonly a: Expr }
  | { readonly k: 'binary'; readonly op: BinaryOp; readonly a: Expr; readonly b: Expr }
  | { readonly k: 'if'; readonly c: Expr; readonly a: Expr; readonly b: Expr }
  | { readonly k: 'in'; readonly a: Expr; readonly list: readonly Expr[] }
  | { readonly k: 'pure'; readonly fn: PureFunction; readonly args: readonly Expr[] }
  /** A stateful kernel; `output` is the position of the output that is read. `x[n]` is the kernel `lag`. */
  | { readonly k: 'kernel'; readonly kernel: Kernel; readonly params: Readonly<Record<string, unknown>>;
      readonly args: readonly Expr[]; readonly output: number }
  /** The last value of `a`, a formula over the columns of `node` alone, complete at this row's time; null when older than `maxAge` (µs). */
  | { readonly k: 'asof'; readonly node: string; readonly a: Expr; readonly maxAge: number | null }
  /** Only in `aggregates` settings: args are formulas over the input's columns. */
  | { readonly k: 'aggregate'; readonly fn: AggregateName; readonly args: readonly Expr[]; readonly param: number }
);
