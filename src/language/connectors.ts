import type { FieldsSpec } from '../core/field.ts';
import type { Span } from './formula/ast.ts';
import { readKeys, type Keys } from './keys.ts';
import { listed, meant } from './report.ts';
import { RESERVED_CONNECTORS, SUBJECT_FIELDS } from './reserved.ts';
import type { Scope } from './scope.ts';
import { notYet } from './sections.ts';
import { plainArgs, readSettings } from './settings.ts';
import { checkReplay, checkSubject } from './subjects.ts';
import { suggest } from './suggest.ts';
import type { Entry, MapTree } from './tree.ts';

type Role = 'source' | 'output';

interface Known {
  readonly fields: FieldsSpec;
  readonly shorthand?: string | undefined;
  readonly reserved?: string | undefined;
}

/** The connector of that name: the registry's, else subjects of the bus. */
function connectorOf(c: Scope, role: Role, name: string): Known | null {
  const found = (role === 'source' ? c.registry.sources : c.registry.outputs).get(name);
  if (found !== undefined) return found;
  if (name === 'nats') return { fields: SUBJECT_FIELDS, shorthand: 'subject' };
  return RESERVED_CONNECTORS[role].includes(name) ? { fields: {}, reserved: 'it comes with a later version' } : null;
}

export function connectorNames(c: Scope, role: Role): string[] {
  const registered = [...(role === 'source' ? c.registry.sources : c.registry.outputs).keys()];
  return [...new Set([...registered, 'nats', ...RESERVED_CONNECTORS[role]])];
}

export interface Connected {
  readonly keys: Keys;
  readonly connector: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly ok: boolean;
}

/** The keys of a source or an output: the shared ones, and exactly one connector. */
export function readConnector(c: Scope, role: Role, id: Entry, map: MapTree, shared: readonly string[],
  required: readonly string[]): Connected {
  const names = connectorNames(c, role);
  const what = `${role} \`${id.key}\``;
  const present = map.entries.filter((e) => names.includes(e.key));
  const misspelt: Entry[] = [];
  let unknown = false;
  const known = (e: Entry): boolean => {
    const owner = present.find((p) => Object.hasOwn(connectorOf(c, role, p.key)?.fields ?? {}, e.key));
    if (owner !== undefined) {
      wrongLevel(c, e, `\`${owner.key}:\``, 'inside');
      return true;
    }
    const near = suggest(e.key, [...shared, ...names]);
    if (near === null ? present.length > 0 : shared.includes(near)) return false;
    unknown = true;
    c.report.error('E101', e.keySpan, `unknown ${role} kind \`${e.key}\``, {
      ...meant(near, 'not a connector'), help: [`kinds of ${role}: ${listed(names)}`],
    });
    if (near !== null && present.length === 0) misspelt.push({ ...e, key: near });
    return true;
  };
  const keys = readKeys(c.report, map, { what, allowed: [...shared, ...names], required, at: id.keySpan, known });
  const found = [...[...keys.at].filter(([name]) => names.includes(name)).map(([key, e]) => ({ ...e, key })), ...misspelt];
  if (found.length === 0) {
    if (!unknown && !keys.faulty) {
      c.report.error('E103', id.keySpan, `${what} does not say where ${role === 'source' ? 'its rows come from' : 'rows go'}`, {
        label: 'no connector', help: [`add one of: ${listed(names)}`],
      });
    }
    return { keys, connector: '', args: {}, ok: false };
  }
  for (const extra of found.slice(1)) {
    c.report.error('E106', extra.keySpan, `${what} has two connectors, \`${found[0].key}\` and \`${extra.key}\``, {
      label: `give this one its own ${role}`,
    });
  }
  const read = readArgs(c, role, found[0].key, found[0]);
  return { keys, connector: found[0].key, args: read.args, ok: read.ok && found.length === 1 && !keys.faulty };
}

export function wrongLevel(c: Scope, e: Entry, where: string, how: 'inside' | 'beside'): void {
  c.report.error('E104', e.keySpan, `\`${e.key}\` is at the wrong level`, {
    label: how === 'inside' ? 'indented too little' : 'indented too much',
    help: [how === 'inside' ? `\`${e.key}\` belongs inside ${where} — indent it by two more spaces`
      : `\`${e.key}\` belongs beside ${where} — indent it by two spaces less`],
  });
}

function readArgs(c: Scope, role: Role, name: string, entry: Entry): { args: Readonly<Record<string, unknown>>; ok: boolean } {
  const connector = connectorOf(c, role, name);
  if (connector === null) return { args: {}, ok: false };
  if (connector.reserved !== undefined) {
    notYet(c, entry.keySpan, `${role === 'source' ? 'the source' : 'the output'} \`${name}\``, [
      connector.reserved.replace(/^.*?not available in this version;\s*/, ''),
      role === 'source' ? 'give the rows another way: --source ID=FILE' : 'nothing is written there; read the node with --tap',
    ]);
    return { args: {}, ok: true };
  }
  const at: Span = entry.keySpan;
  const settings = readSettings(c, entry, { fields: connector.fields, shorthand: connector.shorthand, what: `\`${name}\``, at });
  let { ok } = settings;
  if (ok && Object.hasOwn(connector.fields, 'subject')) {
    const subject = entry.value.kind === 'map' ? entry.value.at.get('subject')?.value : entry.value;
    if (subject?.kind === 'scalar') ok = checkSubject(c, subject, role);
  }
  const replay = entry.value.kind === 'map' ? entry.value.at.get('replay')?.value : undefined;
  if (ok && Object.hasOwn(connector.fields, 'replay') && replay?.kind === 'scalar') ok = checkReplay(c, replay);
  return { args: plainArgs(settings.args), ok };
}
