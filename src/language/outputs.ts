import { readConnector } from './connectors.ts';
import type { OutputDecl, RefDecl } from './document.ts';
import { asMap, shapeOf, valueSpan } from './keys.ts';
import { quoted } from './report.ts';
import { isEmpty, type ScalarTree } from './scalar.ts';
import type { Scope } from './scope.ts';
import type { Entry } from './tree.ts';

/** `bars`, or `router.big`: the part behind the first dot is a branch. */
export function refOf(s: Pick<ScalarTree, 'text' | 'start' | 'end'>): RefDecl {
  const dot = s.text.indexOf('.');
  return dot < 0 ? { id: s.text, branch: null, start: s.start, end: s.end }
    : { id: s.text.slice(0, dot), branch: s.text.slice(dot + 1), start: s.start, end: s.end };
}

const NOWHERE: RefDecl = Object.freeze({ id: '', branch: null, start: 0, end: 0 });

export function readOutput(c: Scope, entry: Entry): OutputDecl {
  const span = { start: entry.keySpan.start, end: entry.keySpan.end };
  const named = /^[A-Za-z_][\w-]*$/.test(entry.key);
  if (!named) c.report.error('E111', entry.keySpan, `${quoted(entry.key)} cannot be the id of an output`,
    { label: 'letters, digits, _ and - only' });
  const map = asMap(c.report, entry, `output \`${entry.key}\``, ['an output says what goes where: { from: cross, stdout: {} }']);
  if (map === null) return { id: entry.key, from: NOWHERE, connector: '', args: {}, ...span, poisoned: true };
  const { keys, connector, args, ok } = readConnector(c, 'output', entry, map, ['from', 'description'], ['from']);
  const from = keys.at.get('from');
  const ref = from === undefined ? null : oneRef(c, from, `output \`${entry.key}\``);
  return { id: entry.key, from: ref ?? NOWHERE, connector, args, ...span, poisoned: !(named && ok && ref !== null) };
}

/** A single reference, or null after saying what is there instead. */
export function oneRef(c: Scope, from: Entry, what: string): RefDecl | null {
  const { value } = from;
  const only = value.kind === 'list' && value.items.length === 1 ? value.items[0] : value;
  if (only.kind === 'scalar' && !isEmpty(only)) return only.unset.length > 0 ? null : refOf(only);
  c.report.error('E100', valueSpan(from), `\`from\` of ${what} must be one id`, {
    label: shapeOf(value), help: value.kind === 'list' ? ['put the streams together with a `merge` node first'] : [],
  });
  return null;
}
