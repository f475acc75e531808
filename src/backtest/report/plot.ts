import { linear, logarithmic, percentLabel, timeScale, type Label, type Scale, type Tick } from './axis.ts';
import { html, raw, type Html, type Part } from './html.ts';
import { thin } from './series.ts';
import { wideTable, type Column } from './table.ts';

/** Class of a series: the colour and the dashes come from the style sheet, so that both themes have their own. */
export type Ink = 'main' | 'bench' | 'down' | 'second' | 'faint' | `run${number}`;

export interface Series {
  readonly name: string;
  readonly ink: Ink;
  readonly x: ArrayLike<number>;
  readonly y: Float64Array;
  /** Fills the space between the line and zero. */
  readonly area?: boolean;
}

/** The space between two lines, such as two quantiles. */
export interface Band {
  readonly name: string;
  readonly x: ArrayLike<number>;
  readonly low: ArrayLike<number>;
  readonly high: ArrayLike<number>;
}

export interface Figure {
  /** Unique on the page. */
  readonly id: string;
  readonly title: string;
  /** A sentence below the title: what is drawn, in which unit. */
  readonly note?: Part;
  /** What a person who cannot see the drawing should know of it. */
  readonly description: string;
  readonly legend?: readonly { readonly name: string; readonly ink: string }[];
  readonly height?: 'tall' | 'middle' | 'low';
  readonly columns?: readonly Column[];
  readonly rows?: readonly (readonly Part[])[];
}

export interface LineChart extends Figure {
  readonly series: readonly Series[];
  readonly bands?: readonly Band[];
  readonly label?: Label;
  /** Whether the scale has to hold zero, and whether it may be logarithmic where the range is large. */
  readonly zero?: boolean;
  readonly log?: boolean;
  /** Names of places on the x axis where that is not time. */
  readonly xLabel?: Label;
  readonly xName?: string;
  readonly points?: number;
}

const SIZE = 1000;

/** Places in the drawing, to a thousandth of its width and a ten-thousandth of its height. */
const ax = (x: number): number => Math.round(x * SIZE);
const ay = (y: number): number => Math.round((1 - y) * SIZE * 10);
const py = (y: number): string => String(ay(y) / 10);

/** A line through whole places, each written as the way from the last one: half as long as the places themselves. */
function polyline(points: readonly (readonly [number, number])[]): string {
  let [x, y] = [0, 0];
  return points.map(([toX, toY], i) => {
    const [dx, dy] = [toX - x, (toY - y) / 10];
    [x, y] = [toX, toY];
    return i === 0 ? `M${dx} ${dy}l` : `${i === 1 || dx < 0 ? '' : ' '}${dx}${dy < 0 ? '' : ' '}${dy}`;
  }).join('').replace(/l$/, 'l0 0');
}

/** The path through the points; a NaN leaves a gap. */
function path(s: Series, indexes: readonly number[], x: Scale, y: Scale): string {
  const strokes: (readonly [number, number])[][] = [];
  let pen = false;
  for (const i of indexes) {
    const at = y.place(s.y[i]);
    if (!pen && Number.isFinite(at)) strokes.push([]);
    pen = Number.isFinite(at);
    if (pen) strokes[strokes.length - 1].push([ax(x.place(s.x[i])), ay(at)]);
  }
  return strokes.map(polyline).join('');
}

function areaPath(s: Series, indexes: readonly number[], x: Scale, y: Scale): string {
  const base = ay(Math.min(1, Math.max(0, y.place(0))));
  const points = indexes.filter((i) => Number.isFinite(s.y[i]));
  if (points.length < 2) return '';
  const at = (i: number): number => ax(x.place(s.x[i]));
  const line = points.map((i) => [at(i), ay(y.place(s.y[i]))] as const);
  return `${polyline([[at(points[0]), base], ...line, [at(points[points.length - 1]), base]])}Z`;
}

function bandPath(b: Band, x: Scale, y: Scale): string {
  const n = b.x.length;
  const up = Array.from({ length: n }, (_, i) => [ax(x.place(b.x[i])), ay(y.place(b.high[i]))] as const);
  const down = Array.from({ length: n }, (_, i) => [ax(x.place(b.x[n - 1 - i])), ay(y.place(b.low[n - 1 - i]))] as const);
  return `${polyline([...up, ...down])}Z`;
}

function bounds(lists: readonly ArrayLike<number>[]): readonly [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (const list of lists) {
    for (let i = 0; i < list.length; i++) {
      if (list[i] < low) low = list[i];
      if (list[i] > high) high = list[i];
    }
  }
  return low <= high ? [low, high] : [0, 1];
}

/** From this ratio of the highest to the lowest value on, equal steps in percent are drawn equally high. */
export const LOG_FROM = 4;

/** Lines over time (or steps), with bands below them. */
export function lineChart(chart: LineChart): Html {
  const { series, bands = [], label = percentLabel, points = 1000 } = chart;
  let [low, high] = bounds([...series.map((s) => s.y), ...bands.flatMap((b) => [b.low, b.high])]);
  const log = chart.log === true && low > 0 && high / low >= LOG_FROM;
  if (chart.zero === true) [low, high] = [Math.min(0, low), Math.max(0, high)];
  const y = log ? logarithmic(low, high, label) : linear(low, high, label, chart.height === 'tall' ? 6 : 4);
  const [from, to] = bounds([...series.map((s) => s.x), ...bands.map((b) => b.x)]);
  const x = chart.xLabel === undefined ? timeScale(from, to) : within(linear(from, to, chart.xLabel, 8), from, to);
  const drawn = series.map((s) => {
    const indexes = thin(s.y, points);
    return html`${s.area === true && html`<path class="area ${s.ink}" d="${raw(areaPath(s, indexes, x, y))}"/>`}
<path class="line ${s.ink}" d="${raw(path(s, indexes, x, y))}"/>`;
  });
  const inner = html`${bands.map((b) => html`<path class="band" d="${raw(bandPath(b, x, y))}"/>`)}${drawn}`;
  const legend = chart.legend ?? (series.length > 1 ? series.map(({ name, ink }) => ({ name, ink })) : []);
  const note = log ? html`${chart.note} Logarithmic scale.` : chart.note;
  return figure({ ...chart, legend, note }, inner, x, y);
}

/** A linear scale that ends with the data instead of at a round line. */
function within(scale: Scale, from: number, to: number): Scale {
  const end = to > from ? to : from + 1;
  const place = (v: number): number => (v - from) / (end - from);
  return { ...scale, ticks: scale.ticks.filter((t) => t.at >= from && t.at <= end), place };
}

const edge = (share: number): string => (share > 0.98 ? ' last' : '');
const place = (share: number): string => `${Math.round(share * 1000) / 10}%`;

const xTick = (x: Scale) => (t: Tick, i: number): Html => {
  const at = x.place(t.at);
  return html`<span class="${i % 2 === 1 ? 'odd' : 'even'}${edge(at)}" style="left:${place(at)}">${t.label}</span>`;
};

/** A drawing with its axes, caption, text alternative and table. The labels are text of the page, so they keep their size at any width. */
export function figure(f: Figure, inner: Html, x: Scale | null, y: Scale | null): Html {
  const lines = (y?.ticks ?? []).map((t) => html`<path class="grid${t.at === 0 && ' zero'}" d="M0 ${py(y?.place(t.at) ?? 0)}H${SIZE}"/>`);
  const xs = x?.ticks ?? [];
  return html`<figure class="chart" id="${f.id}">
<figcaption><h3>${f.title}</h3>${f.note !== undefined && html`<p>${f.note}</p>`}${legendOf(f.legend ?? [])}</figcaption>
<div class="plot ${f.height ?? 'middle'}">
<div class="ys" aria-hidden="true">${(y?.ticks ?? []).map((t) => html`<span style="top:${place(1 - (y?.place(t.at) ?? 0))}">${
  t.label}</span>`)}</div>
<svg role="img" aria-labelledby="${f.id}-t ${f.id}-d" viewBox="0 0 ${SIZE} ${SIZE}" preserveAspectRatio="none">
<title id="${f.id}-t">${f.title}</title><desc id="${f.id}-d">${f.description}</desc>${lines}${inner}</svg>
<div class="xs${xs.length > 6 && ' many'}" aria-hidden="true">${x !== null && xs.map(xTick(x))}</div>
</div>
${f.columns !== undefined && html`<details><summary>Numbers<span class="unseen"> of ${f.title}</span></summary>${
    wideTable({ label: `${f.title}, numbers`, columns: f.columns, rows: f.rows ?? [] })}</details>`}
</figure>`;
}

function legendOf(items: readonly { readonly name: string; readonly ink: string }[]): Part {
  if (items.length === 0) return null;
  return html`<ul class="legend">${items.map(({ name, ink }) => html`<li>${sample(ink)}${name}</li>`)}</ul>`;
}

const BOXES = ['band', 'band inner', 'train', 'test'];

const sample = (ink: string): Html => (ink === 'win' || ink === 'loss'
  ? html`<svg aria-hidden="true" viewBox="0 0 12 12" width="12" height="12"><path class="dot ${ink}" d="M6 6h0"/></svg>`
  : BOXES.includes(ink)
    ? html`<svg aria-hidden="true" viewBox="0 0 26 12" width="26" height="12"><path class="${ink}" d="M0 1H26V11H0Z"/></svg>`
    : html`<svg aria-hidden="true" viewBox="0 0 26 12" width="26" height="12"><path class="line ${ink}" d="M0 6H26"/></svg>`);
