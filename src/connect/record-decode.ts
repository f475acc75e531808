import type { SourceContext } from '../core/connector.ts';
import { Refusal } from '../core/diagnostic.ts';
import type { BadRows } from './bad-rows.ts';
import { ByteTable } from './byte-table.ts';
import type { ChunkBuffer } from './chunk-buffer.ts';
import { parseNumber } from './parse-number.ts';
import { RecordShape, isEmpty } from './record-shape.ts';
import type { Json, RecordField, RecordTime } from './record-shape.ts';
import { TimeParser } from './time-parser.ts';
import { UNKNOWN, allowedWords, decodeWord } from './words.ts';
import { zoneOf } from './zone.ts';
import type { Zone } from './zone.ts';

/** Shapes of objects that are remembered where every object may have its own, and the length of keys up to which one is. */
const SHAPES = 64;
const SHAPE_LENGTH = 4096;
/** More keys than any record of a market has, and few enough to be looked through. */
const KEYS = 512;
const SYMBOL_LENGTH = 256;

const FAULT = Symbol('fault');
const shown = (value: unknown): string =>
  (typeof value === 'string' ? value : typeof value === 'number' ? String(value) : JSON.stringify(value));

/** A key may hold the character that parts them, so the joined text alone does not tell. */
function sameNames(a: readonly string[], b: readonly string[]): boolean {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return a.length === b.length;
}

/** A number from JSON, or from text as exchanges send it; NaN when it is neither. */
function numberOf(value: unknown): number {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string') return NaN;
  const bytes = Buffer.from(value, 'latin1');
  return parseNumber(bytes, 0, bytes.length);
}

/**
 * Turns JSON objects into rows: the same mapping of names, times and words as for CSV. In a file the first object decides the mapping; with
 * `each`, as for messages, every object does for itself, so that what one becomes does not depend on those before it.
 */
export class RecordDecoder {
  readonly table: ByteTable;
  private readonly ctx: SourceContext;
  private readonly bad: BadRows;
  private readonly zone: Zone | null;
  private readonly place: string;
  private readonly each: boolean;
  private shape: RecordShape | null = null;
  private time: RecordTime | null = null;
  private readonly beat: TimeParser;
  private readonly shapes = new Map<string, { readonly names: readonly string[]; readonly shape: RecordShape | Refusal }>();
  /** Numbers of symbols by text: cheaper than a look-up by bytes where there is a string already. */
  private readonly ids = new Map<string, number>();

  constructor(ctx: SourceContext, bad: BadRows, place: string, each = false, table = new ByteTable()) {
    this.table = table;
    this.ctx = ctx;
    this.bad = bad;
    this.zone = zoneOf(ctx.time.timezone);
    this.place = place;
    this.each = each;
    this.beat = new TimeParser(null, this.zone, each);
  }

  /** The shape of the last object that was added. */
  get lastShape(): RecordShape | null {
    return this.shape;
  }

  /** The next object may be of another shape: another file has begun. */
  restart(): void {
    this.shape = null;
    this.time = null;
  }

  /** Adds one object to the chunk. `symbol` serves where the object names none. Throws a Refusal where its keys do not fit the schema. */
  add(out: ChunkBuffer, record: Json, at: number, symbol: string): void {
    if (Object.hasOwn(record, 'heartbeat')) return this.heartbeat(out, record, at);
    const shape = this.shapeOf(record);
    const time = this.each ? shape.timeOf(record) : (this.time ??= shape.timeOf(record));
    const value = record[time.from];
    const ts = this.timeOf(time.parser, value);
    if (ts !== ts) {
      if (isEmpty(value)) return this.fail(record, at, 'E753', 'the event time is empty');
      return this.fail(record, at, 'E755', `\`${shown(value)}\` is no time`);
    }
    const named = shape.symbol === null ? symbol : record[shape.symbol];
    if (isEmpty(named)) return this.fail(record, at, 'E753', '`symbol` is empty');
    const text = String(named);
    if (text.length > SYMBOL_LENGTH) return this.fail(record, at, 'E715', `\`symbol\` is longer than ${SYMBOL_LENGTH} characters`);
    const n = out.n;
    const { fields } = shape;
    for (let c = 0; c < out.cols.length; c++) {
      const field = fields[c];
      const cell = this.decode(field, field.from === null ? undefined : record[field.from]);
      if (typeof cell === 'symbol') return this.failField(record, at, field);
      out.cols[c][n] = cell;
    }
    out.ts[n] = ts;
    out.key[n] = this.idOf(text);
    out.n = n + 1;
  }

  private shapeOf(record: Json): RecordShape {
    if (!this.each) return (this.shape ??= new RecordShape(Object.keys(record), this.ctx, this.place, this.zone, false));
    const names = Object.keys(record);
    if (names.length > KEYS) throw new Refusal('E715', `an object has ${names.length} keys; at most ${KEYS} are read`);
    const signature = names.join('\u0000');
    const known = this.shapes.get(signature);
    const shape = known !== undefined && sameNames(known.names, names) ? known.shape : this.planned(names);
    if (known === undefined && signature.length <= SHAPE_LENGTH) {
      if (this.shapes.size >= SHAPES) this.shapes.clear();
      this.shapes.set(signature, { names, shape });
    }
    if (shape instanceof Refusal) throw shape;
    return (this.shape = shape);
  }

  /** Names that do not fit are remembered too: working that out again for every message would be the dearer path. */
  private planned(names: readonly string[]): RecordShape | Refusal {
    try {
      return new RecordShape(names, this.ctx, this.place, this.zone, true);
    } catch (fault) {
      if (fault instanceof Refusal) return fault;
      throw fault;
    }
  }

  private idOf(symbol: string): number {
    let id = this.ids.get(symbol);
    if (id === undefined) {
      id = this.table.lookupText(symbol);
      this.ids.set(symbol, id);
    }
    return id;
  }

  private heartbeat(out: ChunkBuffer, record: Json, at: number): void {
    const ts = this.timeOf(this.beat, record.heartbeat);
    if (ts === ts) out.pushEmpty(ts, -1);
    else this.fail(record, at, 'E755', `\`${shown(record.heartbeat)}\` is no time`);
  }

  private timeOf(parser: TimeParser, value: unknown): number {
    const t = typeof value === 'number' ? parser.fromNumber(value) : typeof value === 'string' ? parser.fromText(value) : NaN;
    return Number.isSafeInteger(t) ? t : NaN;
  }

  private decode(field: RecordField, value: unknown): number | string | null | typeof FAULT {
    const { column } = field;
    const isText = column.type === 'text';
    if (value === undefined || value === null || (value === '' && !isText)) return column.required ? FAULT : isText ? null : NaN;
    if (isText) return typeof value === 'string' ? value : JSON.stringify(value);
    if (field.time !== null) {
      const t = this.timeOf(field.time, value);
      return t === t ? t : FAULT;
    }
    if (column.type === 'f64' || column.type === 'i64') {
      const x = numberOf(value);
      return Number.isFinite(x) && (column.type === 'f64' || Number.isSafeInteger(x)) ? x : FAULT;
    }
    const code = decodeWord(String(value), column.type, column.inverted);
    return code === UNKNOWN || (code !== code && column.required) ? FAULT : code;
  }

  private failField(record: Json, at: number, { from, column }: RecordField): void {
    const value = from === null ? undefined : record[from];
    const name = column.name;
    if (value === undefined || value === null || value === '') return this.fail(record, at, 'E753', `\`${name}\` is empty`);
    const holds = `\`${name}\` holds \`${shown(value)}\``;
    if (column.type === 'time') return this.fail(record, at, 'E755', `${holds}, which is no time`);
    if (column.type !== 'f64' && column.type !== 'i64') return this.fail(record, at, 'E756',
      `${holds}; it takes ${allowedWords(column.type)}`);
    if (/^[+-]?(nan|inf|infinity)$/i.test(shown(value))) return this.fail(record, at, 'E754', holds);
    this.fail(record, at, 'E752', `${holds}, which is no ${column.type === 'i64' ? 'whole ' : ''}number`);
  }

  private fail(record: Json, at: number, code: string, message: string): void {
    this.bad.add(at, code, message, this.bad.keeps ? JSON.stringify(record) : '');
  }
}

/** The JSON object in a text, or null. */
export function parseRecord(text: string): Json | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : null;
  } catch {
    return null;
  }
}
