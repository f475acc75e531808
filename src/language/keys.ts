import type { Span } from './formula/ast.ts';
import { listed, meant, type Report } from './report.ts';
import { isEmpty } from './scalar.ts';
import { suggest } from './suggest.ts';
import type { Entry, MapTree, Tree } from './tree.ts';

export interface KeysSpec {
  /** How messages name the thing: `` `bars` `` or `pipeline`. */
  readonly what: string;
  readonly allowed: readonly string[];
  readonly required?: readonly string[];
  /** Where something missing is said. */
  readonly at: Span;
  /** Keys to say something better about than that they are unknown; true when it was said. */
  readonly known?: (entry: Entry) => boolean;
}

export interface Keys {
  readonly at: ReadonlyMap<string, Entry>;
  /** Something was said: followers stay silent. */
  readonly faulty: boolean;
}

/**
 * The known keys of a map. A misspelt key is reported once and then read as what was meant, so that the rest of the file is still checked
 * and nothing is called missing because of the slip.
 */
export function readKeys(report: Report, map: MapTree, spec: KeysSpec): Keys {
  const at = new Map<string, Entry>();
  const strange: Entry[] = [];
  for (const entry of map.entries) {
    if (entry.key.startsWith('x-')) continue;
    if (spec.allowed.includes(entry.key)) at.set(entry.key, entry);
    else strange.push(entry);
  }
  let faulty = false;
  for (const entry of strange) {
    faulty = true;
    if (spec.known?.(entry) === true) continue;
    const free = spec.allowed.filter((k) => !at.has(k));
    const near = suggest(entry.key, free) ?? suggest(entry.key, spec.allowed);
    report.error('E102', entry.keySpan, `unknown field \`${entry.key}\` in ${spec.what}`, {
      ...meant(near, 'not a field here'), help: [`${spec.what} accepts: ${listed(spec.allowed)}`],
    });
    if (near !== null && !at.has(near)) at.set(near, entry);
  }
  for (const name of spec.required ?? []) {
    if (at.has(name)) continue;
    // A stranger in the map is most likely this key under another name: it was reported already.
    if (!strange.some((e) => resembles(e.key, name))) {
      report.error('E107', spec.at, `${spec.what} needs \`${name}\``, { label: `\`${name}\` is missing` });
    }
    faulty = true;
  }
  return { at, faulty };
}

const resembles = (a: string, b: string): boolean => suggest(a, [b]) !== null || suggest(b, [a]) !== null;

/** The place to point at for a value: itself, or its key when nothing was written. */
export const valueSpan = (entry: Entry): Span => (isEmpty(entry.value) ? entry.keySpan : entry.value);

export function asMap(report: Report, entry: Entry, what: string, help: readonly string[] = []): MapTree | null {
  if (entry.value.kind === 'map') return entry.value;
  report.error('E100', valueSpan(entry), `${what} must be a map of \`key: value\``, {
    label: isEmpty(entry.value) ? 'nothing here' : shapeOf(entry.value), help,
  });
  return null;
}

export function asList(report: Report, entry: Entry, what: string, help: readonly string[] = []): readonly Tree[] | null {
  if (entry.value.kind === 'list') return entry.value.items;
  report.error('E100', valueSpan(entry), `${what} must be a list`, {
    label: isEmpty(entry.value) ? 'nothing here' : shapeOf(entry.value), help,
  });
  return null;
}

/** The text of a single value, or null after saying that something else is there. */
export function asText(report: Report, entry: Entry, what: string, help: readonly string[] = []): string | null {
  if (entry.value.kind === 'scalar' && !isEmpty(entry.value)) return entry.value.unset.length > 0 ? null : entry.value.text;
  report.error('E100', valueSpan(entry), `${what} must be a single value`, {
    label: isEmpty(entry.value) ? 'nothing here' : shapeOf(entry.value), help,
  });
  return null;
}

export const shapeOf = (t: Tree): string =>
  (t.kind === 'map' ? 'this is a map' : t.kind === 'list' ? 'this is a list' : isEmpty(t) ? 'nothing here' : 'this is a single value');
