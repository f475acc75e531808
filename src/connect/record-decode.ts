import type { SourceContext } from '../core/connector.ts';
import type { BadRows } from './bad-rows.ts';
import { ByteTable } from './byte-table.ts';
import type { ChunkBuffer } from './chunk-buffer.ts';
import { planColumns } from './mapping.ts';
import type { ColumnPlan, PlannedColumn } from './mapping.ts';
import { parseNumber } from './parse-number.ts';
import { TimeParser } from './time-parser.ts';
import { UNKNOWN, allowedWords, decodeWord } from './words.ts';
import { zoneOf } from './zone.ts';
import type { Zone } from './zone.ts';

export type Json = Readonly<Record<string, unknown>>;

interface Field {
  readonly from: string;
  readonly column: PlannedColumn;
  readonly time: TimeParser | null;
}

const FAULT = Symbol('fault');
const shown = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

/** A number from JSON, or from text as exchanges send it; NaN when it is neither. */
function numberOf(value: unknown): number {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string') return NaN;
  const bytes = Buffer.from(value, 'latin1');
  return parseNumber(bytes, 0, bytes.length);
}

/** Turns JSON objects into rows: the same mapping of names, times and words as for CSV. The first object decides the mapping. */
export class RecordDecoder {
  readonly table = new ByteTable();
  private readonly ctx: SourceContext;
  private readonly bad: BadRows;
  private readonly zone: Zone | null;
  private readonly place: string;
  private fields: Field[] | null = null;
  private symbol: string | null = null;
  private timeField = '';
  private time: TimeParser;
  /** Numbers of symbols by text: cheaper than a look-up by bytes where there is a string already. */
  private readonly ids = new Map<string, number>();

  constructor(ctx: SourceContext, bad: BadRows, place: string) {
    this.ctx = ctx;
    this.bad = bad;
    this.zone = zoneOf(ctx.time.timezone);
    this.place = place;
    this.time = new TimeParser(null, this.zone);
  }

  /** The next object may be of another shape: another file has begun. */
  restart(): void {
    this.fields = null;
  }

  /** Adds one object to the chunk. `symbol` serves where the object names none. */
  add(out: ChunkBuffer, record: Json, at: number, symbol: string): void {
    if ('heartbeat' in record) return this.heartbeat(out, record, at);
    if (this.fields === null) this.plan(record);
    const ts = this.timeOf(this.time, record[this.timeField]);
    if (ts !== ts) {
      const value = record[this.timeField];
      const empty = value === undefined || value === null || value === '';
      return this.fail(record, at, empty ? 'E753' : 'E755', empty ? 'the event time is empty' : `\`${shown(value)}\` is no time`);
    }
    const named = this.symbol === null ? symbol : record[this.symbol];
    if (named === undefined || named === null || named === '') return this.fail(record, at, 'E753', '`symbol` is empty');
    const n = out.n;
    for (let c = 0; c < out.cols.length; c++) {
      const field = this.fields![c];
      const value = this.decode(field, record[field.from]);
      if (typeof value === 'symbol') return this.failField(record, at, field);
      out.cols[c][n] = value;
    }
    out.ts[n] = ts;
    out.key[n] = this.idOf(String(named));
    out.n = n + 1;
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
    const ts = this.timeOf(this.time, record.heartbeat);
    if (ts === ts) out.pushEmpty(ts, -1);
    else this.fail(record, at, 'E755', `\`${shown(record.heartbeat)}\` is no time`);
  }

  private timeOf(parser: TimeParser, value: unknown): number {
    return typeof value === 'number' ? parser.fromNumber(value) : typeof value === 'string' ? parser.fromText(value) : NaN;
  }

  private plan(record: Json): void {
    const names = Object.keys(record);
    const plan: ColumnPlan = planColumns(names, this.ctx, this.place);
    const filled = plan.time.find(({ index }) => record[names[index]] !== null && record[names[index]] !== '') ?? plan.time[0];
    this.timeField = names[filled.index];
    this.time = new TimeParser(filled.unit, this.zone);
    this.symbol = plan.symbol < 0 ? null : names[plan.symbol];
    this.fields = plan.columns.map((column) => ({
      column, from: column.index < 0 ? column.name : names[column.index],
      time: column.type === 'time' ? new TimeParser(column.unit, this.zone) : null,
    }));
  }

  private decode(field: Field, value: unknown): number | string | null | typeof FAULT {
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

  private failField(record: Json, at: number, { from, column }: Field): void {
    const value = record[from];
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
