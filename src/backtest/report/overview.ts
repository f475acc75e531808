import type { BacktestRun } from '../model.ts';
import type { ReportExtras } from './extras.ts';
import { count, decimal, lasting, longDate, moment, money, percent, signedPercent } from './format.ts';
import { clip, html, type Html, type Part } from './html.ts';
import { metricText } from './metric.ts';
import { drawdowns } from './series.ts';
import { directed, facts, verdict } from './table.ts';

const MOST_REQUIREMENTS = 30;
const MOST_PARAMS = 30;

/** Title of the page: what ran, over what, when. */
export function heading(run: BacktestRun): Html {
  const n = run.symbols.length;
  return html`<header><p class="brand">Millrace backtest</p><h1>${clip(run.pipeline, 120)}</h1>
${run.description !== '' && html`<p class="lead">${clip(run.description, 600)}</p>`}
<ul class="meta"><li><b>${longDate(run.from)}</b> to <b>${longDate(run.to)}</b></li><li><b>${count(n)}</b> ${
    n === 1 ? 'symbol' : 'symbols'}</li>
<li><b>${count(run.rows)}</b> rows</li><li><b>${money(run.capital)}</b> ${clip(run.currency, 12)} at the start</li><li>fills <b>${
    clip(run.fillProfile, 40)}</b></li><li>run <b class="mono">${clip(run.id, 40)}</b></li></ul></header>`;
}

/** Whether the run kept what it was asked for: the first thing that a reader sees. */
export function requirements(run: BacktestRun, extras: ReportExtras): Html {
  const { requirements: all } = run;
  const met = all.filter((r) => r.ok).length;
  const failed = run.checks.filter((c) => !c.ok).length;
  const sentence: Part = all.length === 0
    ? html`<p class="verdict un">No requirements were set. <span class="none">A pipeline states them under <code>require:</code></span></p>`
    : html`<p class="verdict ${met === all.length ? 'ok' : 'no'}">${verdict(met === all.length,
      `${all.length === 1 ? 'The requirement is' : `All ${count(all.length)} requirements are`} met`,
      `${count(all.length - met)} of ${count(all.length)} ${all.length === 1 ? 'requirement' : 'requirements'} not met`)}</p>`;
  // What failed comes first, so that a long list cannot hide it.
  const listed = [...all.filter((r) => !r.ok), ...all.filter((r) => r.ok)].slice(0, MOST_REQUIREMENTS);
  return html`<section id="requirements" aria-labelledby="requirements-h"><h2 id="requirements-h">Requirements</h2>${sentence}
<div class="grid2">${all.length > 0 && html`<div class="card"><h3>Asked for</h3><ul class="reqs">${listed.map((r) => html`<li>${
    verdict(r.ok, 'met', 'not met')}<code>${clip(r.text, 120)}</code><span>${
    metricText(r.metric, r.value, extras.metricDocs)}</span></li>`)}</ul>${
    all.length > listed.length && html`<p class="none">and ${count(all.length - listed.length)} more that were met</p>`}</div>`}
<div class="card"><h3>Checks</h3>${checks(run)}${failed > 0
  && html`<p class="none">A run that fails a check is no evidence.</p>`}</div></div></section>`;
}

const CHECKS: Readonly<Record<string, string>> = Object.freeze({
  parity: 'live and replay give the same signals', lookahead: 'no row reads the future', warmup: 'longer history changes nothing',
});

/** What `--check` found, and what it was not asked for. */
function checks(run: BacktestRun): Html {
  const missing = Object.keys(CHECKS).filter((name) => run.checks.every((c) => c.name !== name));
  const line = (mark: Html, name: string, text: Part): Html =>
    html`<li>${mark}<span><b>${clip(name, 40)}</b> ${text}</span><span></span></li>`;
  return html`<ul class="reqs">${run.checks.slice(0, 10).map((c) => line(verdict(c.ok, 'passed', 'failed'), c.name, clip(c.text, 300)))}${
    missing.map((name) => line(html`<span class="none">– not run</span>`, name, html`<span class="none">${CHECKS[name]}</span>`))}</ul>`;
}

/** What anyone needs to repeat the run and to see that it is the same. */
export function identity(run: BacktestRun, extras: ReportExtras): Html {
  const params = Object.entries(run.params);
  const mono = (text: string): Html => html`<span class="mono">${clip(text, 128)}</span>`;
  const left = facts([
    ['Pipeline', clip(run.pipeline, 120)], ['From', moment(run.from)], ['To', moment(run.to)], ['Seed', String(run.seed)],
    ['Versions', `millrace ${clip(run.versions.millrace, 40)}, node ${clip(run.versions.node, 40)}`],
    ['Pipeline hash', mono(run.pipelineHash)], ['Data hash', mono(run.dataHash)], ['Result hash', mono(run.hash)],
  ]);
  const right = params.length === 0 ? html`<p class="none">The pipeline has no parameters.</p>`
    : facts(params.slice(0, MOST_PARAMS).map(([name, value]) => [clip(name, 40), mono(String(value))] as const));
  return html`<section id="identity" aria-labelledby="identity-h"><h2 id="identity-h">Repeat this run</h2><div class="grid2">
<div class="card"><h3>Identity</h3><p>The same pipeline, parameters, data and seed give the same result hash, byte for byte.</p>${left}${
    extras.command !== undefined && html`<pre tabindex="0" role="region" aria-label="Command"><code>${
      clip(extras.command, 1000)}</code></pre>`}</div>
<div class="card"><h3>Parameters</h3>${right}${
    params.length > MOST_PARAMS && html`<p class="none">and ${count(params.length - MOST_PARAMS)} more</p>`}</div></div></section>`;
}

const known = (value: number | null | undefined): value is number => typeof value === 'number' && Number.isFinite(value);

/** Eight figures that tell the story. */
export function headline(run: BacktestRun): Html {
  const { metrics: m, curve } = run;
  const last = curve.equity.length - 1;
  const final = last >= 0 ? curve.equity[last] : run.capital;
  const total = m.total_return ?? (run.capital > 0 ? final / run.capital - 1 : null);
  const worst = drawdowns(curve)[0];
  const drop = known(m.max_drawdown) ? -Math.abs(m.max_drawdown) : worst?.depth ?? 0;
  const bench = last > 0 ? curve.benchmark[last] / curve.benchmark[0] - 1 : NaN;
  const open = run.trades.filter((t) => t.open).length;
  const tries = `${count(run.trials)} ${run.trials === 1 ? 'trial' : 'trials'}`;
  const tile = (name: string, value: Part, note: Part): Html =>
    html`<div><dt>${name}</dt><dd class="v">${value}</dd><dd class="s">${note}</dd></div>`;
  return html`<section id="headline" aria-labelledby="headline-h"><h2 id="headline-h">Result</h2><dl class="kpis">
${tile('Total return', directed(total, signedPercent(total)), Number.isFinite(bench) ? `benchmark ${signedPercent(bench)}`
  : `ends at ${money(final)}`)}
${tile('Return per year (CAGR)', signedPercent(m.cagr), `volatility ${percent(m.volatility)}`)}
${tile('Sharpe ratio', decimal(m.sharpe), `Sortino ${decimal(m.sortino)}, Calmar ${decimal(m.calmar)}`)}
${tile('Deflated Sharpe', percent(m.deflated_sharpe, 1), `probability that it is above chance, ${tries}`)}
${tile('Max drawdown', directed(drop, percent(drop)), worst === undefined ? 'never below a peak'
    : `${lasting(worst.lasted)}${worst.to === null ? ', not recovered' : ' to recover'}`)}
${tile('Trades', count(m.trades ?? run.trades.length), open > 0 ? `${count(open)} still open at the end`
  : `${count(run.fills.length)} fills`)}
${tile('Win rate', percent(m.win_rate, 1), `profit factor ${decimal(m.profit_factor)}`)}
${tile('Costs', money(run.costs.total), `${run.capital > 0 ? percent(run.costs.total / run.capital, 1) : decimal(null)} of the capital`)}
</dl></section>`;
}
