import { formatTime } from '../core/time.ts';
import { typeName, type Field, type Schema } from '../core/types.ts';
import type { ExpectDecl, TestDecl } from '../language/document.ts';
import { refId } from '../plan/compile.ts';
import type { PlanNode } from '../plan/ir.ts';
import { checkId, type Seen } from './test-case.ts';
import { BadTest, sameCell, stored, unknownName, type Cell, type SeenRow } from './test-rows.ts';

export interface Failure {
  readonly message: string;
  /** Rows of a table: what was expected beside what came. */
  readonly table?: readonly (readonly string[])[];
}

export interface Outcome {
  readonly failures: readonly Failure[];
}

/** Holds what a run showed against what a test expects. */
export function expected(test: TestDecl, seen: Seen): Outcome {
  return { failures: test.expect.flatMap((e, i) => check(e, i, test, seen)) };
}

function check(e: ExpectDecl, i: number, test: TestDecl, seen: Seen): Failure[] {
  const id = refId(e.target);
  const rows = seen.rows.get(id) ?? [];
  const node = seen.plan.nodes.find((n) => n.id === id) as PlanNode;
  const failures: Failure[] = [];
  if (e.count !== undefined && rows.length !== e.count) {
    failures.push({ message: `\`${id}\` gave ${rows.length} rows, expected are ${e.count}`, ...sample(rows, node.schema) });
  }
  for (const form of ['none', 'all'] as const) {
    if (e[form] === undefined) continue;
    const verdicts = seen.rows.get(checkId(i, form)) ?? [];
    const wrong = verdicts.filter((v) => (form === 'none' ? v.values.at(-1) === 1 : v.values.at(-1) !== 1));
    if (wrong.length > 0) {
      const text = e[form]?.text ?? '';
      const message = form === 'none' ? `${wrong.length} rows of \`${id}\` fulfil \`${text}\`, expected is none`
        : `${wrong.length} of ${verdicts.length} rows of \`${id}\` do not fulfil \`${text}\``;
      failures.push({ message, ...sample(wrong, node.schema) });
    }
  }
  if (e.rows !== undefined) failures.push(...checkRows(e, e.rows, { node, rows, test, seen }));
  return failures;
}

const MOST = 10;

function sample(rows: readonly SeenRow[], schema: Schema): { table?: string[][] } {
  if (rows.length === 0) return {};
  const head = ['ts', 'symbol', ...schema.map((f) => f.name)];
  const body = rows.slice(0, MOST).map((r) => [formatTime(r.ts), r.symbol, ...schema.map((f, c) => shown(r.values[c], f))]);
  return { table: [head, ...body, ...(rows.length > MOST ? [[`… ${rows.length - MOST} more`]] : [])] };
}

export function shown(value: number | string | null, field: Field): string {
  if (value === null || (typeof value === 'number' && Number.isNaN(value))) return 'null';
  if (typeof value === 'string') return value;
  if (typeof field.type === 'object') return field.type.values[value] ?? String(value);
  if (field.type === 'bool') return value === 1 ? 'true' : 'false';
  return field.type === 'time' ? formatTime(value) : String(value);
}

interface Against {
  readonly node: PlanNode;
  readonly rows: readonly SeenRow[];
  readonly test: TestDecl;
  readonly seen: Seen;
}

type Wanted = NonNullable<ExpectDecl['rows']>;

/**
 * A list names the rows of a node in order. `row: 3` is the place among the rows given to the same clock, or among the node's own rows
 * where it has a clock of its own. Where a node passes only some rows of its clock, the list is all of them; where it passes every row and
 * places are given, rows that are not named are free.
 */
function checkRows(e: ExpectDecl, wanted: Wanted, a: Against): Failure[] {
  const { node, rows, seen } = a;
  const names = node.schema.map((f) => f.name);
  for (const w of wanted) for (const name of Object.keys(w.values)) {
    if (name !== 'ts' && name !== 'symbol' && !names.includes(name)) throw unknownName(name, names, `\`${node.id}\``);
  }
  const places = placesOf(a);
  const edge = seen.plan.edges[node.edge];
  const selection = edge.parent !== null && edge.node === node.id;
  const placed = wanted.length > 0 && wanted.every((w) => w.row !== null);
  const isWhole = selection || !placed;
  const columns = [...new Set(wanted.flatMap((w) => Object.keys(w.values)))];
  const lines: string[][] = [];
  let wrong = 0;
  let next = 0;
  const met = new Set<SeenRow>();
  for (const w of wanted) {
    const got = w.row === null ? rows[next] : rows.find((r, i) => (places.get(r) ?? i) === w.row);
    if (got !== undefined) {
      met.add(got);
      next = rows.indexOf(got) + 1;
    }
    const cells = columns.map((c) => diff(c, w.values[c], got, node.schema, e.within));
    const bad = got === undefined || cells.some((c) => c.startsWith('✗'));
    if (bad) wrong += 1;
    lines.push([w.row === null ? (got === undefined ? '–' : String(places.get(got) ?? rows.indexOf(got))) : String(w.row),
      got === undefined ? '✗ no such row' : '', ...cells]);
  }
  const extra = isWhole ? rows.filter((r) => !met.has(r)) : [];
  for (const r of extra.slice(0, MOST)) {
    lines.push([String(places.get(r) ?? rows.indexOf(r)), '✗ not expected', ...columns.map((c) => cellText(c, r, node.schema))]);
  }
  if (wrong === 0 && extra.length === 0) return [];
  const what = [
    ...(wrong > 0 ? [`${wrong} of ${wanted.length} expected rows differ`] : []),
    ...(extra.length > 0 ? [`${extra.length} more than expected`] : []),
  ];
  return [{ message: `\`${node.id}\`: ${what.join(', ')}`, table: [['row', '', ...columns], ...lines] }];
}

/** Place of each row among the rows given to its clock. */
function placesOf({ node, rows, test, seen }: Against): Map<SeenRow, number> {
  const { edges, nodes } = seen.plan;
  const { frame } = edges[node.edge];
  const given = nodes.find((n) => test.given.some((g) => g.target === n.id) && edges[n.edge].frame === frame);
  const places = new Map<SeenRow, number>();
  if (given === undefined) return places;
  const at = new Map((seen.rows.get(given.id) ?? []).map((r, i) => [r.seq, i]));
  for (const r of rows) {
    const place = at.get(r.seq);
    if (place !== undefined) places.set(r, place);
  }
  return places;
}

function cellText(column: string, r: SeenRow, schema: Schema): string {
  if (column === 'ts') return formatTime(r.ts);
  if (column === 'symbol') return r.symbol;
  const c = schema.findIndex((f) => f.name === column);
  return shown(r.values[c], schema[c]);
}

function diff(column: string, want: Cell | undefined, got: SeenRow | undefined, schema: Schema, within: number): string {
  if (want === undefined) return '';
  if (got === undefined) return `${String(want)}`;
  const text = cellText(column, got, schema);
  if (column === 'symbol') return text === String(want) ? text : `✗ ${text}, expected ${String(want)}`;
  if (column === 'ts') return sameTime(String(want), got.ts) ? text : `✗ ${text}, expected ${String(want)}`;
  const field = schema.find((f) => f.name === column) as Field;
  const target = stored(want, field);
  return sameCell(got.values[schema.indexOf(field)], target, within) ? text : `✗ ${text}, expected ${shown(target, field)}`;
}

function sameTime(want: string, ts: number): boolean {
  const target = stored(want, { name: 'ts', type: 'time' });
  if (typeof target !== 'number') throw new BadTest(`\`${want}\` is not a time (${typeName('time')})`);
  return target === ts;
}
