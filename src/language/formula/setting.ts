import type { FieldSpec } from '../../core/field.ts';
import { formatDuration } from '../../core/time.ts';
import type { Ast } from './ast.ts';
import { at, resolve, ROW, type Context } from './context.ts';
import { didYouMean, fault } from './faults.ts';
import { shown } from './text.ts';
import type { Expr } from './typed.ts';
import { isNumber } from './typing.ts';

/** Which setting is read: `name` of the function `of`. */
export interface SettingPlace {
  readonly of: string;
  readonly name: string;
  readonly spec: FieldSpec;
}

export const isRequired = (spec: FieldSpec): boolean => spec.default === undefined && spec.optional !== true;

/** Needs no row: literals, parameters and arithmetic of them. */
export function isConstant(ast: Ast): boolean {
  switch (ast.k) {
    case 'number': case 'text': case 'time': case 'word': case 'param': return true;
    case 'unary': return isConstant(ast.a);
    case 'binary': return isConstant(ast.a) && isConstant(ast.b);
    default: return false;
  }
}

/** The checked value of a function's setting, or null after a fault, which is then noted. */
export function readSetting(cx: Context, ast: Ast, to: SettingPlace): { readonly value: unknown } | null {
  const { spec } = to;
  if (spec.kind === 'choice' || spec.kind === 'text') return readWord(cx, ast, to);
  const e = resolve(at(cx, ROW), ast);
  if (e === null) return null;
  if (e.k !== 'number') {
    if (e.k === 'text' || e.k === 'null') return refuse(cx, ast, to, `must be ${wanted(spec)}`);
    const param = ast.k === 'name' && ast.path.length === 1 && cx.scope.params.has(ast.path[0].name) ? `$${ast.path[0].name}` : null;
    return fault(cx.diagnostics, 'E308', ast, `\`${to.name}\` of \`${to.of}\` must be the same for every row`, {
      label: param === null ? 'this depends on the row' : `did you mean \`${param}\`?`, ...(param === null ? {} : { suggestion: param }),
      help: ['write a number or a $parameter'],
    });
  }
  switch (spec.kind) {
    case 'int': return isNumber(e.type) ? whole(cx, ast, to, e.value) : inRows(cx, ast, to, e);
    case 'number': case 'ratio': return isNumber(e.type) ? ranged(cx, ast, to, e.value) : refuse(cx, ast, to, `must be ${wanted(spec)}`);
    case 'duration': return e.type === 'duration' ? ranged(cx, ast, to, e.value) : withUnit(cx, ast, to);
    case 'flag': return e.type === 'bool' ? { value: e.value === 1 } : refuse(cx, ast, to, `must be ${wanted(spec)}`);
    case 'span': return readSpan(cx, ast, to, e);
    default: return refuse(cx, ast, to, 'cannot be given in a formula');
  }
}

function readWord(cx: Context, ast: Ast, to: SettingPlace): { readonly value: unknown } | null {
  const bare = ast.k === 'name' && ast.path.length === 1 && to.spec.kind === 'choice' ? ast.path[0].name : null;
  let word = bare;
  if (word === null) {
    const e = resolve(at(cx, ROW), ast);
    if (e === null) return null;
    if (e.k !== 'text') return refuse(cx, ast, to, `must be ${wanted(to.spec)}`);
    word = e.value;
  }
  const { values } = to.spec;
  if (values === undefined || values.includes(word)) return { value: word };
  return fault(cx.diagnostics, 'E308', ast, `\`${to.name}\` of \`${to.of}\` cannot be \`${word}\``, {
    ...didYouMean(word, values, 'not one of its words'), help: [`allowed: ${values.join(', ')}`],
  });
}

function whole(cx: Context, ast: Ast, to: SettingPlace, value: number): { readonly value: unknown } | null {
  return Number.isSafeInteger(value) ? ranged(cx, ast, to, value) : refuse(cx, ast, to, 'must be a whole number');
}

function readSpan(cx: Context, ast: Ast, to: SettingPlace, e: Expr & { readonly k: 'number' }): { readonly value: unknown } | null {
  if (e.type === 'duration') return e.value > 0 ? { value: { micros: e.value } } : refuse(cx, ast, to, 'must be longer than 0s');
  if (!isNumber(e.type)) return refuse(cx, ast, to, `must be ${wanted(to.spec)}`);
  const rows = whole(cx, ast, { ...to, spec: { ...to.spec, min: to.spec.min ?? 1 } }, e.value);
  return rows === null ? null : { value: { rows: rows.value } };
}

function ranged(cx: Context, ast: Ast, to: SettingPlace, value: number): { readonly value: unknown } | null {
  const { min = -Infinity, max = Infinity } = to.spec;
  return value >= min && value <= max ? { value } : refuse(cx, ast, to, `must be ${range(to.spec)}`, value);
}

function range(spec: FieldSpec): string {
  const show = (n: number): string => (spec.kind === 'duration' ? formatDuration(n) : String(n));
  const { min = -Infinity, max = Infinity } = spec;
  if (min === -Infinity) return `at most ${show(max)}`;
  return max === Infinity ? `at least ${show(min)}` : `from ${show(min)} to ${show(max)}`;
}

const inRows = (cx: Context, ast: Ast, to: SettingPlace, e: Expr): null =>
  e.type !== 'duration' ? refuse(cx, ast, to, 'must be a whole number')
    : fault(cx.diagnostics, 'E308', ast, `\`${to.of}\` counts rows, but \`${shown(ast)}\` is a length of time`, {
      label: 'give a number of rows', help: [`\`${to.name}\`: ${to.spec.doc}`, ...overTime(cx)],
    });

/** Functions that do take a length of time. */
function overTime(cx: Context): string[] {
  const names = [...cx.scope.registry.kernels.values()].filter((k) => k.params['period']?.kind === 'span').map((k) => k.name);
  return names.length === 0 ? [] : [`over a length of time: ${names.sort().join(', ')}`];
}

const withUnit = (cx: Context, ast: Ast, to: SettingPlace): null => refuse(cx, ast, to, 'must be a length of time with a unit, say 5m');

function wanted(spec: FieldSpec): string {
  switch (spec.kind) {
    case 'int': return 'a whole number';
    case 'ratio': return 'a number, a percentage (5%) or basis points (10bps)';
    case 'duration': return 'a length of time, say 5m';
    case 'flag': return 'true or false';
    case 'span': return 'a number of rows (20) or a length of time (2h)';
    case 'choice': return `one of ${(spec.values ?? []).join(', ')}`;
    case 'text': return 'a quoted text';
    default: return 'a number';
  }
}

function refuse(cx: Context, ast: Ast, to: SettingPlace, must: string, value?: number): null {
  const found = value !== undefined && ast.k !== 'number' && ast.k !== 'unary' ? `${shown(ast)}\` (${value})` : `${shown(ast)}\``;
  return fault(cx.diagnostics, 'E308', ast, `\`${to.name}\` of \`${to.of}\` ${must}, found \`${found}`, {
    label: must, help: [`\`${to.name}\`: ${to.spec.doc}`],
  });
}
