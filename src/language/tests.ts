import type { ExpectDecl, FormulaDecl, RefDecl, TestColumn, TestDecl } from './document.ts';
import type { Span } from './formula/ast.ts';
import { readFormula } from './formulas.ts';
import { readGiven } from './given.ts';
import { asList, asMap, asText, readKeys, shapeOf, valueSpan } from './keys.ts';
import { parseNumber } from './literal.ts';
import { cellOf, MOST_CELLS, type Cell, type Room } from './notation.ts';
import { refOf } from './outputs.ts';
import { listed, meant, quoted } from './report.ts';
import { isEmpty } from './scalar.ts';
import type { Scope } from './scope.ts';
import { notYet } from './sections.ts';
import { suggest } from './suggest.ts';
import type { Entry, MapTree, Tree } from './tree.ts';

/** What tests need to know beside their text. */
export interface Targets {
  /** Sources and nodes that rows may be given to and expected of. */
  readonly ids: readonly string[];
  /** Takes what a test names; null when it is looked up at once. */
  readonly mentions: RefDecl[] | null;
}

/** The cases of a `tests:` list. */
export function readCases(c: Scope, entry: Entry, targets: Targets): readonly TestDecl[] {
  if (isEmpty(entry.value)) return [];
  const items = asList(c.report, entry, '`tests`', ['a test is an entry with `name`, `given` and `expect`: - name: ...']);
  const room: Room = { cells: MOST_CELLS };
  return (items ?? []).flatMap((item) => readCase(c, item, targets, room));
}

function readCase(c: Scope, item: Tree, targets: Targets, room: Room): TestDecl[] {
  if (item.kind !== 'map') {
    c.report.error('E116', item, 'a test must be a map with `name`, `given` and `expect`', { label: shapeOf(item) });
    return [];
  }
  const at: Span = item.entries[0]?.keySpan ?? item;
  const keys = readKeys(c.report, item, {
    what: 'a test', allowed: ['name', 'description', 'given', 'expect'], required: ['name', 'given', 'expect'], at,
  });
  const errors = c.report.size;
  const nameEntry = keys.at.get('name');
  const name = nameEntry === undefined ? null : asText(c.report, nameEntry, '`name`');
  const givenEntry = keys.at.get('given');
  const expectEntry = keys.at.get('expect');
  const given = givenEntry === undefined ? null : asMap(c.report, givenEntry, '`given`', ['given: { bars: { symbol: A, close: "1x3" } }']);
  const expect = expectEntry === undefined ? null : asMap(c.report, expectEntry, '`expect`',
    ['expect: { cross: [{ row: 3, side: buy }] }']);
  const rows = (given?.entries ?? []).flatMap((e) => (known(c, e, targets) ? readGiven(c, e, room) : []));
  const expected = (expect?.entries ?? []).flatMap((e) => readExpect(c, e, targets));
  if (name === null || given === null || expect === null || keys.faulty || c.report.size > errors + warnings(c, errors)) return [];
  return [{ name, given: rows, expect: expected, start: at.start, end: at.end }];
}

/** Warnings since the report had `from` entries: they do not spoil a test. */
const warnings = (c: Scope, from: number): number => c.report.since(from).filter((d) => d.severity === 'warning').length;

function known(c: Scope, e: Entry, { ids, mentions }: Targets): boolean {
  const id = e.key.split('.')[0];
  if (mentions !== null) {
    mentions.push(targetOf(e, ids));
    return true;
  }
  if (ids.includes(id) || ids.includes(e.key)) return true;
  c.report.error('E201', e.keySpan, `unknown input \`${id}\``, {
    ...meant(suggest(id, ids), 'no source or node has this id'), help: ids.length === 0 ? [] : [`known ids: ${listed(ids)}`],
  });
  return false;
}

function targetOf(e: Entry, ids: readonly string[]): RefDecl {
  const span: Span = { start: e.keySpan.start, end: e.keySpan.end };
  return ids.includes(e.key) ? { id: e.key, branch: null, ...span } : refOf({ text: e.key, ...span });
}

const FORMS = Object.freeze(['rows', 'none', 'all', 'count', 'within', 'snapshot']);

function readExpect(c: Scope, e: Entry, targets: Targets): ExpectDecl[] {
  if (!known(c, e, targets)) return [];
  const span: Span = { start: e.keySpan.start, end: e.keySpan.end };
  const target = targetOf(e, targets.ids);
  const base = { target, within: 1e-9, ...span };
  if (e.value.kind === 'list') return [{ ...base, rows: readRows(c, e.value.items) }];
  if (e.value.kind !== 'map') {
    const forms = FORMS.slice(1, 4).join(', ');
    c.report.error('E116', valueSpan(e), `what is expected of \`${e.key}\` must be a list of rows, or one of: ${forms}`, {
      label: shapeOf(e.value), help: ['[{ row: 3, side: buy }]', '{ none: "side == buy" }, { all: ... } or { count: 3 }'],
    });
    return [];
  }
  const { at } = readKeys(c.report, e.value, { what: `what is expected of \`${e.key}\``, allowed: FORMS, at: e.keySpan });
  const snapshot = at.get('snapshot');
  if (snapshot !== undefined) notYet(c, snapshot.keySpan, '`snapshot`', ['write the rows that matter as a list']);
  const formula = (name: string): FormulaDecl | null => {
    const entry = at.get(name);
    if (entry === undefined) return null;
    if (entry.value.kind === 'scalar' && !isEmpty(entry.value)) return readFormula(c, entry.value);
    c.report.error('E116', valueSpan(entry), `\`${name}\` must be a condition`, { label: shapeOf(entry.value) });
    return null;
  };
  const none = formula('none');
  const all = formula('all');
  const count = numberOf(c, at.get('count'), true);
  const within = numberOf(c, at.get('within'), false);
  const rowsEntry = at.get('rows');
  const items = rowsEntry === undefined ? null : asList(c.report, rowsEntry, '`rows`');
  return [{
    ...base, ...(within === null ? {} : { within }), ...(none === null ? {} : { none }), ...(all === null ? {} : { all }),
    ...(count === null ? {} : { count }), ...(items === null ? {} : { rows: readRows(c, items) }),
  }];
}

function numberOf(c: Scope, e: Entry | undefined, whole: boolean): number | null {
  if (e === undefined) return null;
  const text = e.value.kind === 'scalar' ? e.value.text : '';
  const n = parseNumber(text);
  if (n !== null && n >= 0 && (!whole || Number.isSafeInteger(n))) return n;
  c.report.error('E108', valueSpan(e), `\`${e.key}\` must be ${whole ? 'a count of rows' : 'a number'}, not ${quoted(text)}`, {
    label: whole ? 'not a whole number from 0' : 'not a number from 0',
  });
  return null;
}

type ExpectedRow = NonNullable<ExpectDecl['rows']>[number];

function readRows(c: Scope, items: readonly Tree[]): ExpectedRow[] {
  return items.flatMap((item) => {
    if (item.kind === 'map') return [readRow(c, item)];
    c.report.error('E116', item, 'an expected row must be a map of columns', { label: shapeOf(item), help: ['{ row: 3, side: buy }'] });
    return [];
  });
}

function readRow(c: Scope, map: MapTree): ExpectedRow {
  const values: [string, Cell][] = [];
  const columns: TestColumn[] = [];
  let row: number | null = null;
  for (const e of map.entries) {
    if (e.key === 'row') row = numberOf(c, e, true);
    else if (e.value.kind !== 'scalar') c.report.error('E116', e.value, `\`${e.key}\` must be a single value`, { label: shapeOf(e.value) });
    else {
      const cell = e.value.style === 'plain' ? cellOf(e.value.text) : e.value.text;
      values.push([e.key, cell]);
      columns.push({ name: e.key, start: e.keySpan.start, end: e.keySpan.end, words: typeof cell === 'string' ? [cell] : [] });
    }
  }
  return { span: { start: map.start, end: map.end }, row, values: Object.fromEntries(values), columns };
}
