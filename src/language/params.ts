import { parseDuration, parseTime } from '../core/time.ts';
import type { Type } from '../core/types.ts';
import type { ParamDecl } from './document.ts';
import type { Span } from './formula/ast.ts';
import { asMap, asText, readKeys, shapeOf, valueSpan } from './keys.ts';
import { parseMoney, parseNumber, parseRatio } from './literal.ts';
import { listed, meant, quoted, type Report } from './report.ts';
import { isEmpty, type ScalarTree } from './scalar.ts';
import type { Scope } from './scope.ts';
import { Slips } from './slips.ts';
import { suggest } from './suggest.ts';
import { type Entry, scalarsOf, type Tree } from './tree.ts';

type Value = Pick<ParamDecl, 'type' | 'value' | 'unit' | 'currency'>;

const WORDS: Readonly<Record<string, string>> = { none: '', duration: 'a duration', ratio: 'a ratio such as 5%',
  money: 'an amount of money' };

const kindOf = (v: Value): string => {
  if (v.unit !== 'none') return WORDS[v.unit];
  if (Array.isArray(v.value)) return 'a list';
  const names: Readonly<Record<string, string>> = { i64: 'a whole number', f64: 'a number', bool: 'true or false', time: 'a date',
    text: 'a text' };
  return names[v.type as string] ?? 'a text';
};

/** The type of a parameter is that of its default: `12`, `0.5`, `2h`, `1%`, `100000 USD`, `true`, `2024-01-02`, a text. */
function valueOf(text: string, isQuoted: boolean): Value {
  const typed = (type: Type, value: number | string | boolean, unit: Value['unit'] = 'none'): Value => ({ type, value, unit });
  if (isQuoted) return typed('text', text);
  const n = parseNumber(text);
  if (n !== null) return Number.isSafeInteger(n) && !/[.eE]/.test(text) ? typed('i64', n) : typed('f64', n);
  const ratio = parseRatio(text);
  if (ratio !== null) return typed('f64', ratio, 'ratio');
  const micros = parseDuration(text);
  if (micros !== null) return typed('duration', micros, 'duration');
  const money = parseMoney(text);
  if (money !== null) return { ...typed('f64', money, 'money'), currency: text.slice(-3) };
  if (text === 'true' || text === 'false') return typed('bool', text === 'true');
  const time = parseTime(text);
  return time === null ? typed('text', text) : typed('time', time);
}

function treeValue(t: Tree): Value | null {
  if (t.kind === 'scalar') return valueOf(t.text.trim(), t.style !== 'plain');
  if (t.kind === 'map' || !t.items.every((x): x is ScalarTree => x.kind === 'scalar')) return null;
  return { type: 'text', value: t.items.map((x) => x.text), unit: 'none' };
}

/** `params:` with what the command line sets in place of defaults. */
export function readParams(
  report: Report, entry: Entry | undefined, overrides: Readonly<Record<string, string>>, at: Span,
): ReadonlyMap<string, ParamDecl> {
  const out = new Map<string, ParamDecl>();
  const map = entry === undefined || isEmpty(entry.value) ? null : asMap(report, entry, '`params`');
  for (const e of map?.entries ?? []) {
    if (e.key.startsWith('x-')) continue;
    const param = readParam(report, e);
    if (param !== null) out.set(param.name, param);
  }
  const names = [...out.keys()];
  for (const [name, text] of Object.entries(overrides)) {
    const param = out.get(name);
    if (param !== undefined) {
      out.set(name, override(report, param, text));
      continue;
    }
    if (map?.at.has(name)) continue;
    report.error('E113', entry?.keySpan ?? at, `there is no parameter \`${name}\` to set`, {
      ...meant(suggest(name, names), names.length === 0 ? 'this pipeline has no parameters' : 'not declared here'),
      help: names.length === 0 ? [] : [`parameters: ${listed(names)}`],
    });
  }
  return out;
}

function readParam(report: Report, e: Entry): ParamDecl | null {
  const span: Span = { start: e.keySpan.start, end: e.keySpan.end };
  if (!/^[A-Za-z_]\w*$/.test(e.key)) {
    report.error('E111', e.keySpan, `${quoted(e.key)} cannot be the name of a parameter`, { label: 'letters, digits and _ only' });
    return null;
  }
  if (e.value.kind !== 'map') {
    const value = isEmpty(e.value) ? null : treeValue(e.value);
    if (value === null) {
      report.error('E113', valueSpan(e), `parameter \`${e.key}\` needs a default value`,
        { label: shapeOf(e.value), help: ['its type is that of its default'] });
      return null;
    }
    return e.value.kind === 'scalar' && e.value.unset.length > 0 ? null : { name: e.key, ...span, ...value };
  }
  const keys = readKeys(report, e.value, {
    what: `parameter \`${e.key}\``, allowed: ['default', 'min', 'max', 'description'], required: ['default'], at: e.keySpan,
  });
  const first = keys.at.get('default');
  if (first === undefined) return null;
  const value = treeValue(first.value);
  if (value === null || isEmpty(first.value)) {
    report.error('E113', valueSpan(first), `parameter \`${e.key}\` needs a default value`, { label: shapeOf(first.value) });
    return null;
  }
  const min = bound(report, keys.at.get('min'), value);
  const max = bound(report, keys.at.get('max'), value);
  const doc = keys.at.get('description');
  const text = doc === undefined ? null : asText(report, doc, '`description`');
  const param: ParamDecl = {
    name: e.key, ...span, ...value, ...(min === null ? {} : { min }), ...(max === null ? {} : { max }),
      ...(text === null ? {} : { doc: text }),
  };
  const outside = rangeFault(param);
  if (outside !== null) report.error('E113', first.value, `the default of \`${e.key}\` must be ${outside}`, { label: outside });
  return param;
}

function bound(report: Report, entry: Entry | undefined, like: Value): number | null {
  if (entry === undefined) return null;
  const value = treeValue(entry.value);
  if (value !== null && typeof value.value === 'number' && typeof like.value === 'number' && fits(like, value)) return value.value;
  report.error('E113', valueSpan(entry), `\`${entry.key}\` must be ${kindOf(like)}, like the default`, { label: 'another kind of value' });
  return null;
}

/** A number of the kind that the parameter is, written where its limits do not hold; null for anything else. */
export function numberLike(param: ParamDecl, text: string): number | null {
  const value = valueOf(text, false);
  return typeof value.value === 'number' && typeof param.value === 'number' && fits(param, value) ? value.value : null;
}

const fits = (like: Value, v: Value): boolean =>
  (like.unit === v.unit && like.type === v.type) || (like.type === 'f64' && v.unit === 'none' && (v.type === 'i64' || v.type === 'f64'));

function rangeFault(p: ParamDecl): string | null {
  if (typeof p.value !== 'number') return null;
  if (p.min !== undefined && p.value < p.min) return `at least ${p.min}`;
  return p.max !== undefined && p.value > p.max ? `at most ${p.max}` : null;
}

function override(report: Report, param: ParamDecl, text: string): ParamDecl {
  return setParam(report, param, text, param, [`set it with -p ${param.name}=...`]);
}

/** The parameter with another value: text as on the command line, or another parameter. Says at `at` what does not fit. */
export function setParam(report: Report, param: ParamDecl, given: string | ParamDecl, at: Span, help: readonly string[]): ParamDecl {
  const isList = Array.isArray(param.value);
  const read: Value = typeof given !== 'string' ? given
    : isList ? { type: 'text', unit: 'none', value: given.split(',').map((x) => x.trim()).filter((x) => x !== '') }
      : valueOf(given.trim(), param.type === 'text');
  const shown = typeof given === 'string' ? quoted(given) : `\`$${given.name}\``;
  if (!fits(param, read) || Array.isArray(read.value) !== isList) {
    report.error('E113', at, `\`${param.name}\` must be ${kindOf(param)}, not ${shown}`, { label: `not ${kindOf(param)}`, help });
    return param;
  }
  const set: ParamDecl = { ...param, value: read.value, ...(read.currency === undefined ? {} : { currency: read.currency }) };
  const outside = rangeFault(set);
  if (outside === null) return set;
  report.error('E113', at, `\`${param.name}\` must be ${outside}, not ${shown}`, { label: outside, help });
  return param;
}

/**
 * Parameters whose declaration is a slip of a name that is read, under the name that was meant: `$fast` is read three times and `fsat` is
 * declared. Said once, at the declaration.
 */
export function meantParams(c: Pick<Scope, 'report' | 'text' | 'registry'>, params: ReadonlyMap<string, ParamDecl>,
  root: Tree): ReadonlyMap<string, ParamDecl> {
  if (params.size === 0) return params;
  const read = new Set<string>();
  for (const s of scalarsOf(root, (key) => key.startsWith('x-') || key === 'params')) {
    for (const [, name] of s.text.matchAll(/\$([A-Za-z_]\w*)/g)) read.add(name);
  }
  const idle = [...params.keys()].filter((name) => !read.has(name));
  if (idle.length === 0) return params;
  const slips = new Slips(c.text, c.registry);
  const out = new Map(params);
  for (const name of [...read].filter((n) => !params.has(n)).slice(0, 50)) {
    const near = suggest(name, idle);
    const param = near === null ? undefined : out.get(near);
    if (near === null || param === undefined || !slips.inDeclaration(name, near)) continue;
    c.report.error('E304', param, `nothing reads \`$${near}\`, but \`$${name}\` is read and does not exist`, { ...meant(name, '') });
    out.delete(near);
    out.set(name, { ...param, name });
  }
  return out;
}
