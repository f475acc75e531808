import type { FieldSpec } from '../../core/field.ts';
import type { InputSpec, Kernel } from '../../core/kernel.ts';
import { formatDuration } from '../../core/time.ts';
import type { Ast } from './ast.ts';
import { resolve, type Context } from './context.ts';
import { counted, didYouMean, fault, listed } from './faults.ts';
import type { Call } from './resolve-call.ts';
import { isConstant, isRequired, readSetting } from './setting.ts';
import { shown } from './text.ts';
import type { Expr } from './typed.ts';
import { describe, retype, unify } from './typing.ts';

type Member = Ast & { readonly k: 'member' };

/** A call of a function with state: `ema(close, 12)`, `atr(14)`, `macd(close, fast: 8).hist`. */
export function resolveKernel(cx: Context, ast: Call, kernel: Kernel, member: Member | null): Expr | null {
  const assigned = assign(cx, ast, kernel);
  const output = member === null ? 0 : outputOf(cx, kernel, member);
  if (assigned === null) return null;
  const args = readInputs(cx, ast, kernel, assigned.inputs);
  const params = readParams(cx, kernel, assigned.settings);
  if (params === null || output < 0 || args === null) return null;
  const wrong = kernel.check(params);
  if (wrong !== null) return fault(cx.diagnostics, 'E308', ast, `\`${kernel.name}\`: ${wrong}`, { label: `write ${signature(kernel)}` });
  const own = kernel.name === 'lag' && args.length === 1 ? args[0].type : 'f64';
  const type = kernel.outputs[output].type ?? own;
  const span = member ?? ast;
  return { k: 'kernel', kernel, params, args, output, type, start: span.start, end: span.end };
}

/** `macd(x, fast: 12, slow: 26, signal: 9)`. */
export function signature(kernel: Kernel): string {
  const inputs = kernel.inputs.map((i) => i.name);
  const params = Object.entries(kernel.params).map(([name, spec]) => (spec.default === undefined ? name : `${name}: ${defaultText(spec)}`));
  return `${kernel.name}(${[...inputs, ...params].join(', ')})`;
}

function defaultText(spec: FieldSpec): string {
  const { default: d } = spec;
  if (typeof d === 'number') return spec.kind === 'duration' ? formatDuration(d) : String(d);
  if (typeof d !== 'object' || d === null) return String(d);
  const { rows, micros } = d as { rows?: number; micros?: number };
  return rows !== undefined ? String(rows) : micros === undefined ? '...' : formatDuration(micros);
}

interface Assigned {
  readonly inputs: ReadonlyMap<string, Ast>;
  readonly settings: ReadonlyMap<string, Ast>;
}

/** Which argument is which: named ones by name, then inputs, then settings, in their order. */
function assign(cx: Context, ast: Call, kernel: Kernel): Assigned | null {
  const inputs = new Map<string, Ast>();
  const settings = new Map<string, Ast>();
  for (const n of ast.named) if (!takeNamed(cx, kernel, n, inputs, settings)) return null;
  const open = kernel.inputs.filter((i) => !inputs.has(i.name));
  const rest = Object.keys(kernel.params).filter((name) => !settings.has(name));
  const given = ast.args;
  const leading = inputsGiven(open, given, rest.length);
  if (given.length < leading || given.length > leading + rest.length) return wrongCount(cx, ast, kernel, open);
  open.slice(0, leading).forEach((input, i) => inputs.set(input.name, given[i]));
  given.slice(leading).forEach((value, i) => settings.set(rest[i], value));
  const missing = Object.entries(kernel.params).filter(([name, spec]) => !settings.has(name) && isRequired(spec));
  return missing.length > 0 ? wrongCount(cx, ast, kernel, open) : { inputs, settings };
}

function takeNamed(
  cx: Context, kernel: Kernel, n: Call['named'][number], inputs: Map<string, Ast>, settings: Map<string, Ast>,
): boolean {
  const at = { start: n.start, end: n.start + n.name.length };
  const to = kernel.inputs.some((i) => i.name === n.name) ? inputs : Object.hasOwn(kernel.params, n.name) ? settings : null;
  if (to === null) {
    const known = [...Object.keys(kernel.params), ...kernel.inputs.map((i) => i.name)];
    fault(cx.diagnostics, 'E307', at, `\`${kernel.name}\` has no argument \`${n.name}\``, {
      ...didYouMean(n.name, known, 'not an argument'), help: [`write ${signature(kernel)}`],
    });
    return false;
  }
  if (to.has(n.name)) {
    fault(cx.diagnostics, 'E303', at, `\`${n.name}\` is given twice`, { label: 'once is enough' });
    return false;
  }
  to.set(n.name, n.value);
  return true;
}

/** Reads the column of its own name, as `high` does, and is no subject of the call. */
const implied = (i: InputSpec): boolean => i.column === i.name;

/**
 * How many of the arguments are inputs: all, or none where every one has a column of its own (`atr(14)`, `rsi(14)`), or only the subject
 * (`vwma(ret, 20)` reads the volume of the row). A constant is an input only where the call would have no meaning otherwise.
 */
function inputsGiven(open: readonly InputSpec[], given: readonly Ast[], settings: number): number {
  const all = open.length;
  let needed = all;
  while (needed > 0 && open[needed - 1].column !== undefined) needed--;
  let subjects = all;
  while (subjects > 0 && implied(open[subjects - 1])) subjects--;
  const constant = given.findIndex(isConstant);
  const values = constant < 0 ? given.length : constant;
  const fits = (n: number): boolean => given.length >= n && given.length - n <= settings;
  if ((values === needed || values === subjects) && fits(values)) return values;
  return values < needed && fits(needed) ? needed : all;
}

function wrongCount(cx: Context, ast: Call, kernel: Kernel, open: readonly InputSpec[]): null {
  const specs = Object.values(kernel.params);
  const most = kernel.inputs.length + specs.length;
  const free = kernel.inputs.filter((i) => i.column !== undefined).length;
  const least = kernel.inputs.length - free + specs.filter(isRequired).length;
  const n = ast.args.length + ast.named.length;
  const takes = least === most ? counted(most, 'argument') : `${least} to ${counted(most, 'argument')}`;
  const help = [`write ${signature(kernel)}`];
  const some = ast.args.filter((a) => !isConstant(a)).length;
  if (free === kernel.inputs.length && free > 1 && some > 0 && some < open.length) {
    const names = kernel.inputs.map((i) => i.name).join(', ');
    return fault(cx.diagnostics, 'E303', ast, `\`${kernel.name}\` reads ${names}: give all of them or none`, {
      label: `${some} of ${free} given`, help,
    });
  }
  return fault(cx.diagnostics, 'E303', ast, `\`${kernel.name}\` takes ${takes}, got ${n}`, {
    label: n < least ? 'too few' : 'too many', help,
  });
}

function readInputs(cx: Context, ast: Call, kernel: Kernel, given: ReadonlyMap<string, Ast>): Expr[] | null {
  const args: Expr[] = [];
  let missing = false;
  for (const input of kernel.inputs) {
    const from = given.get(input.name);
    // One column that is not here says it all: the others are most likely not here either.
    if (from === undefined && missing) continue;
    const e = from === undefined ? ownColumn(cx, ast, kernel, input.column ?? input.name) : readInput(cx, kernel, input, from);
    if (e !== null) args.push(e);
    else missing ||= from === undefined;
  }
  return args.length === kernel.inputs.length ? args : null;
}

function readInput(cx: Context, kernel: Kernel, input: InputSpec, from: Ast): Expr | null {
  const e = resolve(cx, from, input.type ?? null);
  if (e === null) return null;
  const wanted = input.type ?? 'f64';
  const fits = input.type === undefined ? e.type !== 'text' : unify(input.type, retype(e, wanted).type) !== null;
  if (fits) return retype(e, wanted);
  return fault(cx.diagnostics, 'E309', from, `\`${input.name}\` of \`${kernel.name}\` is ${describe(wanted)}, but \`${shown(from)}\` is ${
    describe(e.type)}`, { label: describe(e.type), help: [`\`${input.name}\`: ${input.doc}`] });
}

function ownColumn(cx: Context, ast: Call, kernel: Kernel, name: string): Expr | null {
  const { place, scope } = cx;
  if (place.k === 'window') {
    return fault(cx.diagnostics, 'E314', ast, `\`${kernel.name}\` would read \`${name}\` per row, and here many rows become one`, {
      label: `write ${signature(kernel)} over aggregates`,
    });
  }
  const columns = place.k === 'asof' ? place.columns : scope.columns;
  const type = columns.get(name);
  const node = place.k === 'asof' ? place.node : null;
  if (type !== undefined && type !== 'text') return { k: 'column', node, name, type, start: ast.start, end: ast.end };
  if (place.k !== 'asof' && scope.poisoned?.has(name) === true) return null;
  const problem = type === undefined ? 'which is not here' : 'which is text here';
  return fault(cx.diagnostics, 'E305', ast, `\`${shown(ast)}\` reads the column \`${name}\`, ${problem}`, {
    label: `write ${signature(kernel)}`, help: [`columns here: ${listed(columns.keys())}`],
  });
}

/** Every setting with its value, defaults included. */
function readParams(cx: Context, kernel: Kernel, settings: ReadonlyMap<string, Ast>): Record<string, unknown> | null {
  const params: Record<string, unknown> = {};
  let faulty = false;
  for (const [name, spec] of Object.entries(kernel.params)) {
    const ast = settings.get(name);
    const read = ast === undefined ? { value: spec.default } : readSetting(cx, ast, { of: kernel.name, name, spec });
    if (read === null) faulty = true;
    else params[name] = read.value;
  }
  return faulty ? null : params;
}

function outputOf(cx: Context, kernel: Kernel, member: Member): number {
  const names = kernel.outputs.map((o) => o.name);
  const found = names.indexOf(member.name);
  if (found < 0) {
    fault(cx.diagnostics, 'E307', member.nameSpan, `\`${kernel.name}\` has no output \`${member.name}\``, {
      ...didYouMean(member.name, names, 'no output has this name'), help: [`outputs: ${names.join(', ')}`],
    });
  }
  return found;
}
