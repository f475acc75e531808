import type { SearchRange } from '../core/field.ts';
import type { ArgDecl, ParamDecl } from './document.ts';
import type { Span } from './formula/ast.ts';
import { asMap, readKeys, shapeOf, valueSpan, type Keys } from './keys.ts';
import { parseNumber } from './literal.ts';
import { numberLike, setParam } from './params.ts';
import { listed, meant, quoted } from './report.ts';
import { isEmpty } from './scalar.ts';
import type { Scope } from './scope.ts';
import { suggest } from './suggest.ts';
import type { Entry, MapTree, Tree } from './tree.ts';

const EXAMPLE = 'fast: [8, 12, 16], or fast: { min: 5, max: 50, step: 5 }';
const RANGE_KEYS = Object.freeze(['min', 'max', 'step', 'points', 'scale']);
/** Values that one parameter may be given by a list, and by `points`. */
const MOST = 100_000;

/** What a search tries: parameters of `params:` by name, each with values of its own kind and within its limits. */
export function readRanges(c: Scope, entry: Entry, name: string): ArgDecl | null {
  const map = asMap(c.report, entry, `\`${name}\``, [`values for each parameter: ${EXAMPLE}`]);
  if (map === null) return null;
  const out: SearchRange[] = [];
  const before = c.report.size;
  const free = [...c.params.keys()].filter((p) => !map.at.has(p));
  for (const e of map.entries) {
    if (e.key.startsWith('x-')) continue;
    const param = c.params.get(e.key);
    if (param === undefined) {
      c.report.error('E304', e.keySpan, `unknown parameter ${quoted(e.key)}`, {
        ...meant(suggest(e.key, free) ?? suggest(e.key, c.params.keys()), 'not declared under `params:`'),
        help: c.params.size === 0 ? ['this pipeline has no `params:`'] : [`parameters: ${listed([...c.params.keys()])}`],
      });
      continue;
    }
    const range = readRange(c, e, param);
    if (range !== null) out.push(range);
  }
  return c.report.size > before ? null : { start: map.start, end: map.end, value: out };
}

function readRange(c: Scope, e: Entry, param: ParamDecl): SearchRange | null {
  const { value } = e;
  if (Array.isArray(param.value)) {
    c.report.error('E113', e.keySpan, `\`${e.key}\` is a list, which a search cannot vary`, { label: 'a list of its own' });
    return null;
  }
  if (value.kind === 'map') return readBounds(c, e, value, param);
  if (value.kind === 'list' && value.items.length > 0) return readValues(c, param, value.items);
  c.report.error('E108', valueSpan(e), `\`${e.key}\` must be a list of values, or a range`, {
    label: value.kind === 'list' ? 'this list is empty' : shapeOf(value), help: [EXAMPLE],
  });
  return null;
}

function readValues(c: Scope, param: ParamDecl, items: readonly Tree[]): SearchRange | null {
  if (items.length > MOST) return tooMany(c, items[MOST], param.name);
  const values: (string | number | boolean)[] = [];
  const before = c.report.size;
  for (const item of items) {
    if (item.kind !== 'scalar' || isEmpty(item)) {
      c.report.error('E108', item, `a value of \`${param.name}\` must be a single value`, { label: shapeOf(item) });
    } else if (item.unset.length === 0) {
      values.push(setParam(c.report, param, item.text, item, []).value as string | number | boolean);
    }
  }
  return c.report.size > before ? null : { name: param.name, values };
}

function tooMany(c: Scope, at: Span, name: string): null {
  c.report.error('E108', at, `\`${name}\` has more than ${MOST} values`, { label: 'too many', help: ['write a range: { min, max }'] });
  return null;
}

function readBounds(c: Scope, e: Entry, map: MapTree, param: ParamDecl): SearchRange | null {
  const keys = readKeys(c.report, map, { what: `the range of \`${e.key}\``, allowed: RANGE_KEYS, required: ['min', 'max'], at: e.keySpan });
  if (typeof param.value !== 'number') {
    c.report.error('E113', map, `\`${e.key}\` is no number, so that it has no range`, {
      label: 'list its values', help: [`${e.key}: [a, b]`],
    });
    return null;
  }
  const before = c.report.size;
  const min = limit(c, keys, 'min', param);
  const max = limit(c, keys, 'max', param);
  const step = distance(c, keys.at.get('step'), param);
  const points = count(c, keys.at.get('points'));
  const scale = scaleOf(c, keys.at.get('scale'));
  if (keys.faulty || c.report.size > before || min === null || max === null) return null;
  const fault = faultOf(keys, { min, max, step, points, scale });
  if (fault !== null) {
    c.report.error('E109', valueSpan(fault.at), fault.message, { label: fault.label });
    return null;
  }
  return {
    name: param.name, min, max, ...(step === null ? {} : { step }), ...(points === null ? {} : { points }), scale,
    integer: param.type === 'i64',
  };
}

interface Bounds {
  readonly min: number;
  readonly max: number;
  readonly step: number | null;
  readonly points: number | null;
  readonly scale: 'linear' | 'log';
}

function faultOf({ at }: Keys, b: Bounds): { at: Entry; message: string; label: string } | null {
  const entry = (name: string): Entry => at.get(name) as Entry;
  if (b.min > b.max) return { at: entry('max'), message: '`max` must not be below `min`', label: 'below `min`' };
  if (b.step !== null && b.points !== null) {
    return { at: entry('points'), message: '`step` and `points` say the same', label: 'keep one of them' };
  }
  if (b.scale === 'log' && b.min <= 0) return { at: entry('scale'), message: 'a `log` scale needs a `min` above 0', label: 'not above 0' };
  if (b.scale === 'log' && b.step !== null) {
    return { at: entry('step'), message: 'a `log` scale has `points`, not a `step`', label: 'write points' };
  }
  return null;
}

/** A bound is a value that the parameter itself could have. */
function limit(c: Scope, keys: Keys, name: 'min' | 'max', param: ParamDecl): number | null {
  const entry = keys.at.get(name);
  const text = entry === undefined ? null : single(c, entry);
  if (entry === undefined || text === null) return null;
  return setParam(c.report, param, text, entry.value, []).value as number;
}

function distance(c: Scope, entry: Entry | undefined, param: ParamDecl): number | null {
  const text = entry === undefined ? null : single(c, entry);
  if (entry === undefined || text === null) return null;
  const step = numberLike(param, text);
  if (step !== null && step > 0) return step;
  c.report.error('E108', entry.value, `\`step\` must be above 0 and of the kind of \`${param.name}\`, not ${quoted(text)}`, {
    label: step === null ? 'another kind of value' : 'not above 0',
  });
  return null;
}

function count(c: Scope, entry: Entry | undefined): number | null {
  const text = entry === undefined ? null : single(c, entry);
  if (entry === undefined || text === null) return null;
  const n = parseNumber(text);
  if (n !== null && Number.isSafeInteger(n) && n >= 2 && n <= MOST) return n;
  c.report.error('E108', entry.value, `\`points\` must be a whole number from 2 to ${MOST}, not ${quoted(text)}`, {
    label: 'not a number of values',
  });
  return null;
}

function scaleOf(c: Scope, entry: Entry | undefined): 'linear' | 'log' {
  const text = entry === undefined ? 'linear' : single(c, entry);
  if (entry === undefined || text === null || text === 'linear' || text === 'log') return text === 'log' ? 'log' : 'linear';
  c.report.error('E108', entry.value, `\`scale\` cannot be ${quoted(text)}`, {
    ...meant(suggest(text, ['linear', 'log']), 'not one of its words'), help: ['`scale` is one of: linear, log'],
  });
  return 'linear';
}

function single(c: Scope, entry: Entry): string | null {
  const { value } = entry;
  if (value.kind === 'scalar' && !isEmpty(value)) return value.unset.length > 0 ? null : value.text.trim();
  c.report.error('E108', valueSpan(entry), `\`${entry.key}\` must be a single value`, { label: shapeOf(value) });
  return null;
}
