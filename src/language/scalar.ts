import type { Span } from './formula/ast.ts';

export type Env = Readonly<Record<string, string | undefined>>;

/** `plain` is unquoted; `block` is `|` or `>`. */
export type Style = 'plain' | 'single' | 'double' | 'block';

/** One value as text: exactly what was written, with quotes resolved and environment variables put in. Nothing is made a number here. */
export interface ScalarTree extends Span {
  readonly kind: 'scalar';
  readonly text: string;
  readonly style: Style;
  /** Environment variables that are named but not set. */
  readonly unset: readonly (Span & { readonly name: string })[];
  /** Set where a character of `text` is not at `first + index` in the file: the file offset of every character, and of the end. */
  readonly places: Int32Array | null;
  /** File offset of the first character of `text`. */
  readonly first: number;
}

export const isEmpty = (s: { readonly kind: string; readonly text?: string; readonly style?: Style }): boolean =>
  s.kind === 'scalar' && s.text === '' && s.style === 'plain';

/** Offset in the file of the character `index` of the scalar's text. */
export const placeOf = (s: ScalarTree, index: number): number =>
  s.places === null ? s.first + index : s.places[Math.max(0, Math.min(index, s.places.length - 1))];

export function makeScalar(value: string, style: Style, start: number, end: number, file: string, env: Env): ScalarTree {
  const open = style === 'single' || style === 'double' ? 1 : 0;
  const first = start + open;
  const straight = style !== 'block' && file.startsWith(value, first) && (open === 0 || first + value.length === end - 1);
  let places = straight ? null : align(value, style, first, end - open, file);
  if (!value.includes('${')) return { kind: 'scalar', text: value, style, start, end, unset: [], places, first };
  places ??= Int32Array.from({ length: value.length + 1 }, (_, i) => first + i);
  return { kind: 'scalar', style, start, end, first, ...substitute(value, places, env) };
}

/** File offset of every character of a value whose text differs from its source by quotes, escapes or folded lines. */
function align(value: string, style: Style, first: number, end: number, file: string): Int32Array {
  const places = new Int32Array(value.length + 1);
  let j = style === 'block' ? lineAfter(file, first, end) : first;
  for (let i = 0; i < value.length; i++) {
    const blank = value[i] === ' ' || value[i] === '\n' || value[i] === '\t';
    if (style === 'double' && file[j] === '\\') {
      places[i] = j;
      j += escapeLength(file, j);
      continue;
    }
    if (!blank) while (j < end && file[j] !== value[i] && isBlank(file[j])) j += 1;
    places[i] = Math.min(j, end);
    if (blank && !isBlank(file[j])) continue;
    j += style === 'single' && value[i] === "'" && file[j + 1] === "'" ? 2 : 1;
  }
  places[value.length] = Math.min(j, end);
  return places;
}

const isBlank = (c: string | undefined): boolean => c === ' ' || c === '\n' || c === '\r' || c === '\t';

function lineAfter(file: string, from: number, end: number): number {
  const n = file.indexOf('\n', from);
  return n < 0 ? end : Math.min(n + 1, end);
}

function escapeLength(file: string, at: number): number {
  const c = file[at + 1];
  return c === 'x' ? 4 : c === 'u' ? 6 : c === 'U' ? 10 : 2;
}

/**
 * Puts `${NAME}` and `${NAME:-default}` in; `$${` is a dollar sign and a brace. Runs on the parsed value, so a variable cannot add YAML.
 */
function substitute(value: string, places: Int32Array, env: Env): Pick<ScalarTree, 'text' | 'unset' | 'places'> {
  const unset: (Span & { name: string })[] = [];
  const at: number[] = [];
  let text = '';
  let last = 0;
  const keep = (to: number): void => {
    for (let i = last; i < to; i++) at.push(places[i]);
    text += value.slice(last, to);
  };
  for (const { index, end, name, fallback, escaped } of variablesOf(value)) {
    keep(index);
    last = end;
    const found = Object.hasOwn(env, name) ? env[name] : undefined;
    if (!escaped && found === undefined && fallback === undefined) unset.push({ name, start: places[index], end: places[last] });
    const put = escaped ? value.slice(index + 1, end) : (found ?? fallback ?? '');
    for (let i = 0; i < put.length; i++) at.push(places[index]);
    text += put;
  }
  keep(value.length);
  at.push(places[value.length]);
  return { text, unset, places: Int32Array.from(at) };
}

interface Variable {
  /** Of the first `$`, and behind the brace. */
  readonly index: number;
  readonly end: number;
  readonly name: string;
  readonly fallback: string | undefined;
  readonly escaped: boolean;
}

/** Every `${NAME}` and `${NAME:-default}` from left to right. A pattern would read on to the end of the text for each one left open. */
function* variablesOf(value: string): Generator<Variable> {
  const head = /\$\{(\w+)(:-|\})/y;
  for (let i = value.indexOf('${'); i >= 0;) {
    head.lastIndex = i;
    const m = head.exec(value);
    const close = m === null ? i : value.indexOf('}', i);
    if (close < 0) return;
    if (m === null) {
      i = value.indexOf('${', i + 2);
      continue;
    }
    const [opening, name, mark] = m;
    const escaped = value[i - 1] === '$';
    yield {
      index: escaped ? i - 1 : i, end: close + 1, name, escaped,
      fallback: mark === '}' ? undefined : value.slice(i + opening.length, close),
    };
    i = value.indexOf('${', close + 1);
  }
}

/** What a plain YAML parser (1.1 or 1.2) would make of an unquoted text, or null where every parser reads text. */
export function plainReading(text: string): 'number' | 'boolean' | 'null' | 'date' | null {
  if (/^(~|null|Null|NULL)$/.test(text)) return 'null';
  if (/^(y|Y|yes|Yes|YES|n|N|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF)$/.test(text)) return 'boolean';
  if (/^[-+]?(0b[01_]+|0o?[0-7_]+|0x[\da-fA-F_]+)$/.test(text)) return 'number';
  if (/^[-+]?(\d[\d_]*(\.[\d_]*)?|\.\d[\d_]*)([eE][-+]?\d+)?$/.test(text)) return 'number';
  if (/^[-+]?(\.inf|\.Inf|\.INF)$|^(\.nan|\.NaN|\.NAN)$/.test(text)) return 'number';
  if (/^[-+]?\d[\d_]*(:[0-5]?\d)+(\.\d*)?$/.test(text)) return 'number';
  if (/^\d{4}-\d\d?-\d\d?([Tt ].*)?$/.test(text)) return 'date';
  return null;
}
