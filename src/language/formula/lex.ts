import type { Diagnostic } from '../../core/diagnostic.ts';
import { parseDuration, parseTime } from '../../core/time.ts';
import type { Span } from './ast.ts';
import { fault, type FaultDetails } from './faults.ts';

export type Token = Span & (
  | { readonly k: 'number'; readonly value: number; readonly unit: 'none' | 'duration' | 'ratio' | 'money' }
  | { readonly k: 'time'; readonly value: number }
  | { readonly k: 'text'; readonly value: string }
  /** Names and the words `and or not in true false null if`; the parser tells them apart. */
  | { readonly k: 'name'; readonly name: string }
  | { readonly k: 'param'; readonly name: string }
  | { readonly k: 'op'; readonly op: string }
  /** A literal that was already refused. */
  | { readonly k: 'fault' }
  | { readonly k: 'end' }
);

export const MOST_CHARACTERS = 4096;
export const MOST_TOKENS = 1000;

const BLANK = /\s+/y;
const TIME = /\d{4}-\d\d-\d\d(?:T[\w:.+-]*|(?![\w-]))/y;
const DURATION = /(?:\d[\d_]*(?:\.\d+)?(?:us|ms|[smhdw]))+(?!\w)/y;
const NUMBER = /(?:\d[\d_]*(?:\.\d[\d_]*)?|\.\d[\d_]*)(?:[eE][+-]?\d+)?/y;
const CURRENCY = /\s*(?!(?:AND|NOT)\b)[A-Z]{3,5}\b(?!\s*[(.])/y;
const NAME = /[A-Za-z_]\w*/y;
const PARAM = /\$[A-Za-z_]\w*/y;
const OPERATOR = /[=!<>]=|[-+*/%<>()[\],.:]/y;
const TEXT = /"(?:[^"\\]|\\[^])*"|'(?:[^'\\]|\\[^])*'|[“”„][^“”„]*[“”„]|[‘’][^‘’]*[‘’]/y;
const PERCENT = /%(?!\s*(?!(?:and|or|not|in)\b)[\w$("'.[])/y;
/** Signs of other languages that begin like one of ours, so they are looked for first. */
const FOREIGN_LONG = /===|!==|<>|=<|=>|\*\*|&&|\|\|/y;
const FOREIGN = /[=!&|^≥≤≠−–—×·÷?;{}]/y;

/** Ways to write an operator elsewhere, and ours. */
const OURS: Readonly<Record<string, string>> = {
  '===': '==', '!==': '!=', '<>': '!=', '=<': '<=', '=>': '>=', '&&': 'and', '&': 'and', '||': 'or', '|': 'or', '=': '==', '!': 'not',
  '≥': '>=', '≤': '<=', '≠': '!=', '−': '-', '–': '-', '—': '-', '×': '*', '·': '*', '÷': '/',
};
const UNITS_HELP = 'units: us, ms, s, m, h, d, w for lengths of time (1h30m), % and bps for ratios, a currency for money (100 USD)';
const UNITS: Readonly<Record<string, string>> = {
  sec: 's', secs: 's', second: 's', seconds: 's', min: 'm', mins: 'm', minute: 'm', minutes: 'm', hr: 'h', hrs: 'h', hour: 'h', hours: 'h',
  day: 'd', days: 'd', week: 'w', weeks: 'w', bp: 'bps', pct: '%', percent: '%', H: 'h', D: 'd', W: 'w', S: 's', M: 'm', MS: 'ms',
};

export interface Lexed {
  /** Ends with a token of kind `end`. */
  readonly tokens: readonly Token[];
  /** A character that belongs to nothing was met: what follows was not read. */
  readonly broken: boolean;
}

/** Splits a formula into tokens. Slips with one obvious meaning (`&&`, `≥`) are reported and read as what was meant. */
export function lex(text: string, offset: number, diagnostics: Diagnostic[]): Lexed {
  const lexer = new Lexer(text, offset, diagnostics);
  return lexer.run();
}

class Lexer {
  private readonly text: string;
  private readonly offset: number;
  private readonly diagnostics: Diagnostic[];
  private readonly tokens: Token[] = [];
  private at = 0;

  constructor(text: string, offset: number, diagnostics: Diagnostic[]) {
    this.text = text;
    this.offset = offset;
    this.diagnostics = diagnostics;
  }

  run(): Lexed {
    let broken = false;
    while (!broken) {
      this.take(BLANK);
      if (this.at >= this.text.length) break;
      if (this.tokens.length >= MOST_TOKENS) {
        this.fault('E311', this.at, this.text.length, `the formula has more than ${MOST_TOKENS} words and signs`, {
          label: 'from here on', help: ['name a part of it in a `compute` node and use that name here'],
        });
        broken = true;
      } else {
        broken = !this.next();
      }
    }
    this.push(this.text.length, { k: 'end' });
    return { tokens: this.tokens, broken };
  }

  private next(): boolean {
    const from = this.at;
    if (this.time(from) || this.number(from) || this.quoted(from)) return true;
    const name = this.take(NAME);
    if (name !== null) return this.push(from, { k: 'name', name });
    const param = this.take(PARAM);
    if (param !== null) return this.push(from, { k: 'param', name: param.slice(1) });
    const long = this.take(FOREIGN_LONG);
    if (long !== null) return this.foreign(from, long);
    const op = this.take(OPERATOR);
    if (op !== null) return this.push(from, { k: 'op', op });
    const sign = this.take(FOREIGN);
    return sign === null ? this.stray(from) : this.foreign(from, sign);
  }

  private time(from: number): boolean {
    const written = this.take(TIME);
    if (written === null) return false;
    const value = parseTime(written);
    if (value !== null) return this.push(from, { k: 'time', value });
    this.fault('E300', from, this.at, `\`${written}\` is no date`, { help: ['write 2024-01-31 or 2024-01-31T09:30:00Z'] });
    return this.push(from, { k: 'fault' });
  }

  private number(from: number): boolean {
    const duration = this.take(DURATION);
    if (duration !== null) {
      const value = parseDuration(duration.replaceAll('_', ''));
      if (value !== null) return this.push(from, { k: 'number', value, unit: 'duration' });
      this.fault('E300', from, this.at, `\`${duration}\` is too long a time`, { help: ['lengths of time reach 285 years'] });
      return this.push(from, { k: 'fault' });
    }
    const digits = this.take(NUMBER);
    if (digits === null) return false;
    const value = Number(digits.replaceAll('_', ''));
    if (!Number.isFinite(value)) {
      this.fault('E300', from, this.at, `\`${digits}\` is too large a number`, { help: ['the largest is about 1.8e308'] });
      return this.push(from, { k: 'fault' });
    }
    return this.unit(from, value);
  }

  /** What follows the digits: `%`, `bps`, a currency, or nothing. */
  private unit(from: number, value: number): boolean {
    if (this.take(PERCENT) !== null) return this.push(from, { k: 'number', value: value / 100, unit: 'ratio' });
    if (this.take(CURRENCY) !== null) return this.push(from, { k: 'number', value, unit: 'money' });
    const unitAt = this.at;
    const unit = this.take(NAME);
    if (unit === null) return this.push(from, { k: 'number', value, unit: 'none' });
    if (unit === 'bps') return this.push(from, { k: 'number', value: value / 10_000, unit: 'ratio' });
    const written = this.text.slice(from, this.at);
    const right = Object.hasOwn(UNITS, unit) ? this.text.slice(from, unitAt) + UNITS[unit] : null;
    this.fault('E300', from, this.at, `unknown unit \`${unit}\` in \`${written}\``, {
      label: right === null ? 'not a unit' : `did you mean \`${right}\`?`,
      help: [UNITS_HELP], ...(right === null ? {} : { suggestion: right }),
    });
    return this.push(from, { k: 'fault' });
  }

  private quoted(from: number): boolean {
    const written = this.take(TEXT);
    if (written === null) return false;
    const body = written.slice(1, -1);
    if (written[0] === '"' || written[0] === "'") return this.push(from, { k: 'text', value: unescape(body) });
    const suggestion = JSON.stringify(body);
    this.fault('E300', from, this.at, `typographic quotes around \`${body}\``, { label: `write ${suggestion}`, suggestion });
    return this.push(from, { k: 'text', value: body });
  }

  private foreign(from: number, sign: string): boolean {
    const ours = Object.hasOwn(OURS, sign) ? OURS[sign] : null;
    if (ours !== null) {
      this.fault('E300', from, this.at, `\`${sign}\` is written \`${ours}\` here`, { label: `write \`${ours}\``, suggestion: ours });
      return this.push(from, /[a-z]/.test(ours) ? { k: 'name', name: ours } : { k: 'op', op: ours });
    }
    if (sign === '^' || sign === '**') {
      this.fault('E300', from, this.at, `there is no operator \`${sign}\``, { label: 'write pow(a, b)' });
      return this.push(from, { k: 'op', op: '*' });
    }
    const help = sign === '?' ? 'write a choice as if(condition, a, b)' : 'a formula is one value: no statements, no assignments';
    this.fault('E300', from, this.at, `unexpected \`${sign}\``, { label: 'not part of a formula', help: [help] });
    return false;
  }

  private stray(from: number): boolean {
    const sign = String.fromCodePoint(this.text.codePointAt(from) ?? 0);
    this.at += sign.length;
    if (`"'“”„‘’`.includes(sign)) {
      this.fault('E300', from, this.at, 'a quoted text is never closed', { label: 'opened here' });
    } else if (sign === '$') {
      this.fault('E300', from, this.at, '`$` without a name', { label: 'write $name, a parameter declared under params:' });
    } else {
      this.fault('E300', from, this.at, `unexpected character \`${sign}\``, { label: 'not part of a formula' });
    }
    return false;
  }

  private take(pattern: RegExp): string | null {
    pattern.lastIndex = this.at;
    const m = pattern.exec(this.text);
    if (m === null) return null;
    this.at += m[0].length;
    return m[0];
  }

  private push(from: number, token: TokenBody): boolean {
    this.tokens.push({ ...token, start: this.offset + from, end: this.offset + this.at });
    return true;
  }

  private fault(code: 'E300' | 'E311', from: number, to: number, message: string, details: FaultDetails): void {
    fault(this.diagnostics, code, { start: this.offset + from, end: this.offset + to }, message, details);
  }
}

type Bodies<T> = T extends unknown ? Omit<T, keyof Span> : never;
type TokenBody = Bodies<Token>;

const unescape = (body: string): string =>
  body.replace(/\\([^])/g, (_, c: string) => (c === 'n' ? '\n' : c === 't' ? '\t' : c));
