import type { BacktestRun, TradeRow } from '../model.ts';
import { linear, percentLabel, shortLabel, type Scale } from './axis.ts';
import { count, lasting, money, monthName, moment, percent, short, signedPercent } from './format.ts';
import { clip, html, raw, type Html, type Part } from './html.ts';
import { figure } from './plot.ts';
import { quantile } from './series.ts';
import { columns, directed, wideTable } from './table.ts';
import { groups, histogram, monthlyTurnover, sampled, type Bin, type TradeGroup } from './trade-series.ts';

const SHOWN = 10;
const MOST_SYMBOLS = 20;
const MOST_DOTS = 900;

const y1 = (x: number): number => Math.round((1 - x) * 10_000) / 10;

/** Upright bars from zero, over a scale of their own. */
function bars(x: Scale, y: Scale, list: readonly { from: number; to: number; value: number; ink: string }[]): Html {
  const rules = ['up', 'down', 'main'].map((ink) => {
    const d = list.filter((b) => b.ink === ink && b.value !== 0).map((b) => {
      const [left, right] = [x.place(b.from) * 1000, x.place(b.to) * 1000];
      const gap = list.length > 80 ? 0 : Math.min(1.2, (right - left) * 0.12);
      return `M${(left + gap).toFixed(1)} ${y1(y.place(0))}V${y1(y.place(b.value))}H${(right - gap).toFixed(1)}V${y1(y.place(0))}Z`;
    }).join('');
    return d === '' ? null : html`<path class="bars ${ink}" d="${raw(d)}"/>`;
  });
  return html`${rules}`;
}

/** How the returns of the trades are spread. */
export function returnHistogram(run: BacktestRun): Html {
  const bins = histogram(run.trades.map((t) => t.return));
  if (bins.length === 0) return html`<p class="card none">No trades, so no distribution of their returns.</p>`;
  // The outer bins may reach far beyond: they are drawn as wide as the others.
  const width = bins.length > 2 ? bins[1].to - bins[1].from : (bins[bins.length - 1].to - bins[0].from) / bins.length;
  const low = bins.length > 2 ? bins[0].to - width : bins[0].from;
  const place = (v: number): number => (v - low) / (width * bins.length);
  const ticks = linear(low, low + width * bins.length, percentLabel, 7).ticks.filter((t) => place(t.at) >= 0 && place(t.at) <= 1);
  const x: Scale = { low, high: low + width * bins.length, log: false, place, ticks };
  const y = linear(0, bins.reduce((a, b) => Math.max(a, b.count), 1), shortLabel, 4);
  const drawn = bins.map((b, i) =>
    ({ from: low + i * width, to: low + (i + 1) * width, value: b.count, ink: b.to <= width * 1e-6 ? 'down' : 'up' }));
  const wins = run.trades.filter((t) => t.pnl > 0).length;
  const median = quantile(run.trades.map((t) => t.return).sort((a, b) => a - b), 0.5);
  const rangeText = (b: Bin): string => `${percent(b.from)} to ${percent(b.to)}`;
  return figure({
    id: 'returns', title: 'Returns of trades', note: 'Number of trades by return; the outer bars hold everything beyond.',
    description: `${count(run.trades.length)} trades, ${count(wins)} with a gain; the middle one returned ${percent(median)}.`,
    columns: columns('Return', '#Trades'), rows: bins.filter((b) => b.count > 0).map((b) => [rangeText(b), count(b.count)]),
  }, html`${bars(x, y, drawn)}<path class="axis" d="M${raw((place(0) * 1000).toFixed(1))} 0V1000"/>`, x, y);
}

/** How far each trade went against and for its holder before it ended. */
export function excursions(run: BacktestRun): Html | null {
  const all = run.trades.filter((t) => Number.isFinite(t.mae) && Number.isFinite(t.mfe));
  if (all.length === 0) return null;
  const drawn = sampled(all, MOST_DOTS);
  // A few extremes would press all other dots into a corner, so those are drawn at the edge.
  const edge = (values: readonly number[]): number => quantile([...values].sort((a, b) => a - b), 0.99) * 1.1;
  const x = linear(Math.min(0, -edge(all.map((t) => -t.mae))), 0, percentLabel, 6);
  const y = linear(0, Math.max(0, edge(all.map((t) => t.mfe))), percentLabel, 4);
  const inside = (v: number): number => Math.min(1, Math.max(0, v));
  const dots = (list: readonly TradeRow[]): string =>
    list.map((t) => `M${Math.round(inside(x.place(t.mae)) * 1000)} ${y1(inside(y.place(t.mfe)))}h0`).join('');
  const half = (list: readonly number[]): number => quantile([...list].sort((a, b) => a - b), 0.5);
  const part = (name: string, list: readonly TradeRow[]): Part[] =>
    [name, count(list.length), percent(half(list.map((t) => t.mae))), percent(half(list.map((t) => t.mfe)))];
  const [won, lost] = [all.filter((t) => t.pnl > 0), all.filter((t) => !(t.pnl > 0))];
  return figure({
    id: 'excursions', title: 'Worst and best moment of each trade',
    note: `Across: the deepest open loss (MAE). Up: the highest open gain (MFE). What lies beyond is at the edge.${
      drawn.length < all.length ? ` ${count(drawn.length)} of ${count(all.length)} drawn.` : ''}`,
    description: `A dot for each trade. ${count(won.length)} ended with a gain, ${
      count(lost.length)} without; the table holds the medians of both.`,
    legend: [{ name: 'gain', ink: 'win' }, { name: 'loss', ink: 'loss' }],
    columns: columns('Ended with', '#Trades', '#Median MAE', '#Median MFE'), rows: [part('a gain', won), part('a loss', lost)],
  }, html`<path class="dot loss" d="${raw(dots(drawn.filter((t) => !(t.pnl > 0))))}"/><path class="dot win" d="${
    raw(dots(drawn.filter((t) => t.pnl > 0)))}"/>`, x, y);
}

/** Value traded each month over the account value. */
export function turnoverChart(run: BacktestRun): Html | null {
  const all = monthlyTurnover(run);
  if (all.length === 0) return null;
  const shown = all.slice(-360);
  const y = linear(0, shown.reduce((a, m) => Math.max(a, m.turnover), 0) || 1, percentLabel, 4);
  const n = shown.length;
  const place = (v: number): number => v / n;
  const step = Math.max(1, Math.ceil(n / 10 / 12)) * 12;
  const ticks = shown.flatMap((m, i) => (n <= 12 ? [{ at: i + 0.5, label: monthName(m.month) }]
    : m.month === 1 && (m.year * 12) % step === 0 ? [{ at: i, label: String(m.year) }] : []));
  const x: Scale = { low: 0, high: n, log: false, place, ticks };
  const mean = shown.reduce((a, m) => a + m.turnover, 0) / n;
  return figure({
    id: 'turnover', title: 'Turnover', note: `Value of the fills of each month over the account value. All fills: ${money(run.turnover)}.`,
    description: `${percent(mean, 1)} of the account on average in each of ${count(n)} months.`,
  }, bars(x, y, shown.map((m, i) => ({ from: i, to: i + 1, value: m.turnover, ink: 'main' }))), x, y);
}

/** Where the costs came from. */
export function costSplit(run: BacktestRun): Html {
  const { total, ...parts } = run.costs;
  const list = Object.entries(parts).filter(([, v]) => v !== 0);
  const top = list.reduce((a, [, v]) => Math.max(a, Math.abs(v)), 0);
  const name = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
  const traded = run.turnover > 0 ? `, ${percent(total / run.turnover, 3)} of the value traded` : '';
  return html`<div class="card" id="costs"><h3>Costs</h3><p>${clip(run.currency, 12)} paid${traded}. A negative value was received.</p>${
    list.length === 0 ? html`<p class="none">Nothing was paid.</p>` : html`<ul class="split">${list.map(([k, v]) =>
      html`<li class="${v < 0 ? 'gain' : 'paid'}">
<span>${name(k)}</span><span class="track"><span class="fillbar" style="width:${
  Math.round((Math.abs(v) / top) * 1000) / 10}%"></span></span><span>${
    money(v)}</span></li>`)}<li class="sum"><span>Total</span><span></span><span>${money(total)}</span></li></ul>`}${refusals(run)}</div>`;
}

function refusals(run: BacktestRun): Part {
  const list = Object.entries(run.refused).sort((a, b) => b[1] - a[1]);
  if (list.length === 0) return null;
  return html`<p>Orders refused, by code: ${list.slice(0, 12).map(([code, n], i) => html`${i > 0 && ', '}<code>${clip(code, 40)}</code> ${
    count(n)}`)}${
    list.length > 12 && html` and ${count(list.length - 12)} more codes`}.</p>`;
}

const tradeRow = (t: TradeRow): Part[] => [
  clip(t.symbol, 24), t.side === 'long' ? '↗ long' : '↘ short', moment(t.entryTs).slice(0, 16),
  t.open ? 'open' : moment(t.exitTs).slice(0, 16),
  lasting(t.exitTs - t.entryTs), short(t.quantity), directed(t.pnl, money(t.pnl)), signedPercent(t.return), clip(t.exitReason, 20),
];

/** The trades that made and that cost the most. */
export function extremeTrades(run: BacktestRun): Html {
  const sorted = [...run.trades].sort((a, b) => b.pnl - a.pnl || a.entryTs - b.entryTs);
  const heads = columns('Symbol', 'Side', 'Entry', 'Exit', '#Held', '#Quantity', '#Result', '#Return', 'Reason');
  const one = (title: string, rows: readonly TradeRow[]): Html => html`<div class="card"><h3>${title}</h3>${
    wideTable({ label: title, columns: heads, rows: rows.map(tradeRow), empty: 'None.' })}</div>`;
  return html`${one('Best trades', sorted.filter((t) => t.pnl > 0).slice(0, SHOWN))}${
    one('Worst trades', sorted.filter((t) => t.pnl < 0).slice(-SHOWN).reverse())}`;
}

/** Results by symbol, the largest and the smallest where there are many. */
export function bySymbol(run: BacktestRun): Html {
  const all = groups(run.trades, (t) => t.symbol).sort((a, b) => b.pnl - a.pnl || (a.name < b.name ? -1 : 1));
  const cut = all.length > MOST_SYMBOLS;
  const shown = cut ? [...all.slice(0, MOST_SYMBOLS / 2), ...all.slice(-MOST_SYMBOLS / 2)] : all;
  const idle = run.symbols.length - all.length;
  const factor = (g: TradeGroup): string => (g.profitFactor === null ? '–' : g.profitFactor.toFixed(2));
  return html`<div class="card"><h3>By symbol</h3>${(cut || idle > 0)
    && html`<p>${cut && `The best and the worst ${count(MOST_SYMBOLS / 2)} of ${count(all.length)}. `}${
    idle > 0 && `${count(idle)} ${idle === 1 ? 'symbol was' : 'symbols were'} never traded.`}</p>`}${wideTable({
    label: 'By symbol', columns: columns('Symbol', '#Trades', '#Win rate', '#Result', '#Mean return', '#Profit factor', '#Commission'),
    rows: shown.map((g) => [clip(g.name, 40), count(g.trades), percent(g.winRate, 1), directed(g.pnl, money(g.pnl)),
      signedPercent(g.meanReturn),
      factor(g), money(g.commission)]), empty: 'No trades.',
  })}</div>`;
}
