import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Random } from '../../src/core/random.ts';
import type { Diagnostic } from '../../src/core/diagnostic.ts';
import { SCHEMAS } from '../../src/core/types.ts';
import { compile } from '../../src/plan/compile.ts';
import { readPipeline } from '../../src/language/check.ts';
import { PIPELINES, REGISTRY } from '../shipped.ts';
import { tokensOf, type Token } from './tokens.ts';

const textOf = (path: string): string | null => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
};

export function errors(name: string, text: string): readonly Diagnostic[] {
  const file = join(PIPELINES, `${name}.yaml`);
  const doc = readPipeline(text, { file, base: PIPELINES, registry: REGISTRY, env: {}, params: {}, readFile: textOf });
  return compile(doc, REGISTRY).diagnostics.filter((d) => d.severity === 'error');
}

export const SLIPS = ['delete', 'insert', 'swap', 'replace', 'case'] as const;
export type Slip = (typeof SLIPS)[number];

const ROWS = ['qwertyuiop', 'asdfghjkl', 'zxcvbnm'];

/** The letter beside it on a keyboard. */
function neighbour(letter: string, random: Random): string {
  const row = ROWS.find((r) => r.includes(letter.toLowerCase()));
  if (row === undefined) return 'x';
  const at = row.indexOf(letter.toLowerCase());
  return row[at === 0 ? 1 : at === row.length - 1 ? at - 1 : at + (random.next() < 0.5 ? -1 : 1)];
}

/** One slip of a hand in a word; the same word when the slip leaves it as it is. */
export function slipped(word: string, slip: Slip, random: Random): string {
  const i = random.int(0, word.length - 1);
  switch (slip) {
    case 'delete': return word.slice(0, i) + word.slice(i + 1);
    case 'insert': return word.slice(0, i) + neighbour(word[i], random) + word.slice(i);
    case 'swap': return i + 1 < word.length ? word.slice(0, i) + word[i + 1] + word[i] + word.slice(i + 2) : word;
    case 'replace': return word.slice(0, i) + neighbour(word[i], random) + word.slice(i + 1);
    case 'case': return random.next() < 0.5 ? word[0].toUpperCase() + word.slice(1) : word.toUpperCase();
  }
}

export interface Mutant {
  readonly pipeline: string;
  readonly kind: string;
  readonly slip: string;
  readonly text: string;
  /** Line of the slip, from 1. */
  readonly line: number;
  /** What a right suggestion names. */
  readonly wanted: string;
  readonly wrong: string;
  /** Line of the only other place of a name that is made once and read once: who is right can not be known. */
  readonly twin: number | null;
  readonly shown: string;
}

export const lineOf = (text: string, offset: number): number => text.slice(0, offset).split('\n').length;

/** Shorter words are as near to each other as to what was meant. */
const SHORTEST = 3;

/**
 * Is the word, if it is a new name, named anywhere else? A name that nobody reads may be anything, and a new column that takes the place
 * of one that is there already leaves the old one behind.
 */
function isRead(t: Token, tokens: readonly Token[]): boolean {
  if (!t.kind.startsWith('new ')) return true;
  const readers = tokens.filter((o) => o !== t && o.word === t.word && !o.kind.startsWith('new '));
  return readers.length > 0 && !(t.kind === 'new column' && COLUMNS.has(t.word));
}

/** Columns of the built-in schemas. */
const COLUMNS = new Set(Object.values(SCHEMAS).flatMap((fields) => fields.map((f) => f.name)));

/** Where a name is written twice, once where it is made and once where it is read, a slip in either is the same file but for the names. */
function twinOf(t: Token, tokens: readonly Token[]): Token | null {
  const same = tokens.filter((o) => o.word === t.word && family(o) === family(t));
  const [made, read] = [same.filter((o) => o.kind.startsWith('new ')), same.filter((o) => !o.kind.startsWith('new '))];
  if (made.length !== 1 || read.length !== 1) return null;
  return t === made[0] ? read[0] : made[0];
}

const family = (t: Token): string => t.kind.replace('new ', '');

/** Every word with every slip that makes another word of it, but for those that happen to be right again. */
export function wordMutants(pipeline: string, text: string, random: Random, right: ReadonlySet<string>): Mutant[] {
  const tokens = tokensOf(text);
  const own = new Set(tokens.map((t) => t.word));
  const twinLine = (t: Token): number | null => {
    const twin = twinOf(t, tokens);
    return twin === null ? null : lineOf(text, twin.at);
  };
  return tokens.filter((t) => t.word.length >= SHORTEST && isRead(t, tokens)).flatMap((t) => SLIPS.flatMap((slip): Mutant[] => {
    const wrong = slipped(t.word, slip, random);
    if (wrong === t.word || right.has(wrong) || own.has(wrong)) return [];
    return [{
      pipeline, kind: t.kind, slip, line: lineOf(text, t.at), wanted: t.word, wrong, twin: twinLine(t), shown: `${t.word} as ${wrong}`,
      text: text.slice(0, t.at) + wrong + text.slice(t.at + t.word.length),
    }];
  }));
}

/** Settings on a line of their own, one level too far to the left or to the right. */
export function levelMutants(pipeline: string, text: string): Mutant[] {
  const lines = text.split('\n');
  return lines.flatMap((line, n) => {
    const m = /^( +)([a-z_]\w*):( [^#]+)?/.exec(line);
    if (m === null) return [];
    const inTests = lines.slice(0, n).some((l) => l.startsWith('tests:'));
    const leaf = !(lines[n + 1] ?? '').startsWith(`${m[1]}  `) && !/^\s*$/.test(m[3] ?? '');
    if (!leaf || inTests) return [];
    return [-2, 2].flatMap((by): Mutant[] => {
      const to = m[1].length + by;
      if (to < 0) return [];
      const wrong = ' '.repeat(to) + line.trimStart();
      const mutant = [...lines.slice(0, n), wrong, ...lines.slice(n + 1)].join('\n');
      return [{
        pipeline, kind: 'level', slip: by < 0 ? 'left' : 'right', line: n + 1, wanted: m[2], wrong: '', twin: null,
        shown: `${line.trim()} to column ${to + 1}`, text: mutant,
      }];
    });
  });
}

export interface Verdict {
  readonly mutant: Mutant;
  readonly silent: boolean;
  readonly single: boolean;
  readonly placed: boolean;
  readonly suggested: boolean;
  /** Said at the other place of a name that has two. */
  readonly elsewhere: boolean;
  readonly said: string;
}

const said = (text: string, d: Diagnostic): string =>
  `${d.code} in line ${lineOf(text, d.start)}: ${d.message} (${d.suggestion ?? d.label ?? ''})`;

export function judge(mutant: Mutant): Verdict {
  const found = errors(mutant.pipeline, mutant.text);
  const [only] = found;
  const at = only === undefined ? -1 : lineOf(mutant.text, only.start);
  const other = mutant.twin !== null && at === mutant.twin && only?.suggestion?.includes(mutant.wrong) === true;
  const placed = at === mutant.line || other;
  const level = mutant.kind === 'level';
  const all = only === undefined ? '' : [only.message, only.label, only.suggestion, ...(only.help ?? [])].join(' ');
  const named = other || only?.suggestion?.includes(mutant.wanted) === true;
  const suggested = level ? /indent|level|belongs|column|spaces|inside|beside/.test(all) : named;
  return {
    mutant, silent: found.length === 0, single: found.length === 1, placed, suggested, elsewhere: other && at !== mutant.line,
    said: found.map((d) => said(mutant.text, d)).join(' | '),
  };
}

export const isRight = (v: Verdict): boolean => v.single && v.placed && v.suggested;
