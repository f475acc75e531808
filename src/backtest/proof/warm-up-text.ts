import { formatTime } from '../../core/time.ts';
import type { CheckResult } from '../model.ts';
import { MULTIPLES, TOLERANCES, type ColumnWarmUp, type SignalWarmUp, type WarmUpReport } from './warm-up.ts';

const DECLARED = 'as declared';

const number = (n: number): string => n.toLocaleString('en-US');

/** What a column needs until it does not matter where the data began. */
export function verdict(c: ColumnWarmUp): string {
  if (c.compared === 0) return 'no row to compare';
  const [exact, close, near] = c.needed;
  if (exact !== null && exact <= c.declared) return DECLARED;
  if (exact !== null && exact === close) return `exact from ${number(exact)} rows on`;
  if (near !== null) return 'converges';
  return c.rows < 2 * c.declared ? 'too few rows to say' : 'depends on where the data begins';
}

const signals = (n: number): string => (n === 1 ? '1 signal' : `${number(n)} signals`);
const share = (d: number | null): string => (d === null ? '-' : d === 0 ? '0' : d === Infinity ? 'missing' : d.toExponential(1));
const rows = (n: number | null): string => (n === null ? '-' : number(n));

/** The table: a row for each column that is computed, first the node, then what it declares, differences and rows that it needs. */
export function warmUpTable(r: WarmUpReport): readonly (readonly string[])[] {
  const head = ['column', 'declared', ...MULTIPLES.map((m) => `at ${m}x`), ...TOLERANCES.map((t) => (t === 0 ? 'exact' : `to ${t}`)), ''];
  return [head, ...r.columns.filter((c) => c.compared > 0).map((c) =>
    [`${c.node}.${c.column}`, number(c.declared), ...c.differences.map(share), ...c.needed.map(rows), verdict(c)])];
}

function drawn(table: readonly (readonly string[])[]): string[] {
  const width = table[0].map((_, k) => Math.max(...table.map((row) => row[k].length)));
  const last = table[0].length - 1;
  const cell = (x: string, k: number): string => (k === 0 || k === last ? x.padEnd(width[k]) : x.padStart(width[k]));
  return table.map((row) => `  ${row.map(cell).join('  ')}`.trimEnd());
}

function signalLine(s: SignalWarmUp): string {
  if (s.differ === 0) {
    return s.compared === 0 ? `no signal of \`${s.node}\` comes behind its warm-up: nothing to compare`
      : `${signals(s.compared)} of \`${s.node}\` compared: the same wherever the data begins`;
  }
  const need = s.needed === null ? 'they depend on where the data begins, however many rows come before'
    : `none differs from ${number(s.needed)} rows on: begin the data so much earlier`;
  const f = s.first as NonNullable<SignalWarmUp['first']>;
  const how = f.only === null ? 'has another side' : `comes only with the ${f.only}er history`;
  return `${signals(s.differ)} of ${number(s.compared)} of \`${s.node}\` differ although all rows that are declared are there `
    + `(${number(s.declared)} on its clock); ${need}; the first: ${f.key} at ${formatTime(f.ts)}, after ${number(f.rows)} rows, ${how}`;
}

/** Columns that need longer are told; a signal that differs is the fault. */
export function warmUpResult(r: WarmUpReport): CheckResult {
  const ok = r.later.length > 0 && r.signals.every((s) => s.differ === 0);
  if (r.later.length === 0) return { name: 'warmup', ok, text: 'warm-up: too few rows to begin later' };
  const head = `warm-up: ${number(r.later.length)} later beginnings in ${r.whole ? '' : 'the first '}${number(r.rows)} rows, `
    + 'compared with the longest history';
  const lines = r.signals.map((s) => `  ${signalLine(s)}`);
  const [names, ...table] = warmUpTable(r);
  const longer = table.filter((row) => row.at(-1) !== DECLARED);
  const rest = `  ${number(table.length - longer.length)} of ${number(table.length)} columns are what the longest history gives `
    + 'from the row on that they declare';
  return { name: 'warmup', ok, text: [head, ...lines, rest, ...(longer.length === 0 ? [] : drawn([names, ...longer]))].join('\n') };
}
