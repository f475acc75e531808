import { number } from '../../src/core/field.ts';
import { column, timed, type Emitter } from '../../src/core/operator.ts';
import { TAKER } from '../../src/core/types.ts';

interface Kept {
  readonly sum: number[];
  readonly n: number[];
  /** When the minute that a key is in ends; Infinity for a key without one. */
  readonly close: number[];
}

const MINUTE = 60_000_000;

const numbers = (to: Emitter, slot: number): Float64Array => to.frame.cols[slot] as Float64Array;

/**
 * Three streams of one operator: a running sum of sizes per row, `large` rows passed on as they come, and `minutes` out of a timer. Rows
 * of a minute that has closed count for the next one.
 */
export const tally = timed({
  name: 'tally', family: 'shape', summary: 'For tests.', doc: 'For tests.', fields: { above: number({ doc: 'Size.', default: 300 }) },
  shorthand: 'above', inputs: [1, 1], examples: [],
  schema: () => [column('total'), column('rows', 'i64')], clock: () => '',
  portNames: ['large', 'minutes'], portDocs: { large: 'Rows above the size.', minutes: 'Rows in each minute.' },
  ports: (_args, [input]) => ({
    large: [...input.schema.filter((f) => f.name === 'price'), column('word', 'text'), column('side', TAKER)],
    minutes: [column('n', 'i64')],
  }),
  create(args, io, saved) {
    const { sum, n, close } = structuredClone((saved ?? { sum: [], n: [], close: [] }) as Kept);
    const { large, minutes } = io.ports;
    const [price, size, side] = ['price', 'size', 'side'].map((name) => io.inputs[0].schema.findIndex((f) => f.name === name))
      .map((c) => io.inputs[0].slots[c]);
    let due = Math.min(Infinity, ...close);
    return {
      get due() { return due; },
      row(input, i) {
        const { frame } = io.rows[input];
        const [ts, key, x] = [frame.ts[i], frame.key[i], (frame.cols[size] as Float64Array)[i]];
        for (let k = n.length; k <= key; k++) {
          n.push(0);
          sum.push(0);
          close.push(Infinity);
        }
        sum[key] += x === x ? x : 0;
        n[key] += 1;
        if (close[key] === Infinity) close[key] = Math.floor(ts / MINUTE) * MINUTE + MINUTE;
        due = Math.min(due, close[key]);
        const o = io.out.emit(ts, key);
        numbers(io.out, io.slots[0])[o] = sum[key];
        numbers(io.out, io.slots[1])[o] = n[key];
        if (!(x > (args.above as number))) return;
        const p = large.out.emit(ts, key);
        numbers(large.out, large.slots[0])[p] = (frame.cols[price] as Float64Array)[i];
        large.out.frame.cols[large.slots[1]][p] = `row ${n[key]}`;
        numbers(large.out, large.slots[2])[p] = (frame.cols[side] as Float64Array)[i];
      },
      advance(watermark) {
        for (; due <= watermark && due < Infinity; due = Math.min(Infinity, ...close)) {
          const key = close.indexOf(due);
          numbers(minutes.out, minutes.slots[0])[minutes.out.emit(due, key)] = n[key];
          n[key] = 0;
          close[key] = Infinity;
        }
      },
      save: () => ({ sum, n, close }),
    };
  },
});
