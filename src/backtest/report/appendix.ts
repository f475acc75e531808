import type { BacktestRun } from '../model.ts';
import type { MetricDocs } from './extras.ts';
import { count } from './format.ts';
import { clip, html, type Html } from './html.ts';
import { metricDoc, metricText } from './metric.ts';

const MOST_ASSUMPTIONS = 30;
const MOST_METRICS = 160;

/** What the result rests on: whoever doubts one of these need not read further. */
export function assumptions(run: BacktestRun): Html {
  const all = run.assumptions;
  return html`<section id="assumptions" aria-labelledby="assumptions-h"><h2 id="assumptions-h">Assumptions</h2><div class="card">
<h3>Fill profile: ${clip(run.fillProfile, 60)}</h3>${all.length === 0 ? html`<p class="none">None were stated.</p>`
    : html`<ul class="list">${all.slice(0, MOST_ASSUMPTIONS).map((a) => html`<li>${clip(a, 300)}</li>`)}</ul>`}${
    all.length > MOST_ASSUMPTIONS && html`<p class="none">and ${count(all.length - MOST_ASSUMPTIONS)} more</p>`}</div></section>`;
}

/** Every metric by group, with its formula where that is known. */
export function metricTable(run: BacktestRun, docs: MetricDocs | undefined): Html {
  const found = new Map<string, string[]>();
  const names = Object.keys(run.metrics).slice(0, MOST_METRICS);
  // In the order of the descriptions, which is the order that their author chose; what has none follows.
  const order = new Map(Object.keys(docs ?? {}).map((name, i) => [name, i]));
  const rank = (name: string): number => order.get(name) ?? Infinity;
  const sorted = names.map((name, i) => ({ name, i })).sort((a, b) => (rank(a.name) === rank(b.name) ? a.i - b.i
    : rank(a.name) - rank(b.name)));
  for (const { name } of sorted) {
    const { group } = metricDoc(name, docs);
    found.set(group, [...found.get(group) ?? [], name]);
  }
  const row = (name: string): Html => {
    const { title, formula } = metricDoc(name, docs);
    return html`<tr><th scope="row">${clip(title, 60)}${formula !== null && html`<small>${clip(formula, 160)}</small>`}</th><td class="n">${
      metricText(name, run.metrics[name], docs)}</td></tr>
`;
  };
  return html`<section id="metrics" aria-labelledby="metrics-h"><h2 id="metrics-h">All metrics</h2><div class="card">${
    found.size === 0 ? html`<p class="none">None were computed.</p>` : html`<div class="metrics${found.size === 1 && ' one'}">${
      [...found].map(([group, list]) => html`<div><h3>${clip(group, 60)}</h3><table><tbody>${
        list.map(row)}</tbody></table></div>`)}</div>`}</div></section>`;
}
