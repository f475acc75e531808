import { choice, names } from '../core/field.ts';
import type { FieldsSpec } from '../core/field.ts';
import type { Operator } from '../core/operator.ts';
import { wrongLevel } from './connectors.ts';
import type { ArgDecl, NodeDecl, RefDecl } from './document.ts';
import type { Span } from './formula/ast.ts';
import { kernelFields, kernelNode } from './kernel-node.ts';
import { asMap, asText, readKeys, shapeOf, valueSpan } from './keys.ts';
import { listed, meant } from './report.ts';
import { refOf } from './outputs.ts';
import { RESERVED_OPERATORS } from './reserved.ts';
import { isEmpty, type ScalarTree } from './scalar.ts';
import type { Scope } from './scope.ts';
import { oneOf } from './sections.ts';
import { argAt, plainArgs, readField, readSettings } from './settings.ts';
import { checkId } from './sources.ts';
import { suggest } from './suggest.ts';
import type { Entry, MapTree } from './tree.ts';

export const SHARED_KEYS = Object.freeze(['from', 'across', 'by', 'description', 'on_error']);
export const ON_ERROR = choice(['stop', 'skip', 'dead_letter'], { doc: 'What a row that the operator fails on does.', optional: true });

/** A node, or the call of a template that stands where a node could. */
export interface ReadNode {
  readonly decl: NodeDecl;
  readonly use: { readonly path: ScalarTree; readonly given: Entry | null } | null;
}

export function readNode(c: Scope, entry: Entry): ReadNode {
  const span: Span = { start: entry.keySpan.start, end: entry.keySpan.end };
  const named = checkId(c, entry, 'node');
  const blank: NodeDecl = {
    id: entry.key, description: '', from: [], by: null, across: null, operator: '', operatorSpan: span, args: {}, onError: null, ...span,
    poisoned: true,
  };
  const written = isEmpty(entry.value) ? null : asMap(c.report, entry, `node \`${entry.key}\``, ['a node has `from:` and one operator']);
  if (written === null) {
    if (isEmpty(entry.value)) {
      c.report.error('E103', entry.keySpan, `node \`${entry.key}\` needs \`from:\` and one operator`, { label: 'nothing here' });
    }
    return { decl: blank, use: null };
  }
  const errors = c.report.size;
  const { map, lifted } = lift(c, written);
  const found = readOperatorKeys(c, entry, map);
  const at = (name: string): Entry | undefined => found.at.get(name);
  const from = readFrom(c, at('from'));
  const onError = at('on_error');
  const word = onError === undefined ? null : oneOf(c, onError, ON_ERROR.values ?? []);
  const description = at('description');
  const byEntry = at('by');
  const by = byEntry === undefined ? null : readField(c, byEntry, names({ doc: 'Columns of the key.' }), 'by');
  const base: NodeDecl = {
    ...blank, from: from ?? [], by: by?.items ?? null, across: readAcross(c, at('across')), onError: word as NodeDecl['onError'],
    description: (description === undefined ? null : asText(c.report, description, '`description`')) ?? '',
  };
  const intact = named && from !== null && !lifted;
  if (found.use !== null) return { decl: { ...base, poisoned: !intact || found.faulty || c.report.size > errors }, use: found.use };
  if (found.operator === null) return { decl: base, use: null };
  const read = readOperator(c, entry, found.operator, found.strays, base);
  const sound = intact && !found.faulty && c.report.size === errors + read.formulaFaults;
  return { decl: { ...read.decl, poisoned: read.decl.poisoned || !sound }, use: null };
}

/** Shared keys that were indented into the operator: said once, and read as if they stood beside it. */
function lift(c: Scope, map: MapTree): { map: MapTree; lifted: boolean } {
  if (map.at.has('from')) return { map, lifted: false };
  for (const owner of map.entries) {
    if (owner.value.kind !== 'map' || fieldsOf(c, owner.key) === null) continue;
    const inner = owner.value;
    const lost = inner.entries.filter((e) => SHARED_KEYS.includes(e.key) && !map.at.has(e.key)
      && !Object.hasOwn(fieldsOf(c, owner.key) ?? {}, e.key));
    if (!lost.some((e) => e.key === 'from')) continue;
    for (const e of lost) wrongLevel(c, e, `\`${owner.key}:\``, 'beside');
    const rest = mapWith(inner, inner.entries.filter((e) => !lost.includes(e)));
    const entries = map.entries.map((e) => (e === owner ? { ...e, value: rest } : e));
    return { map: mapWith(map, [...entries, ...lost]), lifted: true };
  }
  return { map, lifted: false };
}

const mapWith = (map: MapTree, entries: readonly Entry[]): MapTree => ({ ...map, entries, at: new Map(entries.map((e) => [e.key, e])) });

/** Fields under an operator key: of an operator, or of a formula function used as a node. Null for a key that is neither. */
function fieldsOf(c: Scope, name: string): FieldsSpec | null {
  const operator = c.registry.operators.get(name);
  if (operator !== undefined) return operator.fields;
  const kernel = c.registry.kernels.get(name);
  if (kernel !== undefined) return kernelFields(kernel);
  return Object.hasOwn(RESERVED_OPERATORS, name) ? {} : null;
}

interface Found {
  readonly at: ReadonlyMap<string, Entry>;
  readonly operator: Entry | null;
  readonly use: ReadNode['use'];
  readonly strays: readonly Entry[];
  readonly faulty: boolean;
}

function readOperatorKeys(c: Scope, node: Entry, map: MapTree): Found {
  const operators = [...c.registry.operators.keys(), ...Object.keys(RESERVED_OPERATORS).filter((n) => !c.registry.operators.has(n)), 'use'];
  const present = map.entries.filter((e) => e.key === 'use' || fieldsOf(c, e.key) !== null);
  const least = present.length === 0 ? 1 : (c.registry.operators.get(present[0].key)?.inputs[0] ?? 1);
  const strays: Entry[] = [];
  const misspelt: Entry[] = [];
  let unknown = false;
  const known = (e: Entry): boolean => {
    const owner = present.find((p) => Object.hasOwn(fieldsOf(c, p.key) ?? {}, e.key));
    if (owner !== undefined) {
      wrongLevel(c, e, `\`${owner.key}:\``, 'inside');
      strays.push(e);
      return true;
    }
    const near = suggest(e.key, [...SHARED_KEYS.filter((k) => !map.at.has(k)), ...(present.length === 0 ? operators : [])]);
    if (near === null ? present.length > 0 : SHARED_KEYS.includes(near)) return false;
    unknown = true;
    c.report.error('E101', e.keySpan, `unknown operator \`${e.key}\``, {
      ...meant(near ?? suggest(e.key, [...c.registry.kernels.keys()]), 'not an operator'), help: ['list them: millrace operators'],
    });
    if (near !== null && misspelt.length === 0) misspelt.push({ ...e, key: near });
    return true;
  };
  const names = present.map((e) => e.key);
  const keys = readKeys(c.report, map, {
    what: `node \`${node.key}\``, allowed: [...SHARED_KEYS, ...names, ...(names.includes('use') ? ['with'] : [])],
    required: least === 0 ? [] : ['from'], at: node.keySpan, known,
  });
  const found = [...present, ...misspelt];
  for (const extra of found.slice(1)) {
    c.report.error('E106', extra.keySpan, `node \`${node.key}\` has two operators, \`${found[0].key}\` and \`${extra.key}\``, {
      label: 'give this one its own node', help: [`a node does one thing; the next node reads it with \`from: ${node.key}\``],
    });
  }
  const [operator = null] = found;
  if (operator === null && !unknown) {
    c.report.error('E103', node.keySpan, `node \`${node.key}\` has no operator`, {
      label: 'what does it do?', help: [`operators: ${listed(operators)}`],
    });
  }
  const use = operator?.key === 'use' ? readUse(c, operator, keys.at.get('with') ?? null) : null;
  return {
    at: keys.at, operator: operator?.key === 'use' ? null : operator, use, strays,
    faulty: keys.faulty || unknown || found.length !== 1,
  };
}

function readUse(c: Scope, entry: Entry, given: Entry | null): ReadNode['use'] {
  if (asText(c.report, entry, '`use`', ['use: ./templates/risk-gate.yaml']) === null) return null;
  return { path: entry.value as ScalarTree, given };
}

function readFrom(c: Scope, entry: Entry | undefined): readonly RefDecl[] | null {
  if (entry === undefined) return null;
  const { value } = entry;
  const items = value.kind === 'list' ? value.items : [value];
  const refs: RefDecl[] = [];
  for (const item of items) {
    if (item.kind !== 'scalar' || isEmpty(item)) {
      c.report.error('E100', item.kind === 'scalar' ? valueSpan(entry) : item, '`from` must be an id, or a list of ids',
        { label: shapeOf(item) });
      return null;
    }
    if (item.unset.length > 0) return null;
    refs.push(refOf(item));
  }
  if (refs.length === 0) c.report.error('E100', value, '`from` names nothing', { label: 'an empty list' });
  return refs.length === 0 ? null : refs;
}

function readAcross(c: Scope, entry: Entry | undefined): NodeDecl['across'] {
  if (entry === undefined) return null;
  const { value } = entry;
  const help = ['across: universe', 'or pairs of symbols: across: [[KO, PEP], [V, MA]]'];
  if (value.kind === 'scalar') return oneOf(c, entry, ['universe']) === null ? null : 'universe';
  const pairs: (readonly [string, string])[] = [];
  for (const pair of value.kind === 'list' ? value.items : []) {
    const [a, b, more] = pair.kind === 'list' ? pair.items : [];
    if (a?.kind !== 'scalar' || b?.kind !== 'scalar' || more !== undefined) {
      c.report.error('E100', pair, 'a pair is a list of two symbols', { label: 'not a pair', help });
      return null;
    }
    pairs.push([a.text, b.text]);
  }
  if (pairs.length > 0) return pairs;
  c.report.error('E100', value, '`across` must be `universe`, or pairs of symbols', { label: shapeOf(value), help });
  return null;
}

interface OperatorRead {
  readonly decl: NodeDecl;
  /** Faults inside formulas: marked in their trees, so that the rest of the node can still be checked. */
  readonly formulaFaults: number;
}

function readOperator(c: Scope, node: Entry, entry: Entry, strays: readonly Entry[], base: NodeDecl): OperatorRead {
  const at: Span = { start: entry.keySpan.start, end: entry.keySpan.end };
  const decl: NodeDecl = { ...base, operator: entry.key, operatorSpan: at };
  const operator = c.registry.operators.get(entry.key);
  const kernel = c.registry.kernels.get(entry.key);
  if (operator === undefined && kernel === undefined) {
    c.report.error('E110', at, `the operator \`${entry.key}\` is not available in this version`, {
      label: `node \`${node.key}\` cannot run without it`, help: [RESERVED_OPERATORS[entry.key] ?? 'it comes with a later version'],
    });
    return { decl, formulaFaults: 0 };
  }
  const before = c.report.size;
  if (kernel !== undefined && operator === undefined) {
    const read = kernelNode(c, entry, kernel, strays);
    return { decl: { ...decl, operator: 'compute', args: read.args, poisoned: !read.ok }, formulaFaults: read.ok ? c.report.size - before
      : 0 };
  }
  const op = operator as Operator;
  const { args, ok } = readSettings(c, entry, { fields: op.fields, shorthand: op.shorthand, what: `\`${entry.key}\``, at, strays });
  const formulaFaults = ok ? c.report.size - before : 0;
  const together = ok ? checkTogether(c, op, args, at) : false;
  const counted = checkInputs(c, op, decl);
  return { decl: { ...decl, args, poisoned: !(ok && together && counted) }, formulaFaults };
}

/** Faults between settings that are right one by one. */
function checkTogether(c: Scope, op: Operator, args: Readonly<Record<string, ArgDecl>>, at: Span): boolean {
  const fault = op.check?.(plainArgs(args)) ?? null;
  if (fault === null) return true;
  c.report.error('E109', argAt(args, fault.field) ?? at, fault.message, { label: 'does not fit the other settings' });
  return false;
}

function checkInputs(c: Scope, op: Operator, node: NodeDecl): boolean {
  const [least, most] = op.inputs;
  const n = node.from.length;
  if (n === 0 || (n >= least && n <= most)) return true;
  const wanted = least === most ? String(least) : most === Infinity ? `${least} or more` : `${least} to ${most}`;
  c.report.error('E204', { start: node.from[0].start, end: node.from[n - 1].end },
    `\`${op.name}\` reads ${wanted} stream${wanted === '1' ? '' : 's'}, but \`${node.id}\` has ${n}`, {
      label: n < least ? `write them as a list: from: [${node.from[0].id}, ...]` : 'too many',
      help: n > most && most === 1 ? ['put the streams together with a `merge` or `join` node first'] : [],
    });
  return false;
}
