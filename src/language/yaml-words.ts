import type { YAMLError } from 'yaml';
import type { Diagnostic } from '../core/diagnostic.ts';
import type { Span } from './formula/ast.ts';

interface Words {
  readonly code?: string;
  readonly message: string;
  readonly label: string;
  readonly help?: string;
  /** Where the fault is, when that is not where the parser noticed it. */
  readonly at?: Span;
}

/** A syntax error of the library in words for somebody who writes YAML twice a month, and at the place that has to be mended. */
export function syntaxFault(error: YAMLError, all: readonly YAMLError[], text: string): Diagnostic {
  const start = Math.min(error.pos[0], text.length);
  const { code = 'E001', message, label, help, at } = words(error, all, text, start);
  const from = at?.start ?? start;
  const lineEnd = from + Math.max(text.slice(from).search(/\r?\n|$/), 0);
  const end = Math.max(from, Math.min(at?.end ?? error.pos[1], Math.max(lineEnd, Math.min(from + 1, text.length))));
  return { code, severity: 'error', message, start: from, end, label, ...(help === undefined ? {} : { help: [help] }) };
}

function words(error: YAMLError, all: readonly YAMLError[], text: string, at: number): Words {
  const { code, message } = error;
  const c = text.charAt(at);
  switch (code) {
    case 'TAB_AS_INDENT':
      return { code: 'E002', message: 'a tab is used for indentation', label: 'a tab',
        help: 'YAML allows blanks only: two for every level' };
    case 'BAD_INDENT': if (!/^Flow/.test(message)) {
      return oddBefore(text, at) ?? { message: 'this line is indented differently from the ones it belongs to', label: 'wrong indent',
        help: 'keys of one level begin in the same column: two blanks more for every level' };
    }
      break;
    case 'BAD_SCALAR_START':
      return { message: `a value cannot begin with \`${c === '`' ? "'" : c}\``, label: 'quote the text',
        help: 'put the whole value in double quotes' };
    case 'BAD_DQ_ESCAPE':
      return { message: `\`${text.slice(at, at + 2)}\` means nothing in double quotes`, label: 'unknown escape',
        help: 'use single quotes, where a backslash is just a backslash' };
    case 'BLOCK_AS_IMPLICIT_KEY': case 'MULTILINE_IMPLICIT_KEY': return keyWords(error, all, text, at);
    default: break;
  }
  return missing(error, text, at) ?? surplus(text, at) ?? {
    message: 'this is not YAML', label: message.replace(/\s+/g, ' ').replace(/ at line.*$/, '').toLowerCase(),
    help: 'a text with special characters needs quotes; keys and list entries of one level do not mix',
  };
}

function missing(error: YAMLError, text: string, at: number): Words | null {
  const { code, message } = error;
  if (code === 'MISSING_CHAR' && /quote/.test(message)) {
    const from = openQuote(text, at);
    return { message: 'a quote is never closed', label: 'it begins here', at: { start: from, end: from + 1 },
      help: 'a text that begins with a quote ends with the same one' };
  }
  if (/^Flow (map|sequence)/.test(message) || code === 'BAD_COLLECTION_TYPE') {
    const [open, close] = /map/.test(message) ? ['{', '}'] : ['[', ']'];
    const from = openBracket(text, at, open);
    return { message: `\`${open}\` is never closed`, label: `\`${close}\` is missing`, at: { start: from, end: from + 1 },
      help: `what begins with \`${open}\` ends with \`${close}\`; between entries goes a comma` };
  }
  const c = text.charAt(at);
  if ((c === '[' || c === '{') && (code === 'MISSING_CHAR' || code === 'UNEXPECTED_TOKEN')) {
    return { message: `\`${c}\` begins a list or a map inside the value before it`, label: 'quote the whole value',
      help: 'inside `{ }` and `[ ]` a formula with brackets needs quotes: { prev: "close[1]" }' };
  }
  if ((code === 'MISSING_CHAR' && /, /.test(message)) || code === 'BLOCK_IN_FLOW') {
    return { message: 'a comma is missing', label: 'comma missing in this list', help: 'entries between brackets are separated by commas' };
  }
  if (code === 'MISSING_CHAR') return noColon(at, text);
  return null;
}

const noColon = (at: number, text: string): Words => {
  const line = text.slice(at).search(/\r?\n|$/);
  return { message: 'a key without `:`', label: '`:` missing', help: 'write `key: value`, with a blank after the colon',
    at: { start: at, end: at + Math.max(line, 1) } };
};

function surplus(text: string, at: number): Words | null {
  const c = text.charAt(at);
  if (c === '}' || c === ']' || c === ',') return { message: `\`${c}\` has nothing to close or to separate`,
    label: `one \`${c}\` too many` };
  const before = text.slice(0, at).trimEnd().slice(-1);
  if (before === '"' || before === "'") {
    return { message: 'something follows a closing quote', label: 'quote the whole value',
      help: 'inside a quoted text write \\" for " (in double quotes), or \'\' for \' (in single quotes)' };
  }
  return null;
}

/** A key where none can begin: a second `: ` in one line, a line that is indented too far, or a key that lost its colon. */
function keyWords(error: YAMLError, all: readonly YAMLError[], text: string, at: number): Words {
  const lineStart = text.lastIndexOf('\n', at - 1) + 1;
  const several = all.find((e) => e.code === 'MULTILINE_IMPLICIT_KEY' && e.pos[0] >= at - 1 && e.pos[0] <= at + 1);
  const newline = text.indexOf('\n', at);
  if (!/:\s/.test(text.slice(lineStart, at)) && error.code === 'MULTILINE_IMPLICIT_KEY') return noColon(at, text);
  if (several !== undefined && newline >= 0) {
    const next = newline + 1 + (/^[ ]*/.exec(text.slice(newline + 1))?.[0].length ?? 0);
    return oddBefore(text, next) ?? {
      message: 'this line is indented below a value', label: 'indented too far', at: { start: next, end: next + 1 },
      help: 'only a key without a value has keys below it; keys of one level begin in the same column',
    };
  }
  return { message: 'a second key in one value', label: 'quote this value', help: 'a text that contains `: ` needs quotes' };
}

interface Indented {
  readonly start: number;
  readonly indent: number;
  readonly text: string;
}

function withoutComment(line: string): string {
  const at = line.search(/(?<!\S)#/);
  return at < 0 ? line : line.slice(0, at);
}

/** The line that an offset is in, and the lines before it that say something, last first; three are enough. */
function linesUpTo(text: string, at: number): Indented[] {
  const out: Indented[] = [];
  const newline = text.indexOf('\n', at);
  for (let end = newline < 0 ? text.length : newline; end >= 0 && out.length < 3;) {
    const start = end === 0 ? 0 : text.lastIndexOf('\n', end - 1) + 1;
    const line = withoutComment(text.slice(start, end)).trimEnd();
    const indent = /^ */.exec(line)?.[0].length ?? 0;
    if (line !== '') out.push({ start: start + indent, indent, text: line });
    end = start - 1;
  }
  return out;
}

/**
 * The parser stumbles over the line behind one that stands wrong. The line before is the odd one when its neighbours agree with each
 * other: those above and below begin in one column, or the key above holds nothing and this line begins where its content has to.
 */
function oddBefore(text: string, at: number): Words | null {
  const [here, odd, above] = linesUpTo(text, at);
  if (above === undefined || odd.indent === here.indent) return null;
  const opens = above.text.endsWith(':');
  const sound = opens ? here.indent === above.indent + 2 : here.indent === above.indent;
  if (!sound) return null;
  const little = odd.indent < here.indent;
  return {
    message: `this line is indented too ${little ? 'little' : 'far'}`, label: `the lines beside it begin in column ${here.indent + 1}`,
    at: { start: odd.start, end: odd.start + odd.text.trimStart().length },
    help: `keys of one level begin in the same column: indent it by ${Math.abs(here.indent - odd.indent)} ${little ? 'more' : 'less'}`,
  };
}

/** The quote that is still open at an offset: the last one of its kind that has a blank, a bracket or a colon before it. */
function openQuote(text: string, at: number): number {
  for (let i = Math.min(at, text.length) - 1; i >= 0; i--) {
    if ((text[i] === '"' || text[i] === "'") && (i === 0 || /[\s[{,(]/.test(text[i - 1]))) return i;
  }
  return Math.max(0, Math.min(at, text.length - 1));
}

/** The bracket before an offset that has no partner before it; text in quotes is passed over as far as that is simple. */
function openBracket(text: string, at: number, open: string): number {
  const close = open === '{' ? '}' : ']';
  let depth = 0;
  for (let i = Math.min(at, text.length) - 1; i >= 0; i--) {
    if (text[i] === close) depth += 1;
    if (text[i] === open && depth-- === 0) return i;
  }
  return Math.max(0, Math.min(at, text.length - 1));
}
