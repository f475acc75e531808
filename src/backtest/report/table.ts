import { html, type Html, type Part } from './html.ts';

export interface Column {
  readonly head: string;
  /** Numbers stand to the right, in figures of equal width. */
  readonly kind?: 'text' | 'number';
}

export interface Table {
  /** Name of the table for those who do not see where it stands. */
  readonly label: string;
  readonly columns: readonly Column[];
  /** The first cell of a row names the row. */
  readonly rows: readonly (readonly Part[])[];
  readonly empty?: string;
}

/** `Symbol`, `#Trades`: a leading `#` makes a column of numbers. */
export const columns = (...heads: readonly string[]): Column[] =>
  heads.map((h) => (h.startsWith('#') ? { head: h.slice(1), kind: 'number' } : { head: h, kind: 'text' }));

/** A table in a box of its own that scrolls sideways, by the keyboard as well, so that the page never does. */
export function wideTable({ label, columns: cols, rows, empty = 'None.' }: Table): Html {
  if (rows.length === 0) return html`<p class="none">${empty}</p>`;
  const kind = (c: number): string => (cols[c]?.kind === 'number' ? 'n' : 't');
  return html`<div class="scroll" role="region" tabindex="0" aria-label="${label}, table"><table>
<thead><tr>${cols.map((c, i) => html`<th scope="col" class="${kind(i)}">${c.head}</th>`)}</tr></thead>
<tbody>${rows.map((row) => html`<tr>${row.map((cell, c) => (c === 0
    ? html`<th scope="row" class="${kind(c)}">${cell}</th>` : html`<td class="${kind(c)}">${cell}</td>`))}</tr>
`)}</tbody></table></div>`;
}

/** Names and values below each other. */
export const facts = (pairs: readonly (readonly [string, Part])[]): Html =>
  html`<dl class="facts">${pairs.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;

/** A value with an arrow for its direction, so that the colour is not needed. */
export function directed(value: number | null | undefined, text: string): Html {
  if (value === null || value === undefined || !(value > 0 || value < 0)) return html`<span class="flat">${text}</span>`;
  return value > 0
    ? html`<span class="up"><i aria-hidden="true">▲</i> ${text}</span>`
    : html`<span class="down"><i aria-hidden="true">▼</i> ${text}</span>`;
}

/** A mark and the word for it. */
export const verdict = (ok: boolean, yes: string, no: string): Html => (ok
  ? html`<span class="pass"><i aria-hidden="true">✓</i> ${yes}</span>`
  : html`<span class="fail"><i aria-hidden="true">✗</i> ${no}</span>`);
