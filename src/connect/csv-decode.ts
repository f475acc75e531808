import type { Column, TextColumn } from '../core/frame.ts';
import type { BadRows } from './bad-rows.ts';
import { ByteTable } from './byte-table.ts';
import type { ChunkBuffer } from './chunk-buffer.ts';
import type { CsvScanner } from './csv-scan.ts';
import type { ColumnPlan, PlannedColumn } from './mapping.ts';
import { parseNumber } from './parse-number.ts';
import { TimeParser } from './time-parser.ts';
import { UNKNOWN, allowedWords, decodeWord } from './words.ts';
import type { Zone } from './zone.ts';

const NUMBER = 0;
const INTEGER = 1;
const WORD = 2;
const TEXT = 3;
const TIME = 4;
/** Texts beyond this many different ones are not kept: they are no labels but prose. */
const KEPT_TEXTS = 1 << 14;
const LABEL_BYTES = 40;

const kindOf = (c: PlannedColumn): number =>
  c.type === 'f64' ? NUMBER : c.type === 'i64' ? INTEGER : c.type === 'text' ? TEXT : c.type === 'time' ? TIME : WORD;

/** Turns the fields of a scanned row into a row of a chunk, column by column, without a string per field. */
export class CsvDecoder {
  private readonly plan: ColumnPlan;
  private readonly scanner: CsvScanner;
  private readonly bad: BadRows;
  private readonly symbols: ByteTable;
  private readonly width: number;
  private readonly place: string;
  private readonly symbol: number;
  private readonly constant: number;
  private readonly zone: Zone | null;
  private readonly kinds: Uint8Array;
  private readonly index: Int32Array;
  private readonly required: Uint8Array;
  private readonly tables: ByteTable[];
  private readonly codes: number[][];
  private readonly times: (TimeParser | null)[];
  private time: TimeParser | null = null;
  private timeAt = -1;

  constructor(o: {
    plan: ColumnPlan; scanner: CsvScanner; bad: BadRows; symbols: ByteTable; width: number; place: string; stem: string; zone: Zone | null;
  }) {
    this.plan = o.plan;
    this.scanner = o.scanner;
    this.bad = o.bad;
    this.symbols = o.symbols;
    this.width = o.width;
    this.place = o.place;
    this.zone = o.zone;
    this.symbol = o.plan.symbol;
    this.constant = o.plan.symbol < 0 ? o.symbols.lookupText(o.stem) : -1;
    const columns = o.plan.columns;
    this.kinds = Uint8Array.from(columns, kindOf);
    this.index = Int32Array.from(columns, (c) => c.index);
    this.required = Uint8Array.from(columns, (c) => (c.required ? 1 : 0));
    this.tables = columns.map(() => new ByteTable());
    this.codes = columns.map(() => []);
    this.times = columns.map((c) => (c.type === 'time' ? new TimeParser(c.unit, o.zone) : null));
  }

  /** Adds the scanned row to the chunk, or counts it as bad. */
  row(out: ChunkBuffer): void {
    const s = this.scanner;
    if (s.fields !== this.width && !this.fits()) return;
    const n = out.n;
    const ts = this.readTime();
    if (ts !== ts) return;
    const key = this.symbol < 0 ? this.constant : this.readSymbol();
    if (key < 0) return;
    const cols = out.cols;
    for (let c = 0; c < cols.length; c++) {
      const f = this.index[c];
      if (f < 0 || (s.starts[f] === s.ends[f] && (this.kinds[c] !== TEXT || s.quoted[f] === 0))) {
        if (this.required[c] === 1) return this.fail('E753', `\`${this.plan.columns[c].name}\` is empty`);
        cols[c][n] = this.kinds[c] === TEXT ? null : NaN;
      } else if (this.kinds[c] === NUMBER) {
        const x = parseNumber(s.buf, s.starts[f], s.ends[f]);
        if (x !== x) return this.failNumber(c, f);
        (cols[c] as Float64Array)[n] = x;
      } else if (!this.other(cols[c], n, c, f)) {
        return;
      }
    }
    out.ts[n] = ts;
    out.key[n] = key;
    out.n = n + 1;
  }

  private fits(): boolean {
    const s = this.scanner;
    const last = s.fields - 1;
    // One empty field too many is a delimiter at the end of the line.
    if (s.fields === this.width + 1 && s.starts[last] === s.ends[last]) return true;
    this.bad.add(s.line, 'E751', `${this.place}${s.fields} fields, the header has ${this.width}`, this.bad.keeps ? s.rawRow() : '');
    return false;
  }

  private readTime(): number {
    const s = this.scanner;
    if (this.time === null && !this.chooseTime()) return NaN;
    const f = this.timeAt;
    if (s.starts[f] === s.ends[f]) {
      this.fail('E753', 'the event time is empty');
      return NaN;
    }
    const t = this.time!.parse(s.buf, s.starts[f], s.ends[f]);
    if (t !== t) this.fail('E755', `\`${s.text(f)}\` is no time`);
    return t;
  }

  private chooseTime(): boolean {
    const s = this.scanner;
    const found = this.plan.time.find(({ index }) => s.starts[index] !== s.ends[index]);
    if (found === undefined) {
      this.fail('E753', 'the event time is empty');
      return false;
    }
    this.timeAt = found.index;
    this.time = new TimeParser(found.unit, this.zone);
    return true;
  }

  private readSymbol(): number {
    const s = this.scanner;
    const f = this.symbol;
    let from = s.starts[f];
    let to = s.ends[f];
    while (from < to && s.buf[from] === 32) from++;
    while (to > from && s.buf[to - 1] === 32) to--;
    if (from === to) {
      this.fail('E753', '`symbol` is empty');
      return -1;
    }
    return s.quoted[f] === 2 ? this.symbols.lookupText(s.text(f)) : this.symbols.lookup(s.buf, from, to);
  }

  private other(col: Column, n: number, c: number, f: number): boolean {
    const s = this.scanner;
    const kind = this.kinds[c];
    if (kind === TEXT) {
      (col as TextColumn)[n] = this.readText(c, f);
      return true;
    }
    const into = col as Float64Array;
    if (kind === INTEGER) {
      const x = parseNumber(s.buf, s.starts[f], s.ends[f]);
      into[n] = x;
      if (!Number.isSafeInteger(x)) this.failNumber(c, f);
      return Number.isSafeInteger(x);
    }
    if (kind === TIME) {
      const t = this.times[c]!.parse(s.buf, s.starts[f], s.ends[f]);
      into[n] = t;
      if (t !== t) this.fail('E755', `\`${this.plan.columns[c].name}\` holds \`${s.text(f)}\`, which is no time`);
      return t === t;
    }
    return this.readWord(into, n, c, f);
  }

  private readWord(into: Float64Array, n: number, c: number, f: number): boolean {
    const s = this.scanner;
    const column = this.plan.columns[c];
    const table = this.tables[c];
    let code: number | undefined;
    if (table.size < KEPT_TEXTS) {
      const id = table.lookup(s.buf, s.starts[f], s.ends[f]);
      code = this.codes[c][id] ??= decodeWord(table.texts[id], column.type, column.inverted);
    } else {
      code = decodeWord(s.text(f), column.type, column.inverted);
    }
    if (code === UNKNOWN || (code !== code && column.required)) {
      this.fail('E756', `\`${column.name}\` holds \`${s.text(f)}\`; it takes ${allowedWords(column.type)}`);
      return false;
    }
    into[n] = code;
    return true;
  }

  private readText(c: number, f: number): string {
    const s = this.scanner;
    const table = this.tables[c];
    if (s.quoted[f] === 2 || s.ends[f] - s.starts[f] > LABEL_BYTES || table.size >= KEPT_TEXTS) return s.text(f);
    return table.texts[table.lookup(s.buf, s.starts[f], s.ends[f])];
  }

  private failNumber(c: number, f: number): void {
    const text = this.scanner.text(f);
    const name = this.plan.columns[c].name;
    if (/^\s*[+-]?(nan|inf|infinity)\s*$/i.test(text)) this.fail('E754', `\`${name}\` holds \`${text}\``);
    else this.fail('E752', `\`${name}\` holds \`${text}\`, which is no ${this.kinds[c] === INTEGER ? 'whole ' : ''}number`);
  }

  private fail(code: string, message: string): void {
    this.bad.add(this.scanner.line, code, this.place + message, this.bad.keeps ? this.scanner.rawRow() : '');
  }
}
