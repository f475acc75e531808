import type { Column, Frame } from '../../src/core/frame.ts';
import type { OperatorIo } from '../../src/core/operator.ts';
import { Columns, type Content } from './content.ts';

/** All columns of the input, for operators that pass whole rows on. */
export function allColumns(io: OperatorIo): Columns {
  const { schema, slots } = io.inputs[0];
  return new Columns(schema.map((f, j) => ({ input: 0, slot: slots[j], type: f.type, label: f.name })));
}

/** Writes row `i` of the input's columns to row `o` of an output with the same columns. */
export function passRow(cols: readonly Column[], i: number, out: Frame, slots: readonly number[], o: number): void {
  for (let c = 0; c < cols.length; c++) if (slots[c] >= 0) out.cols[slots[c]][o] = cols[c][i] as never;
}

/** The latest row of a window: the last by event time, then by arrival. Cell 0 is its time, cell c + 1 its column c. */
export class LatestRow implements Content {
  readonly blank: Float64Array;
  private readonly slots: readonly number[];
  /** Text columns, by place in the schema; null for the others. */
  private readonly texts: readonly ((string | null)[] | null)[];

  constructor(columns: Columns, slots: readonly number[]) {
    this.blank = new Float64Array(columns.refs.length + 1).fill(NaN);
    this.blank[0] = -Infinity;
    this.slots = slots;
    this.texts = columns.refs.map((r) => (r.type === 'text' ? [] : null));
  }

  takes(): boolean {
    return true;
  }

  add(S: Float64Array, b: number, slot: number, ts: number, cols: readonly Column[], i: number): boolean {
    if (ts < S[b]) return false;
    S[b] = ts;
    for (let c = 0; c < cols.length; c++) {
      const texts = this.texts[c];
      if (texts === null) S[b + 1 + c] = cols[c][i] as number;
      else texts[slot] = cols[c][i] as string | null;
    }
    return true;
  }

  carry(S: Float64Array, b: number, slot: number, from: number, fromSlot: number): void {
    S.copyWithin(b + 1, from + 1, from + this.blank.length);
    for (const texts of this.texts) if (texts !== null) texts[slot] = texts[fromSlot];
  }

  write(S: Float64Array, b: number, slot: number, out: Frame, o: number): void {
    for (let c = 0; c < this.slots.length; c++) {
      if (this.slots[c] < 0) continue;
      const texts = this.texts[c];
      out.cols[this.slots[c]][o] = (texts === null ? S[b + 1 + c] : (texts[slot] ?? null)) as never;
    }
  }

  clear(slot: number): void {
    for (const texts of this.texts) if (texts !== null && slot < texts.length) texts[slot] = null;
  }

  save(): unknown {
    return this.texts.map((t) => t?.slice() ?? null);
  }

  load(saved: unknown): void {
    (saved as readonly ((string | null)[] | null)[]).forEach((from, c) => {
      const texts = this.texts[c];
      if (texts !== null && from !== null) for (let slot = 0; slot < from.length; slot++) texts[slot] = from[slot] ?? null;
    });
  }
}
