import { Refusal } from '../core/diagnostic.ts';
import type { ByteTable } from './byte-table.ts';
import { parseNumber } from './parse-number.ts';
import { TimeParser } from './time-parser.ts';
import type { TimeUnit } from './time-parser.ts';
import type { Zone } from './zone.ts';

/** Numbers that the Arrow format gives its types; a dictionary is the library's own. */
export const ARROW = Object.freeze({
  int: 2, float: 3, utf8: 5, bool: 6, date: 8, timestamp: 10, duration: 18, largeUtf8: 20, dictionary: -1,
});

/** A type as the library has it, or as a message of the format tells it. */
export interface ArrowColumnType {
  readonly typeId: number;
  readonly bitWidth?: number;
  readonly precision?: number;
  readonly unit?: number;
  readonly timezone?: string | null;
  toString(): string;
}

/** A column of a record batch by its buffers: `Data` of the library is one. Values are those of the batch, the bits of `offset` on. */
export interface ArrowColumn {
  readonly type: ArrowColumnType;
  readonly offset: number;
  readonly nullCount: number;
  readonly nullBitmap?: Uint8Array | null;
  readonly values: unknown;
  readonly valueOffsets: unknown;
  readonly dictionary?: { readonly length: number; get(i: number): unknown } | undefined;
}

const UNITS: readonly TimeUnit[] = ['s', 'ms', 'us', 'ns'];
const MICROS: Readonly<Record<TimeUnit, number>> = { s: 1_000_000, ms: 1_000, us: 1, ns: 0.001 };
const DAY = 86_400_000_000;
const HIGH = 4_294_967_296;

const isText = (type: ArrowColumnType): boolean => type.typeId === ARROW.utf8 || type.typeId === ARROW.largeUtf8;

export const isNull = (d: ArrowColumn, i: number): boolean =>
  d.nullCount > 0 && ((d.nullBitmap![(d.offset + i) >> 3] >> ((d.offset + i) & 7)) & 1) === 0;

function eraseNulls(d: ArrowColumn, from: number, n: number, into: Float64Array): void {
  if (d.nullCount > 0) for (let i = 0; i < n; i++) if (isNull(d, from + i)) into[i] = NaN;
}

const unsupported = (name: string, type: ArrowColumnType): Refusal =>
  new Refusal('E703', `column \`${name}\` has the Arrow type ${type.toString()}, which cannot be read here`, {
    exit: 7, help: ['numbers, timestamps, dates, bool, utf8 and dictionaries of utf8 can: cast the column before writing the file'],
  });

/** 64-bit integers without a BigInt per value; exact up to 2^53, and nanoseconds are divided before they are joined. */
function fill64(values: BigInt64Array, from: number, n: number, into: Float64Array, nanos: boolean): void {
  const words = new Int32Array(values.buffer, values.byteOffset, values.length * 2);
  for (let i = 0; i < n; i++) {
    const low = words[2 * (from + i)] >>> 0;
    const high = words[2 * (from + i) + 1];
    if (nanos) {
      const q = Math.floor(high / 1000);
      into[i] = q * HIGH + Math.floor(((high - q * 1000) * HIGH + low) / 1000);
    } else {
      into[i] = high * HIGH + low;
    }
  }
}

function fillText(d: ArrowColumn, from: number, n: number, into: Float64Array): void {
  const offsets = d.valueOffsets as Int32Array;
  const bytes = d.values as Uint8Array;
  for (let i = 0; i < n; i++) into[i] = parseNumber(bytes, Number(offsets[from + i]), Number(offsets[from + i + 1]));
}

/** A numeric column into doubles, null as NaN. */
export function fillNumbers(name: string, d: ArrowColumn, from: number, n: number, into: Float64Array): void {
  const { type } = d;
  if (type.typeId === ARROW.duration) {
    const unit = UNITS[type.unit!];
    fill64(d.values as BigInt64Array, from, n, into, unit === 'ns');
    const scale = unit === 'ns' ? 1 : MICROS[unit];
    for (let i = 0; i < n; i++) into[i] *= scale;
  } else if (type.typeId === ARROW.int && type.bitWidth === 64) fill64(d.values as BigInt64Array, from, n, into, false);
  else if (type.typeId === ARROW.int || (type.typeId === ARROW.float && type.precision! > 0)) {
    into.set((d.values as Float64Array).subarray(from, from + n));
  } else if (type.typeId === ARROW.bool) {
    const bits = d.values as Uint8Array;
    for (let i = 0; i < n; i++) into[i] = (bits[(d.offset + from + i) >> 3] >> ((d.offset + from + i) & 7)) & 1;
  } else if (isText(type)) fillText(d, from, n, into);
  else throw unsupported(name, type);
  eraseNulls(d, from, n, into);
}

/** A column of times into microseconds UTC. Integers take `unit`, or the unit that the length of the first one tells. */
export class TimeColumn {
  private readonly name: string;
  private readonly zone: Zone | null;
  private readonly each: boolean;
  private unit: TimeUnit | null;
  private readonly texts: TimeParser;

  /** With `each`, a unit that is not given is told anew by the first value of every batch. */
  constructor(name: string, unit: TimeUnit | null, zone: Zone | null, each = false) {
    this.name = name;
    this.zone = zone;
    this.each = each;
    this.unit = unit;
    this.texts = new TimeParser(unit, zone, each);
  }

  fill(d: ArrowColumn, from: number, n: number, into: Float64Array): void {
    const { type } = d;
    if (type.typeId === ARROW.timestamp) {
      const unit = UNITS[type.unit!];
      fill64(d.values as BigInt64Array, from, n, into, unit === 'ns');
      this.scale(into, n, unit === 'ns' ? 1 : MICROS[unit], type.timezone === null || type.timezone === undefined || type.timezone === '');
    } else if (type.typeId === ARROW.date) {
      if (d.values instanceof Int32Array && type.unit === 0) into.set(d.values.subarray(from, from + n));
      else fill64(d.values as unknown as BigInt64Array, from, n, into, false);
      this.scale(into, n, type.unit === 0 ? DAY : MICROS.ms, true);
    } else if (type.typeId === ARROW.int || type.typeId === ARROW.float) {
      this.fillEpoch(d, from, n, into);
    } else if (type.typeId === ARROW.utf8) {
      const offsets = d.valueOffsets as Int32Array;
      for (let i = 0; i < n; i++) into[i] = this.texts.parse(d.values as Uint8Array, offsets[from + i], offsets[from + i + 1]);
    } else {
      throw unsupported(this.name, type);
    }
    eraseNulls(d, from, n, into);
  }

  private scale(into: Float64Array, n: number, by: number, naive: boolean): void {
    if (by !== 1) for (let i = 0; i < n; i++) into[i] *= by;
    if (naive && this.zone !== null) for (let i = 0; i < n; i++) into[i] = this.zone.toUtc(into[i]);
  }

  private fillEpoch(d: ArrowColumn, from: number, n: number, into: Float64Array): void {
    fillNumbers(this.name, d, from, n, into);
    let { unit } = this;
    if (unit === null) {
      const first = into.subarray(0, n).find((x) => x === x) ?? 0;
      const digits = String(Math.trunc(Math.abs(first))).length;
      unit = digits <= 11 ? 's' : digits <= 14 ? 'ms' : digits <= 17 ? 'us' : 'ns';
      if (!this.each) this.unit = unit;
    }
    if (unit === 'ns' && d.values instanceof BigInt64Array) fill64(d.values, from, n, into, true);
    else if (unit !== 'us') for (let i = 0; i < n; i++) into[i] = Math.floor(into[i] * MICROS[unit]);
  }
}

/** Texts of a column by number: `codeOf` is asked once per entry of a dictionary, or once per different text. */
export class CodeColumn {
  private readonly name: string;
  private readonly table: ByteTable;
  private readonly codeOf: (text: string) => number;
  private codes: number[] = [];
  private dictionary: unknown = null;
  private entries = new Float64Array(0);

  constructor(name: string, table: ByteTable, codeOf: (text: string) => number) {
    this.name = name;
    this.table = table;
    this.codeOf = codeOf;
  }

  fill(d: ArrowColumn, from: number, n: number, into: Float64Array | Int32Array, missing: number): void {
    const { type } = d;
    if (type.typeId === ARROW.dictionary) this.fillDictionary(d, from, n, into, missing);
    else if (isText(type)) {
      const offsets = d.valueOffsets as Int32Array;
      for (let i = 0; i < n; i++) {
        const id = this.table.lookup(d.values as Uint8Array, Number(offsets[from + i]), Number(offsets[from + i + 1]));
        into[i] = this.codes[id] ??= this.codeOf(this.table.texts[id]);
      }
    } else {
      const numbers = new Float64Array(n);
      fillNumbers(this.name, d, from, n, numbers);
      for (let i = 0; i < n; i++) into[i] = this.codeOf(String(numbers[i]));
    }
    if (d.nullCount > 0) for (let i = 0; i < n; i++) if (isNull(d, from + i)) into[i] = missing;
  }

  private fillDictionary(d: ArrowColumn, from: number, n: number, into: Float64Array | Int32Array, missing: number): void {
    const dictionary = d.dictionary!;
    if (this.dictionary !== dictionary) {
      this.dictionary = dictionary;
      this.entries = Float64Array.from({ length: dictionary.length }, (_, i) => this.codeOf(String(dictionary.get(i))));
    }
    const at = d.values as Int32Array;
    for (let i = 0; i < n; i++) into[i] = this.entries[Number(at[from + i])] ?? missing;
  }
}

/** A column of text into strings; null stays null. */
export function fillTexts(d: ArrowColumn, from: number, n: number, into: (string | null)[]): void {
  const { type } = d;
  if (isText(type)) {
    const offsets = d.valueOffsets as Int32Array;
    const values = d.values as Uint8Array;
    const bytes = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
    for (let i = 0; i < n; i++) {
      into[i] = isNull(d, from + i) ? null : bytes.toString('utf8', Number(offsets[from + i]), Number(offsets[from + i + 1]));
    }
  } else if (type.typeId === ARROW.dictionary) {
    const texts = Array.from({ length: d.dictionary!.length }, (_, i) => String(d.dictionary!.get(i)));
    const at = d.values as Int32Array;
    for (let i = 0; i < n; i++) into[i] = isNull(d, from + i) ? null : (texts[Number(at[from + i])] ?? null);
  } else {
    throw unsupported('text', type);
  }
}
