/** Markup that may stand in a page as it is. Only `html` and `raw` make it, so text from a user cannot become markup by mistake. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type Part = Html | string | number | null | undefined | false | readonly Part[];

/**
 * Characters that no page may hold (controls, lone surrogates), or that change the reading order of what follows them: a symbol named with
 * one of those could make a loss look like something else.
 */
const UNFIT = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufffe\uffff]|\p{Surrogate}/gu;

/** Text made safe for element content and for double-quoted attributes. */
export const escapeText = (text: string): string => text.replace(UNFIT, '\ufffd')
  .replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;').replaceAll("'", '&#39;');

function write(part: Part): string {
  if (part === null || part === undefined || part === false) return '';
  if (part instanceof Html) return part.text;
  if (typeof part === 'object') return part.map(write).join('');
  return escapeText(String(part));
}

/** A template whose values are escaped unless they are markup already; lists are joined, `null` and `false` leave nothing. */
export function html(texts: TemplateStringsArray, ...parts: readonly Part[]): Html {
  let out = texts[0];
  parts.forEach((part, i) => { out += write(part) + texts[i + 1]; });
  return new Html(out);
}

/** Text of this module's own making (path data, style rules) as markup. */
export const raw = (text: string): Html => new Html(text);

/** At most `max` characters: one endless name must not fill the page. */
export function clip(text: string, max: number): string {
  const found = [...text.slice(0, 2 * max + 2)];
  return found.length <= max ? text : `${found.slice(0, max - 1).join('')}…`;
}
