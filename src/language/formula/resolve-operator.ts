import type { Type } from '../../core/types.ts';
import type { Ast } from './ast.ts';
import { resolve, type Context } from './context.ts';
import { fault } from './faults.ts';
import { fold } from './fold.ts';
import { findParam, textAs } from './resolve-name.ts';
import { shown } from './text.ts';
import type { Expr } from './typed.ts';
import { arithmetic, describe, isEnum, isNumber, retype, unify } from './typing.ts';

type Binary = Ast & { readonly k: 'binary' };

const ARITHMETIC: readonly string[] = ['+', '-', '*', '/', '%'];

export function resolveUnary(cx: Context, ast: Ast & { readonly k: 'unary' }): Expr | null {
  if (ast.op === 'not') {
    const a = condition(cx, ast.a, 'not');
    return a === null ? null : { k: 'unary', op: 'not', a, type: 'bool', start: ast.start, end: ast.end };
  }
  const a = resolve(cx, ast.a);
  if (a === null) return null;
  if (isNumber(a.type) || a.type === 'duration') return fold({ k: 'unary', op: '-', a, type: a.type, start: ast.start, end: ast.end });
  return needsNumber(cx, ast.a, a, '-');
}

export function resolveBinary(cx: Context, ast: Binary): Expr | null {
  if (ast.op === 'and' || ast.op === 'or') {
    const a = condition(cx, ast.a, ast.op);
    const b = condition(cx, ast.b, ast.op);
    return a === null || b === null ? null : { k: 'binary', op: ast.op, a, b, type: 'bool', start: ast.start, end: ast.end };
  }
  return ARITHMETIC.includes(ast.op) ? calculation(cx, ast) : comparison(cx, ast);
}

/** An operand that must be true or false. */
export function condition(cx: Context, ast: Ast, of: string): Expr | null {
  const e = resolve(cx, ast, 'bool');
  if (e === null || e.type === 'bool') return e;
  if (e.k === 'null') return retype(e, 'bool');
  const help = isEnum(e.type) ? `compare it: ${shown(ast)} == ${e.type.values[0]}`
    : e.type === 'text' ? `compare it: ${shown(ast)} == "..."` : `compare it, say ${shown(ast)} > 0`;
  return fault(cx.diagnostics, 'E309', ast, `\`${of}\` needs a condition, but \`${shown(ast)}\` is ${describe(e.type)}`, {
    label: describe(e.type), help: [help],
  });
}

function calculation(cx: Context, ast: Binary): Expr | null {
  const x = resolve(cx, ast.a);
  const y = resolve(cx, ast.b);
  if (x === null || y === null) return null;
  const a = retype(x, y.type);
  const b = retype(y, x.type);
  const type = arithmetic(ast.op, a.type, b.type);
  if (type !== null) return fold({ k: 'binary', op: ast.op, a, b, type, start: ast.start, end: ast.end });
  for (const [part, e] of [[ast.a, a], [ast.b, b]] as const) {
    if (!isNumber(e.type) && e.type !== 'duration' && e.type !== 'time') return needsNumber(cx, part, e, ast.op);
  }
  const span = [a.type, b.type].some(isNumber);
  return fault(cx.diagnostics, 'E309', ast, `\`${shown(ast)}\` combines ${describe(a.type)} and ${describe(b.type)}`, {
    label: `\`${ast.op}\` has no meaning here`,
    help: [span ? 'give the number a unit (5m, 250ms), or make the time a number: (ts - ts[1]) / 1s'
      : 'a time minus a time is a length of time'],
  });
}

function needsNumber(cx: Context, ast: Ast, e: Expr, op: string): null {
  return fault(cx.diagnostics, 'E309', ast, `\`${op}\` needs numbers, but \`${shown(ast)}\` is ${describe(e.type)}`, {
    label: describe(e.type), ...(e.type === 'bool' ? { help: [`as a number: if(${shown(ast)}, 1, 0)`] } : {}),
  });
}

const isNull = (ast: Ast): boolean => ast.k === 'word' && ast.value === 'null';

function comparison(cx: Context, ast: Binary): Expr | null {
  if (isNull(ast.a) || isNull(ast.b)) {
    const asked = shown(isNull(ast.a) ? ast.b : ast.a);
    const suggestion = ast.op === '!=' ? `not is_null(${asked})` : `is_null(${asked})`;
    return fault(cx.diagnostics, 'E309', ast, 'a comparison with null is never true', { label: `write ${suggestion}`, suggestion });
  }
  const pair = resolvePair(cx, ast.a, ast.b, null);
  if (pair === null) return null;
  const [a, b] = pair;
  if (unify(a.type, b.type) === null) return differ(cx, ast, ast.a, a.type, ast.b, b.type);
  if (ast.op !== '==' && ast.op !== '!=' && (a.type === 'text' || a.type === 'bool')) {
    return fault(cx.diagnostics, 'E309', ast, `\`${ast.op}\` needs an order, but \`${shown(ast.a)}\` is ${describe(a.type)}`, {
      label: 'only == and != here',
    });
  }
  return { k: 'binary', op: ast.op, a, b, type: 'bool', start: ast.start, end: ast.end };
}

function differ(cx: Context, whole: Ast, x: Ast, a: Type, y: Ast, b: Type): null {
  const help = a === 'duration' || b === 'duration' ? ['a length of time needs a unit: 5m, 250ms']
    : a === 'bool' || b === 'bool' ? ['a condition needs no comparison: write it alone, or `not` in front'] : [];
  return fault(cx.diagnostics, 'E309', whole, `\`${shown(x)}\` is ${describe(a)}, but \`${shown(y)}\` is ${describe(b)}`, {
    label: 'they cannot be compared or mixed', ...(help.length > 0 ? { help } : {}),
  });
}

/**
 * Two parts that should have one type. A bare word (`buy`, "AAPL") is read last, with the type of the other; when the other has a fault,
 * nothing is known about the word and nothing is said about it.
 */
export function resolvePair(cx: Context, x: Ast, y: Ast, hint: Type | null): [Expr, Expr] | null {
  if (isWord(cx, x) && !isWord(cx, y)) {
    const b = resolve(cx, y, hint);
    const a = b === null ? null : resolve(cx, x, b.type);
    return a === null || b === null ? null : [retype(a, b.type), retype(b, a.type)];
  }
  const a = resolve(cx, x, hint);
  const b = a === null && isWord(cx, y) ? null : resolve(cx, y, a !== null && a.k !== 'null' ? a.type : hint);
  return a === null || b === null ? null : [retype(a, b.type), retype(b, a.type)];
}

/** Has its meaning from what it stands beside. */
export function isWord(cx: Context, ast: Ast): boolean {
  if (ast.k === 'text' || isNull(ast)) return true;
  if (ast.k === 'param') return typeof cx.scope.params.get(ast.name)?.value === 'string';
  if (ast.k !== 'name' || ast.path.length > 1) return false;
  return !cx.scope.columns.has(ast.path[0].name) && cx.scope.poisoned?.has(ast.path[0].name) !== true;
}

export function resolveIn(cx: Context, ast: Ast & { readonly k: 'in' }): Expr | null {
  const a = resolve(cx, ast.a);
  const list: Expr[] = [];
  let faulty = a === null;
  for (const item of ast.list) {
    if (a === null && isWord(cx, item)) continue;
    const values = listItems(cx, item, a);
    if (values === null) {
      faulty = true;
      continue;
    }
    for (const e of values) {
      if (a !== null && unify(a.type, e.type) === null) {
        faulty = true;
        differ(cx, item, ast.a, a.type, item, e.type);
        break;
      }
      list.push(e);
    }
  }
  return a === null || faulty ? null : { k: 'in', a, list, type: 'bool', start: ast.start, end: ast.end };
}

/** One value, or those of a parameter that is a list. */
function listItems(cx: Context, item: Ast, a: Expr | null): readonly Expr[] | null {
  const hint = a?.type ?? null;
  if (item.k === 'param') {
    const p = findParam(cx, item);
    if (p === null) return null;
    if (Array.isArray(p.value)) {
      const items = (p.value as readonly string[]).map((text) => textAs(cx, item, text, hint));
      return items.every((e) => e !== null) ? items : null;
    }
  }
  const e = resolve(cx, item, hint);
  return e === null ? null : [retype(e, hint ?? e.type)];
}
