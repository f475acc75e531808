import { duration } from '../core/field.ts';
import { OPTIONAL_COLUMNS, SCHEMAS, type Field, type Schema, type Type } from '../core/types.ts';
import { readConnector } from './connectors.ts';
import type { SourceDecl, TimeDecl } from './document.ts';
import type { Span } from './formula/ast.ts';
import { asMap, asText, shapeOf, valueSpan } from './keys.ts';
import { listed, meant, quoted } from './report.ts';
import { isEmpty } from './scalar.ts';
import type { Scope } from './scope.ts';
import { isZone, oneOf, TIME_FIELDS, zoneFault } from './sections.ts';
import { plainArgs, readScalar, readSettings } from './settings.ts';
import { suggest } from './suggest.ts';
import type { Entry, MapTree } from './tree.ts';

const SHARED = Object.freeze(['schema', 'key', 'time', 'stamp', 'every', 'description']);
const TYPES: readonly string[] = Object.freeze(['f64', 'i64', 'bool', 'text', 'time', 'duration']);
const TAKEN: readonly string[] = Object.freeze(['seq', 'ts', 'key', 'symbol']);

export const checkId = (c: Scope, e: Entry, kind: string): boolean => {
  if (/^[A-Za-z_]\w{0,63}$/.test(e.key)) return true;
  const mended = e.key.replace(/\W+/g, '_').replace(/^(\d)/, '_$1').slice(0, 64);
  c.report.error('E111', e.keySpan, `${quoted(e.key)} cannot be the id of a ${kind}`, {
    ...meant(/^[A-Za-z_]\w*$/.test(mended) ? mended : null, 'letters, digits and _ only'),
    help: ['an id begins with a letter, so that formulas can use it'],
  });
  return false;
};

export function readSource(c: Scope, entry: Entry, time: TimeDecl): SourceDecl {
  const span: Span = { start: entry.keySpan.start, end: entry.keySpan.end };
  const named = checkId(c, entry, 'source');
  const blank: SourceDecl = {
    id: entry.key, connector: '', args: {}, schemaName: '', schema: [], optional: [], key: 'symbol', ...span,
    time: { field: time.field, unit: time.unit, timezone: time.timezone }, stamp: null, every: null, poisoned: true,
  };
  const map = asMap(c.report, entry, `source \`${entry.key}\``,
    ['a source has a connector and a schema: { csv: trades.csv, schema: trade }']);
  if (map === null) return blank;
  const { keys, connector, args, ok } = readConnector(c, 'source', entry, map, SHARED, ['schema']);
  const at = (name: string): Entry | undefined => keys.at.get(name);
  const keyEntry = at('key');
  const key = (keyEntry === undefined ? null : asText(c.report, keyEntry, '`key`')) ?? 'symbol';
  const sourceTime = readSourceTime(c, at('time'), blank.time);
  const schemaEntry = at('schema');
  const schema = schemaEntry === undefined ? null : readSchema(c, schemaEntry, [sourceTime.field, key]);
  const stamp = readStamp(c, entry, schema?.name ?? null, at('stamp'), at('every'));
  return {
    ...blank, connector, args, key, time: sourceTime,
    ...(schema === null ? {} : { schemaName: schema.name, schema: schema.fields, optional: schema.optional }),
    stamp: stamp.stamp, every: stamp.every,
    poisoned: !(named && ok && schema !== null && schema.ok && stamp.ok),
  };
}

function readSourceTime(c: Scope, entry: Entry | undefined, defaults: SourceDecl['time']): SourceDecl['time'] {
  if (entry === undefined) return defaults;
  const { field, unit, timezone } = TIME_FIELDS;
  const fields = { field, unit, timezone };
  const { args } = readSettings(c, entry, { fields, shorthand: 'field', what: '`time`', at: entry.keySpan });
  const written: Record<string, unknown> = { ...plainArgs(args) };
  const map = entry.value.kind === 'map' ? entry.value : null;
  if (map !== null) for (const name of ['field', 'unit', 'timezone']) if (!map.at.has(name)) delete written[name];
  if (args.timezone !== undefined && written.timezone !== undefined && !isZone(String(written.timezone))) {
    zoneFault(c, args.timezone, String(written.timezone));
  }
  if (map === null) return { ...defaults, field: String(written.field ?? defaults.field) };
  return { ...defaults, ...(written as Partial<SourceDecl['time']>) };
}

interface ReadSchema {
  readonly name: string;
  readonly fields: Schema;
  readonly optional: readonly string[];
  readonly ok: boolean;
}

function readSchema(c: Scope, entry: Entry, beside: readonly string[]): ReadSchema | null {
  const { value } = entry;
  if (value.kind === 'map') return inlineSchema(c, value, beside);
  const names = Object.keys(SCHEMAS);
  if (value.kind !== 'scalar' || isEmpty(value)) {
    c.report.error('E100', valueSpan(entry), '`schema` must be the name of a schema, or a map of columns and types', {
      label: shapeOf(value), help: [`schemas: ${listed(names)}`],
    });
    return null;
  }
  const name = value.text;
  if (Object.hasOwn(SCHEMAS, name)) return { name, fields: SCHEMAS[name], optional: OPTIONAL_COLUMNS[name] ?? [], ok: true };
  c.report.error('E101', value, `unknown schema ${quoted(name)}`, {
    ...meant(suggest(name, names), 'not a schema'),
    help: [`schemas: ${listed(names)}`, 'or write the columns: schema: { ts: time, symbol: text, px: f64 }'],
  });
  return null;
}

/** `{ ts: time, symbol: text, px: f64, sev: info < warning < critical }`; a `?` behind a name marks a column that may be absent. */
function inlineSchema(c: Scope, map: MapTree, beside: readonly string[]): ReadSchema {
  const fields: Field[] = [];
  const optional: string[] = [];
  let ok = true;
  for (const e of map.entries) {
    const name = e.key.replace(/\?$/, '');
    const type = readType(c, e, name);
    if (type === null) ok = false;
    if (beside.includes(name) || name === 'ts' || name === 'symbol') continue;
    if (!/^[A-Za-z_]\w*$/.test(name) || TAKEN.includes(name)) {
      c.report.error('E111', e.keySpan, `${quoted(e.key)} cannot be the name of a column`, {
        label: TAKEN.includes(name) ? 'every row has this already' : 'letters, digits and _ only',
      });
      ok = false;
    } else if (type !== null) {
      fields.push({ name, type });
      if (e.key.endsWith('?')) optional.push(name);
    }
  }
  return { name: 'inline', fields, optional, ok };
}

function readType(c: Scope, e: Entry, column: string): Type | null {
  const text = e.value.kind === 'scalar' ? e.value.text.trim() : '';
  if (TYPES.includes(text)) return text as Type;
  const members = text.split('<').map((m) => m.trim());
  if (members.length > 1 && members.every((m) => /^[A-Za-z_]\w*$/.test(m)) && new Set(members).size === members.length) {
    return { kind: 'enum', name: column, values: members };
  }
  c.report.error('E101', valueSpan(e), text === '' ? `column \`${e.key}\` needs a type`
    : `unknown type ${quoted(text)} of column \`${e.key}\``, {
    ...meant(text === '' ? null : suggest(text, TYPES), text === '' ? shapeOf(e.value) : 'not a type'),
    help: [`types: ${TYPES.join(', ')}, or words in ascending order: info < warning < critical`],
  });
  return null;
}

interface Stamp {
  readonly stamp: 'open' | 'close' | null;
  readonly every: number | null;
  readonly ok: boolean;
}

/** Bars bought elsewhere must say what their time means: read as a close, an opening stamp would show every bar one bar too early. */
function readStamp(c: Scope, source: Entry, schema: string | null, stampEntry: Entry | undefined, everyEntry: Entry | undefined): Stamp {
  const errors = c.report.size;
  const word = stampEntry === undefined ? null : oneOf(c, stampEntry, ['open', 'close']);
  let every: number | null = null;
  if (everyEntry !== undefined) {
    const field = duration({ doc: 'Length of a bar.', min: 1 });
    const read = everyEntry.value.kind === 'scalar' && !isEmpty(everyEntry.value) ? readScalar(c, everyEntry.value, field, 'every') : null;
    if (everyEntry.value.kind !== 'scalar' || isEmpty(everyEntry.value)) {
      c.report.error('E108', valueSpan(everyEntry), '`every` must be a duration', { label: shapeOf(everyEntry.value) });
    }
    every = read === null ? null : (read.value as number);
  }
  const isBar = schema === 'bar';
  if (isBar && stampEntry === undefined) {
    c.report.error('E401', source.keySpan, `source \`${source.key}\` has bars, but does not say what their time means`, {
      label: '`stamp: open` or `stamp: close`?',
      help: ['`stamp: open` with `every: 1m` when a bar carries the time it began, `stamp: close` when it carries the time it was complete',
        'there is no default: read wrongly, every bar would be seen before it happened'],
    });
  }
  if (word === 'open' && everyEntry === undefined) {
    c.report.error('E402', stampEntry?.keySpan ?? source.keySpan, '`stamp: open` needs `every`, the length of a bar', {
      label: '`every` is missing', help: ['a bar is complete at its opening time plus its length: write `every: 1m` beside `stamp`'],
    });
  }
  if (schema !== null && !isBar && schema !== 'inline' && stampEntry !== undefined) {
    c.report.error('E404', stampEntry.keySpan, `\`stamp\` is for bars, and source \`${source.key}\` has rows of \`${schema}\``, {
      label: 'remove it', help: ['the time of such a row is when it happened'],
    });
  }
  return { stamp: word as Stamp['stamp'], every, ok: c.report.size === errors };
}
