import { CALENDARS } from '../core/calendars/index.ts';
import * as field from '../core/field.ts';
import { MINUTE, SECOND } from '../core/time.ts';
import type { CheckpointDecl, RuntimeDecl, TimeDecl } from './document.ts';
import type { Span } from './formula/ast.ts';
import { shapeOf, valueSpan } from './keys.ts';
import { meant, quoted, Report } from './report.ts';
import { isEmpty, plainReading, type ScalarTree } from './scalar.ts';
import { resolvePath, type Scope } from './scope.ts';
import { plainArgs, readScalar, readSettings } from './settings.ts';
import { suggest } from './suggest.ts';
import type { Entry, Tree } from './tree.ts';
import { readYaml } from './yaml.ts';



export const TIME_FIELDS = Object.freeze({
  field: field.text({ doc: 'Column that holds the event time.', default: 'ts' }),
  unit: field.choice(['s', 'ms', 'us', 'ns', 'iso'],
    { doc: 'Unit of event times that are numbers; found from the first row when left out.', optional: true }),
  lateness: field.duration({ doc: 'How long the watermark stays behind the newest row: rows later than this are late.', default: 0,
    min: 0 }),
  idle: field.duration({ doc: 'A source silent for this long stops holding the watermark.', optional: true, min: 1 }),
  late: field.choice(['drop', 'side_output', 'update'],
    { doc: 'What happens to late rows: counted and dropped, sent to `<node>.late`, or the corrected row is emitted again.',
    default: 'drop' }),
  calendar: field.choice(CALENDARS, { doc: 'Trading hours that sessions follow.', default: '24x7' }),
  timezone: field.text({ doc: 'Zone of event times that are written without one.', default: 'UTC' }),
});

const CHECKPOINT_FIELDS = Object.freeze({
  every: field.duration({ doc: 'How often the state is written.', default: SECOND, min: 10_000 }),
  store: field.choice(['nats', 'sqlite', 'files'], {
    doc: 'Where: the bus itself (KV and object store), an SQLite file, or one file each.', default: 'nats' }),
  path: field.text({ doc: 'Folder of `sqlite` and `files`.', default: 'data/checkpoints' }),
  keep: field.duration({
    doc: 'How long checkpoints stay: longer than the broker may forget after a power cut (its sync interval, two minutes by default).',
    default: 10 * MINUTE, min: SECOND }),
  max_age: field.duration({ doc: 'The run ends rather than go on when none could be written for this long.', default: 10 * MINUTE,
    min: SECOND }),
  verify: field.choice(['off', 'sample', 'all'], {
    doc: 'After a restart, compare outputs that are computed again with those that are stored, byte for byte.', default: 'sample' }),
});

export const RUNTIME_FIELDS = Object.freeze({
  on_error: field.choice(['stop', 'skip', 'dead_letter'],
    { doc: 'What a row that an operator fails on does: stop the run, be skipped and counted, or be kept aside with its error.',
    default: 'stop' }),
  batch: field.int({ doc: 'Most rows an epoch takes. Results do not depend on it.', default: 4096, min: 1, max: 1_048_576 }),
  checkpoint: field.object(CHECKPOINT_FIELDS, {
    doc: 'Checkpoints of a run whose sources are streams. After a crash the run goes on from the newest that fits.', optional: true,
  }),
});

const TIME_DEFAULTS: TimeDecl = Object.freeze({
  field: 'ts', unit: null, lateness: 0, idle: null, late: 'drop', calendar: '24x7', timezone: 'UTC',
});

export function readTime(c: Scope, entry: Entry | undefined): TimeDecl {
  if (entry === undefined || isEmpty(entry.value)) return TIME_DEFAULTS;
  const { args } = readSettings(c, entry, { fields: TIME_FIELDS, what: '`time`', at: entry.keySpan });
  const values = plainArgs(args);
  if (args.timezone !== undefined && !isZone(String(values.timezone))) zoneFault(c, args.timezone, String(values.timezone));
  return { ...TIME_DEFAULTS, ...(values as Partial<TimeDecl>) };
}

export const isZone = (zone: string): boolean =>
  /^(UTC|Z|[+-]\d\d:?\d\d|[A-Z][A-Za-z]+(\/[A-Z][\w+-]*)+|[A-Z]{3,4}\d?[A-Z]{0,3})$/.test(zone);

export function zoneFault(c: Scope, at: Span, zone: string): void {
  c.report.error('E403', at, `${quoted(zone)} is not a time zone`, { label: 'not a zone',
    help: ['write UTC, +02:00 or a name such as America/New_York'] });
}

export const RUNTIME_DEFAULTS: RuntimeDecl = Object.freeze<RuntimeDecl>({
  onError: 'stop', batch: 4096,
  checkpoint: { every: SECOND, store: 'nats', path: 'data/checkpoints', keep: 10 * MINUTE, max_age: 10 * MINUTE, verify: 'sample' },
});

export function readRuntime(c: Scope, entry: Entry | undefined): RuntimeDecl {
  if (entry === undefined || isEmpty(entry.value)) return RUNTIME_DEFAULTS;
  const { args } = readSettings(c, entry, {
    fields: RUNTIME_FIELDS, what: '`runtime`', at: entry.keySpan,
    known: (e) => {
      if (!['workers', 'buffer'].includes(e.key)) return false;
      notYet(c, e.keySpan, `\`runtime.${e.key}\``, ['it is read and left alone']);
      return true;
    },
  });
  const { on_error: onError = 'stop', batch = 4096, checkpoint } = plainArgs(args);
  return {
    onError: onError as RuntimeDecl['onError'], batch: batch as number,
    checkpoint: { ...RUNTIME_DEFAULTS.checkpoint, ...(checkpoint as Partial<CheckpointDecl> | undefined) },
  };
}

/** W110: a part of the language that this version reads and does not run. */
export function notYet(c: Scope, at: Span, what: string, help: readonly string[]): void {
  c.report.warn('W110', at, `${what} is not available in this version`, { label: 'read, but not run', help });
}

/** The symbols of `universe:`: a list, a file of them, or a parameter. Null for all symbols. */
export function readUniverse(c: Scope, entry: Entry | undefined): readonly string[] | null {
  if (entry === undefined) return null;
  const { value } = entry;
  if (value.kind === 'list') return symbolsOf(c, value.items);
  if (value.kind === 'map') return readUniverseFile(c, entry);
  if (isEmpty(value)) {
    c.report.error('E100', entry.keySpan, '`universe` must be a list of symbols or a file',
      { label: 'nothing here', help: ['universe: [AAPL, MSFT]', 'or universe: ./symbols.txt'] });
    return null;
  }
  if (value.unset.length > 0) return null;
  if (value.text.startsWith('$')) {
    const read = readScalar(c, value, field.texts({ doc: 'A list of symbols.' }), 'universe');
    return read === null ? null : (read.value as readonly string[]);
  }
  return symbolFile(c, value);
}

function readUniverseFile(c: Scope, entry: Entry): readonly string[] | null {
  const fields = { file: field.text({ doc: 'A list of symbols, one a line or as YAML.' }),
    as_of: field.flag({ doc: 'Membership by date.', default: false }) };
  const { args, ok } = readSettings(c, entry, { fields, what: '`universe`', at: entry.keySpan });
  if (args.as_of?.value === true) notYet(c, args.as_of, 'membership by date (`as_of`)', ['every symbol of the file passes at any time']);
  const map = entry.value.kind === 'map' ? entry.value : null;
  const file = map?.at.get('file')?.value;
  return ok && file?.kind === 'scalar' ? symbolFile(c, file) : null;
}

function symbolFile(c: Scope, at: ScalarTree): readonly string[] | null {
  const path = resolvePath(c.base, at.text);
  const text = c.readFile(path);
  if (text === null) {
    const help = /^[A-Z0-9.]+$/.test(at.text) ? [`for one symbol write a list: universe: [${at.text}]`] : [`looked for ${path}`];
    c.report.error('E114', at, `cannot read ${quoted(at.text)}`, { label: 'no such file', help });
    return null;
  }
  if (!/\.ya?ml$/i.test(at.text)) {
    const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/).map((l) => l.split('#', 1)[0].trim()).filter((l) => l !== '');
    return distinct(c, lines.map((symbol) => ({ symbol, at })));
  }
  const inner = new Report();
  const root = readYaml(text, c.env, inner);
  const list = root?.kind === 'map' && root.entries.length === 1 ? root.entries[0].value : root;
  const fault = inner.sorted()[0];
  if (fault !== undefined || list?.kind !== 'list') {
    c.report.error('E114', at, `${quoted(at.text)} is not a list of symbols${fault === undefined ? '' : `: ${fault.message}`}`,
      { label: 'in this file' });
    return null;
  }
  return distinct(c, list.items.flatMap((x) => (x.kind === 'scalar' ? [{ symbol: x.text, at }] : [])));
}

function symbolsOf(c: Scope, items: readonly Tree[]): readonly string[] {
  const found: { symbol: string; at: Span }[] = [];
  for (const item of items) {
    if (item.kind !== 'scalar' || isEmpty(item)) {
      c.report.error('E100', item, 'a symbol must be a single word', { label: shapeOf(item) });
    } else if (item.unset.length === 0) {
      plainSymbol(c, item);
      found.push({ symbol: item.text, at: item });
    }
  }
  return distinct(c, found);
}

function distinct(c: Scope, found: readonly { symbol: string; at: Span }[]): readonly string[] {
  const seen = new Set<string>();
  for (const { symbol, at } of found) {
    if (seen.has(symbol)) c.report.warn('W121', at, `symbol ${quoted(symbol)} is listed twice`,
      { label: 'again', help: ['it counts once'] });
    seen.add(symbol);
  }
  return [...seen];
}

/** W120: a symbol that other tools would read as something else. */
export function plainSymbol(c: Pick<Scope, 'report'>, s: ScalarTree): void {
  const reading = s.style === 'plain' ? plainReading(s.text) : null;
  if (reading === null) return;
  c.report.warn('W120', s, `symbol ${s.text} would be read as ${reading} by a plain YAML parser`, {
    label: `kept as the text "${s.text}"`, help: [`quote it, so that every tool agrees: "${s.text}"`], suggestion: `"${s.text}"`,
  });
}

/** One of `words`, or null after saying what was probably meant. */
export function oneOf(c: Scope, entry: Entry, words: readonly string[]): string | null {
  const { value } = entry;
  if (value.kind === 'scalar' && words.includes(value.text)) return value.text;
  const text = value.kind === 'scalar' ? value.text : '';
  c.report.error('E108', valueSpan(entry), text === '' ? `\`${entry.key}\` must be one of its words`
    : `\`${entry.key}\` cannot be ${quoted(text)}`, {
    ...meant(text === '' ? null : suggest(text, words), text === '' ? shapeOf(value) : 'not one of its words'),
    help: [`\`${entry.key}\` is one of: ${words.join(', ')}`],
  });
  return null;
}

