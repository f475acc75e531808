import { asynchronous, cell, column, kernel, number } from '../../../src/operator.ts';
import type { Rows } from '../../../src/operator.ts';
import { about, onRows, price, type Planted } from './planted.ts';

const seen = new Map<string, number>();
let highest = -Infinity;
let runs = 0;

const place = (key: number, ts: number): string => `${key} ${ts}`;

const extreme = kernel({
  ...about, name: 'highest_ever', source: 'none', inputs: [{ name: 'x', doc: 'x' }],
  params: { by: number({ doc: 'Unused.', default: 1 }) }, outputs: [{ name: 'highest_ever', doc: 'x' }],
  warmup: () => 1, state: () => ({ n: cell() }),
  step: () => (_S: Float64Array, _b: number, x: number) => {
    highest = Math.max(highest, x);
    return x / highest;
  },
});

/** Operators that remember in variables of their module, so that a second pass knows what the first one saw. */
export const MEMORY: readonly Planted[] = [
  onRows('what the last pass saw one second later', 'last_pass', (f, i) => {
    seen.set(place(f.key[i], f.ts[i]), price(f, i));
    for (let later = f.ts[i] + 1; later <= f.ts[i] + 1_000_000; later += 1000) {
      const known = seen.get(place(f.key[i], Math.floor(later / 1000) * 1000));
      if (known !== undefined && later > f.ts[i] + 1) return known;
    }
    return NaN;
  }),
  onRows('counts the rows of all passes', 'counts_passes', () => ++runs),
  { what: 'the highest price ever seen, in a kernel', operator: extreme, sources: ['trades'],
    nodes: 'n:\n  from: trades\n  compute:\n    value: highest_ever(price)' },
];

const onBatch = (what: string, name: string, values: (xs: Float64Array) => Float64Array): Planted => ({
  what, sources: ['trades'], nodes: `n:\n  from: trades\n  ${name}: {}`,
  operator: asynchronous({
    ...about, name, fields: {}, inputs: [1, 1], schema: () => [column('value')],
    create: () => ({
      run(rows: Rows, slots: readonly number[]) {
        const at = Array.from({ length: rows.n }, (_, j) => (rows.sel === null ? j : rows.sel[j]));
        const out = values(Float64Array.from(at, (i) => price(rows.frame, i)));
        at.forEach((i, j) => { (rows.frame.cols[slots[0]] as Float64Array)[i] = out[j]; });
        return Promise.resolve();
      },
    }),
  }),
});

/** A pass over values that go into a sum with a weight of a half. */
const smooth = (xs: Float64Array): Float64Array => {
  let y = xs[0];
  return xs.map((x) => (y = x === x ? (x + y) / 2 : y));
};

/** Models that are given a batch and look at all of it. */
export const BATCHES: readonly Planted[] = [
  onBatch('a model that scales its input by the largest of the batch', 'scaled', (xs) => {
    const most = xs.reduce((m, x) => (x > m ? x : m), 0);
    return xs.map((x) => x / most);
  }),
  onBatch('smoothed forwards and backwards', 'two_way', (xs) => smooth(smooth(xs).reverse()).reverse()),
  onBatch('differences to the mean of the batch', 'demeaned', (xs) => {
    const m = xs.reduce((sum, x) => sum + (x === x ? x : 0), 0) / xs.length;
    return xs.map((x) => x - m);
  }),
  onBatch('cumulative from the end', 'from_the_end', (xs) => {
    let sum = 0;
    return xs.slice().reverse().map((x) => (sum += x === x ? x : 0)).reverse();
  }),
];
