import { PROOF_CODES } from '../backtest/proof/codes.ts';
import { RESEARCH_CODES } from '../backtest/research/codes.ts';
import { BUS_CODES } from '../bus/codes.ts';
import { SCALE_CODES } from '../bus/scale-codes.ts';
import { CONNECT_CODES } from '../connect/codes.ts';
import type { Connector } from '../core/connector.ts';
import type { FieldSpec, FieldsSpec, Money } from '../core/field.ts';
import type { Kernel } from '../core/kernel.ts';
import type { Operator } from '../core/operator.ts';
import type { PureFunction } from '../core/pure.ts';
import type { Registry } from '../core/registry.ts';
import { formatDuration } from '../core/time.ts';
import { typeName } from '../core/types.ts';
import { calendarOf } from '../core/calendars/index.ts';
import { BACKTEST_FIELDS } from '../language/backtest.ts';
import { CODES } from '../language/codes.ts';
import { CALENDAR_FUNCTIONS, calendarFunction } from '../language/formula/calendar-functions.ts';
import { PURE_FUNCTIONS } from '../language/formula/functions.ts';
import { RECORDING_CODES } from '../recording/codes.ts';
import { RUN_FILE_CODES } from '../runs/codes.ts';
import { SERVER_CODES } from '../server/codes.ts';
import { TABLE_CODES } from '../table/codes.ts';
import { RUN_CODES } from './codes.ts';

/** One thing that a pipeline can name. */
export interface Entry {
  readonly kind: 'operator' | 'function' | 'source' | 'output';
  readonly name: string;
  readonly family: string;
  readonly signature: string;
  readonly summary: string;
}

export const kernelSignature = (k: Kernel): string => {
  const inputs = k.inputs.map((i) => i.name);
  const params = Object.entries(k.params).map(([name, f]) => `${name}=${shown(f)}`);
  const outputs = k.outputs.length > 1 ? `.${k.outputs.map((o) => o.name).join('|')}` : '';
  return `${k.name}(${[...inputs, ...params].join(', ')})${outputs}`;
};

export const pureSignature = (f: PureFunction): string => `${f.name}(${f.args.map((a) => a.name).join(', ')}${f.variadic ? ', …' : ''})`;

/** The default of a setting as one would write it. */
export function shown(f: FieldSpec): string {
  if (f.default === undefined) return f.optional === true ? 'none' : 'required';
  if (f.kind === 'duration' && typeof f.default === 'number') return formatDuration(f.default);
  if (f.kind === 'money') return `${(f.default as Money).amount} ${(f.default as Money).currency}`;
  if (f.kind === 'span') return JSON.stringify(f.default);
  return Array.isArray(f.default) ? `[${f.default.join(', ')}]` : String(f.default);
}

/** Functions of formulas that keep no state, those of the calendar included. */
export function pureFunctions(): readonly PureFunction[] {
  const calendar = calendarOf('XNYS');
  const timed = calendar === null ? [] : CALENDAR_FUNCTIONS.map((name) => calendarFunction(name, calendar));
  return [...PURE_FUNCTIONS.values(), ...timed];
}

export function catalogue(registry: Registry): Entry[] {
  const operators = [...registry.operators.values()].map((o): Entry => (
    { kind: 'operator', name: o.name, family: o.family, signature: o.name, summary: o.summary }));
  const kernels = [...registry.kernels.values()].map((k): Entry => (
    { kind: 'function', name: k.name, family: k.family, signature: kernelSignature(k), summary: k.summary }));
  const pure = pureFunctions().map((f): Entry =>
    ({ kind: 'function', name: f.name, family: 'math', signature: pureSignature(f), summary: f.summary }));
  const connectors = (kind: 'source' | 'output', all: Iterable<Connector>): Entry[] =>
    [...all].filter((c) => c.reserved === undefined).map((c) =>
      ({ kind, name: c.name, family: 'connector', signature: c.name, summary: c.summary }));
  return [...operators, ...kernels, ...pure, ...connectors('source', registry.sources.values()),
    ...connectors('output', registry.outputs.values())];
}

const limits = (f: FieldSpec): string => {
  const parts = [...(f.min === undefined ? [] : [`from ${f.kind === 'duration' ? formatDuration(f.min) : f.min}`]),
    ...(f.max === undefined ? [] : [`to ${f.kind === 'duration' ? formatDuration(f.max) : f.max}`]),
    ...(f.unit === undefined ? [] : [f.unit])];
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`;
};

const kindText = (f: FieldSpec): string =>
  (f.values !== undefined ? f.values.join(' | ') : f.shorthand === undefined ? f.kind : `${f.kind}, or its ${f.shorthand} alone`);

const cell = (s: string): string => s.replace(/\s*\n\s*/g, ' ').replaceAll('|', '\\|');

/** Settings as a Markdown table; members of an object follow with a dot. */
export function fieldsTable(fields: FieldsSpec): string[] {
  const rows = (of: FieldsSpec, lead: string): string[] => Object.entries(of).flatMap(([name, f]) => [
    `| \`${lead}${name}\` | ${cell(kindText(f))} | ${cell(shown(f))} | ${cell(f.doc)}${cell(limits(f))} |`,
    ...(f.fields === undefined ? [] : rows(f.fields, `${lead}${name}${f.kind === 'list' ? '[]' : ''}.`)),
  ]);
  const all = rows(fields, '');
  return all.length === 0 ? ['No settings.'] : ['| setting | kind | default | meaning |', '|---|---|---|---|', ...all];
}

/** Control characters as they are written in code: one of them makes a page a binary file. */
const visible = (text: string): string =>
  text.replace(/[\x00-\x08\x0b-\x1f]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);

const fence = (kind: string, text: string): string[] => ['```' + kind, text.replace(/\n$/, ''), '```'];

/** Streams of an operator beside its own. */
function portLines(o: Operator): string[] {
  const names = o.form === 'timed' || o.form === 'trading' ? o.portNames ?? [] : [];
  if (o.form !== 'timed' || names.length === 0) return [];
  return [
    'Further streams, read as `<node>.<name>`:', '',
    ...names.map((name) => `- \`.${name}\`${o.portDocs?.[name] === undefined ? '' : `: ${o.portDocs[name]}`}`), '',
  ];
}

export function operatorPage(o: Operator): string[] {
  const [min, max] = o.inputs;
  const inputs = min === max ? `${min}` : `${min} to ${max === Infinity ? 'any number' : max}`;
  return [
    `## ${o.name}`, '', o.summary, '', o.doc, '', `Inputs: ${inputs}. Family: ${o.family}.`, '',
    ...fieldsTable(o.fields), '', ...portLines(o),
    ...o.examples.flatMap((e) => [`${e.title}:`, '', ...fence('yaml', e.yaml), '']),
  ];
}

const list = (values: readonly unknown[]): string =>
  values.map((v) => (Array.isArray(v) ? `[${list(v)}]` : v === null || Number.isNaN(v) ? 'null' : String(v))).join(', ');

export function kernelPage(k: Kernel): string[] {
  const defaults = Object.fromEntries(Object.entries(k.params).map(([name, f]) => [name, f.default]));
  return [
    `## ${k.name}`, '', `\`${kernelSignature(k)}\``, '', k.summary, '', k.doc, '',
    ...k.inputs.map((i) => `- \`${i.name}\`: ${i.doc}${i.column === undefined ? '' : ` Default: the column \`${i.column}\`.`}`),
    ...Object.entries(k.params).map(([name, f]) => `- \`${name}\` (${kindText(f)}, default ${shown(f)}): ${f.doc}${limits(f)}`),
    ...(k.outputs.length > 1 ? k.outputs.map((o) => `- output \`.${o.name}\`: ${o.doc}`) : []), '',
    `With the defaults: warm after ${k.warmup(defaults)} rows, ${k.doubles(defaults) * 8} bytes of state per key. Source: ${k.source}`, '',
    ...k.examples.flatMap((e) => {
      const settings = e.params === undefined ? '' : ` with ${JSON.stringify(e.params).replaceAll('"', '')}`;
      return [`${e.title}: \`${k.name}\`${settings} of \`${list(e.in)}\` is \`${list(e.out)}\`.`, ''];
    }),
  ];
}

export const purePage = (f: PureFunction): string[] => [
  `## ${f.name}`, '', `\`${pureSignature(f)}\` → ${typeName(f.result)}`, '', f.summary, '', f.doc, '',
  ...f.examples.map((e) => `- \`${f.name}(${list(e.in)})\` is \`${e.out === null ? 'null' : e.out}\``), '',
];

/** The section `backtest:` of a pipeline. */
export const backtestPage = (): string[] => ['## backtest', '', ...fieldsTable(BACKTEST_FIELDS), ''];

export const connectorPage = (c: Connector): string[] => [
  `## ${c.name} (${c.role})`, '', c.summary, '', c.reserved === undefined ? c.doc
    : `${c.doc} Not available in this version: ${c.reserved}`, '',
  ...fieldsTable(c.fields), '', ...c.examples.flatMap((e) => [`${e.title}:`, '', ...fence('yaml', e.yaml), '']),
];

/** Every code, from wherever it is kept, as one text. */
export function codePage(code: string): string[] | null {
  const entry = CODES[code];
  const other = OTHER_CODES.find((list) => code in list)?.[code];
  if (entry !== undefined) {
    return [`## ${code}: ${entry.title}`, '', entry.explanation, '', 'Wrong:', '', ...fence('text', visible(entry.wrong)), '', 'Right:', '',
      ...fence('text', entry.right), ''];
  }
  return other === undefined ? null : [`## ${code}: ${other.title}`, '', other.doc, ''];
}

/** Codes of every part but the language, which has examples of each. */
const OTHER_CODES = [
  CONNECT_CODES, BUS_CODES, RECORDING_CODES, SCALE_CODES, SERVER_CODES, TABLE_CODES, RUN_FILE_CODES, RUN_CODES, RESEARCH_CODES, PROOF_CODES,
];

export const allCodes = (): string[] =>
  [...new Set([CODES, ...OTHER_CODES].flatMap((list) => Object.keys(list)))].sort();
