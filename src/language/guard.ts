import { Lexer } from 'yaml';
import type { Diagnostic } from '../core/diagnostic.ts';

/**
 * Bounds of a pipeline file, checked on the YAML library's own lexer before anything is composed. Composing is recursive and its duplicate
 * check quadratic: two deeply nested documents in one process end Node itself, which no handler can catch.
 */
export const LIMITS = Object.freeze({ characters: 256 * 1024, tokens: 50_000, depth: 32, aliases: 100 });

/** Why this text is not given to the YAML composer, or null. Takes time linear in the text, and stops at the first bound that is passed. */
export function guardYaml(text: string): Diagnostic | null {
  if (text.length > LIMITS.characters) {
    return refusal('E006', `the file has ${text.length} characters, more than the ${LIMITS.characters} allowed`, 0, 0, 'too large',
      ['a pipeline is some hundred lines; put lists and data into files of their own (`universe: symbols.txt`)']);
  }
  const control = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]/.exec(text);
  if (control !== null) {
    const hex = control[0].charCodeAt(0).toString(16).padStart(4, '0').toUpperCase();
    return refusal('E012', `a control character (U+${hex}) is not text`, control.index, control.index + 1, 'remove it',
      ['a pipeline file is plain UTF-8 text']);
  }
  return new Guard().run(text);
}

/** One pass over the tokens. Block nesting is counted by the columns at which collections begin, flow nesting by brackets. */
class Guard {
  private offset = 0;
  private lineStart = 0;
  private tokens = 0;
  private aliases = 0;
  private flow = 0;
  /** Column where a key may begin: the first token of the line, or after the last `-`, `?` or `:`. */
  private column = -1;
  private content = false;
  private readonly columns: number[] = [];

  run(text: string): Diagnostic | null {
    let scalar = false;
    for (const token of new Lexer().lex(text)) {
      if (token === '\x02') continue;
      if (token === '\x1f') {
        scalar = true;
        continue;
      }
      if (token === '\x18') {
        this.flow = 0;
        continue;
      }
      const fault = this.token(token, scalar);
      if (fault !== null) return fault;
      scalar = false;
      this.offset += token.length;
    }
    return null;
  }

  private token(token: string, scalar: boolean): Diagnostic | null {
    const at = this.offset;
    this.tokens += 1;
    if (this.tokens > LIMITS.tokens) {
      return refusal('E008', `the file has more than ${LIMITS.tokens} keys, values and marks`, at, at + 1, 'too many from here',
        ['a pipeline is some hundred lines; put lists and data into files of their own (`universe: symbols.txt`)']);
    }
    if (scalar) return this.begin(at, at + token.length);
    if (token === '---') {
      if (this.content) {
        return refusal('E004', 'a second document begins here', at, at + 3, 'one pipeline per file',
          ['remove this line, or move what follows into a file of its own']);
      }
      return null;
    }
    if (token === '...') {
      this.columns.length = 0;
      return null;
    }
    return this.mark(token, at);
  }

  private mark(token: string, at: number): Diagnostic | null {
    const first = token.charAt(0);
    if (first === '\n' || first === '\r') {
      this.lineStart = at + token.length;
      this.column = -1;
      return null;
    }
    if (first === ' ' || first === '\t' || first === '#' || first === '\uFEFF' || first === '%') return null;
    if (token === '-' || token === '?') {
      this.content = true;
      this.column = -1;
      return this.flow === 0 ? this.push(at - this.lineStart, at) : null;
    }
    if (token === ':') {
      const column = this.column < 0 ? at - this.lineStart : this.column;
      this.column = -1;
      return this.flow === 0 ? this.push(column, at) : null;
    }
    if (token === '{' || token === '[') {
      const fault = this.begin(at, at + 1);
      this.flow += 1;
      return fault ?? this.deep(at);
    }
    if (token === '}' || token === ']') this.flow = Math.max(0, this.flow - 1);
    if (first === '*') {
      this.aliases += 1;
      if (this.aliases > LIMITS.aliases) {
        return refusal('E009', `the file has more than ${LIMITS.aliases} aliases`, at, at + token.length, 'too many from here',
          ['write values out, or share nodes with `use:`']);
      }
    }
    return this.begin(at, at + token.length);
  }

  private begin(start: number, end: number): Diagnostic | null {
    if (end > start) this.content = true;
    if (this.column < 0) this.column = Math.max(0, start - this.lineStart);
    return null;
  }

  private push(column: number, at: number): Diagnostic | null {
    const { columns } = this;
    while (columns.length > 0 && columns[columns.length - 1] > column) columns.pop();
    if (columns.length === 0 || columns[columns.length - 1] < column) columns.push(column);
    return this.deep(at);
  }

  private deep(at: number): Diagnostic | null {
    if (this.columns.length + this.flow <= LIMITS.depth) return null;
    return refusal('E007', `values are nested more than ${LIMITS.depth} levels deep`, at, at + 1, 'too deep from here',
      ['no key of a pipeline needs more than eight levels; look for a bracket or an indent that does not belong']);
  }
}

function refusal(code: string, message: string, start: number, end: number, label: string, help: readonly string[]): Diagnostic {
  return { code, severity: 'error', message, start, end, label, help };
}
