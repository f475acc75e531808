import type { BacktestRun } from '../model.ts';
import { shortLabel, type Label } from './axis.ts';
import { heatClass } from './colour.ts';
import type { ReportExtras } from './extras.ts';
import { count, date, decimal, lasting, moment, money, monthName, percent, signed, signedPercent } from './format.ts';
import { clip, html, type Html, type Part } from './html.ts';
import { lineChart, type Series } from './plot.ts';
import { drawdowns, monthFinder, quantile, rollingSharpe, spread, underwater, yearTable, type YearRow } from './series.ts';
import { columns, directed, wideTable } from './table.ts';
import { groups } from './trade-series.ts';

const TABLE_ROWS = 25;
const WORST = 10;

const ratioLabel: Label = (x, step) => decimal(x, step < 1 ? 1 : 0);

const known = (values: Float64Array): boolean => values.some((v) => Number.isFinite(v));

/** Growth of the account, and the way down from its peaks below it. */
export function equityCharts(run: BacktestRun): Html {
  const { ts, equity, benchmark } = run.curve;
  if (ts.length < 2) return html`<p class="card none">The run has no two moments to draw a curve between.</p>`;
  const compared = known(benchmark);
  const last = ts.length - 1;
  const name = run.benchmark === null ? 'benchmark' : clip(run.benchmark, 40);
  const series: Series[] = [
    ...(compared ? [{ name: `Bought and held: ${name}`, ink: 'bench', x: ts, y: benchmark } as const] : []),
    { name: 'This run', ink: 'main', x: ts, y: equity },
  ];
  const under = underwater(equity);
  const all = drawdowns(run.curve);
  const worst = all[0];
  const rows = spread(ts.length, TABLE_ROWS).map((i) =>
    [moment(ts[i]), money(equity[i]), ...(compared ? [money(benchmark[i])] : []), percent(under[i])]);
  return html`${lineChart({
    id: 'equity', title: 'Account value', height: 'tall', log: true, label: shortLabel, series,
    note: `${clip(run.currency, 12)}, after costs${compared ? `, and ${name} bought with the same capital` : ''}.`,
    description: `From ${money(equity[0])} on ${date(ts[0])} to ${money(equity[last])} on ${date(ts[last])}. ${
      compared ? `${name}: ${money(benchmark[last])}. ` : ''}${
      worst === undefined ? '' : `Deepest fall ${percent(worst.depth)}, lowest on ${date(worst.trough)}.`}`,
    columns: columns('Time', '#Account', ...(compared ? ['#Benchmark'] : []), '#Below peak'), rows,
  })}${lineChart({
    id: 'underwater', title: 'Drawdown', height: 'low', zero: true, points: 800,
    series: [{ name: 'Below peak', ink: 'down', x: ts, y: under, area: true }], note: 'Distance below the highest value so far.',
    description: worst === undefined ? 'The account was never below a peak.'
      : `${count(all.length)} drawdowns; the deepest is ${percent(worst.depth)} on ${date(worst.trough)} and lasted ${
        lasting(worst.lasted)}.`,
  })}`;
}

/** Monthly returns as a table whose cells are tinted by size. */
export function monthlyHeat(run: BacktestRun): Html {
  const years = yearTable(run.curve);
  if (years.length === 0) return html`<p class="card none">No month to show.</p>`;
  const sizes = years.flatMap((y) => y.months).filter((m): m is number => m !== null).map(Math.abs).sort((a, b) => a - b);
  const full = quantile(sizes, 0.95) || 0;
  const cell = (m: number | null): Html => (m === null ? html`<td></td>`
    : html`<td class="${heatClass(m, full)}">${signed(m * 100, Math.abs(m) >= 1 ? 0 : 1)}</td>`);
  const shown = years.slice(-60);
  return html`<div class="card"><h3>Monthly returns</h3>
<p>In percent, by calendar month in UTC. Blue is a gain, orange a loss; the sign says it too.${
    years.length > shown.length && ` The last ${count(shown.length)} years.`}</p>
<div class="scroll heat" role="region" tabindex="0" aria-label="Monthly returns"><table><thead><tr><th scope="col">Year</th>${
    Array.from({ length: 12 }, (_, i) =>
      html`<th scope="col">${monthName(i + 1)}</th>`)}<th scope="col">Year total</th></tr></thead><tbody>${
    shown.map((y) => html`<tr><th scope="row">${y.year}</th>${y.months.map(cell)}<td class="sum">${
      y.total === null ? '' : signed(y.total * 100, 1)}</td></tr>
`)}</tbody></table></div></div>`;
}

/** Sharpe ratio over a moving window of a year, or of a fifth of a shorter run. */
export function rolling(run: BacktestRun): Html | null {
  const { ts, equity } = run.curve;
  const year = Math.round(run.periodsPerYear);
  const window = Math.min(year, Math.floor(ts.length / 5));
  if (window < 10) return null;
  const y = rollingSharpe(equity, window, run.periodsPerYear);
  const sorted = Array.from(y).filter(Number.isFinite).sort((a, b) => a - b);
  if (sorted.length < 2) return null;
  return lineChart({
    id: 'rolling', title: 'Rolling Sharpe ratio', label: ratioLabel, zero: true, points: 600,
    series: [{ name: 'Sharpe', ink: 'main', x: ts, y }],
    note: `Over the last ${count(window)} entries${window === year ? ' (a year)' : ''}.`,
    description: `Between ${decimal(sorted[0])} and ${decimal(sorted[sorted.length - 1])}, half of the time above ${
      decimal(quantile(sorted, 0.5))}.`,
    columns: columns('Time', '#Sharpe'), rows: spread(ts.length, TABLE_ROWS).map((i) => [moment(ts[i]), decimal(y[i])]),
  });
}

/** Sum of the positions over the account value, with and without sign. */
export function exposure(run: BacktestRun): Html | null {
  const { ts, equity, gross, net } = run.curve;
  if (ts.length < 2) return null;
  const share = (values: Float64Array): Float64Array => values.map((v, i) => (equity[i] > 0 ? v / equity[i] : NaN));
  const [g, n] = [share(gross), share(net)];
  const mean = (values: Float64Array): number => {
    const found = values.filter(Number.isFinite);
    return found.reduce((a, v) => a + v, 0) / found.length;
  };
  return lineChart({
    id: 'exposure', title: 'Exposure', zero: true, points: 600, note: `Positions over the account value; a position was held on ${
      percent(run.exposure, 1)} of rows.`,
    series: [{ name: 'Gross', ink: 'bench', x: ts, y: g }, { name: 'Net', ink: 'main', x: ts, y: n }],
    description: `Gross ${percent(mean(g), 1)} and net ${percent(mean(n), 1)} of the account on average.`,
    columns: columns('Time', '#Gross', '#Net'),
    rows: spread(ts.length, TABLE_ROWS).map((i) => [moment(ts[i]), percent(g[i], 1), percent(n[i], 1)]),
  });
}

/** The deepest falls, each from its peak to its recovery. */
export function worstDrawdowns(run: BacktestRun): Html {
  const all = drawdowns(run.curve);
  return html`<div class="card"><h3>Worst drawdowns</h3>${all.length > WORST && html`<p>The deepest ${WORST} of ${
    count(all.length)}.</p>`}${wideTable({
    label: 'Worst drawdowns', columns: columns('Depth', 'Peak', 'Lowest', 'Recovered', '#Lasted'),
    empty: 'The account was never below a peak.',
    rows: all.slice(0, WORST).map((d) => [directed(d.depth, percent(d.depth)), date(d.from), date(d.trough),
      d.to === null ? 'not yet' : date(d.to), lasting(d.lasted)]),
  })}</div>`;
}

/** Years, and regimes where they were told. */
export function byPeriod(run: BacktestRun, extras: ReportExtras): Html {
  const years = yearTable(run.curve);
  const find = monthFinder();
  const traded = new Map(groups(run.trades, (t) => String(find(t.exitTs).year)).map((g) => [g.name, g]));
  const compared = years.some((y) => y.benchmark !== null);
  const row = (y: YearRow): Part[] => {
    const g = traded.get(String(y.year));
    return [String(y.year), directed(y.total, signedPercent(y.total)), ...(compared ? [signedPercent(y.benchmark)] : []),
      percent(y.worstDrawdown), count(g?.trades ?? 0), percent(g?.winRate, 1), money(g?.pnl ?? 0)];
  };
  const regimes = extras.regimes ?? [];
  return html`<div class="card"><h3>By year</h3>${wideTable({
    label: 'By year', columns: columns('Year', '#Return', ...(compared ? ['#Benchmark'] : []), '#Drawdown', '#Trades', '#Win rate',
      '#Trade result'),
    rows: years.slice(-60).map(row),
  })}</div>${regimes.length > 0 && html`<div class="card"><h3>By regime</h3>${wideTable({
    label: 'By regime', columns: columns('Regime', '#Share of time', '#Return', '#Sharpe', '#Drawdown', '#Trades'),
    rows: regimes.slice(0, 30).map((r) => [clip(r.name, 60), percent(r.share, 1), directed(r.return, signedPercent(r.return)),
      decimal(r.sharpe),
      percent(r.maxDrawdown), count(r.trades)]),
  })}</div>`}`;
}
