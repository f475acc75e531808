import type { Diagnostic } from '../core/diagnostic.ts';
import type { Span } from './formula/ast.ts';

interface More {
  readonly label?: string | undefined;
  readonly help?: readonly string[];
  readonly suggestion?: string | undefined;
}

/** Faults of one file as they are found. A file that is wrong from top to bottom is cut off, so that the answer stays readable. */
export class Report {
  private readonly found: Diagnostic[] = [];
  private readonly seen = new Set<string>();

  static readonly limit = 1000;

  get size(): number {
    return this.found.length;
  }

  /** What was found since there were `from` entries. */
  since(from: number): readonly Diagnostic[] {
    return this.found.slice(from);
  }

  add(d: Diagnostic): void {
    // An alias makes the same text be read twice.
    const id = `${d.code}:${d.start}:${d.message}`;
    if (this.seen.has(id) || this.found.length >= Report.limit) return;
    this.seen.add(id);
    this.found.push(d);
  }

  error(code: string, at: Span, message: string, more: More = {}): void {
    this.add(diagnostic(code, 'error', at, message, more));
  }

  warn(code: string, at: Span, message: string, more: More = {}): void {
    this.add(diagnostic(code, 'warning', at, message, more));
  }

  sorted(): readonly Diagnostic[] {
    return [...this.found].sort((a, b) => a.start - b.start || a.end - b.end || (a.code < b.code ? -1 : a.code > b.code ? 1 : 0));
  }
}

function diagnostic(code: string, severity: Diagnostic['severity'], at: Span, message: string, more: More): Diagnostic {
  const { label, help, suggestion } = more;
  return {
    code, severity, message, start: at.start, end: Math.max(at.end, at.start),
    ...(label === undefined ? {} : { label }),
    ...(help === undefined || help.length === 0 ? {} : { help }),
    ...(suggestion === undefined ? {} : { suggestion }),
  };
}

/** `a`, `b` or `c`, at most `most` of them. */
export function listed(words: readonly string[], most = 24): string {
  return words.length <= most ? words.join(', ') : `${words.slice(0, most).join(', ')}, ... (${words.length} in all)`;
}

/** User text inside a message: one line, no backticks of its own, not too long. */
export function quoted(text: string): string {
  const line = text.replace(/\s+/g, ' ').replaceAll('`', "'");
  return `\`${line.length > 60 ? `${line.slice(0, 57)}...` : line}\``;
}

/** Label and suggestion for a word that resembles a known one; `otherwise` is the label when none does. */
export function meant(near: string | null, otherwise: string): { label: string; suggestion?: string } {
  return near === null ? { label: otherwise } : { label: `did you mean \`${near}\`?`, suggestion: near };
}
