import { Composer, type CST, Lexer, Parser, type Document as YamlDocument } from 'yaml';
import { guardYaml, LIMITS } from './guard.ts';
import { type Report, quoted } from './report.ts';
import type { Env } from './scalar.ts';
import { AliasBomb, buildTree, type Tree } from './tree.ts';
import { syntaxFault } from './yaml-words.ts';

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
    report.add(syntaxFault(error, doc.errors, text));
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

type Token = CST.Token;

/** The parser keeps its own stack, but composing recurses: the parsed depth is checked once more before. */
function compose(text: string, report: Report): YamlDocument.Parsed | null {
  const tokens = parsed(text);
  if (!Array.isArray(tokens) || tooDeep(tokens)) {
    const at = Array.isArray(tokens) ? 0 : Math.min(tokens.at, text.length);
    report.error('E007', { start: at, end: at }, `values are nested more than ${LIMITS.depth} levels deep`, { label: 'too deep' });
    return null;
  }
  const composer = new Composer({
    version: '1.2', schema: 'failsafe', uniqueKeys: false, merge: false, prettyErrors: false, logLevel: 'silent',
  });
  for (const doc of composer.compose(tokens, true, text.length)) return doc as YamlDocument.Parsed;
  return null;
}

/**
 * The parser's tokens, or where it went too deep. What does not belong together it nests ever deeper, one level a line, and unwinds all
 * of that at once when the text ends.
 */
function parsed(text: string): Token[] | { readonly at: number } {
  const parser = new Parser();
  const tokens: Token[] = [];
  for (const lexeme of new Lexer().lex(text)) {
    tokens.push(...parser.next(lexeme));
    if (parser.stack.length > 4 * LIMITS.depth) return { at: parser.offset };
  }
  tokens.push(...parser.end());
  return tokens;
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
