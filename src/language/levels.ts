import { connectorNames, wrongLevel } from './connectors.ts';
import { RESERVED_OPERATORS } from './reserved.ts';
import type { Scope } from './scope.ts';
import { suggest } from './suggest.ts';
import type { Entry, MapTree } from './tree.ts';

export const SECTIONS = Object.freeze([
  'apiVersion', 'pipeline', 'description', 'tags', 'owner', 'params', 'params_by', 'universe', 'time', 'sources', 'nodes', 'outputs',
  'alerts', 'runtime', 'backtest', 'tests',
]);

const HOLDERS = Object.freeze(['sources', 'nodes', 'outputs', 'params']);

/** Keys that a source, a node or an output has and that are no id of one while they hold a single value. */
const OF_ENTRIES: Readonly<Record<string, readonly string[]>> = Object.freeze({
  sources: ['schema', 'key', 'time', 'stamp', 'every', 'fields'],
  nodes: ['from', 'across', 'by', 'description', 'on_error'],
  outputs: ['from'],
});

/**
 * Settings that stand one level too far to the left: beside the source, node or output that they belong to, or a parameter beside
 * `params:`. Said once, and read where they belong.
 */
function strays(c: Scope, root: MapTree): MapTree {
  let moved = false;
  const entries: Entry[] = [];
  for (const section of root.entries) {
    const last = entries.at(-1);
    const isParam = section.value.kind === 'scalar' && !SECTIONS.includes(section.key) && suggest(section.key, SECTIONS) === null;
    if (last?.key === 'params' && last.value.kind === 'map' && isParam && !section.key.startsWith('x-')) {
      wrongLevel(c, section, '`params:`', 'inside');
      entries[entries.length - 1] = into(last, last.value, section);
      moved = true;
      continue;
    }
    const known = entryKeys(c, section.key);
    const inside = section.value.kind !== 'map' || known === null ? null : gathered(c, section.value, known);
    moved ||= inside !== null;
    entries.push(inside === null ? section : { ...section, value: inside });
  }
  return moved ? { ...root, entries, at: new Map(entries.map((e) => [e.key, e])) } : root;
}

function entryKeys(c: Scope, section: string): readonly string[] | null {
  const own = Object.hasOwn(OF_ENTRIES, section) ? OF_ENTRIES[section] : null;
  if (own === null) return null;
  return [...own, ...(section === 'nodes' ? c.registry.operators.keys() : connectorNames(c, section === 'sources' ? 'source' : 'output'))];
}

/** The section with every stray put into the entry before it; null when there is none. */
function gathered(c: Scope, section: MapTree, known: readonly string[]): MapTree | null {
  const out: Entry[] = [];
  for (const e of section.entries) {
    const last = out.at(-1);
    const holder = last !== undefined && last.value.kind === 'map' && !last.value.at.has(e.key) ? last.value : null;
    const single = e.value.kind !== 'map' || !['from', 'schema', ...known].some((k) => (e.value as MapTree).at.has(k));
    if (last === undefined || holder === null || !single || !known.includes(e.key)) out.push(e);
    else {
      wrongLevel(c, e, `\`${last.key}:\``, 'inside');
      out[out.length - 1] = into(last, holder, e);
    }
  }
  return out.length === section.entries.length ? null : { ...section, entries: out, at: new Map(out.map((e) => [e.key, e])) };
}

function into(holder: Entry, map: MapTree, e: Entry): Entry {
  const entries = [...map.entries, e];
  return { ...holder, value: { ...map, entries, at: new Map(entries.map((x) => [x.key, x])) } };
}

/** Sections that were indented into the section before them: said once, and read where they belong. */
export function wanderers(c: Scope, written: MapTree): MapTree {
  const root = strays(c, written);
  const found: Entry[] = [];
  const entries = root.entries.map((section) => {
    if (!HOLDERS.includes(section.key) || section.value.kind !== 'map') return section;
    const lost = section.value.entries.filter((e) => isSection(e) && !root.at.has(e.key));
    if (lost.length === 0) return section;
    for (const e of lost) wrongLevel(c, e, `\`${section.key}:\``, 'beside');
    found.push(...lost);
    const rest = section.value.entries.filter((e) => !lost.includes(e));
    return { ...section, value: { ...section.value, entries: rest, at: new Map(rest.map((e) => [e.key, e])) } };
  });
  if (found.length === 0) return root;
  const all = [...entries, ...found];
  return { ...root, entries: all, at: new Map(all.map((e) => [e.key, e])) };
}

/** A key with the name of a section that cannot be an id here: what it holds is not a node, a source or an output. */
function isSection(e: Entry): boolean {
  if (e.key === 'time' || !SECTIONS.includes(e.key)) return false;
  return e.value.kind !== 'map' || !['from', 'schema', 'default'].some((k) => e.value.kind === 'map' && e.value.at.has(k));
}

/** Where a strange top-level key belongs when it is a node or a source that was indented too little; reported then. */
export function misplaced(c: Scope, e: Entry): 'nodes' | 'sources' | null {
  if (e.value.kind !== 'map' || suggest(e.key, SECTIONS) !== null) return null;
  const { at } = e.value;
  const operators = [...c.registry.operators.keys(), ...Object.keys(RESERVED_OPERATORS), 'use'];
  const isNode = at.has('from') && operators.some((name) => at.has(name));
  const isSource = at.has('schema') && connectorNames(c, 'source').some((name) => at.has(name));
  if (!isNode && !isSource) return null;
  const where = isNode ? 'nodes' : 'sources';
  wrongLevel(c, e, `\`${where}:\``, 'inside');
  return where;
}
