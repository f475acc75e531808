import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Kernel } from '../../src/core/kernel.ts';
import { runOver, withDefaults } from '../../src/core/run-kernel.ts';
import { sma } from '../indicator/sma.ts';
import { vwma } from '../indicator/vwma.ts';
import { corr } from '../statistic/corr.ts';
import { count } from '../statistic/count.ts';
import { highest } from '../statistic/highest.ts';
import { lowest } from '../statistic/lowest.ts';
import { mean } from '../statistic/mean.ts';
import { median } from '../statistic/median.ts';
import { percentRank } from '../statistic/percent-rank.ts';
import { quantile } from '../statistic/quantile.ts';
import { realizedVol } from '../statistic/realized-vol.ts';
import { stdev } from '../statistic/stdev.ts';
import { sum } from '../statistic/sum.ts';
import { variance } from '../statistic/var.ts';
import { zscore } from '../statistic/zscore.ts';

const _ = NaN;
type Xs = readonly number[];

const add = (xs: Xs): number => xs.reduce((a, b) => a + b, 0);
const average = (xs: Xs): number => add(xs) / xs.length;
/** Deviations are summed around the mean, so nothing is lost to the level. */
const spread = (xs: Xs, ys: Xs = xs): number => {
  const [mx, my] = [average(xs), average(ys)];
  return average(xs.map((x, i) => (x - mx) * (ys[i] - my)));
};
const inOrder = (xs: Xs): number[] => [...xs].sort((a, b) => a - b);
const quantileOf = (xs: Xs, q: number): number => {
  const sorted = inOrder(xs);
  const place = (xs.length - 1) * q;
  const low = Math.floor(place);
  return sorted[low] + ((sorted[low + 1] ?? sorted[low]) - sorted[low]) * (place - low);
};

/** The definition of every function: all rows in the window, and the newest. Few values, so that ties and constant windows are common. */
const DEFINITIONS: readonly (readonly [Kernel, (xs: Xs, ys: Xs, x: number) => number])[] = [
  [sma, average], [mean, average], [sum, add],
  [variance, (xs) => (xs.length < 2 ? _ : spread(xs))],
  [stdev, (xs) => (xs.length < 2 ? _ : Math.sqrt(spread(xs)))],
  [zscore, (xs, _ys, x) => (new Set(xs).size < 2 ? _ : (x - average(xs)) / Math.sqrt(spread(xs)))],
  [highest, (xs) => Math.max(...xs)], [lowest, (xs) => Math.min(...xs)],
  [median, (xs) => quantileOf(xs, 0.5)], [quantile, (xs) => quantileOf(xs, 0.5)],
  [percentRank, (xs, _ys, x) => (xs.filter((y) => y < x).length + xs.filter((y) => y <= x).length) / (2 * xs.length)],
  [realizedVol, (xs) => Math.sqrt(add(xs.map((x) => x * x)))],
  [corr, (xs, ys) => (new Set(xs).size < 2 || new Set(ys).size < 2 ? _ : spread(xs, ys) / Math.sqrt(spread(xs) * spread(ys)))],
  [vwma, (xs, ys) => (add(ys) === 0 ? _ : add(xs.map((x, i) => x * ys[i])) / add(ys))],
  [count, (xs) => xs.filter((x) => x === 1).length],
];

interface Row {
  readonly ts: number;
  readonly key: number;
  readonly x: number;
  readonly y: number;
}

const run = (k: Kernel, span: number, rows: readonly Row[], more: Record<string, unknown> = {}): Float64Array => {
  const columns = [Float64Array.from(rows, (r) => r.x), Float64Array.from(rows, (r) => r.y)].slice(0, k.inputs.length);
  const state = k.over({ ...withDefaults(k), ...more, period: { micros: span } });
  if (state === null) throw new TypeError(`${k.name} has no variant over time`);
  return runOver(k, state, { ts: Float64Array.from(rows, (r) => r.ts), key: Int32Array.from(rows, (r) => r.key), inputs: columns });
};

/** Rows of the key so far that lie in (end - span, end]; null for a row that is too late itself. */
function inWindow(rows: readonly Row[], r: number, span: number, nulls: boolean): readonly Row[] | null {
  const { key, ts } = rows[r];
  const seen = rows.slice(0, r + 1).filter((row) => row.key === key && (nulls || (row.x === row.x && row.y === row.y)));
  const end = Math.max(...seen.map((row) => row.ts));
  return ts > end - span ? seen.filter((row) => row.ts > end - span) : null;
}

const value = fc.oneof(
  fc.constantFrom(0, 1, 2, 3, -1, 1e6 + 1, 1e6 + 2), fc.integer({ min: -9999, max: 9999 }).map((x) => x / 1000), fc.constant(NaN),
);
const rowsArb = fc.array(fc.record({ gap: fc.integer({ min: 0, max: 8 }), late: fc.integer({ min: -20, max: 12 }),
  key: fc.integer({ min: 0, max: 2 }), x: value, y: fc.oneof(fc.constantFrom(0, 1, 2, 5), fc.constant(NaN)) }), { maxLength: 120 });

const placed = (list: readonly { gap: number; late: number; key: number; x: number; y: number }[]): Row[] => {
  let now = 1e15;
  return list.map(({ gap, late, key, x, y }) => ({ ts: (now += gap) - Math.max(0, late), key, x, y }));
};

describe('over a span of time', () => {
  for (const [k, definition] of DEFINITIONS) {
    it(`${k.name} equals its definition over all rows of the span, late rows and nulls among them`, () => {
      fc.assert(fc.property(rowsArb, fc.integer({ min: 1, max: 40 }), (list, span) => {
        const rows = placed(list).map((row) => (k.inputs.length === 1 ? { ...row, y: 0 } : row));
        const out = run(k, span, rows);
        rows.forEach((row, r) => {
          const known = k.nulls === 'pass' || (row.x === row.x && row.y === row.y);
          const window = known ? inWindow(rows, r, span, k.nulls === 'pass') : null;
          const want = window === null ? _ : definition(window.map((w) => w.x), window.map((w) => w.y), row.x);
          if (Number.isNaN(want)) expect(out[r]).toBeNaN();
          else expect(Math.abs(out[r] - want)).toBeLessThanOrEqual(1e-8 * Math.max(1, Math.abs(want)));
        });
      }), { seed: 7, numRuns: 150 });
    });
  }

  const at = (list: readonly (readonly [ts: number, x: number])[]): Row[] => list.map(([ts, x]) => ({ ts, key: 0, x, y: 0 }));
  const rows = at([[0, 3], [4, 1], [9, 2], [10, 8], [14, 2], [40, 5]]);

  it('the row exactly a span ago has left, the current one is in', () => {
    expect([...run(sum, 10, rows)]).toEqual([3, 4, 6, 11, 12, 5]);
    expect([...run(highest, 10, rows)]).toEqual([3, 3, 3, 8, 8, 5]);
    expect([...run(lowest, 10, rows)]).toEqual([3, 1, 1, 1, 2, 5]);
    expect([...run(median, 10, rows)]).toEqual([3, 2, 2, 2, 2, 5]);
    expect([...run(mean, 10, rows)].map((x) => Math.round(x * 1e9) / 1e9)).toEqual([3, 2, 2, 3.666666667, 4, 5]);
  });

  it('deviations need two rows in the span, scores two that differ', () => {
    expect([...run(stdev, 10, at([[0, 1], [5, 3], [12, 3], [30, 9]]))]).toEqual([_, 1, 0, _]);
    expect([...run(zscore, 10, at([[0, 1], [5, 3], [12, 3], [30, 9]]))]).toEqual([_, 1, _, _]);
  });

  it('a late row counts from its arrival on, one that the span has left behind is null', () => {
    expect([...run(sum, 10, at([[10, 1], [20, 2], [15, 4], [9, 8], [25, 16], [26, 32]]))]).toEqual([1, 2, 6, _, 18, 50]);
    expect([...run(highest, 10, at([[10, 1], [20, 2], [15, 4], [9, 8], [24, 3], [25, 1]]))]).toEqual([1, 2, 4, _, 4, 3]);
  });

  it('a condition counts where it is true, and a null row lets time pass', () => {
    expect([...run(count, 10, at([[0, 1], [1, 1], [2, 0], [10, _], [11, _], [12, 1]]))]).toEqual([1, 2, 2, 1, 0, 1]);
  });

  it('quantile keeps its other parameter', () => {
    expect([...run(quantile, 100, at([[0, 4], [1, 1], [2, 3], [3, 2]]), { q: 0.4 })][3]).toBeCloseTo(2.2, 12);
  });
});
