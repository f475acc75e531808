import type { BacktestRun } from '../model.ts';
import { percentLabel } from './axis.ts';
import type { FirstDifference, MetricDocs } from './extras.ts';
import { count, longDate, moment, money, percent, signedPercent } from './format.ts';
import { clip, html, type Html, type Part } from './html.ts';
import { best, metricDoc, metricText } from './metric.ts';
import { lineChart } from './plot.ts';
import { page } from './report.ts';
import { RUN_INKS } from './style.ts';
import { columns, directed, verdict, wideTable, type Column } from './table.ts';
import { underwater } from './series.ts';

const MOST_METRICS = 150;

export interface ComparisonExtras {
  readonly metricDocs?: MetricDocs;
  /** Where the first two runs parted; null when they never did, absent when nobody looked. */
  readonly difference?: FirstDifference | null;
}

/** Short names that tell the runs apart: the pipeline where each has another, else with the id. */
export function runNames(runs: readonly BacktestRun[]): string[] {
  const names = runs.map((r) => clip(r.pipeline, 40));
  return new Set(names).size === names.length ? names : runs.map((r, i) => `${names[i]} ${clip(r.id, 12)}`);
}

/** What differs between the settings of the runs: the rows that hold more than one value. */
export function differingSettings(runs: readonly BacktestRun[]): { readonly name: string; readonly values: readonly string[] }[] {
  const params = [...new Set(runs.flatMap((r) => Object.keys(r.params)))];
  const rows: (readonly [string, (r: BacktestRun) => string])[] = [
    ...params.map((p) => [p, (r: BacktestRun) => (Object.hasOwn(r.params, p) ? String(r.params[p]) : '–')] as const),
    ['fill profile', (r) => r.fillProfile], ['capital', (r) => `${money(r.capital)} ${r.currency}`], ['seed', (r) => String(r.seed)],
    ['from', (r) => moment(r.from)], ['to', (r) => moment(r.to)], ['symbols', (r) => count(r.symbols.length)],
    ['millrace', (r) => r.versions.millrace], ['pipeline hash', (r) => r.pipelineHash.slice(0, 12)], ['data hash', (r) =>
      r.dataHash.slice(0, 12)],
  ];
  return rows.map(([name, of]) => ({ name, values: runs.map(of) })).filter(({ values }) => new Set(values).size > 1);
}

/** Metrics of all runs, with the places of the best value of each. */
export function metricRows(runs: readonly BacktestRun[], docs?: MetricDocs): { name: string; values: (number | null)[]; best: number[] }[] {
  const names = [...new Set(runs.flatMap((r) => Object.keys(r.metrics)))].slice(0, MOST_METRICS);
  return names.map((name) => {
    const values = runs.map((r) => r.metrics[name] ?? null);
    return { name, values, best: best(name, values, docs) };
  });
}

const wrap = (title: string, id: string, body: Part): Html =>
  html`<section id="${id}" aria-labelledby="${id}-h"><h2 id="${id}-h">${title}</h2>${body}</section>`;

function differencePart(d: FirstDifference | null | undefined, names: readonly string[]): Part {
  if (d === undefined || names.length < 2) return null;
  const title = 'First difference';
  if (d === null) return wrap(title, 'difference', html`<p class="verdict ok">${verdict(true, 'The same signals and orders', '')}</p>`);
  const row = (name: string, what: string | null): Part[] =>
    [name, what === null ? html`<span class="none">nothing</span>` : html`<code>${clip(what, 400)}</code>`];
  return wrap(title, 'difference', html`<div class="card wrap"><h3>The ${d.kind}s part at ${moment(d.ts)}</h3>
<p>Up to there ${names[0]} and ${names[1]} did the same.</p>${wideTable({
    label: title, columns: columns('Run', `What its ${d.kind} was`), rows: [row(names[0], d.left), row(names[1], d.right)],
  })}</div>`);
}

function overlay(runs: readonly BacktestRun[], names: readonly string[]): Part {
  const drawn = runs.slice(0, RUN_INKS).map((r, i) => ({ r, name: names[i], ink: `run${i}` as const }))
    .filter(({ r }) => r.curve.ts.length > 1);
  const depth = (r: BacktestRun): number => underwater(r.curve.equity).reduce((a, v) => Math.min(a, v), 0);
  if (drawn.length === 0) return html`<p class="card none">No run has a curve to draw.</p>`;
  const points = Math.max(200, Math.floor(3000 / drawn.length));
  const end = (r: BacktestRun): number => r.curve.equity[r.curve.equity.length - 1] / r.curve.equity[0] - 1;
  const story = drawn.map(({ r, name }) => `${name} ${signedPercent(end(r))}`).join(', ');
  return html`${lineChart({
    id: 'equity', title: 'Return since the start', height: 'tall', points, zero: true,
    note: runs.length > drawn.length ? `The first ${count(drawn.length)} of ${count(runs.length)} runs.`
      : 'After costs, each from its own start.',
    description: `At the end: ${story}.`, label: percentLabel, legend: drawn.map(({ name, ink }) => ({ name, ink })),
    series: drawn.map(({ r, name, ink }) => ({ name, ink, x: r.curve.ts, y: r.curve.equity.map((v) => v / r.curve.equity[0] - 1) })),
  })}${lineChart({
    id: 'underwater', title: 'Drawdown', height: 'low', points: Math.floor(points * 0.6), zero: true,
    note: 'Distance below the highest value so far.',
    description: `Deepest: ${drawn.map(({ r, name }) => `${name} ${percent(depth(r))}`).join(', ')}.`,
    legend: [], series: drawn.map(({ r, name, ink }) => ({ name, ink, x: r.curve.ts, y: underwater(r.curve.equity) })),
  })}`;
}

/** Several runs side by side as one HTML page: where they parted, their curves, what was set differently, and every metric. */
export function renderComparison(runs: readonly BacktestRun[], extras: ComparisonExtras = {}): string {
  const { metricDocs } = extras;
  const names = runNames(runs);
  const heads = (first: string): Column[] => [{ head: first }, ...names.map((n) => ({ head: n, kind: 'number' as const }))];
  const settings = differingSettings(runs);
  const value = (name: string, v: number | null, isBest: boolean): Part => (isBest
    ? html`<span class="best"><i aria-hidden="true">★</i><span class="unseen">best: </span> ${metricText(name, v, metricDocs)}</span>`
    : metricText(name, v, metricDocs));
  const total = (r: BacktestRun): number | null => r.metrics.total_return ?? null;
  const ends: Part[][] = [
    ['Total return', ...runs.map((r) => directed(total(r), signedPercent(total(r))))],
    ['Requirements', ...runs.map((r) => requirementsOf(r))],
    ['Period', ...runs.map((r) => `${longDate(r.from)} – ${longDate(r.to)}`)],
    ['Trades', ...runs.map((r) => count(r.trades.length))], ['Costs', ...runs.map((r) => money(r.costs.total))],
    ['Parameter sets tried', ...runs.map((r) => count(r.trials))],
  ];
  const body = html`<header><p class="brand">Millrace comparison</p><h1>${titleOf(runs)}</h1></header><main id="main">
${wrap('Runs', 'runs', html`<div class="card">${wideTable({ label: 'Runs', columns: heads('Run'), rows: ends })}</div>`)}
${differencePart(extras.difference, names)}
${wrap('Curves', 'curves', overlay(runs, names))}
${wrap('What was set differently', 'settings', html`<div class="card">${wideTable({
    label: 'Settings that differ', columns: heads('Setting'), empty: 'Nothing: the runs have the same settings, data and versions.',
    rows: settings.map((s) => [clip(s.name, 60), ...s.values.map((v) => html`<span class="mono">${clip(v, 60)}</span>`)]) })}</div>`)}
${wrap('Metrics', 'metrics', html`<div class="card"><p>A star marks the best of a row.</p>${wideTable({
    label: 'Metrics', columns: heads('Metric'), empty: 'None were computed.',
    rows: metricRows(runs, metricDocs).map((m) => [clip(metricDoc(m.name, metricDocs).title, 60), ...m.values.map((v, i) => value(m.name,
      v, m.best.includes(i)))]) })}</div>`)}
</main><footer><p>All times are UTC and event time. Runs over different data or times are not strictly comparable.</p></footer>`;
  return page(`${titleOf(runs)} – comparison`, body);
}

/** `3 runs of ema-cross`, or the names of the pipelines. */
function titleOf(runs: readonly BacktestRun[]): string {
  const found = [...new Set(runs.map((r) => clip(r.pipeline, 60)))];
  if (found.length === 1 && runs.length > 1) return `${count(runs.length)} runs of ${found[0]}`;
  return found.slice(0, 4).join(' and ') + (found.length > 4 ? ` and ${count(found.length - 4)} more` : '');
}

function requirementsOf(run: BacktestRun): Part {
  const failed = run.requirements.filter((r) => !r.ok).length;
  if (run.requirements.length === 0) return 'none set';
  return verdict(failed === 0, 'all met', `${count(failed)} of ${count(run.requirements.length)} not met`);
}
