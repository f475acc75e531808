import type { FieldSpec, FieldsSpec, Money } from '../core/field.ts';
import type { Registry } from '../core/registry.ts';
import { SCHEMAS } from '../core/types.ts';
import { formatDuration } from '../core/time.ts';
import { BACKTEST_FIELDS } from './backtest.ts';
import { RESERVED_CONNECTORS, SUBJECT_FIELDS } from './reserved.ts';
import { RUNTIME_FIELDS, TIME_FIELDS } from './sections.ts';
import { CALENDARS } from '../core/calendars/index.ts';

type Json = Readonly<Record<string, unknown>>;

const DURATION = '^(\\$\\w+|(\\d+(\\.\\d+)?(us|ms|s|m|h|d|w))+)$';
const NOT_DURATION = 'Not a duration. Write a number and a unit: 250ms, 5m, 1h30m.';
const DURATION_TEXT: Json = { type: 'string', pattern: DURATION, patternErrorMessage: NOT_DURATION };
const ID = '^([A-Za-z_]\\w*|x-.*)$';
const PARAM: Json = { type: 'string', pattern: '^\\$\\w+$', patternErrorMessage: 'Write a value, or $name for a parameter.' };

const RANGE: Json = {
  anyOf: [
    { type: 'array', minItems: 1, items: { type: ['number', 'string', 'boolean'] } },
    { type: 'object', required: ['min', 'max'], additionalProperties: false, properties: {
      min: { type: ['number', 'string'] }, max: { type: ['number', 'string'] }, step: { type: ['number', 'string'] },
      points: { type: 'integer', minimum: 2 }, scale: { enum: ['linear', 'log'] },
    } },
  ],
};

/** One line of a doc, for hover texts. */
const sentence = (doc: string): string => doc.replace(/\s+/g, ' ').trim();

/**
 * JSON Schema (draft-07) of pipeline files, for editors. Every node has the shared keys beside one operator key and `from` alone is
 * required, because that is the shape for which completion offers exactly the operators; "two operators" is left to `validate` (E106).
 */
export function jsonSchema(registry: Registry): object {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Millrace pipeline',
    type: 'object',
    required: ['apiVersion', 'pipeline', 'sources'],
    additionalProperties: false,
    patternProperties: { '^x-': {} },
    properties: sections(registry),
    definitions: {
      formula: { type: ['string', 'number', 'boolean'],
        description: 'A formula over the columns of the rows: `ema(close, 12) > close[1]`.' },
      ref: { type: 'string', description: 'The id of a source or node, or a branch of it: `router.big`.' },
    },
  };
}

function sections(registry: Registry): Json {
  const map = (item: Json, description: string): Json =>
    ({ type: 'object', description, patternProperties: { '^x-': {} }, propertyNames: { pattern: ID }, additionalProperties: item });
  return {
    apiVersion: { const: 1, description: 'Version of the language.' },
    pipeline: {
      type: 'string', pattern: '^[a-z0-9-]{1,48}$', patternErrorMessage: 'Not a name. Use 1 to 48 small letters, digits and -.',
      description: 'Name of the pipeline, used in subjects and run ids.',
    },
    description: { type: 'string', description: 'What the pipeline is for.' },
    tags: { type: 'array', items: { type: 'string' }, description: 'Words to find it by.' },
    owner: { type: 'string', description: 'Who looks after it.' },
    params: { type: 'object', description: 'Parameters by name, typed by their default; used as `$name`.',
      additionalProperties: paramSchema() },
    params_by: { description: 'Parameters by symbol. Reserved: not available in this version.' },
    universe: {
      description: 'Symbols that may pass: a list, or a file of them.',
      anyOf: [{ type: 'array', items: { type: ['string', 'number', 'boolean', 'null'] } }, { type: 'string' },
        { type: 'object', required: ['file'] }],
    },
    time: { ...objectSchema({ ...TIME_FIELDS }), description: 'Event time, lateness and calendar.', properties: timeProperties() },
    sources: map(holder(registry, 'source'), 'Where rows come from, by id.'),
    nodes: map(nodeSchema(registry), 'What is computed, by id.'),
    outputs: { ...map(holder(registry, 'output'), 'Where rows go, by id.'), propertyNames: { pattern: '^([A-Za-z_][\\w-]*|x-.*)$' } },
    alerts: { type: 'object', description: 'Alerts by id. Reserved: read, but not delivered in this version.' },
    runtime: { ...objectSchema({ ...RUNTIME_FIELDS }), description: 'How it runs; rarely needed.' },
    backtest: { ...objectSchema({ ...BACKTEST_FIELDS }), description: 'How it is tried over recorded rows.' },
    tests: { type: 'array', description: 'Tests: rows given to sources or nodes, and what is expected of nodes.', items: testSchema() },
  };
}

function timeProperties(): Json {
  const properties = propertiesOf({ ...TIME_FIELDS });
  return { ...properties, calendar: { ...(properties.calendar as Json), enum: CALENDARS } };
}

function paramSchema(): Json {
  return {
    anyOf: [
      { type: ['number', 'string', 'boolean', 'array'] },
      { type: 'object', required: ['default'], additionalProperties: false,
        properties: { default: {}, min: {}, max: {}, description: { type: 'string' } } },
    ],
    defaultSnippets: [{ label: 'with a range', body: { default: '${1:12}', min: '${2:2}', max: '${3:400}' } }],
  };
}

function holder(registry: Registry, role: 'source' | 'output'): Json {
  const known = role === 'source' ? registry.sources : registry.outputs;
  const connectors: Record<string, Json> = {};
  for (const c of known.values()) {
    connectors[c.name] = {
      ...settingsSchema(c.fields, c.shorthand),
        description: `${sentence(c.summary)}${c.reserved === undefined ? '' : ' Not available in this version.'}`,
    };
  }
  connectors.nats ??= { ...settingsSchema(SUBJECT_FIELDS, 'subject'), description: 'A subject of the bus.' };
  for (const name of RESERVED_CONNECTORS[role]) connectors[name] ??= { description: 'Not available in this version.' };
  const ref: Json = { $ref: '#/definitions/ref' };
  const shared: Json = role === 'output' ? { from: ref } : {
    schema: {
      description: 'Columns of the rows: a schema by name, or columns with types.',
      anyOf: [{ enum: Object.keys(SCHEMAS) }, { type: 'object', additionalProperties: { type: 'string' } }],
    },
    key: { type: 'string', description: 'Column that holds the symbol.', default: 'symbol' },
    time: { description: 'Column of the event time, or field, unit and timezone.', type: ['string', 'object'] },
    stamp: {
      enum: ['open', 'close'],
      description: 'For bars made elsewhere: whether their time is when they began or when they were complete.',
    },
    every: { ...DURATION_TEXT, description: 'Length of a bar, needed with `stamp: open`.' },
  };
  return {
    type: 'object', required: [role === 'source' ? 'schema' : 'from'], additionalProperties: false, patternProperties: { '^x-': {} },
    properties: { ...shared, description: { type: 'string' }, ...connectors },
  };
}

function nodeSchema(registry: Registry): Json {
  const operators: Record<string, Json> = {};
  for (const op of registry.operators.values()) {
    operators[op.name] = {
      ...settingsSchema(op.fields, op.shorthand), description: `${sentence(op.summary)}\n\n${op.doc}`.trim(), ...snippetsOf(op.examples),
    };
  }
  const ref: Json = { $ref: '#/definitions/ref' };
  const shared: Json = {
    from: { description: 'The stream it reads, or a list of them.', anyOf: [ref, { type: 'array', items: ref, minItems: 1 }] },
    across: { description: '`universe`, or pairs of symbols, for operators over several symbols at one moment.',
      anyOf: [{ const: 'universe' }, { type: 'array' }] },
    by: { description: 'Columns of the key; per symbol when left out.',
      anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }] },
    description: { type: 'string', description: 'What the node is for.' },
    on_error: { enum: ['stop', 'skip', 'dead_letter'], description: 'What a row that the operator fails on does.' },
  };
  return {
    type: 'object', required: ['from'], additionalProperties: false, patternProperties: { '^x-': {} },
    properties: {
      ...shared, ...operators,
      use: { type: 'string', description: 'A template file: its nodes take this node\'s place.' },
      with: { type: 'object', description: 'Parameters of the template.' },
    },
    defaultSnippets: [
      { label: '1-minute bars', body: { from: '${1:trades}', bars: { every: '1m' } } },
      { label: 'columns by formula', body: { from: '${1:bars}', compute: { '${2:fast}': '${3:ema(close, 12)}' } } },
    ].filter((s) => Object.keys(s.body).some((k) => registry.operators.has(k))),
  };
}

function testSchema(): Json {
  return {
    type: 'object', required: ['name', 'given', 'expect'], additionalProperties: false,
    properties: {
      name: { type: 'string', description: 'What holds when the test passes.' },
      description: { type: 'string' },
      given: { type: 'object', description: 'Rows by source or node: series such as `"100x3 101+1x5"`, `rows:`, `csv: |` or `file:`.' },
      expect: { type: 'object', description: 'By node: a list of partial rows, or `none`, `all`, `count`, `within`.' },
    },
    defaultSnippets: [{ label: 'a test', body: {
      name: '${1:what holds}', given: { '${2:bars}': { symbol: 'AAPL', every: '1m', close: '${3:100+1x5}' } },
        expect: { '${4:cross}': { count: '${5:1}' } },
    } }],
  };
}

function snippetsOf(examples: readonly { readonly title: string; readonly yaml: string }[]): Json {
  return examples.length === 0 ? {} : { examples: examples.map((e) => `${e.title}:\n${e.yaml}`) };
}

/** Settings of an operator or connector: a map, or the bare value of its shorthand. */
function settingsSchema(fields: FieldsSpec, shorthand: string | undefined): Json {
  const bare = shorthand === undefined ? undefined : fields[shorthand];
  const whole = objectSchema(fields);
  if (bare === undefined) return whole;
  const item = fieldSchema(bare);
  if (item.type === 'object') return { anyOf: [whole, item] };
  return { anyOf: [item, whole] };
}

function objectSchema(fields: FieldsSpec): Json {
  const required = Object.entries(fields).filter(([, f]) => f.default === undefined && f.optional !== true).map(([name]) => name);
  return {
    type: ['object', ...(required.length === 0 ? ['null'] : [])], additionalProperties: false, properties: propertiesOf(fields),
    ...(required.length === 0 ? {} : { required }),
  };
}

const propertiesOf = (fields: FieldsSpec): Json => Object.fromEntries(Object.entries(fields).map(([name, f]) => [name, fieldSchema(f)]));

function fieldSchema(f: FieldSpec): Json {
  const about: Json = { description: describe(f) };
  const or = (own: Json): Json => ({ ...about, anyOf: [own, PARAM, ...(f.words === undefined ? [] : [{ enum: f.words }])] });
  const range: Json = { ...(f.min === undefined ? {} : { minimum: f.min }), ...(f.max === undefined ? {} : { maximum: f.max }) };
  switch (f.kind) {
    case 'int': return or({ type: 'integer', ...range });
    case 'number': return or({ type: 'number', ...range });
    case 'ratio': return or({ type: ['number', 'string'] });
    case 'duration': return f.words === undefined ? { ...about, ...DURATION_TEXT } : or(DURATION_TEXT);
    case 'span': return { ...about, anyOf: [{ type: f.unit === 'amount' ? 'number' : 'integer', ...range }, DURATION_TEXT] };
    case 'flag': return or({ type: 'boolean' });
    case 'choice': return { ...about, enum: [...(f.values ?? []), ...(f.words ?? [])] };
    case 'formula': return { ...about, type: ['string', 'number', 'boolean'] };
    case 'formulas': case 'aggregates': return { ...about, type: 'object', additionalProperties: { $ref: '#/definitions/formula' } };
    case 'names': case 'texts': case 'ids': return { ...about, anyOf: [{ type: 'string' },
      { type: 'array', items: { type: ['string', 'number', 'boolean'] } }] };
    case 'map': return { ...about, type: 'object', additionalProperties: { type: ['string', 'number'] } };
    case 'list': return { ...about, type: 'array', items: objectSchema(f.fields ?? {}) };
    case 'money': return or({ type: ['number', 'string'] });
    case 'time': return or({ type: 'string', pattern: '^\\d{4}-\\d\\d-\\d\\d', patternErrorMessage: 'Not a date. Write 2024-01-02.' });
    case 'ranges': return { ...about, type: 'object', additionalProperties: RANGE };
    case 'object': {
      const own = { ...about, ...settingsSchema(f.fields ?? {}, f.shorthand) };
      return f.words === undefined ? own : { ...about, anyOf: [own, { enum: f.words }] };
    }
    case 'text': return { ...about, type: ['string', 'number', 'boolean'] };
    default: return { ...about };
  }
}

function describe(f: FieldSpec): string {
  const parts = [sentence(f.doc)];
  if (f.kind === 'money' && f.default !== undefined) {
    const { amount, currency } = f.default as Money;
    parts.push(`Default: ${amount} ${currency}.`);
  }
  if (f.default !== undefined && typeof f.default !== 'object') {
    parts.push(`Default: ${f.kind === 'duration' && typeof f.default === 'number' ? formatDuration(f.default) : String(f.default)}.`);
  }
  if (f.unit !== undefined) parts.push(`Unit: ${f.unit}.`);
  return parts.join(' ');
}
