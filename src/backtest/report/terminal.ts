import type { BacktestRun } from '../model.ts';
import { differingSettings, metricRows, runNames } from './comparison.ts';
import type { FirstDifference, MetricDocs } from './extras.ts';
import { count, date, decimal, lasting, moment, money, percent, signedPercent } from './format.ts';
import { metricDoc, metricText } from './metric.ts';
import { drawdowns } from './series.ts';

export interface TerminalForm {
  /** Whether escape sequences may be written; the caller decides it for its stream. */
  readonly color?: boolean;
  /** Columns of the screen; 80 unless told. */
  readonly width?: number;
  /** Whether signs beyond ASCII may be written. */
  readonly unicode?: boolean;
  readonly metricDocs?: MetricDocs;
}

const BLOCKS = [...'▁▂▃▄▅▆▇█'];
const ASCII_BLOCKS = [..."_.-=+*#@"];
const TWO_COLUMNS_FROM = 72;

/** What ASCII says for the signs that the tables use. */
const PLAIN: readonly (readonly [RegExp, string])[] = [
  [/\u2212/g, '-'], [/[–—]/g, '-'], [/\u00a0/g, ' '], [/✓/g, '+'], [/✗/g, 'x'], [/★/g, '*'], [/→/g, 'to'], [/·/g, ','], [/∞/g, 'inf'],
    [/…/g, '..'], [/[^\x20-\x7e\n]/g, '?'],
];

type Tint = 'good' | 'bad' | 'dim' | 'bold' | 'plain';
const CODES: Readonly<Record<Tint, string>> = Object.freeze({ good: '32', bad: '31', dim: '2', bold: '1', plain: '' });

/** Text with its colour: lengths are measured before the escape sequences are added. */
interface Span {
  readonly text: string;
  readonly tint: Tint;
}

const span = (text: string, tint: Tint = 'plain'): Span => ({ text, tint });

/** Names come from users: an escape sequence in one must not reach the screen. */
const safe = (text: string): string => text.replace(/[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '?');

class Page {
  private readonly lines: Span[][] = [];
  private readonly color: boolean;
  readonly width: number;
  private readonly unicode: boolean;

  constructor({ color = false, width = 80, unicode = true }: TerminalForm) {
    this.color = color;
    this.width = Math.max(20, width);
    this.unicode = unicode;
  }

  add(...spans: readonly Span[]): void {
    this.lines.push([...spans]);
  }

  /** Words after a lead, on as many lines as they need, set in below its end. */
  wrap(lead: readonly Span[], words: readonly string[], tint: Tint = 'plain'): void {
    const indent = lead.reduce((a, s) => a + length(this.plain(s.text)), 0);
    let [line, first] = ['', true];
    const flush = (): void => {
      this.add(...(first ? lead : [span(' '.repeat(indent))]), span(line.trimEnd(), tint));
      [line, first] = ['', false];
    };
    for (const word of words) {
      if (line !== '' && indent + length(this.plain(line + word)) > this.width) flush();
      line += `${word} `;
    }
    flush();
  }

  plain(text: string): string {
    const clean = safe(text);
    return this.unicode ? clean.replaceAll('\u00a0', ' ') : PLAIN.reduce((out, [sign, word]) => out.replace(sign, word), clean);
  }

  /** The text, each line cut at the width: a line that wraps spoils a table. */
  text(): string {
    return this.lines.map((line) => {
      let room = this.width;
      return line.map(({ text, tint }) => {
        const cut = [...this.plain(text)].slice(0, room);
        room -= cut.length;
        const out = cut.join('');
        return this.color && tint !== 'plain' && out.trim() !== '' ? `\x1b[${CODES[tint]}m${out}\x1b[0m` : out;
      }).join('').trimEnd();
    }).join('\n');
  }
}

const length = (text: string): number => [...text].length;
const right = (text: string, width: number): string => ' '.repeat(Math.max(0, width - length(text))) + text;
const left = (text: string, width: number): string => text + ' '.repeat(Math.max(0, width - length(text)));

/** A line of blocks, one for each column, its lowest and highest value at the lowest and highest block; '' for less than two values. */
export function sparkline(values: Float64Array, width: number, unicode = true): string {
  const known = values.filter(Number.isFinite);
  if (known.length < 2) return '';
  const signs = unicode ? BLOCKS : ASCII_BLOCKS;
  const columns = Math.min(width, known.length);
  const [low, high] = [known.reduce((a, v) => Math.min(a, v), Infinity), known.reduce((a, v) => Math.max(a, v), -Infinity)];
  return Array.from({ length: columns }, (_, c) => {
    const [from, to] = [Math.floor((c * known.length) / columns), Math.floor(((c + 1) * known.length) / columns)];
    const mean = known.subarray(from, to).reduce((a, v) => a + v, 0) / (to - from);
    return signs[high > low ? Math.min(7, Math.floor(((mean - low) / (high - low)) * 8)) : 3];
  }).join('');
}

interface Figure {
  readonly name: string;
  readonly value: string;
  readonly tint?: Tint;
}

const byDirection = (x: number | null | undefined): Tint => (x === null || x === undefined || x === 0 ? 'plain' : x > 0 ? 'good' : 'bad');

function figures(run: BacktestRun): Figure[] {
  const m = run.metrics;
  const falls = drawdowns(run.curve);
  const longest = falls.reduce((a, d) => Math.max(a, d.lasted), 0);
  const refused = Object.values(run.refused).reduce((a, n) => a + n, 0);
  return [
    { name: 'Total return', value: signedPercent(m.total_return), tint: byDirection(m.total_return) },
    { name: 'Return per year', value: signedPercent(m.cagr), tint: byDirection(m.cagr) },
    { name: 'Sharpe', value: decimal(m.sharpe) }, { name: 'Deflated Sharpe', value: percent(m.deflated_sharpe, 1) },
    { name: 'Max drawdown', value: percent(typeof m.max_drawdown === 'number' ? -Math.abs(m.max_drawdown) : falls[0]?.depth ?? 0) },
    { name: 'Longest below peak', value: longest > 0 ? lasting(longest) : '–' },
    { name: 'Volatility', value: percent(m.volatility) }, { name: 'Sortino', value: decimal(m.sortino) },
    { name: 'Trades', value: count(m.trades ?? run.trades.length) }, { name: 'Win rate', value: percent(m.win_rate, 1) },
    { name: 'Profit factor', value: decimal(m.profit_factor) }, { name: 'Exposure', value: percent(run.exposure, 1) },
    { name: 'Turnover', value: money(run.turnover) }, { name: 'Orders refused', value: count(refused) },
  ];
}

/** What a backtest found, for a screen: the account as a line of blocks, key figures, costs, checks, and the requirements near the end. */
export function summaryTable(run: BacktestRun, form: TerminalForm = {}): string {
  const page = new Page(form);
  const { equity } = run.curve;
  const final = equity.length > 0 ? equity[equity.length - 1] : run.capital;
  page.add(span(run.pipeline, 'bold'));
  const symbols = `${count(run.symbols.length)} ${run.symbols.length === 1 ? 'symbol' : 'symbols'}`;
  page.wrap([span('  ')], parts(`${date(run.from)} → ${date(run.to)}`, symbols,
    `${count(run.rows)} rows in ${decimal(run.seconds)} s`, `fills ${run.fillProfile}`), 'dim');
  const line = sparkline(equity, Math.min(page.width - 2, 70), form.unicode ?? true);
  if (line !== '') page.add(span('  '), span(line, final >= run.capital ? 'good' : 'bad'));
  page.add(span(`  ${money(run.capital)} → ${money(final)} ${run.currency}`));
  page.add();
  const list = figures(run);
  const names = list.reduce((a, f) => Math.max(a, length(f.name)), 0);
  const values = list.reduce((a, f) => Math.max(a, length(f.value)), 0);
  const cells = (f: Figure): Span[] => [span(`  ${left(f.name, names)}  `, 'dim'), span(right(f.value, values), f.tint ?? 'plain')];
  const columns = page.width >= Math.max(TWO_COLUMNS_FROM, 2 * (names + values + 6)) ? 2 : 1;
  for (let i = 0; i < list.length; i += columns) {
    page.add(...list.slice(i, i + columns).flatMap((f, c) => (c === 0 ? cells(f) : [span('   '), ...cells(f)])));
  }
  page.add();
  const paid = Object.entries(run.costs).filter(([k, v]) => k !== 'total' && v !== 0).map(([k, v]) => `${k} ${money(v)}`);
  page.wrap([span('  Costs  ', 'dim'), span(`${money(run.costs.total)}  `)], parts(...paid), 'dim');
  for (const c of run.checks) page.wrap([span('  '), mark(c.ok, 'passed', 'failed'), span(`${left(c.name, 9)}  `)], c.text.split(/\s+/));
  const room = run.requirements.reduce((a, r) => Math.max(a, length(r.text)), 0);
  for (const r of run.requirements) {
    page.wrap([span('  '), mark(r.ok, 'met', 'not met')], [left(r.text, room), ` ${metricText(r.metric, r.value, form.metricDocs)}`]);
  }
  page.wrap([span('  ')], parts(`run ${run.id}`, `seed ${run.seed}`, run.trials === 1 ? 'one trial' : `${count(run.trials)} trials`,
    `hash ${run.hash.slice(0, 12)}`), 'dim');
  return page.text();
}

/** Parts of a line that may break between them. */
const parts = (...texts: readonly string[]): string[] => texts.map((text, i) => (i < texts.length - 1 ? `${text} ·` : text));

const mark = (ok: boolean, yes: string, no: string): Span => (ok ? span(`✓ ${left(yes, 7)}  `, 'good') : span(`✗ ${left(no, 7)}  `, 'bad'));

interface GridRow {
  readonly cells: readonly string[];
  /** Columns, counted after the first, that hold the best value. */
  readonly best: readonly number[];
}

/** Rows and columns as lines: the first column to the left, the others to the right, below one another where they are too wide together. */
function grid(page: Page, head: readonly string[], rows: readonly GridRow[]): void {
  const text = rows.map((r) => r.cells.map((cell, c) => page.plain(r.best.includes(c - 1) ? `★ ${cell}` : cell)));
  const widths = head.map((h, c) => text.reduce((a, r) => Math.max(a, length(r[c])), length(page.plain(h))));
  for (let from = 1; from < head.length;) {
    let [to, used] = [from + 1, widths[0] + 2 + widths[from]];
    while (to < head.length && used + 2 + widths[to] <= page.width) used += 2 + widths[to++];
    if (from > 1) page.add();
    const shown = Array.from({ length: to - from }, (_, i) => from + i);
    page.add(span([left(page.plain(head[0]), widths[0]), ...shown.map((c) => right(page.plain(head[c]), widths[c]))].join('  '), 'bold'));
    text.forEach((r, i) => page.add(span(left(r[0], widths[0]), 'dim'),
      ...shown.map((c) => span(`  ${right(r[c], widths[c])}`, rows[i].best.includes(c - 1) ? 'good' : 'plain'))));
    from = to;
  }
}

/** Several runs side by side for a screen: what was set differently, their metrics with the best marked, and where the first two parted. */
export function comparisonTable(runs: readonly BacktestRun[],
  form: TerminalForm & { readonly difference?: FirstDifference | null } = {}): string {
  const page = new Page(form);
  const names = runNames(runs);
  const settings = differingSettings(runs);
  grid(page, ['', ...names], [
    ...settings.map((s) => ({ cells: [s.name, ...s.values], best: [] })),
    { cells: ['final value', ...runs.map((r) => money(r.curve.equity[r.curve.equity.length - 1]))], best: [] },
    ...metricRows(runs, form.metricDocs).map((m) => ({
      cells: [metricDoc(m.name, form.metricDocs).title, ...m.values.map((v) => metricText(m.name, v, form.metricDocs))], best: m.best,
    })),
  ]);
  const { difference: d } = form;
  if (d === null) page.add(span('The signals and orders of the first two are the same.', 'good'));
  if (d !== null && d !== undefined && runs.length > 1) {
    page.add(span(`First difference: ${d.kind} at ${moment(d.ts)}`, 'bold'));
    [d.left, d.right].forEach((what, i) => page.wrap([span(`  ${names[i]}  `, 'dim')], (what ?? 'nothing').split(/\s+/)));
  }
  return page.text();
}
