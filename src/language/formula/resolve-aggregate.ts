import type { AggregateName } from '../../core/operator.ts';
import type { Type } from '../../core/types.ts';
import type { Ast } from './ast.ts';
import { at, resolve, type Context } from './context.ts';
import { fault, listed } from './faults.ts';
import { counts, unnamed, type Call } from './resolve-call.ts';
import { readSetting } from './setting.ts';
import { shown } from './text.ts';
import type { Expr } from './typed.ts';
import { describe, isEnum, isNumber } from './typing.ts';

const PROBABILITY = Object.freeze({ kind: 'ratio', doc: 'probability, from 0 to 1', min: 0, max: 1 } as const);
const SIGNATURES: Readonly<Partial<Record<AggregateName, readonly [least: number, most: number, text: string]>>> = Object.freeze({
  count: [0, 1, 'count() or count(condition)'],
  quantile: [2, 2, 'quantile(x, 0.9)'],
  vwap: [0, 2, 'vwap() or vwap(price, size)'],
});

/** `mean(x)` and its like: a formula over the rows that are gathered, folded to one value. */
export function resolveAggregate(cx: Context, ast: Call, fn: AggregateName): Expr | null {
  const [least, most, signature] = SIGNATURES[fn] ?? [1, 1, `${fn}(x)`];
  if (!unnamed(cx, ast) || !counts(cx, ast, least, most, signature)) return null;
  const inside = at(cx, { k: 'row', within: fn });
  const span = { start: ast.start, end: ast.end };
  if (fn === 'vwap' && ast.args.length !== 2) {
    if (ast.args.length === 1) return fault(cx.diagnostics, 'E303', ast, '`vwap` takes no argument or 2, got 1', {
      label: `write ${signature}`,
    });
    const price = ownColumn(inside, ast, 'price');
    const size = price === null ? null : ownColumn(inside, ast, 'size');
    return price === null || size === null ? null : { ...span, k: 'aggregate', fn, args: [price, size], param: 0, type: 'f64' };
  }
  const columns = fn === 'quantile' ? ast.args.slice(0, 1) : ast.args;
  const args = columns.map((part) => argument(inside, part, fn));
  const read = fn === 'quantile' ? readSetting(cx, ast.args[1], { of: fn, name: 'probability', spec: PROBABILITY }) : { value: 0 };
  if (read === null || !args.every((e) => e !== null)) return null;
  return { ...span, k: 'aggregate', fn, args, param: read.value as number, type: resultType(fn, args[0]?.type ?? 'f64') };
}

function ownColumn(cx: Context, at: Ast, name: string): Expr | null {
  const type = cx.scope.columns.get(name);
  if (type !== undefined) return { k: 'column', node: null, name, type, start: at.start, end: at.end };
  if (cx.scope.poisoned?.has(name) === true) return null;
  return fault(cx.diagnostics, 'E305', at, `\`vwap()\` reads the column \`${name}\`, which is not here`, {
    label: 'say which: vwap(price, size)', help: [`columns here: ${listed(cx.scope.columns.keys())}`],
  });
}

function argument(cx: Context, ast: Ast, fn: AggregateName): Expr | null {
  const e = resolve(cx, ast, fn === 'count' ? 'bool' : null);
  if (e === null || accepts(fn, e.type)) return e;
  const wants = fn === 'count' ? describe('bool') : 'numbers';
  return fault(cx.diagnostics, 'E309', ast, `\`${fn}\` needs ${wants}, but \`${shown(ast)}\` is ${describe(e.type)}`, {
    label: describe(e.type), ...(fn === 'count' ? { help: ['count() counts rows; count(x > 0) those where a condition is true'] } : {}),
  });
}

function accepts(fn: AggregateName, t: Type): boolean {
  switch (fn) {
    case 'count': return t === 'bool';
    case 'first': case 'last': case 'distinct': return true;
    case 'min': case 'max': return t !== 'text';
    case 'vwap': return isNumber(t);
    default: return isNumber(t) || t === 'duration' || t === 'bool';
  }
}

function resultType(fn: AggregateName, t: Type): Type {
  switch (fn) {
    case 'count': case 'distinct': return 'i64';
    case 'first': case 'last': case 'min': case 'max': return t;
    case 'sum': return t === 'duration' || t === 'i64' ? t : 'f64';
    case 'mean': case 'median': case 'quantile': return t === 'duration' && !isEnum(t) ? t : 'f64';
    default: return 'f64';
  }
}
