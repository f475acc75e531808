import { Composer, Parser, type Document as YamlDocument, type YAMLError } from 'yaml';
import { guardYaml, LIMITS } from './guard.ts';
import { type Report, quoted } from './report.ts';
import type { Env } from './scalar.ts';
import { AliasBomb, buildTree, type Tree } from './tree.ts';

/**
 * YAML text to a tree with places, or null when it is not YAML or past the bounds. Says at most one thing about broken syntax: what
 * follows the first fault is mostly its consequence.
 */
export function readYaml(text: string, env: Env, report: Report): Tree | null {
  const refused = guardYaml(text);
  if (refused !== null) {
    report.add(refused);
    return null;
  }
  const doc = compose(text, report);
  if (doc === null) return null;
  const error = [...doc.errors].sort((a, b) => a.pos[0] - b.pos[0])[0];
  if (error !== undefined) {
    report.add(plain(error, text));
    return null;
  }
  for (const warning of doc.warnings) {
    if (warning.code !== 'TAG_RESOLVE_FAILED') continue;
    report.error('E011', { start: warning.pos[0], end: warning.pos[1] },
      `tags such as ${quoted(text.slice(warning.pos[0], warning.pos[1]))} are not used in pipelines`,
      { label: 'remove it', help: ['every value is read as its setting needs it; no type has to be forced'] });
  }
  try {
    return buildTree(doc.contents, text, env, report);
  } catch (error) {
    if (!(error instanceof AliasBomb)) throw error;
    report.error('E009', error.span, 'aliases of aliases expand to far too many values', {
      label: 'grows without bound', help: ['write values out, or share nodes with `use:`'],
    });
    return null;
  }
}

/** The parser keeps its own stack, but composing recurses: the parsed depth is checked once more before. */
function compose(text: string, report: Report): YamlDocument.Parsed | null {
  const tokens = [...new Parser().parse(text)];
  if (tooDeep(tokens)) {
    report.error('E007', { start: 0, end: 0 }, `values are nested more than ${LIMITS.depth} levels deep`, { label: 'too deep' });
    return null;
  }
  const composer = new Composer({
    version: '1.2', schema: 'failsafe', uniqueKeys: false, merge: false, prettyErrors: false, logLevel: 'silent',
  });
  for (const doc of composer.compose(tokens, true, text.length)) return doc as YamlDocument.Parsed;
  return null;
}

function tooDeep(roots: readonly unknown[]): boolean {
  const stack: { value: unknown; depth: number }[] = roots.map((value) => ({ value, depth: 0 }));
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    const { value, depth } = top;
    if (depth > 4 * LIMITS.depth) return true;
    const token = value as { items?: readonly { key?: unknown; value?: unknown }[]; value?: unknown } | null | undefined;
    if (token === null || token === undefined) continue;
    if (typeof token.value === 'object') stack.push({ value: token.value, depth: depth + 1 });
    for (const item of token.items ?? []) stack.push({ value: item.key, depth: depth + 1 }, { value: item.value, depth: depth + 1 });
  }
  return false;
}

interface Words {
  readonly code?: string;
  readonly message: string;
  readonly label: string;
  readonly help?: string;
}

/** A syntax error of the library in words for somebody who writes YAML twice a month. */
function plain(error: YAMLError, text: string): Parameters<Report['add']>[0] {
  const [from, to] = error.pos;
  const start = Math.min(from, text.length);
  const line = text.slice(start).search(/\r?\n|$/);
  const end = Math.max(start, Math.min(to, start + Math.max(line, 1), text.length));
  const { code = 'E001', message, label, help } = words(error, text, start);
  return { code, severity: 'error', message, start, end, label, ...(help === undefined ? {} : { help: [help] }) };
}

function words(error: YAMLError, text: string, at: number): Words {
  const { code, message } = error;
  const c = text.charAt(at);
  if (code === 'TAB_AS_INDENT') {
    return { code: 'E002', message: 'a tab is used for indentation', label: 'a tab', help: 'YAML allows blanks only: two for every level' };
  }
  if (code === 'MISSING_CHAR' && /quote/.test(message)) {
    return { message: 'a quote is never closed', label: 'closing quote missing', help: 'a text that begins with a quote ends with the same one' };
  }
  if (/^Flow (map|sequence)/.test(message) || code === 'BAD_COLLECTION_TYPE') {
    const [open, close] = /map/.test(message) ? ['{', '}'] : ['[', ']'];
    return { message: `\`${open}\` is never closed`, label: `\`${close}\` missing before here`,
      help: `what begins with \`${open}\` ends with \`${close}\`; between entries goes a comma` };
  }
  if (code === 'MISSING_CHAR' && /, /.test(message)) {
    return { message: 'a comma is missing', label: 'comma missing before here', help: 'entries between brackets are separated by commas' };
  }
  if (code === 'BAD_INDENT') {
    return { message: 'this line is indented differently from the ones it belongs to', label: 'wrong indent',
      help: 'keys of one level begin in the same column: two blanks more for every level' };
  }
  if (code === 'BLOCK_AS_IMPLICIT_KEY' || code === 'MULTILINE_IMPLICIT_KEY') {
    return { message: 'a key cannot begin here', label: 'two keys in one value, or a wrong indent',
      help: 'a text that contains `: ` needs quotes; a key on the next line needs the indent of its neighbours' };
  }
  if (code === 'MISSING_CHAR') {
    return { message: 'a key without `:`', label: '`:` missing', help: 'write `key: value`, with a blank after the colon' };
  }
  if (code === 'BAD_SCALAR_START') {
    return { message: `a value cannot begin with \`${c === '`' ? 'a backquote' : c}\``, label: 'quote the text', help: 'put the whole value in double quotes' };
  }
  if (code === 'BAD_DQ_ESCAPE') {
    return { message: `\`${text.slice(at, at + 2)}\` means nothing in double quotes`, label: 'unknown escape',
      help: 'use single quotes, where a backslash is just a backslash' };
  }
  if (code === 'UNEXPECTED_TOKEN' && (c === '}' || c === ']' || c === ',')) {
    return { message: `\`${c}\` has nothing to close or to separate`, label: `one \`${c}\` too many` };
  }
  return { message: 'this is not YAML', label: message.replace(/\s+/g, ' ').replace(/ at line.*$/, '').toLowerCase(),
    help: 'after a value, a list or a bracket the line ends; a text with special characters needs quotes' };
}
