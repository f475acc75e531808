import type { Frame } from '../../../src/operator.ts';
import { onRows, price, type Planted } from './planted.ts';

const all = (frame: Frame): number[] => Array.from({ length: frame.n }, (_, j) => price(frame, j)).filter((x) => x === x);
const mean = (xs: readonly number[]): number => xs.reduce((sum, x) => sum + x, 0) / xs.length;

/** Rows of the same symbol behind a row. */
function later(frame: Frame, i: number): number[] {
  const out: number[] = [];
  for (let j = i + 1; j < frame.n; j++) if (frame.key[j] === frame.key[i]) out.push(j);
  return out;
}

/** Row operators that reach beyond their row: the whole batch lies in the frame that they are given. */
export const ROWS: readonly Planted[] = [
  onRows('the next row', 'next_row', (f, i) => (i + 1 < f.n ? price(f, i + 1) : NaN)),
  onRows('the next price of the same symbol', 'next_of_symbol', (f, i) => (later(f, i).length > 0 ? price(f, later(f, i)[0]) : NaN)),
  onRows('the last row of the batch', 'last_of_batch', (f) => price(f, f.n - 1)),
  onRows('scaled by lowest and highest of the series', 'min_max', (f, i) => {
    const xs = all(f);
    return (price(f, i) - Math.min(...xs)) / (Math.max(...xs) - Math.min(...xs));
  }),
  onRows('z-score over the series', 'series_z', (f, i) => {
    const xs = all(f);
    const m = mean(xs);
    return (price(f, i) - m) / Math.sqrt(mean(xs.map((x) => (x - m) ** 2)));
  }),
  onRows('nulls filled from behind', 'back_fill', (f, i) => {
    for (let j = i; j < f.n; j++) if (f.key[j] === f.key[i] && price(f, j) === price(f, j)) return price(f, j);
    return NaN;
  }),
  onRows('a window with its row in the middle', 'centred', (f, i) => {
    let sum = 0;
    let n = 0;
    for (let j = Math.max(0, i - 2); j <= Math.min(f.n - 1, i + 2); j++, n++) sum += price(f, j);
    return sum / n;
  }),
  onRows('how many rows are left', 'rows_left', (f, i) => f.n - i),
  onRows('time until the newest row', 'time_left', (f, i) => f.ts[f.n - 1] - f.ts[i]),
  onRows('time until the next row', 'time_to_next', (f, i) => (i + 1 < f.n ? f.ts[i + 1] - f.ts[i] : NaN)),
  onRows('rank among all rows there are', 'rank_all', (f, i) => all(f).filter((x) => x < price(f, i)).length),
  onRows('a quantile of the sorted series', 'sorted_quantile', (f) => {
    const xs = all(f).sort((a, b) => a - b);
    return xs[Math.floor(0.9 * xs.length)];
  }),
  onRows('leaves out what will fall', 'survivors', (f, i) => {
    const j = later(f, i)[0];
    return j !== undefined && price(f, j) < price(f, i) ? null : 1;
  }),
  onRows('the return of the next five rows', 'label', (f, i) => {
    const j = later(f, i)[4];
    return j === undefined ? NaN : price(f, j) / price(f, i) - 1;
  }),
  onRows('who trades next', 'next_symbol', (f, i) => (i + 1 < f.n ? f.key[i + 1] : NaN)),
  onRows('volume of the day so far and to come', 'whole_volume', (f) => (f.cols[1] as Float64Array).slice(0, f.n)
    .reduce((sum, x) => sum + (x === x ? x : 0), 0)),
  onRows('the price ten rows on, where there is one', 'far_peek', (f, i) => (i + 10 < f.n ? price(f, i + 10) : price(f, i))),
  onRows('marks tops, which the rows behind make tops', 'is_top', (f, i) => {
    const next = later(f, i).slice(0, 3);
    return next.length === 3 && next.every((j) => price(f, j) < price(f, i)) ? 1 : 0;
  }),
];
