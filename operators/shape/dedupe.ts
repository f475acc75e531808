import { duration, int, names } from '../../src/core/field.ts';
import type { Column, Frame, TextColumn } from '../../src/core/frame.ts';
import { cell, ring } from '../../src/core/layout.ts';
import { row, type BoundArgs, type ColumnRef } from '../../src/core/operator.ts';

/** Doubles that stand for one value: a number is itself, a text is two fingerprints of 53 bits. */
const widthOf = (ref: ColumnRef): number => (ref.type === 'text' ? 2 : 1);
const widthsOf = (args: BoundArgs): number => (args.on as readonly ColumnRef[]).reduce((sum, ref) => sum + widthOf(ref), 0);

/** A fingerprint of 53 bits (cyrb53 by bryc, public domain); two seeds make equal fingerprints of different texts a matter of 2^-106. */
export function fingerprint(text: string, seed: number): number {
  let a = 0xdeadbeef ^ seed;
  let b = 0x41c6ce57 ^ seed;
  for (let j = 0; j < text.length; j++) {
    const unit = text.charCodeAt(j);
    a = Math.imul(a ^ unit, 2654435761);
    b = Math.imul(b ^ unit, 1597334677);
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
  return 4294967296 * (2097151 & b) + (a >>> 0);
}

/** Writes what stands for row `i` to `S[to...]`. */
function write(S: Float64Array, to: number, refs: readonly ColumnRef[], cols: readonly Column[], i: number): void {
  let at = to;
  for (let c = 0; c < refs.length; c++) {
    const col = cols[refs[c].slot];
    if (refs[c].type !== 'text') {
      S[at++] = (col as Float64Array)[i];
      continue;
    }
    const value = (col as TextColumn)[i];
    S[at++] = value === null ? NaN : fingerprint(value, 0);
    S[at++] = value === null ? NaN : fingerprint(value, 1);
  }
}

function same(S: Float64Array, a: number, b: number, width: number): boolean {
  for (let j = 0; j < width; j++) {
    const x = S[a + j];
    const y = S[b + j];
    if (x !== y && (x === x || y === y)) return false;
  }
  return true;
}

export const dedupe = row({
  name: 'dedupe',
  family: 'shape',
  summary: 'Drops a row that repeats an earlier one of the same key.',
  doc: 'A row is a repetition when the columns `on` are equal to those of an earlier row that was let through, and their event times '
    + 'are at most `within` apart; the default of zero means the same event time, which is how a redelivered message looks. Null is '
    + 'equal to null. Time is measured from the row that was let through, so a row repeated for ever passes once every `within`. Only '
    + 'the last `memory` rows let through are remembered per key: set it to as many as can come within `within`. Text is compared by a '
    + 'fingerprint of 106 bits. Repetitions count as filtered.',
  fields: {
    on: names({ doc: 'Columns that make two rows equal.' }),
    within: duration({ doc: 'Largest distance in event time between a row and its repetition.', default: 0 }),
    memory: int({ doc: 'Rows remembered per key.', default: 1024, min: 1, max: 1_000_000, unit: 'rows' }),
  },
  shorthand: 'on',
  inputs: [1, 1],
  examples: [
    { title: 'A trade delivered twice', yaml: 'clean:\n  from: trades\n  dedupe: [price, size, side]' },
    { title: 'The same price for a second', yaml: 'fresh:\n  from: trades\n  dedupe: { on: [price], within: 1s, memory: 256 }' },
  ],
  schema: () => [],
  // The last place of `values` is where the row at hand is written before it is compared.
  state: (args) => ({
    seen: cell(), ts: ring(args.memory as number, NaN), values: ring(((args.memory as number) + 1) * widthsOf(args)),
  }),
  step(args, at) {
    const refs = args.on as readonly ColumnRef[];
    const within = args.within as number;
    const memory = args.memory as number;
    const width = widthsOf(args);
    return (S: Float64Array, b: number, frame: Frame, i: number): boolean => {
      const ts = frame.ts[i];
      const values = b + at.values;
      const own = values + memory * width;
      write(S, own, refs, frame.cols, i);
      const seen = S[b + at.seen];
      // The newest first: a repetition usually follows closely.
      for (let back = 1; back <= memory && back <= seen; back++) {
        const place = (seen - back) % memory;
        if (Math.abs(ts - S[b + at.ts + place]) <= within && same(S, values + place * width, own, width)) return false;
      }
      const place = seen % memory;
      S[b + at.ts + place] = ts;
      S.copyWithin(values + place * width, own, own + width);
      S[b + at.seen] = seen + 1;
      return true;
    };
  },
});
