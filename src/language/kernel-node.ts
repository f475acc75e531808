import { formula, type FieldSpec, type FieldsSpec, type Span as Length } from '../core/field.ts';
import type { Kernel } from '../core/kernel.ts';
import type { ArgDecl, FormulaDecl } from './document.ts';
import type { Ast, Span } from './formula/ast.ts';
import type { Scope } from './scope.ts';
import { readSettings, type Settings } from './settings.ts';
import type { Entry } from './tree.ts';

const memo = new WeakMap<Kernel, FieldsSpec>();

/** The settings of a function used as a node, `ema: { of: close, period: 12 }`: its inputs as formulas, and its parameters. */
export function kernelFields(k: Kernel): FieldsSpec {
  let fields = memo.get(k);
  if (fields === undefined) {
    const inputs = k.inputs.map((input, i): [string, FieldSpec] => [
      i === 0 ? 'of' : input.name, formula(input.column === undefined ? { doc: input.doc } : { doc: input.doc, optional: true }),
    ]);
    fields = Object.freeze({ ...Object.fromEntries(inputs), ...k.params });
    memo.set(k, fields);
  }
  return fields;
}

/**
 * A function as a node is the `compute` node that calls it: the column has the function's name, further outputs of it are
 * `<function>_<output>`.
 */
export function kernelNode(c: Scope, entry: Entry, k: Kernel, strays: readonly Entry[]): Settings {
  const at: Span = { start: entry.keySpan.start, end: entry.keySpan.end };
  const shorthand = k.inputs.length > 0 ? 'of' : undefined;
  const read = readSettings(c, entry, { fields: kernelFields(k), shorthand, what: `\`${k.name}\``, at, strays });
  if (!read.ok) return { args: {}, ok: false };
  const call: Ast = { ...at, k: 'call', fn: k.name, fnSpan: at, args: inputsOf(k, read.args, at), named: paramsOf(k, entry, read.args) };
  const formulas = k.outputs.map((output, i): FormulaDecl & { name: string; nameSpan: Span } => {
    const ast: Ast = i === 0 ? call : { ...at, k: 'member', a: call, name: output.name, nameSpan: at };
    return { ...at, text: k.name, ast, name: i === 0 ? k.name : `${k.name}_${output.name}`, nameSpan: at };
  });
  const setting = c.registry.operators.get('compute')?.shorthand ?? 'columns';
  return { args: { [setting]: { ...at, formulas } }, ok: true };
}

function inputsOf(k: Kernel, args: Readonly<Record<string, ArgDecl>>, at: Span): readonly Ast[] {
  const names = k.inputs.map((input, i) => (i === 0 ? 'of' : input.name));
  if (!names.some((name) => args[name]?.formula !== undefined)) return [];
  return k.inputs.map((input, i) => args[names[i]]?.formula?.ast
    ?? { ...at, k: 'name', path: [{ ...at, name: input.column ?? input.name }] });
}

function paramsOf(k: Kernel, entry: Entry, args: Readonly<Record<string, ArgDecl>>): (Span & { name: string; value: Ast })[] {
  const written = entry.value.kind === 'map' ? entry.value.at : new Map<string, Entry>();
  return Object.entries(k.params).flatMap(([name, field]) => {
    const arg = args[name];
    return arg === undefined || !written.has(name) ? [] : [{ name, start: arg.start, end: arg.end, value: literalAst(field, arg) }];
  });
}

function literalAst(field: FieldSpec, arg: ArgDecl): Ast {
  const span: Span = { start: arg.start, end: arg.end };
  const { value } = arg;
  if (field.kind === 'span') {
    const length = value as Length;
    return length.rows === undefined ? { ...span, k: 'number', value: length.micros ?? 0, unit: 'duration' }
      : { ...span, k: 'number', value: length.rows, unit: 'none' };
  }
  if (typeof value === 'number') {
    return { ...span, k: 'number', value, unit: field.kind === 'duration' ? 'duration' : field.kind === 'ratio' ? 'ratio' : 'none' };
  }
  if (typeof value === 'boolean') return { ...span, k: 'word', value: value ? 'true' : 'false' };
  return { ...span, k: 'text', value: String(value) };
}
