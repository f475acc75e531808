import type { Diagnostic } from '../../core/diagnostic.ts';
import type { AggregateName } from '../../core/operator.ts';
import type { Type } from '../../core/types.ts';
import type { Ast } from './ast.ts';
import type { FormulaScope } from './scope.ts';
import type { Expr } from './typed.ts';

/** Which rows a part of a formula looks at. */
export type Place =
  /** The row itself, or the rows that the aggregate `within` gathers. */
  | { readonly k: 'row'; readonly within: AggregateName | null }
  /** Inside asof(): the rows of `node`. */
  | { readonly k: 'asof'; readonly node: string; readonly columns: ReadonlyMap<string, Type> }
  /** Where rows are gathered, outside an aggregate: only what aggregates return is there. */
  | { readonly k: 'window' };

/** What the parts of the resolver share. */
export interface Context {
  readonly scope: FormulaScope;
  readonly diagnostics: Diagnostic[];
  readonly place: Place;
  readonly dispatch: (cx: Context, ast: Ast, hint: Type | null) => Expr | null;
}

/**
 * The checked form of a part, or null after a fault, which is then noted (or was, where the thing named is poisoned). `hint` is the type
 * that would be welcome: it gives bare words such as `buy` their meaning and is not enforced.
 */
export const resolve = (cx: Context, ast: Ast, hint: Type | null = null): Expr | null => cx.dispatch(cx, ast, hint);

export const at = (cx: Context, place: Place): Context => ({ ...cx, place });

export const ROW: Place = Object.freeze({ k: 'row', within: null });

export const number = (at: { start: number; end: number }, value: number, type: Type = 'f64'): Expr =>
  ({ k: 'number', value, type, start: at.start, end: at.end });
