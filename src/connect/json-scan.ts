import type { TextColumn } from '../core/frame.ts';
import { ByteTable } from './byte-table.ts';
import type { ChunkBuffer } from './chunk-buffer.ts';
import type { JsonTemplate, Slot } from './json-template.ts';
import { ROLE } from './json-template.ts';
import { longDecimal } from './long-decimal.ts';
import { parseNumber } from './parse-number.ts';
import { UNKNOWN, decodeWord } from './words.ts';

const QUOTE = 34;
const MINUS = 45;
const POW10 = Array.from({ length: 23 }, (_, i) => Number(`1e${i}`));
/** Words and short texts of a column beyond this many different ones are no labels: they go the other way. */
const KEPT_TEXTS = 1 << 14;
const LABEL_BYTES = 40;
const SYMBOL_BYTES = 256;
const NUMBER = 1;
const TEXT = 2;
const TRUE = 3;
const FALSE = 4;
const NULL = 5;

const isDigit = (c: number): boolean => c >= 48 && c <= 57;

/**
 * Reads JSON objects that look like one seen before: the same keys in the same order with the same blanks, so that between the values the
 * bytes are the same, and values that are plain numbers, texts of printable ASCII without escapes, or true, false, null. What it reads it
 * reads exactly as `RecordDecoder` does after `JSON.parse`; anything else it leaves to that path, also what would be refused.
 */
export class JsonScanner {
  readonly template: JsonTemplate;
  private readonly symbols: ByteTable;
  private readonly tables: readonly (ByteTable | null)[];
  private readonly codes: readonly number[][];
  private readonly numbers: readonly Map<number, number>[];
  /** The last token: what it is, where it is, and its value where it is a number. */
  private kind = 0;
  private from = 0;
  private to = 0;
  private readonly value = new Float64Array(1);

  constructor(template: JsonTemplate, symbols: ByteTable) {
    this.template = template;
    this.symbols = symbols;
    this.tables = template.slots.map((s) => (s.role === ROLE.word || s.role === ROLE.text ? new ByteTable() : null));
    this.codes = template.slots.map(() => []);
    this.numbers = template.slots.map(() => new Map<number, number>());
  }

  /** Adds the object that begins at `at` as a row; returns where it ends, or -1 without having added anything. */
  scan(b: Uint8Array, at: number, end: number, out: ChunkBuffer, symbol: number): number {
    const { literals, ends, slots, absent, named } = this.template;
    if (!named && symbol < 0) return -1;
    let i = at;
    let p = 0;
    const n = out.n;
    for (let f = 0; f < slots.length; f++) {
      const stop = ends[f];
      if (i + stop - p >= end) return -1;
      for (; p < stop; p++, i++) if (b[i] !== literals[p]) return -1;
      i = this.token(b, i, end);
      if (i < 0 || !this.put(b, slots[f], f, out, n)) return -1;
    }
    const stop = literals.length;
    if (i + stop - p > end) return -1;
    for (; p < stop; p++, i++) if (b[i] !== literals[p]) return -1;
    for (let c = 0; c < absent.length; c++) {
      const col = out.cols[absent[c]];
      col[n] = col instanceof Float64Array ? NaN : null;
    }
    if (!named) out.key[n] = symbol;
    out.n = n + 1;
    return i;
  }

  private token(b: Uint8Array, i: number, end: number): number {
    const c = b[i];
    if (c === QUOTE) {
      let j = i + 1;
      for (; j < end; j++) {
        const x = b[j];
        if (x === QUOTE) break;
        if (x === 92 || x < 32 || x > 126) return -1;
      }
      if (j >= end) return -1;
      this.kind = TEXT;
      this.from = i + 1;
      this.to = j;
      return j + 1;
    }
    if (c === MINUS || isDigit(c)) return this.number(b, i, end);
    return this.word(b, i, end);
  }

  private word(b: Uint8Array, i: number, end: number): number {
    const c = b[i];
    if (c === 116 && i + 4 <= end && b[i + 1] === 114 && b[i + 2] === 117 && b[i + 3] === 101) {
      this.kind = TRUE;
      return i + 4;
    }
    if (c === 110 && i + 4 <= end && b[i + 1] === 117 && b[i + 2] === 108 && b[i + 3] === 108) {
      this.kind = NULL;
      return i + 4;
    }
    if (c !== 102 || i + 5 > end || b[i + 1] !== 97 || b[i + 2] !== 108 || b[i + 3] !== 115 || b[i + 4] !== 101) return -1;
    this.kind = FALSE;
    return i + 5;
  }

  /** Up to 15 digits the mantissa and the power of ten are exact, and one division rounds once; others go through the engine's parser. */
  private number(b: Uint8Array, at: number, end: number): number {
    const negative = b[at] === MINUS;
    const first = negative ? at + 1 : at;
    let i = first;
    let mantissa = 0;
    while (i < end && isDigit(b[i])) mantissa = mantissa * 10 + b[i++] - 48;
    const whole = i - first;
    if (whole === 0 || (whole > 1 && b[first] === 48)) return -1;
    let scale = 0;
    if (i < end && b[i] === 46) {
      const dot = i++;
      while (i < end && isDigit(b[i])) mantissa = mantissa * 10 + b[i++] - 48;
      scale = i - dot - 1;
      if (scale === 0) return -1;
    }
    this.kind = NUMBER;
    if (i < end && (b[i] | 32) === 101) {
      i++;
      if (i < end && (b[i] === 43 || b[i] === MINUS)) i++;
      const exponent = i;
      while (i < end && isDigit(b[i])) i++;
      if (i === exponent) return -1;
    } else if (whole + scale <= 15 || (scale === 0 && mantissa <= Number.MAX_SAFE_INTEGER)) {
      const x = scale === 0 ? mantissa : mantissa / POW10[scale];
      this.value[0] = negative ? -x : x;
      return i;
    } else {
      const x = longDecimal(b, first, i);
      if (x === x) {
        this.value[0] = negative ? -x : x;
        return i;
      }
    }
    this.value[0] = Number(textOf(b, at, i));
    return i;
  }

  /** Stores the token in its column; false where that is for the other path to decide. */
  private put(b: Uint8Array, slot: Slot, f: number, out: ChunkBuffer, n: number): boolean {
    const { kind } = this;
    switch (slot.role) {
      case ROLE.time: {
        const t = this.time(b, slot);
        out.ts[n] = t;
        return Number.isSafeInteger(t);
      }
      case ROLE.symbol:
        if (kind !== TEXT || this.from === this.to || this.to - this.from > SYMBOL_BYTES) return false;
        out.key[n] = this.symbols.lookup(b, this.from, this.to);
        return true;
      case ROLE.number:
      case ROLE.whole: {
        if (this.isEmpty()) return this.missing(slot, out, n);
        const x = kind === NUMBER ? this.value[0] : kind === TEXT ? parseNumber(b, this.from, this.to) : NaN;
        (out.cols[slot.column] as Float64Array)[n] = x;
        return slot.role === ROLE.whole ? Number.isSafeInteger(x) : x - x === 0;
      }
      case ROLE.when: {
        if (this.isEmpty()) return this.missing(slot, out, n);
        const t = this.time(b, slot);
        (out.cols[slot.column] as Float64Array)[n] = t;
        return Number.isSafeInteger(t);
      }
      case ROLE.word: {
        if (this.isEmpty()) return this.missing(slot, out, n);
        const code = this.code(b, slot, f);
        (out.cols[slot.column] as Float64Array)[n] = code;
        return code !== UNKNOWN && (code === code || !slot.required);
      }
      case ROLE.text:
        if (kind === NULL) return this.missing(slot, out, n);
        if (kind !== TEXT) return false;
        (out.cols[slot.column] as TextColumn)[n] = this.text(b, f);
        return true;
      default: return true;
    }
  }

  private isEmpty(): boolean {
    return this.kind === NULL || (this.kind === TEXT && this.from === this.to);
  }

  private missing(slot: Slot, out: ChunkBuffer, n: number): boolean {
    if (slot.required) return false;
    const col = out.cols[slot.column];
    col[n] = col instanceof Float64Array ? NaN : null;
    return true;
  }

  private time(b: Uint8Array, slot: Slot): number {
    if (this.kind === NUMBER) return slot.time!.fromNumber(this.value[0]);
    return this.kind === TEXT && this.to > this.from && this.to - this.from <= 64 ? slot.time!.parse(b, this.from, this.to) : NaN;
  }

  private code(b: Uint8Array, slot: Slot, f: number): number {
    if (this.kind === TEXT) {
      const table = this.tables[f]!;
      if (this.to - this.from > LABEL_BYTES || table.size >= KEPT_TEXTS) return UNKNOWN;
      const id = table.lookup(b, this.from, this.to);
      return (this.codes[f][id] ??= decodeWord(table.texts[id], slot.type, slot.inverted));
    }
    if (this.kind !== NUMBER) return decodeWord(this.kind === TRUE ? 'true' : 'false', slot.type, slot.inverted);
    const known = this.numbers[f];
    let code = known.get(this.value[0]);
    if (code === undefined) {
      code = decodeWord(String(this.value[0]), slot.type, slot.inverted);
      if (known.size >= KEPT_TEXTS) known.clear();
      known.set(this.value[0], code);
    }
    return code;
  }

  private text(b: Uint8Array, f: number): string {
    const table = this.tables[f]!;
    if (this.to - this.from > LABEL_BYTES || table.size >= KEPT_TEXTS) return textOf(b, this.from, this.to);
    return table.texts[table.lookup(b, this.from, this.to)];
  }
}

const textOf = (b: Uint8Array, from: number, to: number): string =>
  Buffer.from(b.buffer, b.byteOffset + from, to - from).toString('latin1');
