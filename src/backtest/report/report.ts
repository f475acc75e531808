import type { BacktestRun } from '../model.ts';
import { assumptions, metricTable } from './appendix.ts';
import type { ReportExtras } from './extras.ts';
import { clip, html, raw, type Html, type Part } from './html.ts';
import { headline, heading, identity, requirements } from './overview.ts';
import { byPeriod, equityCharts, exposure, monthlyHeat, rolling, worstDrawdowns } from './performance.ts';
import { research } from './research.ts';
import { STYLE } from './style.ts';
import { bySymbol, costSplit, excursions, extremeTrades, returnHistogram, turnoverChart } from './trading.ts';

/** A page in one piece: no script, no font, no picture and no address of anywhere else. */
export function page(title: string, body: Part): string {
  return `${html`<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"/><meta name="viewport" content="width=device-width, initial-scale=1"/>
<meta name="color-scheme" content="light dark"/><meta name="generator" content="millrace"/><title>${title}</title><style>${
  raw(STYLE)}</style></head>
<body><a class="skip" href="#main">Skip to the result</a>${body}</body></html>
`.text}`;
}

const section = (id: string, title: string, body: Part): Html =>
  html`<section id="${id}" aria-labelledby="${id}-h"><h2 id="${id}-h">${title}</h2>${body}</section>`;

const row = (left: Html | null, right: Html | null): Part =>
  (left === null || right === null ? [left, right] : html`<div class="grid2">${left}${right}</div>`);

/**
 * The report of a run as one HTML page that needs nothing else: requirements first, then what is needed to repeat the run, the result, its
 * charts, its trades, and what it rests on. The same run and extras give the same bytes; the length of the run does not change their number
 * by much.
 */
export function renderReport(run: BacktestRun, extras: ReportExtras = {}): string {
  const trust = research(run, extras);
  const links: readonly (readonly [string, string])[] = [
    ['requirements', 'Requirements'], ['headline', 'Result'], ['performance', 'Performance'], ['trading', 'Trading'],
    ['results', 'Where it came from'], ...(trust === null ? [] : [['robustness', 'How far to trust it']] as const),
    ['assumptions', 'Assumptions'], ['metrics', 'All metrics'], ['identity', 'Repeat this run'],
  ];
  const body = html`${heading(run)}<nav class="nav" aria-label="Parts of the report"><ul>${links.map(([id, name]) =>
    html`<li><a href="#${id}">${name}</a></li>`)}</ul></nav><main id="main">
${requirements(run, extras)}${headline(run)}
${section('performance', 'Performance', html`${equityCharts(run)}${monthlyHeat(run)}${row(rolling(run), exposure(run))}${
  worstDrawdowns(run)}`)}
${section('trading', 'Trading', html`${row(returnHistogram(run), excursions(run))}${row(turnoverChart(run), costSplit(run))}${
  extremeTrades(run)}`)}
${section('results', 'Where it came from', html`${bySymbol(run)}${byPeriod(run, extras)}`)}
${trust}${assumptions(run)}${metricTable(run, extras.metricDocs)}${identity(run, extras)}</main>
<footer><p>millrace ${clip(run.versions.millrace, 40)}, run ${clip(run.id, 40)}, result ${clip(run.hash.slice(0, 12), 12)}.
All times are UTC and event time. A backtest shows what would have happened under its assumptions; it promises nothing.</p></footer>`;
  return page(`${clip(run.pipeline, 120)} – backtest report`, body);
}
