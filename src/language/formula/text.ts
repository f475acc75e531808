import { formatDuration, formatTime } from '../../core/time.ts';
import type { FieldSpec } from '../../core/field.ts';
import type { Ast, Span } from './ast.ts';
import type { Expr } from './typed.ts';

const NOWHERE: Span = { start: 0, end: 0 };
const LEVELS: Readonly<Record<string, number>> = {
  or: 1, and: 2, not: 3, '<': 4, '<=': 4, '>': 4, '>=': 4, '==': 4, '!=': 4, in: 4, '+': 5, '-': 5, '*': 6, '/': 6, '%': 6,
};
const SIGN = 7;
const TIGHTEST = 8;

/** The canonical text of a checked formula: for reasons, `explain` and columns without a name. It parses to the same formula. */
export const printExpr = (e: Expr): string => printAst(toAst(e));

/** The canonical text of a parsed formula: one blank around operators, brackets only where needed. */
export function printAst(ast: Ast): string {
  return print(ast, 0);
}

/** The text of a formula inside a message: long ones are cut. */
export function shown(ast: Ast): string {
  const text = printAst(ast);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

function print(ast: Ast, level: number): string {
  const text = bare(ast);
  return levelOf(ast) < level ? `(${text})` : text;
}

function levelOf(ast: Ast): number {
  if (ast.k === 'binary') return LEVELS[ast.op];
  if (ast.k === 'unary') return ast.op === '-' ? SIGN : negatedIn(ast) !== null ? LEVELS.in : LEVELS.not;
  if (ast.k === 'in') return LEVELS.in;
  return ast.k === 'number' && ast.value < 0 ? SIGN : TIGHTEST;
}

const negatedIn = (ast: Ast): (Ast & { readonly k: 'in' }) | null =>
  ast.k === 'unary' && ast.op === 'not' && ast.a.k === 'in' ? ast.a : null;

function bare(ast: Ast): string {
  switch (ast.k) {
    case 'number': return printNumber(ast.value, ast.unit);
    case 'text': return quote(ast.value);
    case 'time': return printTime(ast.value);
    case 'word': return ast.value;
    case 'param': return `$${ast.name}`;
    case 'name': return ast.path.map((p) => p.name).join('.');
    case 'unary': {
      const test = negatedIn(ast);
      if (test !== null) return `${print(test.a, LEVELS.in + 1)} not in ${printList(test.list)}`;
      return ast.op === '-' ? `-${print(ast.a, SIGN)}` : `not ${print(ast.a, LEVELS.not)}`;
    }
    case 'binary': return printBinary(ast);
    case 'in': return `${print(ast.a, LEVELS.in + 1)} in ${printList(ast.list)}`;
    case 'index': return `${print(ast.a, TIGHTEST)}[${print(ast.n, 0)}]`;
    case 'member': return `${print(ast.a, TIGHTEST)}.${ast.name}`;
    case 'call': {
      const args = [...ast.args.map((a) => print(a, 0)), ...ast.named.map((n) => `${n.name}: ${print(n.value, 0)}`)];
      return `${ast.fn}(${args.join(', ')})`;
    }
    case 'fault': return '...';
  }
}

/** A left chain may be hundreds of operands long, so it is walked in a loop. */
function printBinary(ast: Ast & { readonly k: 'binary' }): string {
  const parts: string[] = [];
  let a: Ast = ast;
  let level = 0;
  while (a.k === 'binary' && LEVELS[a.op] >= level) {
    const own = LEVELS[a.op];
    parts.push(` ${a.op} ${print(a.b, own + 1)}`);
    // Comparisons do not chain: `(a < b) == c` keeps its brackets.
    level = own === LEVELS['<'] ? own + 1 : own;
    a = a.a;
  }
  parts.push(print(a, level));
  return parts.reverse().join('');
}

const printList = (list: readonly Ast[]): string =>
  list.length === 1 && list[0].k === 'param' ? `$${list[0].name}` : `[${list.map((a) => print(a, 0)).join(', ')}]`;

function printNumber(value: number, unit: string): string {
  if (value < 0) return `-${printNumber(-value, unit)}`;
  if (unit === 'duration' && Number.isSafeInteger(value)) return formatDuration(value);
  if (unit === 'ratio') {
    const percent = String(Number((value * 100).toPrecision(15)));
    if (!percent.includes('e') && Number(percent) / 100 === value) return `${percent}%`;
  }
  return String(value);
}

/** Midnight is written as a date. */
const printTime = (value: number): string => formatTime(value).replace(/T00:00:00Z$/, '');

const quote = (text: string): string =>
  `"${text.replace(/["\\]/g, '\\$&').replaceAll('\n', '\\n').replaceAll('\t', '\\t')}"`;

const name = (...path: string[]): Ast => ({ ...NOWHERE, k: 'name', path: path.map((p) => ({ ...NOWHERE, name: p })) });
const call = (fn: string, args: readonly Ast[], named: Readonly<Record<string, Ast>> = {}): Ast => ({
  ...NOWHERE, k: 'call', fn, fnSpan: NOWHERE, args, named: Object.entries(named).map(([n, value]) => ({ ...NOWHERE, name: n, value })),
});
const numeral = (value: number, unit: 'none' | 'duration' | 'ratio' = 'none'): Ast => ({ ...NOWHERE, k: 'number', value, unit });

/** The formula as it would have been written; spans are empty. */
export function toAst(e: Expr): Ast {
  switch (e.k) {
    case 'number': return literal(e.value, e);
    case 'text': return { ...NOWHERE, k: 'text', value: e.value };
    case 'null': return { ...NOWHERE, k: 'word', value: 'null' };
    case 'column': return e.node === null ? name(e.name) : name(...e.node.split('.'), e.name);
    case 'unary': return { ...NOWHERE, k: 'unary', op: e.op, a: toAst(e.a) };
    case 'binary': return { ...NOWHERE, k: 'binary', op: e.op, a: toAst(e.a), b: toAst(e.b) };
    case 'if': return call('if', [toAst(e.c), toAst(e.a), toAst(e.b)]);
    case 'in': return { ...NOWHERE, k: 'in', a: toAst(e.a), list: e.list.map(toAst) };
    case 'pure': return call(e.fn.name, e.args.map(toAst));
    case 'kernel': return kernelAst(e);
    case 'asof': return call('asof', [toAst(e.a)], e.maxAge === null ? {} : { max_age: numeral(e.maxAge, 'duration') });
    case 'aggregate': return call(e.fn, [...e.args.map(toAst), ...(e.fn === 'quantile' ? [numeral(e.param)] : [])]);
  }
}

function literal(value: number, e: Expr): Ast {
  if (value < 0) return { ...NOWHERE, k: 'unary', op: '-', a: literal(-value, e) };
  if (typeof e.type !== 'string') return name(e.type.values[value]);
  if (e.type === 'bool') return { ...NOWHERE, k: 'word', value: value === 0 ? 'false' : 'true' };
  if (e.type === 'time') return { ...NOWHERE, k: 'time', value };
  return numeral(value, e.type === 'duration' ? 'duration' : 'none');
}

/** Numbers are all written, in order; words and switches by name, where they are not as by default. `lag(x, n)` is written `x[n]`. */
function kernelAst(e: Expr & { readonly k: 'kernel' }): Ast {
  const { kernel, params } = e;
  const specs = Object.entries(kernel.params);
  if (kernel.name === 'lag' && specs.length === 1 && kernel.inputs.length === 1) {
    return { ...NOWHERE, k: 'index', a: toAst(e.args[0]), n: setting(params[specs[0][0]], specs[0][1]) ?? numeral(0) };
  }
  const ownColumns = kernel.inputs.every((input, i) => {
    const arg = e.args[i];
    return input.column === input.name && arg.k === 'column' && arg.node === null && arg.name === input.column;
  });
  const positional = ownColumns ? [] : e.args.map(toAst);
  const named: Record<string, Ast> = {};
  let byName = false;
  for (const [key, spec] of specs) {
    const value = setting(params[key], spec);
    byName ||= value === null || spec.kind === 'choice' || spec.kind === 'text' || spec.kind === 'flag';
    if (value === null || (byName && isDefault(params[key], spec))) continue;
    if (byName) named[key] = value;
    else positional.push(value);
  }
  const whole = call(kernel.name, positional, named);
  return e.output === 0 ? whole : { ...NOWHERE, k: 'member', a: whole, name: kernel.outputs[e.output].name, nameSpan: NOWHERE };
}

const isDefault = (value: unknown, spec: FieldSpec): boolean =>
  value === spec.default || JSON.stringify(value) === JSON.stringify(spec.default);

function setting(value: unknown, spec: FieldSpec): Ast | null {
  if (typeof value === 'number') {
    const unit = spec.kind === 'duration' ? 'duration' : 'none';
    return value < 0 ? { ...NOWHERE, k: 'unary', op: '-', a: numeral(-value, unit) } : numeral(value, unit);
  }
  if (typeof value === 'boolean') return { ...NOWHERE, k: 'word', value: value ? 'true' : 'false' };
  if (typeof value === 'string') return spec.kind === 'choice' ? name(value) : { ...NOWHERE, k: 'text', value };
  if (typeof value !== 'object' || value === null) return null;
  const { rows, micros } = value as { rows?: number; micros?: number };
  if (rows !== undefined) return numeral(rows);
  return micros === undefined ? null : numeral(micros, 'duration');
}
