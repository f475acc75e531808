import { resolve } from 'node:path';
import { connectorOf } from '../connect/infer.ts';
import { SOURCES } from '../connect/catalogue.ts';
import type { FieldsSpec } from '../core/field.ts';
import { parseDuration, parseTime } from '../core/time.ts';
import type { Document, SourceDecl } from '../language/document.ts';
import { suggest } from '../language/suggest.ts';
import { usage } from './fail.ts';
import { isRecordingPath } from './recorded-path.ts';

/** `a=b` pairs of a flag that may be given several times. */
export function pairs(flag: string, given: readonly string[] = []): ReadonlyMap<string, string> {
  const out = new Map<string, string>();
  for (const text of given) {
    const at = text.indexOf('=');
    if (at <= 0) throw usage(`${flag} takes name=value, not \`${text}\``);
    out.set(text.slice(0, at), text.slice(at + 1));
  }
  return out;
}

/** Refuses an id that is not among `known`, with the nearest one. */
export function mustKnow(id: string, known: readonly string[], what: string): void {
  if (known.includes(id)) return;
  const near = suggest(id, known);
  throw usage(`there is no ${what} \`${id}\``, ...(near === null ? [] : [`did you mean \`${near}\`?`]),
    `${what}s: ${known.join(', ') || 'none'}`);
}

const defaultsOf = (fields: FieldsSpec): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).filter(([, f]) => f.default !== undefined).map(([name, f]) => [name, f.default]));

/** Settings after `synthetic:` such as `seed=9,rate=2,symbols=AAPL+MSFT`. */
function syntheticArgs(text: string, fields: FieldsSpec): Record<string, unknown> {
  const args = defaultsOf(fields);
  for (const [name, value] of pairs('synthetic:', text === '' ? [] : text.split(','))) {
    mustKnow(name, Object.keys(fields), 'setting');
    const { kind } = fields[name];
    const read = kind === 'texts' ? value.split('+') : kind === 'int' || kind === 'number' ? Number(value)
      : kind === 'ratio' ? Number(value.replace(/%$/, '')) / (value.endsWith('%') ? 100 : 1) : kind === 'duration' ? parseDuration(value)
      : value;
    if (read === null || Number.isNaN(read)) {
      throw usage(`\`${value}\` does not fit the setting \`${name}\` of a synthetic source`, fields[name].doc);
    }
    args[name] = read;
  }
  return args;
}

/** The source with its rows from elsewhere; its schema, key and time settings stay. */
export function overridden(s: SourceDecl, target: string, universe: readonly string[] | null, cwd: string): SourceDecl {
  const synthetic = /^synthetic(?::(.*))?$/.exec(target);
  if (synthetic !== null) {
    const { fields } = SOURCES.find((c) => c.name === 'synthetic') as (typeof SOURCES)[number];
    const args = syntheticArgs(synthetic[1] ?? '', fields);
    const named = synthetic[1]?.includes('symbols=') === true;
    return { ...s, connector: 'synthetic', args: universe === null || named ? args : { ...args, symbols: universe } };
  }
  if (isRecordingPath(resolve(cwd, target))) return { ...s, connector: 'recording', args: { path: resolve(cwd, target) } };
  const connector = connectorOf(target);
  const { fields } = SOURCES.find((c) => c.name === connector) as (typeof SOURCES)[number];
  const kept = s.connector === connector ? s.args : {};
  const tab = /\.tsv(\.gz)?$/i.test(target) ? { delimiter: 'tab' } : {};
  return { ...s, connector, args: { ...defaultsOf(fields), ...tab, ...kept, path: [resolve(cwd, target)] } };
}

/** The document with `--source id=FILE` in place of what it says. */
export function overrideSources(doc: Document, given: readonly string[] | undefined, cwd: string): Document {
  const wanted = pairs('--source', given);
  for (const id of wanted.keys()) mustKnow(id, doc.sources.map((s) => s.id), 'source');
  return {
    ...doc,
    sources: doc.sources.map((s) => {
      const target = wanted.get(s.id);
      return target === undefined ? s : overridden(s, target, doc.universe, cwd);
    }),
  };
}

/** A moment given as a flag, in microseconds. */
export function moment(flag: string, text: string | undefined): number | null {
  if (text === undefined) return null;
  const ts = parseTime(text);
  if (ts === null) throw usage(`${flag} takes a date or a time, not \`${text}\``, `${flag} 2024-01-02 or ${flag} 2024-01-02T14:30:00Z`);
  return ts;
}

/** `1x`, `60x` or `max`. */
export function speedOf(text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  if (text === 'max') return Infinity;
  const value = /^\d+(\.\d+)?x?$/.test(text) ? Number(text.replace(/x$/, '')) : NaN;
  if (!(value > 0)) throw usage(`--speed takes 1x, 60x or max, not \`${text}\``);
  return value;
}

/** `1`, `4096` or `random:SEED`. */
export function batchOf(text: string | undefined): number | { readonly seed: number } {
  if (text === undefined) return 4096;
  const random = /^random(?::(\d+))?$/.exec(text);
  if (random !== null) return { seed: Number(random[1] ?? 1) };
  const rows = /^\d+$/.test(text) ? Number(text) : NaN;
  if (!(rows >= 1 && rows <= 1_048_576)) throw usage(`--batch takes a number of rows from 1 to 1048576 or random:SEED, not \`${text}\``);
  return rows;
}

/** A length of time given as a flag, in milliseconds. */
export function lengthOf(flag: string, text: string): number {
  const micros = parseDuration(text);
  if (micros === null) throw usage(`${flag} takes a duration such as 30s or 5m, not \`${text}\``);
  return micros / 1000;
}
