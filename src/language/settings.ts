import type { FieldSpec, FieldsSpec } from '../core/field.ts';
import type { ArgDecl } from './document.ts';
import type { Span } from './formula/ast.ts';
import { defaultFormula, readFormula } from './formulas.ts';
import { asList, asMap, readKeys, shapeOf, valueSpan } from './keys.ts';
import { kindWords, outOfRange, paramAs, readLiteral } from './literal.ts';
import { readRanges } from './ranges.ts';
import { listed, meant, quoted } from './report.ts';
import { isEmpty, type ScalarTree } from './scalar.ts';
import type { Scope } from './scope.ts';
import { suggest } from './suggest.ts';
import type { Entry, MapTree, Tree } from './tree.ts';

export interface Settings {
  readonly args: Readonly<Record<string, ArgDecl>>;
  /** No fault that would make followers say nonsense; a fault inside a formula is marked in its tree instead. */
  readonly ok: boolean;
}

export interface SettingsSpec {
  readonly fields: FieldsSpec;
  readonly shorthand?: string | undefined;
  /** How messages name the thing. */
  readonly what: string;
  /** How they name a bare value, where not as the setting that it fills. */
  readonly bare?: string;
  /** Where something missing is said, and the place of defaults. */
  readonly at: Span;
  /** Keys found beside the map that belong inside it: reported already, read here. */
  readonly strays?: readonly Entry[];
  readonly known?: (entry: Entry) => boolean;
}

const MAPS: ReadonlySet<string> = new Set(['formulas', 'aggregates', 'map', 'object', 'ranges']);

/** Checks what stands under an operator, a connector or a section against its fields. */
export function readSettings(c: Scope, entry: Entry, spec: SettingsSpec): Settings {
  const map = settingsMap(c, entry, spec);
  if (map === null) return { args: {}, ok: false };
  const strays = spec.strays ?? [];
  const whole = strays.length === 0 ? map : { ...map, entries: [...map.entries, ...strays] };
  const keys = readKeys(c.report, whole, {
    what: spec.what, allowed: Object.keys(spec.fields), at: spec.at,
    ...(spec.known === undefined ? {} : { known: spec.known }),
    required: Object.entries(spec.fields).filter(([, f]) => f.default === undefined && f.optional !== true).map(([name]) => name),
  });
  let ok = !keys.faulty && strays.length === 0;
  const args: Record<string, ArgDecl> = {};
  for (const [name, field] of Object.entries(spec.fields)) {
    const found = keys.at.get(name);
    if (found !== undefined) {
      const isBare = found.keySpan === entry.keySpan;
      const arg = readField(c, found, field, isBare ? (spec.bare ?? name) : name);
      if (arg === null) ok = false;
      else args[name] = arg;
    } else if (field.default !== undefined) {
      args[name] = defaultArg(c, field, spec.at);
    }
  }
  return { args, ok };
}

/** The map of settings; a bare value becomes the one setting that `shorthand` names. */
function settingsMap(c: Scope, entry: Entry, spec: SettingsSpec): MapTree | null {
  const { value } = entry;
  const { shorthand } = spec;
  const field = shorthand === undefined ? undefined : spec.fields[shorthand];
  if (shorthand !== undefined && field !== undefined && !isEmpty(value)) {
    const bare = value.kind !== 'map' || (MAPS.has(field.kind) && value.at.get(shorthand)?.value.kind !== 'map');
    if (bare) {
      const only: Entry = { key: shorthand, keySpan: entry.keySpan, plain: true, value };
      return { kind: 'map', start: value.start, end: value.end, entries: [only], at: new Map([[shorthand, only]]) };
    }
  }
  if (value.kind === 'map') return value;
  const names = Object.keys(spec.fields);
  if (isEmpty(value) || (value.kind === 'list' && value.items.length === 0)) {
    return { kind: 'map', start: value.start, end: value.end, entries: [], at: new Map() };
  }
  c.report.error('E100', value, `${spec.what} needs its settings as \`key: value\``, {
    label: shapeOf(value), help: names.length === 0 ? [] : [`${spec.what} accepts: ${listed(names)}`],
  });
  return null;
}

/** A setting with its place, or null after saying what is wrong. */
export function readField(c: Scope, entry: Entry, field: FieldSpec, name: string): ArgDecl | null {
  const { value } = entry;
  const span: Span = { start: valueSpan(entry).start, end: valueSpan(entry).end };
  switch (field.kind) {
    case 'formula': {
      const formula = value.kind === 'scalar' && !isEmpty(value) ? readFormula(c, value) : null;
      return formula === null ? notA(c, entry, name, 'a formula', field) : { ...span, formula };
    }
    case 'formulas': case 'aggregates': return readFormulas(c, entry, name, field);
    case 'names': case 'texts': case 'ids': return readWords(c, entry, name, field);
    case 'map': return readTextMap(c, entry, name, field);
    case 'list': return readList(c, entry, name, field);
    case 'ranges': return readRanges(c, entry, name);
    case 'object': {
      if (value.kind === 'scalar' && field.words?.includes(value.text)) return { ...span, value: value.text };
      const inner = readSettings(c, entry, {
        fields: field.fields ?? {}, shorthand: field.shorthand, what: `\`${name}\``, bare: name, at: entry.keySpan,
      });
      return inner.ok ? { ...span, members: inner.args, value: plainArgs(inner.args) } : null;
    }
    default: {
      if (value.kind !== 'scalar' || isEmpty(value)) return notA(c, entry, name, kindWords(field.kind), field);
      const read = readScalar(c, value, field, name);
      return read === null ? null : { ...span, value: read.value };
    }
  }
}

function notA(c: Scope, entry: Entry, name: string, kind: string, field: FieldSpec): null {
  c.report.error('E108', valueSpan(entry), `\`${name}\` must be ${kind}`, { label: shapeOf(entry.value), help: helpOf(name, field) });
  return null;
}

const helpOf = (name: string, field: FieldSpec): string[] => {
  const text = field.doc.trim();
  const first = /^.*?[.](?=\s|$)/s.exec(text)?.[0] ?? text;
  return text === '' ? [] : [`\`${name}\`: ${first.replace(/\s+/g, ' ').replace(/\.$/, '')}`];
};

/** A single value of a literal kind, written or through `$param`. */
export function readScalar(c: Scope, value: ScalarTree, field: FieldSpec, name: string): { readonly value: unknown } | null {
  if (value.unset.length > 0) return null;
  const text = value.text.trim();
  if (/^\$\w+$/.test(text)) return readParam(c, value, text.slice(1), field, name);
  if (field.kind === 'choice') return readChoice(c, value, text, field, name);
  const read = readLiteral(field, text, value.style !== 'plain');
  if ('wrong' in read) {
    c.report.error('E108', value, `\`${name}\` must be ${read.wrong}, not ${quoted(text)}`, {
      label: read.label, help: [...durationHelp(field), ...helpOf(name, field)], suggestion: read.suggestion,
    });
    return null;
  }
  return inRange(c, value, field, name, text, read.value) ? read : null;
}

const durationHelp = (field: FieldSpec): string[] =>
  (field.kind === 'duration' || field.kind === 'span' ? ['a duration is a number and a unit: 250ms, 5m, 1h30m'] : []);

function inRange(c: Scope, at: Span, field: FieldSpec, name: string, text: string, value: unknown): boolean {
  const bound = outOfRange(field, value);
  if (bound === null) return true;
  c.report.error('E108', at, `\`${name}\` must be ${bound}, not ${quoted(text)}`, { label: bound, help: helpOf(name, field) });
  return false;
}

function readChoice(c: Scope, value: Span, text: string, field: FieldSpec, name: string): { readonly value: string } | null {
  const words = [...(field.values ?? []), ...(field.words ?? [])];
  if (words.includes(text)) return { value: text };
  c.report.error('E108', value, `\`${name}\` cannot be ${quoted(text)}`, {
    ...meant(suggest(text, words), 'not one of its words'), help: [`\`${name}\` is one of: ${listed(words)}`, ...helpOf(name, field)],
  });
  return null;
}

function readParam(c: Scope, value: ScalarTree, name: string, field: FieldSpec, setting: string): { readonly value: unknown } | null {
  const param = c.params.get(name);
  if (param === undefined) {
    const near = suggest(name, [...c.params.keys()]);
    c.report.error('E304', value, `unknown parameter \`$${name}\``, {
      ...meant(near === null ? null : `$${near}`, 'declare it under `params:`'),
      help: c.params.size === 0 ? [] : [`parameters: ${listed([...c.params.keys()])}`],
    });
    return null;
  }
  const read = paramAs(field, param);
  if (read === null) {
    const words = field.kind === 'choice' ? `one of: ${listed(field.values ?? [])}` : kindWords(field.kind);
    c.report.error('E108', value, `\`$${name}\` does not fit \`${setting}\`, which must be ${words}`, { label: 'wrong kind of parameter' });
    return null;
  }
  return inRange(c, value, field, setting, `$${name} = ${String(param.value)}`, read.value) ? read : null;
}

function readFormulas(c: Scope, entry: Entry, name: string, field: FieldSpec): ArgDecl | null {
  const map = asMap(c.report, entry, `\`${name}\``, [`write \`name: formula\` for each; ${helpOf(name, field)[0] ?? ''}`.trimEnd()]);
  if (map === null) return null;
  let ok = true;
  const formulas: (NonNullable<ArgDecl['formulas']>[number])[] = [];
  for (const e of map.entries) {
    if (e.key.startsWith('x-')) continue;
    if (!/^[A-Za-z_]\w*$/.test(e.key)) {
      c.report.error('E111', e.keySpan, `${quoted(e.key)} cannot be the name of a column`, {
        label: 'letters, digits and _ only', help: ['a name begins with a letter, so that formulas can use it'],
      });
      ok = false;
      continue;
    }
    const formula = e.value.kind === 'scalar' && !isEmpty(e.value) ? readFormula(c, e.value) : null;
    if (formula === null) {
      if (e.value.kind !== 'scalar' || isEmpty(e.value)) {
        c.report.error('E108', valueSpan(e), `\`${e.key}\` must be a formula`, { label: shapeOf(e.value) });
      }
      ok = false;
    } else {
      formulas.push({ ...formula, name: e.key, nameSpan: e.keySpan });
    }
  }
  return ok ? { start: map.start, end: map.end, formulas } : null;
}

function readWords(c: Scope, entry: Entry, name: string, field: FieldSpec): ArgDecl | null {
  const { value } = entry;
  if (value.kind === 'scalar' && /^\$\w+$/.test(value.text)) {
    const read = readScalar(c, value, field, name);
    if (read === null) return null;
    const items = (read.value as readonly string[]).map((text) => ({ text, start: value.start, end: value.end }));
    return { start: value.start, end: value.end, items, value: items.map((i) => i.text) };
  }
  const list: readonly Tree[] = value.kind === 'list' ? value.items : [value];
  const items: (Span & { text: string })[] = [];
  for (const item of list) {
    if (item.kind !== 'scalar' || isEmpty(item)) {
      const at = item.kind === 'scalar' ? valueSpan(entry) : item;
      c.report.error('E108', at, `\`${name}\` must be a list of words`, { label: shapeOf(item), help: helpOf(name, field) });
      return null;
    }
    if (item.unset.length > 0) return null;
    items.push({ text: item.text, start: item.start, end: item.end });
  }
  return { start: value.start, end: value.end, items, value: items.map((i) => i.text) };
}

function readTextMap(c: Scope, entry: Entry, name: string, field: FieldSpec): ArgDecl | null {
  const map = asMap(c.report, entry, `\`${name}\``, helpOf(name, field));
  if (map === null) return null;
  const pairs: NonNullable<ArgDecl['pairs']>[number][] = [];
  for (const e of map.entries) {
    if (e.key.startsWith('x-')) continue;
    if (e.value.kind !== 'scalar') {
      c.report.error('E108', e.value, `\`${e.key}\` in \`${name}\` must be a single value`, { label: shapeOf(e.value) });
      return null;
    }
    const { start, end } = valueSpan(e);
    pairs.push({ name: e.key, nameSpan: e.keySpan, text: e.value.text, start, end });
  }
  return { start: map.start, end: map.end, value: Object.fromEntries(pairs.map((p) => [p.name, p.text])), pairs };
}

/** A list of maps, each with the fields. */
function readList(c: Scope, entry: Entry, name: string, field: FieldSpec): ArgDecl | null {
  const items = asList(c.report, entry, `\`${name}\``, helpOf(name, field));
  if (items === null) return null;
  const values: unknown[] = [];
  for (const value of items) {
    const at: Span = { start: value.start, end: value.end };
    const one: Entry = { key: name, keySpan: at, plain: true, value };
    const { args, ok } = readSettings(c, one, { fields: field.fields ?? {}, what: `an entry of \`${name}\``, at });
    if (!ok) return null;
    values.push(plainArgs(args));
  }
  const { start, end } = entry.value;
  return { start, end, value: values };
}

function defaultArg(c: Scope, field: FieldSpec, at: Span): ArgDecl {
  const span = { start: at.start, end: at.end };
  const value: unknown = field.default;
  if (field.kind === 'formula' && typeof value === 'string') return { ...span, formula: defaultFormula(c, value, at) };
  if ((field.kind === 'formulas' || field.kind === 'aggregates') && typeof value === 'object' && value !== null) {
    const all = Object.entries(value as Record<string, string>);
    return { ...span, formulas: all.map(([name, text]) => ({ ...defaultFormula(c, text, at), name, nameSpan: span })) };
  }
  if (Array.isArray(value)) return { ...span, value, items: value.map((x) => ({ ...span, text: String(x) })) };
  return { ...span, value };
}

/** The setting at a path such as `slippage.ticks`; that of its nearest holder where the member itself is not written. */
export function argAt(args: Readonly<Record<string, ArgDecl>>, path: string): ArgDecl | undefined {
  const [first, ...rest] = path.split('.');
  return rest.reduce<ArgDecl | undefined>((at, name) => at?.members?.[name] ?? at, args[first]);
}

/** Settings as plain values: formulas are their text. */
export function plainArgs(args: Readonly<Record<string, ArgDecl>>): Readonly<Record<string, unknown>> {
  const out: [string, unknown][] = [];
  for (const [name, a] of Object.entries(args)) {
    if (a.formula !== undefined) out.push([name, a.formula.text]);
    else if (a.formulas !== undefined) out.push([name, Object.fromEntries(a.formulas.map((f) => [f.name, f.text]))]);
    else out.push([name, a.value]);
  }
  return Object.fromEntries(out);
}
