import type { Diagnostic } from '../../core/diagnostic.ts';
import { sameType, type Type } from '../../core/types.ts';
import type { Ast } from './ast.ts';
import { number, resolve, ROW, type Context } from './context.ts';
import { fault } from './faults.ts';
import { resolveCall, resolveMember } from './resolve-call.ts';
import { resolveIndex } from './resolve-index.ts';
import { resolveName, resolveParam, textAs } from './resolve-name.ts';
import { resolveBinary, resolveIn, resolveUnary } from './resolve-operator.ts';
import type { FormulaScope } from './scope.ts';
import { shown } from './text.ts';
import type { Expr } from './typed.ts';
import { describe, isEnum, isNumber, retype } from './typing.ts';

/** The type a formula must have: `number` is any number or length of time, null is anything. */
export type Expected = 'bool' | 'number' | Type | null;

/**
 * Looks up every name of a formula and checks every type. `expr` is null when there is a fault, and also, without a diagnostic, when the
 * formula depends on something whose own fault was reported before.
 */
export function resolveFormula(ast: Ast, scope: FormulaScope, expected: Expected): { expr: Expr | null; diagnostics: Diagnostic[] } {
  const diagnostics: Diagnostic[] = [];
  const cx: Context = { scope, diagnostics, place: scope.aggregates ? { k: 'window' } : ROW, dispatch };
  const hint = expected === 'number' || expected === 'f64' ? null : expected;
  const found = resolve(cx, ast, hint);
  const expr = found === null ? null : checked(cx, ast, found, expected);
  diagnostics.sort((a, b) => a.start - b.start || a.end - b.end);
  return { expr: diagnostics.length === 0 ? expr : null, diagnostics };
}

function dispatch(cx: Context, ast: Ast, hint: Type | null): Expr | null {
  const span = { start: ast.start, end: ast.end };
  switch (ast.k) {
    case 'number': return number(ast, ast.value, ast.unit === 'duration' ? 'duration' : 'f64');
    case 'time': return number(ast, ast.value, 'time');
    case 'text': return textAs(cx, ast, ast.value, hint);
    case 'word':
      if (ast.value === 'null') return { ...span, k: 'null', type: hint ?? 'f64' };
      return number(ast, ast.value === 'true' ? 1 : 0, 'bool');
    case 'param': return resolveParam(cx, ast, hint);
    case 'name': return resolveName(cx, ast, hint);
    case 'unary': return resolveUnary(cx, ast);
    case 'binary': return resolveBinary(cx, ast);
    case 'in': return resolveIn(cx, ast);
    case 'index': return resolveIndex(cx, ast);
    case 'member': return resolveMember(cx, ast);
    case 'call': return resolveCall(cx, ast, hint);
    case 'fault': return null;
  }
}

function checked(cx: Context, ast: Ast, e: Expr, expected: Expected): Expr | null {
  if (expected === null) return e;
  if (e.k === 'null') return retype(e, expected === 'number' ? 'f64' : expected);
  if (expected === 'number' || expected === 'f64' || expected === 'i64') {
    if (isNumber(e.type) || e.type === 'duration') return e;
  } else if (sameType(e.type, expected)) {
    return e;
  }
  const wanted = expected === 'number' ? describe('f64') : describe(expected);
  return fault(cx.diagnostics, 'E309', ast, `${wanted} is expected here, but \`${shown(ast)}\` is ${describe(e.type)}`, {
    label: `${describe(e.type)}`, ...remedy(ast, e.type, expected),
  });
}

function remedy(ast: Ast, found: Type, expected: Expected): { help?: readonly string[] } {
  if (expected === 'bool') {
    if (isEnum(found)) return { help: [`compare it: ${shown(ast)} == ${found.values[0]}`] };
    return { help: [found === 'text' ? `compare it: ${shown(ast)} == "..."` : `compare it, say ${shown(ast)} > 0`] };
  }
  return found === 'bool' ? { help: [`as a number: if(${shown(ast)}, 1, 0)`] } : {};
}
