import { MINUTE, parseDuration, parseTime } from '../core/time.ts';
import type { GivenDecl, GivenRow, TestColumn } from './document.ts';
import type { Span } from './formula/ast.ts';
import { asList, asText, shapeOf, valueSpan } from './keys.ts';
import { cellOf, MOST_CELLS, readSeries, type Cell, type Room, type Series } from './notation.ts';
import { quoted } from './report.ts';
import { isEmpty, placeOf, type ScalarTree } from './scalar.ts';
import { resolvePath, type Scope } from './scope.ts';
import { plainSymbol } from './sections.ts';
import type { Entry, MapTree, Tree } from './tree.ts';

/** Event time of the first row of a test that names none: 2024-01-02, an hour into the session of New York. */
export const TEST_START = 1_704_209_400_000_000;

export const SETTINGS: readonly string[] = Object.freeze(['symbol', 'every', 'start', 'seed', 'rows', 'csv', 'file']);

interface Block {
  readonly symbol: string;
  readonly start: number;
  readonly every: number;
  readonly seed: number;
}

/** Rows given to one source or node: one block of columns, or a list of blocks, one for each symbol. */
export function readGiven(c: Scope, entry: Entry, room: Room): GivenDecl[] {
  const blocks: readonly Tree[] = entry.value.kind === 'list' ? entry.value.items : [entry.value];
  const rows: GivenRow[] = [];
  const columns: TestColumn[] = [];
  let ok = true;
  for (const block of blocks) {
    const read = block.kind === 'map' ? readBlock(c, entry, block, room) : null;
    if (block.kind === 'map' && read !== null) columns.push(...columnsOf(block, read));
    if (block.kind !== 'map') {
      c.report.error('E116', isEmpty(block) ? entry.keySpan : block, `rows of \`${entry.key}\` must be a map of columns`, {
        label: shapeOf(block), help: ['{ symbol: AAPL, every: 1m, close: "100+1x5" }'],
      });
    }
    if (read === null) ok = false;
    else for (const row of read) rows.push(row);
  }
  if (!ok) return [];
  // Blocks of several symbols interleave by event time; equal times keep the order written.
  rows.sort((a, b) => a.ts - b.ts);
  return [{ target: entry.key, rows, columns, start: entry.keySpan.start, end: entry.keySpan.end }];
}

/** Columns where they are written: as series, or in `rows:`. */
function columnsOf(block: MapTree, rows: readonly GivenRow[]): TestColumn[] {
  const list = block.at.get('rows')?.value;
  const maps = list?.kind === 'list' ? list.items.flatMap((item) => (item.kind === 'map' ? item.entries : [])) : [];
  const found = new Map<string, TestColumn>();
  for (const e of [...block.entries.filter((b) => !SETTINGS.includes(b.key)), ...maps]) {
    if (found.has(e.key) || e.key.startsWith('x-') || e.key === 'ts' || e.key === 'symbol') continue;
    const words = new Set<string>();
    for (const { values } of rows) {
      const cell = values[e.key];
      if (typeof cell === 'string' && words.size < 16) words.add(cell);
    }
    found.set(e.key, { name: e.key, start: e.keySpan.start, end: e.keySpan.end, words: [...words] });
  }
  return [...found.values()];
}

function readBlock(c: Scope, entry: Entry, map: MapTree, room: Room): readonly GivenRow[] | null {
  const errors = c.report.size;
  const at = (name: string): Entry | undefined => map.at.get(name);
  const symbolEntry = at('symbol');
  if (symbolEntry?.value.kind === 'scalar') plainSymbol(c, symbolEntry.value);
  const block: Block = {
    symbol: (symbolEntry === undefined ? null : asText(c.report, symbolEntry, '`symbol`')) ?? 'TEST',
    start: timeOf(c, at('start')), every: durationOf(c, at('every')), seed: seedOf(c, at('seed')),
  };
  const forms = ['rows', 'csv', 'file'].flatMap((name) => at(name) ?? []);
  const columns = map.entries.filter((e) => !SETTINGS.includes(e.key) && !e.key.startsWith('x-'));
  const [form] = forms;
  if (form !== undefined && (forms.length > 1 || columns.length > 0)) {
    const extra = forms[1] ?? columns[0];
    c.report.error('E116', extra.keySpan, `rows of \`${entry.key}\` are written twice, as \`${form.key}\` and as \`${extra.key}\``, {
      label: 'choose one form', help: ['columns in series, or `rows:`, or `csv: |`, or `file:`'],
    });
    return null;
  }
  const rows = form === undefined ? readColumns(c, entry, columns, block, room) : readForm(c, form, block);
  return rows === null || c.report.since(errors).some((d) => d.severity === 'error') ? null : rows;
}

function timeOf(c: Scope, e: Entry | undefined): number {
  if (e === undefined) return TEST_START;
  const text = e.value.kind === 'scalar' ? e.value.text : '';
  const time = parseTime(text);
  if (time === null) c.report.error('E108', valueSpan(e), `\`${e.key}\` must be a date or a time, not ${quoted(text)}`,
    { label: 'such as 2024-01-02T14:30:00Z' });
  return time ?? TEST_START;
}

function durationOf(c: Scope, e: Entry | undefined): number {
  if (e === undefined) return MINUTE;
  const text = e.value.kind === 'scalar' ? e.value.text : '';
  const micros = parseDuration(text);
  if (micros === null) c.report.error('E108', valueSpan(e), `\`${e.key}\` must be a duration, not ${quoted(text)}`,
    { label: 'such as 1m' });
  return micros ?? MINUTE;
}

function seedOf(c: Scope, e: Entry | undefined): number {
  if (e === undefined) return 1;
  const n = Number(e.value.kind === 'scalar' && e.value.text !== '' ? e.value.text : NaN);
  if (Number.isSafeInteger(n)) return n;
  c.report.error('E108', valueSpan(e), '`seed` must be a whole number', { label: 'not a whole number' });
  return 1;
}

/** One series a column; every column has as many rows, a single value without a count fills its column. */
function readColumns(c: Scope, entry: Entry, columns: readonly Entry[], block: Block, room: Room): readonly GivenRow[] | null {
  const series: { readonly e: Entry; readonly s: Series }[] = [];
  for (const [i, e] of columns.entries()) {
    const s = readColumn(c, e, block.seed + i * 7919, room);
    if (s === null) return null;
    series.push({ e, s });
    if (!s.constant) room.cells -= s.cells.length;
  }
  const first = series.find(({ s }) => !s.constant) ?? series[0];
  if (first === undefined) {
    c.report.error('E116', entry.keySpan, `no rows are given to \`${entry.key}\``,
      { label: 'no column', help: ['{ symbol: AAPL, close: "100+1x5" }'] });
    return null;
  }
  const n = first.s.cells.length;
  for (const { e, s } of series) {
    if (s.constant || s.cells.length === n) continue;
    c.report.error('E116', e.value, `\`${e.key}\` has ${s.cells.length} rows, but \`${first.e.key}\` has ${n}`, {
      label: `${s.cells.length} rows`, help: ['counts are exact: `1x4` is four rows of 1'],
    });
    return null;
  }
  room.cells -= n * series.filter(({ s }) => s.constant).length;
  if (room.cells < 0) {
    c.report.error('E116', entry.keySpan, `the tests of one file may be given ${MOST_CELLS} values in all`, {
      label: `${n} rows of ${series.length} columns`, help: ['give fewer rows, or leave columns out that are the same in every row'],
    });
    return null;
  }
  const rows: GivenRow[] = [];
  for (let i = 0; i < n; i++) {
    const values = Object.fromEntries(series.map(({ e, s }) => [e.key, s.constant ? s.cells[0] : s.cells[i]]));
    // A row of which every series says `_` is not there at all.
    const missing = series.every(({ s }) => s.constant || s.cells[i] === null) && series.some(({ s }) => !s.constant);
    if (!missing) rows.push({ ts: block.start + i * block.every, symbol: block.symbol, values });
  }
  return rows;
}

function readColumn(c: Scope, e: Entry, seed: number, room: Room): Series | null {
  if (e.value.kind === 'list' && e.value.items.every((x): x is ScalarTree => x.kind === 'scalar')) {
    return { cells: e.value.items.map((x) => scalarCell(x as ScalarTree)), constant: false };
  }
  if (e.value.kind !== 'scalar' || isEmpty(e.value)) {
    c.report.error('E116', valueSpan(e), `column \`${e.key}\` must be a series of rows`,
      { label: shapeOf(e.value), help: ['"100x5" is five rows of 100'] });
    return null;
  }
  if (e.value.unset.length > 0) return null;
  const read = readSeries(e.value.text, seed, room);
  if ('cells' in read) return read;
  const s = e.value;
  c.report.error('E116', { start: placeOf(s, read.at), end: placeOf(s, read.at + read.length) }, read.message, {
    label: read.label, help: ['VxN: N rows of V; V+SxN: N rows in steps of S; V~SxN: a random walk; _: missing'],
  });
  return null;
}

const scalarCell = (s: ScalarTree): Cell => (s.style === 'plain' ? cellOf(s.text) : s.text);

function readForm(c: Scope, form: Entry, block: Block): readonly GivenRow[] | null {
  if (form.key === 'rows') {
    const items = asList(c.report, form, '`rows`', ['rows: [{ close: 100 }, { close: 101 }]']);
    return items === null ? null : items.flatMap((item, i) => readRow(c, item, i, block));
  }
  const text = asText(c.report, form, `\`${form.key}\``);
  if (text === null) return null;
  if (form.key === 'csv') return readCsv(c, form.value, text, block);
  const path = resolvePath(c.base, text);
  const content = c.readFile(path);
  if (content === null) {
    c.report.error('E114', form.value, `cannot read ${quoted(text)}`, { label: 'no such file', help: [`looked for ${path}`] });
    return null;
  }
  return readCsv(c, form.value, content, block);
}

function readRow(c: Scope, item: Tree, i: number, block: Block): GivenRow[] {
  if (item.kind !== 'map') {
    c.report.error('E116', item, 'a given row must be a map of columns', { label: shapeOf(item) });
    return [];
  }
  const values: [string, Cell][] = [];
  for (const e of item.entries) {
    if (e.value.kind === 'scalar') values.push([e.key, scalarCell(e.value)]);
    else c.report.error('E116', e.value, `\`${e.key}\` must be a single value`, { label: shapeOf(e.value) });
  }
  const text = (name: string): string => {
    const value = item.at.get(name)?.value;
    return value?.kind === 'scalar' ? value.text : '';
  };
  return oneRow(c, item, values, i, block, text);
}

/** `ts` is a time, or a duration from the start; `symbol` names the symbol. Both go out of the columns. */
function oneRow(c: Scope, at: Span, values: readonly [string, Cell][], i: number, block: Block, text: (name: string) =>
  string): GivenRow[] {
  const written = text('ts');
  const offset = parseDuration(written);
  const ts = written === '' ? block.start + i * block.every : offset === null ? parseTime(written) : block.start + offset;
  if (ts === null) {
    c.report.error('E116', at, `\`ts\` of a row must be a time or a duration from the start, not ${quoted(written)}`,
      { label: 'in this row' });
    return [];
  }
  const columns = values.filter(([name]) => name !== 'ts' && name !== 'symbol');
  return [{ ts, symbol: text('symbol') || block.symbol, values: Object.fromEntries(columns) }];
}

function readCsv(c: Scope, at: Span, text: string, block: Block): readonly GivenRow[] | null {
  const lines = text.split(/\r?\n/).map((l) => l.trim()).filter((l) => l !== '' && !l.startsWith('#'));
  const [header = '', ...rest] = lines;
  const names = header.split(',').map((h) => h.trim());
  if (header === '' || names.some((n) => !/^[A-Za-z]\w*$/.test(n))) {
    c.report.error('E116', at, 'the first line of rows must name the columns',
      { label: 'such as ts,symbol,price', help: [`found: ${quoted(header)}`] });
    return null;
  }
  const rows: GivenRow[] = [];
  for (const [i, line] of rest.entries()) {
    const cells = line.split(',').map((x) => x.trim());
    if (cells.length !== names.length) {
      c.report.error('E116', at, `row ${i + 1} has ${cells.length} values for ${names.length} columns`, { label: quoted(line) });
      return null;
    }
    const values = names.map((n, k): [string, Cell] => [n, cellOf(cells[k])]);
    for (const row of oneRow(c, at, values, i, block, (name) => cells[names.indexOf(name)] ?? '')) rows.push(row);
  }
  return rows;
}
