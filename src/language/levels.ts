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
  const held: Held[] = [];
  for (const section of root.entries) {
    const last = held.at(-1);
    const isParam = section.value.kind === 'scalar' && !SECTIONS.includes(section.key) && suggest(section.key, SECTIONS) === null;
    if (last?.entry.key === 'params' && last.entry.value.kind === 'map' && isParam && !section.key.startsWith('x-')) {
      wrongLevel(c, section, '`params:`', 'inside');
      last.strays.push(section);
      moved = true;
      continue;
    }
    const known = entryKeys(c, section.key);
    const inside = section.value.kind !== 'map' || known === null ? null : gathered(c, section.value, known);
    moved ||= inside !== null;
    held.push({ entry: inside === null ? section : { ...section, value: inside }, strays: [] });
  }
  return moved ? mapOf(root, held) : root;
}

/** An entry, and what stood behind it and belongs inside. Put in all at once: one by one, every stray would copy those before it. */
interface Held {
  readonly entry: Entry;
  readonly strays: Entry[];
}

function mapOf(map: MapTree, held: readonly Held[]): MapTree {
  return withEntries(map, held.map(({ entry, strays }) => (strays.length === 0 || entry.value.kind !== 'map' ? entry
    : { ...entry, value: withEntries(entry.value, [...entry.value.entries, ...strays]) })));
}

const withEntries = (map: MapTree, entries: readonly Entry[]): MapTree =>
  ({ ...map, entries, at: new Map(entries.map((e) => [e.key, e])) });

function entryKeys(c: Scope, section: string): readonly string[] | null {
  const own = Object.hasOwn(OF_ENTRIES, section) ? OF_ENTRIES[section] : null;
  if (own === null) return null;
  return [...own, ...(section === 'nodes' ? c.registry.operators.keys() : connectorNames(c, section === 'sources' ? 'source' : 'output'))];
}

/** The section with every stray put into the entry before it; null when there is none. */
function gathered(c: Scope, section: MapTree, known: readonly string[]): MapTree | null {
  const held: Held[] = [];
  for (const e of section.entries) {
    const last = held.at(-1);
    const holds = last?.entry.value.kind === 'map' && !last.entry.value.at.has(e.key);
    const single = e.value.kind !== 'map' || !['from', 'schema', ...known].some((k) => (e.value as MapTree).at.has(k));
    if (last === undefined || !holds || !single || !known.includes(e.key)) held.push({ entry: e, strays: [] });
    else {
      wrongLevel(c, e, `\`${last.entry.key}:\``, 'inside');
      last.strays.push(e);
    }
  }
  return held.length === section.entries.length ? null : mapOf(section, held);
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
    return { ...section, value: withEntries(section.value, section.value.entries.filter((e) => !lost.includes(e))) };
  });
  if (found.length === 0) return root;
  return withEntries(root, [...entries, ...found]);
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
