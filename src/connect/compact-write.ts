import type { OutputRows } from '../core/connector.ts';
import type { TextColumn } from '../core/frame.ts';
import type { Schema } from '../core/types.ts';
import { pad8 } from './aligned.ts';
import { COMPACT, FORM, formOf, layoutHash } from './compact-layout.ts';
import { SymbolTable } from './symbol-table.ts';

/** Rows as messages of the layout that message-doc.ts tells. */
export class CompactWriter {
  private readonly forms: Uint8Array;
  private readonly hash: bigint;
  private readonly symbols = new SymbolTable();

  constructor(schema: Schema) {
    this.forms = Uint8Array.from(schema, (f) => formOf(f.type));
    this.hash = BigInt(`0x${layoutHash(schema)}`);
  }

  encode(rows: OutputRows, at: Int32Array, n: number): Uint8Array {
    const { symbols } = this;
    symbols.collect(rows, at, n);
    const { count, bytes: texts } = symbols;
    const width = count < 0xffff ? 2 : 4;
    const index = COMPACT.header + 8 * n;
    const lengths = index + pad8(width * n);
    const first = lengths + pad8(4 * count + texts);
    const out = new Uint8Array(first + this.size(rows, at, n));
    const view = new DataView(out.buffer);
    view.setUint32(0, COMPACT.magic, true);
    out[4] = COMPACT.version;
    out[5] = width;
    view.setBigUint64(8, this.hash, true);
    view.setUint32(16, n, true);
    view.setUint32(20, count, true);
    view.setUint32(24, texts, true);
    const ts = new Float64Array(out.buffer, COMPACT.header, n);
    for (let i = 0; i < n; i++) ts[i] = rows.ts[at[i]];
    // All bits set, as -1 has them, marks a heartbeat.
    if (width === 2) for (let i = 0; i < n; i++) view.setInt16(index + 2 * i, symbols.index[i], true);
    else for (let i = 0; i < n; i++) view.setInt32(index + 4 * i, symbols.index[i], true);
    let text = lengths + 4 * count;
    for (let s = 0; s < count; s++) {
      view.setUint32(lengths + 4 * s, symbols.texts[s].length, true);
      out.set(symbols.texts[s], text);
      text += symbols.texts[s].length;
    }
    this.columns(out, view, first, rows, at, n);
    return out;
  }

  private size(rows: OutputRows, at: Int32Array, n: number): number {
    let size = 0;
    for (let c = 0; c < this.forms.length; c++) {
      if (this.forms[c] === FORM.number) size += 8 * n;
      else if (this.forms[c] === FORM.code) size += pad8(n);
      else {
        let bytes = 4 * n;
        const col = rows.cols[c] as TextColumn;
        for (let i = 0; i < n; i++) bytes += rows.key[at[i]] < 0 ? 0 : Buffer.byteLength(col[at[i]] ?? '');
        size += pad8(bytes);
      }
    }
    return size;
  }

  private columns(out: Uint8Array, view: DataView, first: number, rows: OutputRows, at: Int32Array, n: number): void {
    let pos = first;
    for (let c = 0; c < this.forms.length; c++) {
      const col = rows.cols[c];
      if (this.forms[c] === FORM.number) {
        const into = new Float64Array(out.buffer, pos, n);
        for (let i = 0; i < n; i++) into[i] = finite(col[at[i]] as number, rows.key[at[i]]);
        pos += 8 * n;
      } else if (this.forms[c] === FORM.code) {
        for (let i = 0; i < n; i++) {
          const x = finite(col[at[i]] as number, rows.key[at[i]]);
          out[pos + i] = x === x ? x : COMPACT.none;
        }
        pos += pad8(n);
      } else pos = writeTexts(out, view, pos, col as TextColumn, rows.key, at, n);
    }
  }
}

/** NaN for what is no number, and in a heartbeat. */
const finite = (x: number, key: number): number => (x - x === 0 && key >= 0 ? x : NaN);

function writeTexts(out: Uint8Array, view: DataView, pos: number, col: TextColumn, key: Int32Array, at: Int32Array, n: number): number {
  const buffer = Buffer.from(out.buffer);
  let end = pos + 4 * n;
  for (let i = 0; i < n; i++) {
    const text = key[at[i]] < 0 ? null : col[at[i]];
    const bytes = text === null ? -1 : buffer.write(text, end, 'utf8');
    view.setInt32(pos + 4 * i, bytes, true);
    end += Math.max(0, bytes);
  }
  return pos + pad8(end - pos);
}
