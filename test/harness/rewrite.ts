import { parse, stringify } from 'yaml';
import type { Random } from '../../src/core/random.ts';

/** A pipeline file as plain data, to be written again in other words or with another meaning. */
type Tree = { [key: string]: unknown };
type Change = (file: Tree, random: Random) => void;

const isTree = (x: unknown): x is Tree => typeof x === 'object' && x !== null && !Array.isArray(x);
const treeAt = (file: Tree, key: string): Tree => (isTree(file[key]) ? file[key] : {});

/** Maps whose order says something: columns in the order in which they come out, branches in that in which they are tried, sources. */
const ORDERED = new Set(['compute', 'columns', 'schema', 'split', 'branches', 'rename', 'sources']);

function shuffled(x: unknown, random: Random, key = ''): unknown {
  if (Array.isArray(x)) return x.map((y) => shuffled(y, random));
  if (!isTree(x)) return x;
  const entries = Object.entries(x).map(([k, v]) => [k, shuffled(v, random, k)] as const);
  if (!ORDERED.has(key)) for (let i = entries.length - 1; i > 0; i--) {
    const j = random.int(0, i);
    [entries[i], entries[j]] = [entries[j], entries[i]];
  }
  return Object.fromEntries(entries);
}

const inSeconds = (text: string): string =>
  text.replace(/(?<![\w.])(\d+)(m|h)\b/g, (_, n: string, unit: string) => `${Number(n) * (unit === 'm' ? 60 : 3600)}s`);

/** Every text below `x`, written anew. */
function eachText(x: unknown, change: (text: string) => string): unknown {
  if (typeof x === 'string') return change(x);
  if (Array.isArray(x)) return x.map((y) => eachText(y, change));
  return isTree(x) ? Object.fromEntries(Object.entries(x).map(([k, v]) => [k, eachText(v, change)])) : x;
}

/** Other words for the same rows. */
export const SAME: Readonly<Record<string, Change>> = {
  description: (file) => { file.description = 'Other words.'; },
  'description of a node': (file) => {
    for (const node of Object.values(treeAt(file, 'nodes'))) (node as Tree).description = 'Other words.';
  },
  'no outputs': (file) => { delete file.outputs; },
  'another output': (file, random) => {
    const nodes = Object.keys(treeAt(file, 'nodes'));
    file.outputs = { more: { from: nodes[random.int(0, nodes.length - 1)], stdout: 'jsonl' } };
  },
  'no tests': (file) => { delete file.tests; },
  'x-': (file) => { file['x-note'] = { any: ['thing'] }; },
  'units of time': (file) => { file.nodes = eachText(file.nodes, inSeconds); },
  'blanks in formulas': (file) => {
    file.nodes = eachText(file.nodes, (t) => (/ [<>=*/+-]+ /.test(t) && !t.includes('"') ? `( ${t.replaceAll(' ', '   ')} )` : t));
  },
  'order of keys': (file, random) => {
    const other = shuffled(file, random) as Tree;
    for (const key of Object.keys(file)) delete file[key];
    Object.assign(file, other);
  },
};

/** Numbers in what computes; each of them means something. */
const NUMBER = /(?<![\w.$"])\d+(\.\d+)?(?![\w.]*")/g;

/** The texts and numbers that say what nodes compute, as paths. */
function leaves(x: unknown, path: readonly string[] = []): { readonly path: readonly string[]; readonly value: string | number }[] {
  if (typeof x === 'string' || typeof x === 'number') return [{ path, value: x }];
  if (Array.isArray(x)) return x.flatMap((y, i) => leaves(y, [...path, String(i)]));
  return isTree(x) ? Object.entries(x).flatMap(([k, v]) => (k === 'description' || k === 'from' ? [] : leaves(v, [...path, k]))) : [];
}

function put(x: unknown, path: readonly string[], value: unknown): void {
  const last = path.at(-1) as string;
  let at = x as Tree;
  for (const step of path.slice(0, -1)) at = at[step] as Tree;
  at[last] = value;
}

export interface Meaning {
  readonly what: string;
  readonly text: string;
}

const SWAPS: readonly (readonly [RegExp, string])[] = [
  [/\bema\(/, 'sma('], [/\bsma\(/, 'ema('], [/\bclose\b/, 'high'], [/ and /, ' or '], [/ > /, ' >= '], [/ < /, ' <= '], [/ \+ /, ' - '],
  [/crosses_above/, 'crosses_below'],
];

/** Every file that differs from `text` by one number, function, column or rule of time, where that means other rows. */
export function otherMeanings(text: string): Meaning[] {
  const out: Meaning[] = [];
  const written = (what: string, change: (file: Tree) => void): void => {
    const file = parse(text) as Tree;
    change(file);
    out.push({ what, text: stringify(file) });
  };
  const file = parse(text) as Tree;
  for (const section of ['params', 'nodes']) {
    for (const { path, value } of leaves(file[section], [section])) {
      const say = (to: unknown): void => written(`${path.join('.')}: ${value} -> ${String(to)}`, (f) => put(f, path, to));
      if (typeof value === 'number') say(value + 1);
      else {
        for (const m of value.matchAll(NUMBER)) {
          say(`${value.slice(0, m.index)}${Number(m[0]) + 1}${value.slice(m.index + m[0].length)}`);
        }
        for (const m of value.matchAll(/(?<![\w.])(\d+)(?=(ms|s|m|h|d)\b)/g)) {
          say(`${value.slice(0, m.index)}${Number(m[1]) * 7}${value.slice(m.index + m[1].length)}`);
        }
        for (const [from, to] of SWAPS) if (from.test(value)) say(value.replace(from, to));
      }
    }
  }
  for (const [key, value] of [['lateness', '3s'], ['idle', '7s'], ['late', 'update'], ['calendar', 'XNYS']]) {
    if (treeAt(file, 'time')[key] !== value) written(`time.${key}`, (f) => { f.time = { ...treeAt(f, 'time'), [key]: value }; });
  }
  written('a node more', (f) => {
    const [source] = Object.keys(treeAt(f, 'sources'));
    f.nodes = { ...treeAt(f, 'nodes'), extra_node: { from: source, compute: { twice: 'ts - ts[1]' } } };
  });
  written('another name of a source', (f) => {
    const [source] = Object.keys(treeAt(f, 'sources'));
    const renamed = (t: string): string => t.replace(new RegExp(`\\b${source}\\b`, 'g'), 'other_source');
    f.nodes = eachText(f.nodes, renamed);
    delete f.tests;
    f.sources = Object.fromEntries(Object.entries(treeAt(f, 'sources')).map(([k, v]) => [renamed(k), v]));
  });
  return out;
}

/** The file with some of SAME done to it. */
export function rewritten(text: string, names: readonly string[], random: Random): string {
  const file = parse(text) as Tree;
  for (const name of names) SAME[name](file, random);
  return `# other comments\n${stringify(file, { lineWidth: 0, indent: random.int(2, 6), collectionStyle: random.int(0, 1) === 0 ? 'flow' : 'block' })}`;
}
