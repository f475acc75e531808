import { REPLAY_FORMS, parseReplay } from '../core/replay-from.ts';
import type { Span } from './formula/ast.ts';
import { meant, quoted } from './report.ts';
import { placeOf, type ScalarTree } from './scalar.ts';
import type { Scope } from './scope.ts';
import { suggest } from './suggest.ts';

/**
 * A subject: words between dots, `{symbol}` for one word. A source also takes the wildcards `*` and `>`. Beside
 * `{symbol}` and `{pipeline}` a token may name any column; whether there is one is known when the schemas are.
 */
export function checkSubject(c: Scope, s: ScalarTree, role: 'source' | 'output'): boolean {
  if (s.unset.length > 0) return false;
  const words = s.text.split('.');
  let at = 0;
  for (const [i, word] of words.entries()) {
    const span: Span = { start: placeOf(s, at), end: placeOf(s, at + word.length) };
    at += word.length + 1;
    const wrong = wordFault(word, role, i === words.length - 1);
    if (wrong !== null) {
      c.report.error('E711', span, `${quoted(s.text)} is not a subject`, {
        label: wrong, help: ['a subject is words between dots: md.trades.{symbol}'],
      });
      return false;
    }
    if (!tokensOf(c, word, span, role)) return false;
  }
  return true;
}

/** Where a stream is begun. */
export function checkReplay(c: Scope, s: ScalarTree): boolean {
  if (s.unset.length > 0) return false;
  if (parseReplay(s.text) !== null) return true;
  c.report.error('E713', s, `${quoted(s.text)} does not say where to begin`, {
    ...meant(suggest(s.text, ['all', 'new']), 'not a beginning'), help: [`it can be: ${REPLAY_FORMS}`],
  });
  return false;
}

function wordFault(word: string, role: 'source' | 'output', last: boolean): string | null {
  if (word === '') return 'an empty word';
  if (/\s/.test(word)) return 'a blank';
  const bare = word.replace(/\{[^{}]*\}/g, 'x');
  if (/[{}]/.test(bare)) return 'a brace without its partner';
  if (!/[*>]/.test(bare)) return null;
  if (role === 'output') return 'an output writes to one subject: no `*` and no `>`';
  if (bare === '*' || (bare === '>' && last)) return null;
  return bare === '>' ? '`>` can only be the last word' : '`*` and `>` stand alone between dots';
}

function tokensOf(c: Scope, word: string, span: Span, role: 'source' | 'output'): boolean {
  const known = role === 'source' ? ['symbol', 'pipeline', 'partition'] : ['symbol', 'pipeline', 'date'];
  for (const [, name] of word.matchAll(/\{([^{}]*)\}/g)) {
    if (known.includes(name)) continue;
    const near = suggest(name, known);
    if (near === null && /^[A-Za-z_]\w*$/.test(name)) continue;
    c.report.error('E712', span, `unknown token \`{${name}}\` in a subject`, {
      ...meant(near === null ? null : `{${near}}`, 'not a token'), help: [`tokens: ${known.map((k) => `{${k}}`).join(', ')}`],
    });
    return false;
  }
  return true;
}
