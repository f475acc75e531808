import type { FieldSpec, Money, Span as Length } from '../core/field.ts';
import { formatDuration, parseDuration, parseTime } from '../core/time.ts';
import type { ParamDecl } from './document.ts';
import { suggest } from './suggest.ts';

/** A value read from text, or what is wrong with it. */
export type Read = { readonly value: unknown } | { readonly wrong: string; readonly label: string; readonly suggestion?: string };

export function parseNumber(text: string): number | null {
  if (!/^[+-]?(\d[\d_]*(\.\d[\d_]*)?|\.\d[\d_]*)([eE][+-]?\d+)?$/.test(text)) return null;
  const value = Number(text.replaceAll('_', ''));
  return Number.isFinite(value) ? value : null;
}

/** `0.5%` is 0.005 and `10bps` is 0.001; null when the text has neither unit. */
export function parseRatio(text: string): number | null {
  const unit = ['%', 'bps'].find((u) => text.endsWith(u));
  const value = unit === undefined ? null : parseNumber(text.slice(0, -unit.length).trimEnd());
  if (value === null) return null;
  // Dividing by the unit keeps 0.1% the double nearest to 0.001.
  return unit === '%' ? value / 100 : value / 10_000;
}

/** `100000 USD`: the number; null when the text is no amount of money. */
export function parseMoney(text: string): number | null {
  return /\s[A-Z]{3}$/.test(text.slice(-4)) ? parseNumber(text.slice(0, -4).trimEnd()) : null;
}

/** `100000 USD`, or the number alone for US dollars; null for anything else. */
export function moneyOf(text: string): Money | null {
  const plain = parseNumber(text);
  if (plain !== null) return { amount: plain, currency: 'USD' };
  const amount = parseMoney(text);
  return amount === null ? null : { amount, currency: text.slice(-3) };
}

const PER_YEAR = 'per year';

const KINDS: Readonly<Record<string, string>> = Object.freeze({
  int: 'a whole number', number: 'a number', duration: 'a duration', span: 'a number of rows or a duration',
  ratio: 'a ratio such as 0.5% or 10bps', flag: '`true` or `false`', choice: 'one of its words', text: 'a text',
  literal: 'a single value', money: 'an amount such as 100000 USD', time: 'a date or a time such as 2024-01-02',
});

export const kindWords = (kind: string): string => KINDS[kind] ?? kind;

/** Reads a written text as the kind of a field; ranges are checked by `inRange`. */
export function readLiteral(spec: FieldSpec, text: string, quoted: boolean): Read {
  if (spec.words?.includes(text)) return { value: text };
  switch (spec.kind) {
    case 'int': {
      const n = parseNumber(text);
      return n !== null && Number.isSafeInteger(n) ? { value: n } : wrong(spec, n === null ? 'not a whole number' : 'has a fraction');
    }
    case 'number': {
      const n = parseNumber(text);
      return n === null ? wrong(spec, 'not a number') : { value: n };
    }
    case 'duration': return readDuration(spec, text);
    case 'span': {
      const n = parseNumber(text);
      if (n === null) return readDuration(spec, text, (micros) => ({ micros }));
      return Number.isSafeInteger(n) || spec.unit === 'amount' ? { value: { rows: n } } : wrong(spec, 'has a fraction');
    }
    case 'ratio': {
      const bare = spec.unit === PER_YEAR ? text.replace(/\s*\/\s*year$/, '') : text;
      const n = parseRatio(bare) ?? parseNumber(bare);
      return n === null ? noRatio(spec, text) : { value: n };
    }
    case 'money': {
      const value = moneyOf(text);
      if (value !== null) return { value };
      const m = /^([+-]?[\d_.]+)\s*([A-Za-z]{3})$/.exec(text);
      return near(spec, m === null ? '' : `${m[1]} ${m[2].toUpperCase()}`, (x) => moneyOf(x) !== null, 'not an amount');
    }
    case 'time': {
      const value = parseTime(text);
      if (value !== null) return { value };
      const m = /^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})$/.exec(text);
      const mended = m === null ? '' : `${m[1]}-${m[2].padStart(2, '0')}-${m[3].padStart(2, '0')}`;
      return near(spec, mended, (x) => parseTime(x) !== null, 'not a date');
    }
    case 'flag': return readFlag(spec, text);
    case 'literal': return { value: quoted ? text : (parseNumber(text) ?? (text === 'true' ? true : text === 'false' ? false : text)) };
    default: return { value: text };
  }
}

/** Says what was meant where that can be read. */
function near(spec: FieldSpec, mended: string, reads: (text: string) => boolean, otherwise: string): Read {
  return reads(mended) ? { ...wrong(spec, `did you mean \`${mended}\`?`), suggestion: mended } : wrong(spec, otherwise);
}

function noRatio(spec: FieldSpec, text: string): Read {
  const m = /^([^/]*)\/\s*(\w+)$/.exec(text);
  const year = m !== null && (/^(y|yr|annum|a)$/i.test(m[2]) || suggest(m[2], ['year']) !== null);
  if (spec.unit === PER_YEAR && m !== null && year) {
    return near(spec, `${m[1].trim()}/year`, () => parseRatio(m[1].trim()) !== null, 'not a ratio');
  }
  if (m?.[2] === 'year') return near(spec, m[1].trim(), (x) => parseRatio(x) !== null, 'not a ratio');
  return near(spec, text.replace(/\s*(bp|basis points?)$/i, 'bps'), (x) => parseRatio(x) !== null, 'not a ratio');
}

function readFlag(spec: FieldSpec, text: string): Read {
  const lower = text.toLowerCase();
  if (lower === 'true' || lower === 'false') return { value: lower === 'true' };
  const near = /^(yes|on|y|1)$/.test(lower) ? 'true' : /^(no|off|n|0)$/.test(lower) ? 'false' : null;
  const slip = near ?? (/^t/.test(lower) ? 'true' : /^f/.test(lower) ? 'false' : null);
  return slip === null ? wrong(spec, 'not true or false') : { ...wrong(spec, `did you mean \`${slip}\`?`), suggestion: slip };
}

function readDuration(spec: FieldSpec, text: string, wrap: (micros: number) => unknown = (x) => x): Read {
  const micros = parseDuration(text);
  if (micros !== null) return { value: wrap(micros) };
  const near = nearDuration(text);
  if (near !== null) return { ...wrong(spec, `did you mean \`${near}\`?`), suggestion: near };
  return wrong(spec, /^\d+$/.test(text) ? 'the unit is missing' : 'not a duration');
}

const UNIT_WORDS: readonly (readonly [RegExp, string])[] = [
  [/^(mins?|minutes?)$/i, 'm'], [/^(secs?|seconds?)$/i, 's'], [/^(hrs?|hours?)$/i, 'h'], [/^(days?)$/i, 'd'], [/^(weeks?)$/i, 'w'],
  [/^(msecs?|millis|milliseconds?)$/i, 'ms'], [/^(us|ms|s|m|h|d|w)$/i, ''],
];

/** `5 min` was meant as `5m`. */
function nearDuration(text: string): string | null {
  const m = /^(\d+(?:\.\d+)?)\s*([A-Za-z]+)$/.exec(text);
  if (m === null) return null;
  for (const [words, unit] of UNIT_WORDS) if (words.test(m[2])) return `${m[1]}${unit === '' ? m[2].toLowerCase() : unit}`;
  return null;
}

function wrong(spec: FieldSpec, label: string): { wrong: string; label: string } {
  const words = spec.words === undefined ? '' : `, or ${spec.words.map((w) => `\`${w}\``).join(' or ')}`;
  const kind = spec.unit === PER_YEAR ? 'a ratio per year such as 50bps/year' : kindWords(spec.kind);
  return { wrong: `${kind}${words}`, label };
}

/** What a number outside the field's range violates, or null. Durations are compared in microseconds, spans by their rows or time. */
export function outOfRange(spec: FieldSpec, value: unknown): string | null {
  const n = spec.kind === 'span' ? ((value as Length).rows ?? (value as Length).micros)
    : spec.kind === 'money' ? (value as Money).amount : value;
  if (typeof n !== 'number') return null;
  const inTime = spec.kind === 'duration' || (spec.kind === 'span' && (value as Length).rows === undefined);
  const show = (x: number): string => (inTime ? formatDuration(x) : String(x));
  // A span's bounds count rows; a length of time must only be there.
  const min = spec.kind === 'span' && inTime ? 1 : spec.min;
  const max = spec.kind === 'span' && inTime ? undefined : spec.max;
  if (min !== undefined && n < min) return spec.kind === 'span' && inTime ? 'more than 0' : `at least ${show(min)}`;
  if (max !== undefined && n > max) return `at most ${show(max)}`;
  return null;
}

/** The value of a parameter as a field of this kind, or null when the types do not fit. */
export function paramAs(spec: FieldSpec, p: ParamDecl): { readonly value: unknown } | null {
  const { value, type, unit } = p;
  const whole = type === 'i64';
  const numeric = whole || (type === 'f64' && unit !== 'duration');
  switch (spec.kind) {
    case 'int': return whole ? { value } : null;
    case 'number': return numeric ? { value } : null;
    case 'ratio': return numeric && unit !== 'money' ? { value } : null;
    case 'duration': return unit === 'duration' ? { value } : typeof value === 'string' && spec.words?.includes(value) ? { value } : null;
    case 'span':
      if (unit === 'duration') return { value: { micros: value } };
      return whole || (numeric && spec.unit === 'amount') ? { value: { rows: value } } : null;
    case 'money':
      return numeric && (unit === 'money' || unit === 'none') ? { value: { amount: value, currency: p.currency ?? 'USD' } } : null;
    case 'time': return type === 'time' ? { value } : null;
    case 'flag': return type === 'bool' ? { value } : null;
    case 'choice': return typeof value === 'string' && spec.values?.includes(value) ? { value } : null;
    case 'text': return typeof value === 'string' ? { value } : null;
    case 'names': case 'texts': return Array.isArray(value) ? { value } : null;
    case 'literal': return Array.isArray(value) ? null : { value };
    default: return null;
  }
}
