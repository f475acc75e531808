import { AGGREGATES, type AggregateName } from '../../core/operator.ts';
import type { PureFunction } from '../../core/pure.ts';
import type { Type } from '../../core/types.ts';
import type { Ast } from './ast.ts';
import { calendarFunction, CALENDAR_FUNCTIONS } from './calendar-functions.ts';
import { at, number, resolve, ROW, type Context } from './context.ts';
import { counted, didYouMean, fault } from './faults.ts';
import { fold } from './fold.ts';
import { KEEPS_TYPE, LEFT_OUT, PURE_FUNCTIONS } from './functions.ts';
import { resolveAggregate } from './resolve-aggregate.ts';
import { resolveAsof } from './resolve-asof.ts';
import { resolveKernel } from './resolve-kernel.ts';
import { condition, isWord, resolvePair } from './resolve-operator.ts';
import { shown } from './text.ts';
import type { Expr } from './typed.ts';
import { describe, isNumber, retype, unify } from './typing.ts';

export type Call = Ast & { readonly k: 'call' };

/** What other tools call our functions, for a better hint than the nearest spelling. */
const ALSO_KNOWN_AS: Readonly<Record<string, string>> = Object.freeze({
  ln: 'log', isnull: 'is_null', isna: 'is_null', na: 'is_null', iff: 'if', iif: 'if', ifelse: 'if', ceiling: 'ceil', power: 'pow',
  shift: 'lag', ref: 'lag', delay: 'lag', prev: 'lag', previous: 'lag', std: 'stdev', stddev: 'stdev', sd: 'stdev', variance: 'var',
  avg: 'mean', average: 'mean', ma: 'sma', weekday: 'day_of_week', dayofweek: 'day_of_week', hour_of_day: 'hour', fillna: 'nz',
  crossover: 'crosses_above', cross_over: 'crosses_above', crossunder: 'crosses_below',
  cross_under: 'crosses_below', bb: 'bbands', bollinger: 'bbands',
});

/** Of those that keep the type of their arguments, the ones that calculate with it. */
const AMOUNTS_ONLY: ReadonlySet<string> = new Set(['abs', 'mod']);
const isAmount = (t: Type): boolean => isNumber(t) || t === 'duration';

const isAggregate = (fn: string): fn is AggregateName => (AGGREGATES as readonly string[]).includes(fn);

export function resolveCall(cx: Context, ast: Call, hint: Type | null): Expr | null {
  const { fn } = ast;
  if (fn === 'if') return resolveIf(cx, ast, hint);
  if (fn === 'asof') return resolveAsof(cx, ast);
  const many = ast.args.length > 1;
  const extreme = fn === 'min' || fn === 'max';
  if (isAggregate(fn) && cx.place.k === 'window' && !(extreme && many)) return resolveAggregate(cx, ast, fn);
  if (isAggregate(fn) && cx.place.k === 'row' && cx.place.within !== null && ast.args.length + ast.named.length < 2) {
    return fault(cx.diagnostics, 'E314', ast, `\`${fn}\` inside \`${cx.place.within}\``, {
      label: 'aggregates do not nest', help: ['compute the inner value per row in a node before this one'],
    });
  }
  if (CALENDAR_FUNCTIONS.includes(fn)) {
    const { calendar } = cx.scope;
    if (calendar !== null) return resolvePure(cx, ast, calendarFunction(fn, calendar));
    return fault(cx.diagnostics, 'E302', ast.fnSpan, `\`${fn}\` needs a calendar`, {
      label: 'say which under time:', help: ['time: { calendar: XNYS }'],
    });
  }
  const pure = PURE_FUNCTIONS.get(fn);
  const kernel = cx.scope.registry.kernels.get(fn);
  if (pure !== undefined && !(extreme && !many && kernel !== undefined)) return resolvePure(cx, ast, pure);
  return kernel === undefined ? unknownFunction(cx, ast) : resolveKernel(cx, ast, kernel, null);
}

/** `macd(close).hist`. */
export function resolveMember(cx: Context, ast: Ast & { readonly k: 'member' }): Expr | null {
  const call = ast.a;
  const kernel = call.k === 'call' ? cx.scope.registry.kernels.get(call.fn) : undefined;
  if (call.k === 'call' && kernel !== undefined && !PURE_FUNCTIONS.has(call.fn)
    && !(cx.place.k === 'window' && isAggregate(call.fn))) return resolveKernel(cx, call, kernel, ast);
  const whole = resolve(cx, call);
  if (whole === null) return null;
  return fault(cx.diagnostics, 'E307', ast.nameSpan, `\`${shown(call)}\` is ${describe(whole.type)} and has no outputs`, {
    label: 'leave this out', help: ['only functions with several outputs have parts: macd(close).hist'],
  });
}

function resolveIf(cx: Context, ast: Call, hint: Type | null): Expr | null {
  if (!unnamed(cx, ast) || !counts(cx, ast, 3, 3, 'if(condition, a, b)')) return null;
  const [x, y, z] = ast.args;
  const c = condition(cx, x, 'if');
  const pair = resolvePair(cx, y, z, hint);
  if (c === null || pair === null) return null;
  const [a, b] = pair;
  const type = unify(a.type, b.type);
  if (type !== null) return { k: 'if', c, a, b, type, start: ast.start, end: ast.end };
  return fault(cx.diagnostics, 'E309', ast, `\`if\` gives ${describe(a.type)} or ${describe(b.type)}`, {
    label: 'both must be of one type', help: [`\`${shown(y)}\` is ${describe(a.type)}, \`${shown(z)}\` is ${describe(b.type)}`],
  });
}

/** Refuses named arguments for a function that has none. */
export function unnamed(cx: Context, ast: Call): boolean {
  for (const n of ast.named) {
    fault(cx.diagnostics, 'E307', n, `\`${ast.fn}\` has no named arguments`, { label: `leave out \`${n.name}:\`` });
  }
  return ast.named.length === 0;
}

/** Checks the number of arguments; `signature` is what to write. */
export function counts(cx: Context, ast: Call, least: number, most: number, signature: string): boolean {
  const n = ast.args.length;
  if (n >= least && n <= most) return true;
  const takes = least === most ? counted(least, 'argument') : most === Infinity ? `at least ${counted(least, 'argument')}`
    : `${least} to ${counted(most, 'argument')}`;
  fault(cx.diagnostics, 'E303', ast, `\`${ast.fn}\` takes ${takes}, got ${n}`, { label: `write ${signature}` });
  return false;
}

function resolvePure(cx: Context, ast: Call, fn: PureFunction): Expr | null {
  const names = fn.args.map((a) => a.name);
  const signature = `${fn.name}(${names.join(', ')}${fn.variadic ? ', ...' : ''})`;
  const left = LEFT_OUT.get(fn.name) ?? [];
  const timed = fn.args.length === 1 && fn.args[0].type === 'time';
  if (!unnamed(cx, ast)) return null;
  if (!counts(cx, ast, timed ? 0 : names.length - left.length, fn.variadic ? Infinity : names.length, signature)) return null;
  // `hour()` is about the row's own time.
  const written: readonly Ast[] = timed && ast.args.length === 0
    ? [{ start: ast.start, end: ast.end, k: 'name', path: [{ start: ast.start, end: ast.end, name: 'ts' }] }] : ast.args;
  const args = KEEPS_TYPE.has(fn.name) ? alike(cx, ast, written) : typed(cx, fn, written);
  if (args === null) return null;
  if (args.length < names.length && !isAmount(args[0].type) && args[0].type !== 'bool') {
    return fault(cx.diagnostics, 'E303', ast, `\`${fn.name}\` of ${describe(args[0].type)} takes ${names.length} arguments`, {
      label: `write ${signature}`,
    });
  }
  while (args.length < names.length) args.push(number(ast, left[args.length - names.length + left.length], args[0].type));
  const type = KEEPS_TYPE.has(fn.name) ? args.map((a) => a.type).reduce((a, b) => unify(a, b) ?? a) : fn.result;
  return fold({ k: 'pure', fn, args, type, start: ast.start, end: ast.end });
}

/** Arguments that must all be of one type, which is then the type of the result. */
function alike(cx: Context, ast: Call, written: readonly Ast[]): Expr[] | null {
  const args: Expr[] = [];
  let type: Type | null = null;
  let faulty = false;
  for (const part of written) {
    const e: Expr | null = faulty && isWord(cx, part) ? null : resolve(cx, part, type);
    faulty ||= e === null;
    if (e === null) continue;
    const both: Type | null = type === null ? e.type : unify(type, retype(e, type).type);
    const fits = AMOUNTS_ONLY.has(ast.fn) ? isAmount(e.type) : e.type !== 'text';
    if (!fits || both === null) {
      faulty = true;
      const wants = type === null || both !== null || !fits ? 'numbers' : describe(type);
      fault(cx.diagnostics, 'E309', part, `\`${ast.fn}\` needs ${wants}, but \`${shown(part)}\` is ${describe(e.type)}`, {
        label: describe(e.type),
      });
      continue;
    }
    if (e.k !== 'null') type = both;
    args.push(e);
  }
  return faulty ? null : args.map((e) => retype(e, type ?? 'f64'));
}

function typed(cx: Context, fn: PureFunction, written: readonly Ast[]): Expr[] | null {
  const args: Expr[] = [];
  written.forEach((part, i) => {
    const spec = fn.args[Math.min(i, fn.args.length - 1)];
    const e = resolve(cx, part, spec.type);
    if (e === null) return;
    if (fn.nulls === 'pass' ? e.type !== 'text' : unify(spec.type, retype(e, spec.type).type) !== null) {
      args.push(retype(e, spec.type));
      return;
    }
    const wants = fn.nulls === 'pass' ? 'numbers' : describe(spec.type);
    fault(cx.diagnostics, 'E309', part, `\`${fn.name}\` needs ${wants}, but \`${shown(part)}\` is ${describe(e.type)}`, {
      label: describe(e.type), ...(e.type === 'bool' && isNumber(spec.type) ? { help: [`as a number: if(${shown(part)}, 1, 0)`] } : {}),
    });
  });
  return args.length === written.length ? args : null;
}

function unknownFunction(cx: Context, ast: Call): null {
  const { fn } = ast;
  if (isAggregate(fn)) {
    return fault(cx.diagnostics, 'E314', ast.fnSpan, `\`${fn}\` works only where many rows become one`, {
      label: 'an aggregate',
      help: ['in the columns of bars, windows and aggregates; over the last rows of a stream use a function with a period'],
    });
  }
  const known = [...cx.scope.registry.kernels.keys(), ...PURE_FUNCTIONS.keys(), ...CALENDAR_FUNCTIONS, 'if', 'asof',
    ...(cx.scope.aggregates ? AGGREGATES : [])];
  const dotted = fn.slice(fn.lastIndexOf('.') + 1);
  const alias = Object.hasOwn(ALSO_KNOWN_AS, dotted.toLowerCase()) ? ALSO_KNOWN_AS[dotted.toLowerCase()] : dotted;
  const exact = alias !== fn && known.includes(alias);
  const guess = exact ? { label: `did you mean \`${alias}\`?`, suggestion: alias } : didYouMean(fn, known, 'no function has this name');
  const column = cx.scope.columns.has(fn) ? [`\`${fn}\` is a column: ${fn}[1] is its previous row`] : [];
  fault(cx.diagnostics, 'E302', ast.fnSpan, `unknown function \`${fn}\``, {
    ...guess, help: [...column, 'list them: millrace docs functions'],
  });
  // Misspelt names inside are worth saying now; what depends on the function itself is not known.
  const inner: Context = { ...at(cx, ROW), diagnostics: [] };
  for (const a of ast.args) if (a.k !== 'text') resolve(inner, a);
  cx.diagnostics.push(...inner.diagnostics.filter((d) => d.code === 'E302' || d.code === 'E304' || d.code === 'E305'));
  return null;
}
