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

/** Sections that were indented into the section before them: said once, and read where they belong. */
export function wanderers(c: Scope, root: MapTree): MapTree {
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
