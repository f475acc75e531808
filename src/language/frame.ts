import type { Diagnostic } from '../core/diagnostic.ts';

/** Columns of a line that are shown; longer lines are cut around the fault. */
const WIDTH = 110;

/** Line and column, both from 1, of an offset; columns count characters. */
export function linePosition(text: string, offset: number): { line: number; column: number } {
  const at = Math.max(0, Math.min(offset, text.length));
  let line = 1;
  let start = 0;
  for (let i = text.indexOf('\n'); i >= 0 && i < at; i = text.indexOf('\n', i + 1)) {
    line += 1;
    start = i + 1;
  }
  return { line, column: [...text.slice(start, at)].length + 1 };
}

/** A diagnostic as the command line shows it: what, where, the line with the fault underlined, and how to mend it. */
export function renderDiagnostic(d: Diagnostic, text: string, file: string, options: { readonly color: boolean }): string {
  const paint = (code: number, s: string): string => (options.color && s !== '' ? `\x1b[${code}m${s}\x1b[0m` : s);
  const tint = d.severity === 'error' ? 31 : 33;
  const { line, column } = linePosition(text, d.start);
  const width = String(line + 1).length;
  const gutter = ' '.repeat(width);
  const out = [
    `${paint(tint, `${d.severity}[${d.code}]`)}: ${oneLine(d.message)}`,
    `${gutter}--> ${file}:${line}:${column}`,
    `${gutter} |`,
  ];
  const start = lineStart(text, d.start);
  const shown = cut(lineAt(text, start), d.start - start, Math.max(1, d.end - d.start));
  if (line > 1) {
    const before = lineAt(text, lineStart(text, start - 1));
    out.push(`${String(line - 1).padStart(width)} | ${clip(expand(before), shown.skipped)}`.trimEnd());
  }
  out.push(`${String(line).padStart(width)} | ${shown.text}`.trimEnd());
  const carets = paint(tint, '^'.repeat(Math.max(1, shown.length)));
  out.push(`${gutter} | ${' '.repeat(shown.column)}${carets} ${paint(tint, oneLine(d.label ?? ''))}`.trimEnd());
  for (const help of d.help ?? []) out.push(`${gutter} = ${oneLine(help)}`);
  return out.join('\n');
}

const oneLine = (s: string): string => clean(s.replace(/\s*\r?\n\s*/g, ' '));

// Text of a pipeline reaches a terminal: nothing in it may move the cursor.
const clean = (s: string): string => s.replace(/[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]/g, '\ufffd');

const lineStart = (text: string, offset: number): number => (offset <= 0 ? 0 : text.lastIndexOf('\n', Math.min(offset, text.length) - 1)
  + 1);

function lineAt(text: string, start: number): string {
  const end = text.indexOf('\n', start);
  return (end < 0 ? text.slice(start) : text.slice(start, end)).replace(/\r$/, '');
}

interface Cut {
  readonly text: string;
  /** Columns on the screen before the carets, and how many there are. */
  readonly column: number;
  readonly length: number;
  /** Columns cut off on the left. */
  readonly skipped: number;
}

function cut(line: string, from: number, length: number): Cut {
  const before = columns(line.slice(0, from));
  const full = columns(line);
  const wide = Math.max(1, Math.min(columns(line.slice(0, from + length)), Math.max(full, before + 1)) - before);
  const whole = expand(line);
  if (full <= WIDTH) return { text: whole, column: before, length: wide, skipped: 0 };
  const room = Math.max(20, WIDTH - Math.min(wide, WIDTH - 20));
  const skipped = before <= WIDTH / 2 ? 0 : Math.max(0, Math.min(before - Math.floor(room / 2), full - WIDTH));
  return { text: clip(whole, skipped), column: before - skipped, length: Math.min(wide, WIDTH - (before - skipped)), skipped };
}

/** At most `WIDTH` columns of a line from column `skipped` on; dots stand for what is cut. */
function clip(line: string, skipped: number): string {
  let at = 0;
  let out = '';
  let used = 0;
  for (const c of line) {
    const w = columnsOf(c);
    if (at >= skipped && used + w <= WIDTH) {
      out += c;
      used += w;
    }
    at += w;
  }
  if (skipped > 0) out = `…${[...out].slice(1).join('')}`;
  return at > skipped + WIDTH ? `${[...out].slice(0, -1).join('')}…` : out;
}

const expand = (line: string): string => clean(line.replaceAll('\t', '  '));

function columns(s: string): number {
  let sum = 0;
  for (const c of s) sum += columnsOf(c);
  return sum;
}

/** Columns that a terminal gives a character: two for East Asian wide ones and emoji, none for combining marks. */
function columnsOf(c: string): number {
  if (c === '\t') return 2;
  const code = c.codePointAt(0) ?? 0;
  if (code < 0x300) return 1;
  if (/^\p{M}$/u.test(c)) return 0;
  return (code >= 0x1100 && code <= 0x115f) || (code >= 0x2e80 && code <= 0xa4cf) || (code >= 0xac00 && code <= 0xd7a3)
    || (code >= 0xf900 && code <= 0xfaff) || (code >= 0xfe30 && code <= 0xfe6f) || (code >= 0xff00 && code <= 0xff60)
    || (code >= 0xffe0 && code <= 0xffe6) || (code >= 0x1f300 && code <= 0x1faff) || (code >= 0x20000 && code <= 0x3fffd) ? 2 : 1;
}
