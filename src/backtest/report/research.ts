import type { BacktestRun } from '../model.ts';
import { shortLabel, timeScale } from './axis.ts';
import { heatClass } from './colour.ts';
import type { Capacity, Fold, MetricDocs, MonteCarlo, ReportExtras, Sweep, WalkForward } from './extras.ts';
import { count, date, decimal, money, percent } from './format.ts';
import { clip, html, raw, type Html, type Part } from './html.ts';
import { metricDoc, metricText } from './metric.ts';
import { figure, lineChart, type Band, type Series } from './plot.ts';
import { spread } from './series.ts';
import { columns, facts, wideTable } from './table.ts';

const SWEEP_ROWS = 10;
const HEAT_MOST = 16;
const MOST_FOLDS = 40;

type Params = Readonly<Record<string, string | number | boolean>>;

const settings = (params: Params): Part =>
  html`<code>${clip(Object.entries(params).map(([k, v]) => `${k}=${String(v)}`).join(' '), 160)}</code>`;

/** What the search, the simulation and the size of the account say of the result; nothing where none was done. */
export function research(run: BacktestRun, extras: ReportExtras): Html | null {
  const { capacity, monteCarlo, sweep, walkForward, metricDocs } = extras;
  if (capacity === undefined && monteCarlo === undefined && sweep === undefined && walkForward === undefined) return null;
  return html`<section id="robustness" aria-labelledby="robustness-h"><h2 id="robustness-h">How far to trust it</h2>
${monteCarlo !== undefined && fan(monteCarlo, run.currency)}${walkForward !== undefined && folds(walkForward, metricDocs)}${
    sweep !== undefined && sweepPart(sweep, metricDocs)}${capacity !== undefined && capacityPart(capacity, run.currency)}</section>`;
}

/** Bands of simulated account values around their median, with the run itself. */
function fan(m: MonteCarlo, currency: string): Html {
  const n = m.quantiles.length;
  const at = spread(m.x.length, 300);
  const take = (values: ArrayLike<number>): Float64Array => Float64Array.from(at, (i) => values[i]);
  const x = take(m.x);
  const name = (share: number): string => percent(share, Number.isInteger(Math.round(share * 1e6) / 1e4) ? 0 : 1);
  const pairs = Array.from({ length: Math.floor(n / 2) }, (_, i) => [m.quantiles[i], m.quantiles[n - 1 - i]] as const);
  const bands: Band[] = pairs.map(([a, b]) =>
    ({ name: `${name(a.share)} to ${name(b.share)}`, x, low: take(a.values), high: take(b.values) }));
  const middle = n % 2 === 1 ? m.quantiles[(n - 1) / 2] : undefined;
  const series: Series[] = [
    ...(middle === undefined ? [] : [{ name: `Middle (${name(middle.share)})`, ink: 'bench', x, y: take(middle.values) } as const]),
    ...(m.actual === undefined ? [] : [{ name: 'This run', ink: 'main', x, y: take(m.actual) } as const]),
  ];
  const last = m.x.length - 1;
  const ends = m.quantiles.map((q) => [name(q.share), money(q.values[last])]);
  return html`${lineChart({
    id: 'monte-carlo', title: 'Monte Carlo', height: 'tall', label: shortLabel, log: true, series, bands,
    ...(m.xKind === 'step' ? { xLabel: shortLabel } : {}),
    note: `${clip(m.method, 300)} ${count(m.paths)} paths${m.seed === undefined ? '' : `, seed ${m.seed}`}; ${clip(currency, 12)}.`,
    description: `Simulated account values at the end: ${ends.map(([share, value]) => `${value} at ${share}`).join(', ')}.`,
    legend: [
      ...series.map((s) => ({ name: s.name, ink: s.ink })),
      ...bands.map((b, i) => ({ name: b.name, ink: i === 0 ? 'band' : 'band inner' })),
    ],
    columns: columns('Share of paths below', '#Account at the end'), rows: ends,
  })}${m.figures !== undefined && m.figures.length > 0 && html`<div class="card even">${
    facts(m.figures.slice(0, 20).map((f) => [clip(f.name, 80), clip(f.value, 80)] as const))}</div>`}`;
}

/** When each fold learned and when it was tested, and how much of the result survived. */
function folds(w: WalkForward, docs: MetricDocs | undefined): Html {
  const all = w.folds.slice(0, MOST_FOLDS);
  if (all.length === 0) return html`<p class="card none">The walk-forward has no folds.</p>`;
  const x = timeScale(all.reduce((a, f) => Math.min(a, f.trainFrom), Infinity), all.reduce((a, f) => Math.max(a, f.testTo), -Infinity));
  const box = (from: number, to: number, i: number): string => {
    const [top, bottom] = [((i + 0.18) / all.length) * 1000, ((i + 0.82) / all.length) * 1000];
    return `M${Math.round(x.place(from) * 1000)} ${top.toFixed(1)}H${Math.round(x.place(to) * 1000)}V${bottom.toFixed(1)}H${
      Math.round(x.place(from) * 1000)}Z`;
  };
  const mean = (of: (f: Fold) => number | null): number | null => {
    const known = w.folds.map(of).filter((v): v is number => v !== null && Number.isFinite(v));
    return known.length === 0 ? null : known.reduce((a, v) => a + v, 0) / known.length;
  };
  const [inside, outside] = [mean((f) => f.inSample), mean((f) => f.outOfSample)];
  const kept = inside !== null && outside !== null && inside > 0 ? outside / inside : null;
  const title = metricDoc(w.metric, docs).title;
  const text = (v: number | null): string => metricText(w.metric, v, docs);
  const sentence = `${title}: ${text(inside)} on average where it was searched, ${text(outside)} where it was not${
    kept === null ? '' : ` (${percent(kept, 0)} kept)`}.`;
  return html`${figure({
    id: 'folds', title: 'Walk-forward', height: all.length > 8 ? 'middle' : 'low', note: `${clip(w.method, 200)} ${sentence}`,
    description: `${count(w.folds.length)} folds, each searched on one stretch and tested on the next. ${sentence}`,
    legend: [{ name: 'searched', ink: 'train' }, { name: 'tested', ink: 'test' }],
  }, html`<path class="train" d="${raw(all.map((f, i) => box(f.trainFrom, f.trainTo, i)).join(''))}"/><path class="test" d="${
    raw(all.map((f, i) => box(f.testFrom, f.testTo, i)).join(''))}"/>`, x, null)}<div class="card"><h3>Folds</h3>${wideTable({
    label: 'Walk-forward folds', columns: columns('Fold', 'Searched', 'Tested', `#${title} searched`, `#${title} tested`, 'Chosen'),
    rows: all.map((f, i) => [String(i + 1), `${date(f.trainFrom)} to ${date(f.trainTo)}`, `${date(f.testFrom)} to ${date(f.testTo)}`,
      text(f.inSample), text(f.outOfSample), settings(f.params)]),
  })}</div>`;
}

/** The best and the worst of the parameter sets, and a map of them where two parameters were varied. */
function sweepPart(s: Sweep, docs: MetricDocs | undefined): Html {
  const value = (r: Sweep['rows'][number]): number => r.metrics[s.metric] ?? NaN;
  const sign = s.direction === 'max' ? -1 : 1;
  const known = s.rows.filter((r) => Number.isFinite(value(r))).sort((a, b) => sign * (value(a) - value(b)));
  const cut = known.length > 2 * SWEEP_ROWS;
  const shown = cut ? [...known.slice(0, SWEEP_ROWS), ...known.slice(-SWEEP_ROWS)] : known;
  const others = [...new Set(known.flatMap((r) => Object.keys(r.metrics)))].filter((m) => m !== s.metric).slice(0, 5);
  const proof = [
    s.overfitting === undefined ? null : `Probability of backtest overfitting ${percent(s.overfitting, 1)}.`,
    s.realityCheck === undefined ? null : `White's reality check p = ${decimal(s.realityCheck, 3)}.`,
  ].filter((t) => t !== null).join(' ');
  return html`<div class="card"><h3>Search</h3><p>${count(s.rows.length)} parameter sets by ${metricDoc(s.metric, docs).title}${
    cut && `; the best and the worst ${SWEEP_ROWS}`}. ${proof}</p>${wideTable({
    label: 'Parameter sets', empty: 'No set gave a value.',
    columns: columns('Rank', 'Parameters', ...[s.metric, ...others].map((m) => `#${metricDoc(clip(m, 40), docs).title}`)),
    rows: shown.map((r) =>
      [count(known.indexOf(r) + 1), settings(r.params), ...[s.metric, ...others].map((m) => metricText(m, r.metrics[m], docs))]),
  })}</div>${surface(s, docs)}`;
}

/** The metric over two parameters, mean of the sets in a cell. */
function surface(s: Sweep, docs: MetricDocs | undefined): Html | null {
  const names = [...new Set(s.rows.flatMap((r) => Object.keys(r.params)))];
  const order = (a: string | number | boolean, b: string | number | boolean): number =>
    (typeof a === 'number' && typeof b === 'number' ? a - b : String(a) < String(b) ? -1 : 1);
  const values = (name: string): (string | number | boolean)[] => [...new Set(s.rows.map((r) => r.params[name]))].sort(order);
  const varied = names.filter((n) => values(n).length > 1);
  if (varied.length !== 2 || varied.some((n) => values(n).length > HEAT_MOST)) return null;
  const [down, across] = varied;
  const sums = new Map<string, { sum: number; n: number }>();
  const key = (a: unknown, b: unknown): string => JSON.stringify([a, b]);
  for (const r of s.rows) {
    const v = r.metrics[s.metric];
    if (typeof v !== 'number' || !Number.isFinite(v)) continue;
    const at = key(r.params[down], r.params[across]);
    const cell = sums.get(at) ?? { sum: 0, n: 0 };
    sums.set(at, { sum: cell.sum + v, n: cell.n + 1 });
  }
  const means = [...sums.values()].map((c) => c.sum / c.n);
  const full = means.reduce((a, v) => Math.max(a, Math.abs(v)), 0);
  const cell = (a: unknown, b: unknown): Html => {
    const c = sums.get(key(a, b));
    if (c === undefined) return html`<td></td>`;
    return html`<td class="${heatClass(c.sum / c.n, full)}">${metricText(s.metric, c.sum / c.n, docs)}</td>`;
  };
  const title = metricDoc(s.metric, docs).title;
  return html`<div class="card"><h3>${title} by ${clip(down, 40)} and ${clip(across, 40)}</h3><p>${clip(down, 40)} downwards, ${
    clip(across, 40)} across. A lone good cell among bad ones is a sign of luck.</p>
<div class="scroll heat sweep" role="region" tabindex="0" aria-label="${title} by two parameters"><table><thead><tr><th scope="col">${
  clip(down, 16)}</th>${
    values(across).map((v) => html`<th scope="col">${clip(String(v), 16)}</th>`)}</tr></thead><tbody>${values(down).map((a) =>
    html`<tr><th scope="row">${clip(String(a), 16)}</th>${values(across).map((b) => cell(a, b))}</tr>`)}</tbody></table></div></div>`;
}

function capacityPart(c: Capacity, currency: string): Html {
  const list = [...c.bySymbol ?? []].sort((a, b) => a.value - b.value || (a.symbol < b.symbol ? -1 : 1));
  return html`<div class="card"><h3>Capacity</h3><p class="big">${c.value === null ? 'Not known'
    : `${money(c.value)} ${clip(currency, 12)}`}</p><p>${
    clip(c.note, 600)}</p>${list.length > 0 && wideTable({
    label: 'Capacity by symbol, smallest first', columns: columns('Symbol', '#Capacity'),
    rows: list.slice(0, 10).map((r) => [clip(r.symbol, 40), money(r.value)]),
  })}</div>`;
}
