import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Refusal } from '../../src/core/diagnostic.ts';
import type { TimedOperator } from '../../src/core/operator.ts';
import { correlation } from './correlation.ts';
import { demean } from './demean.ts';
import { drive, ref, type Arrival, type Cell, type DriveOptions, type Driven, type TestStream } from '../../test/drive-timed.ts';
import { pair } from './pair.ts';
import { quantile, quantileOf } from './quantile.ts';
import { rank } from './rank.ts';

const BARS: TestStream = { id: 'bars', columns: ['close', 'w', 'note:text'] };
const of = ref(BARS, 'close');
const weights = ref(BARS, 'w');
const PAIRS = [['B', 'A'], ['A', 'C'], ['A', 'Z']];

const settings: readonly { readonly op: TimedOperator; readonly args: Record<string, unknown> }[] = [
  { op: rank, args: { of, descending: false, as: 'rank', pct: true } },
  { op: rank, args: { of, descending: true, as: 'place', pct: false } },
  { op: quantile, args: { of, q: 0.7, as: 'quantile' } },
  { op: demean, args: { of, as: 'demeaned' } },
  { op: demean, args: { of, weights, as: 'rest' } },
  { op: correlation, args: { of, over: 3, as: 'correlation' } },
  { op: pair, args: { of, hedge: 'beta', over: 3, pairs: PAIRS } },
  { op: pair, args: { of, hedge: 'ratio', over: 2, pairs: PAIRS } },
  { op: pair, args: { of, hedge: 'difference', over: 2, pairs: PAIRS } },
];

const run = (op: TimedOperator, args: Record<string, unknown>, list: readonly Arrival[], o?: DriveOptions): Driven =>
  drive(op, args, [BARS], list, o);
const column = (d: Driven, name: string): Cell[] => d.rows.map((r) => r[name]);

/** Moments with most symbols at each, values with long tails of digits so that the order of a sum shows. */
const moment = fc.record({
  gap: fc.integer({ min: 1, max: 4 }),
  rows: fc.uniqueArray(fc.record({
    key: fc.constantFrom('A', 'B', 'C', 'D', 'E'),
    close: fc.option(fc.double({ min: 0.1, max: 1e6, noNaN: true }), { freq: 8 }), w: fc.double({ min: 0, max: 3, noNaN: true }),
  }), { selector: (r) => r.key, maxLength: 5 }),
});
const market = fc.array(moment, { minLength: 2, maxLength: 12 }).map((list) => {
  let ts = 0;
  return list.map((m) => {
    ts += m.gap;
    return m.rows.map((r): Arrival => [0, ts, r.key, r.close, r.w, r.key.toLowerCase()]);
  });
});

/** The same rows in another order inside each moment. */
const shuffledMarket = market.chain((ms) => fc.record({
  plain: fc.constant(ms.flat()),
  shuffled: fc.tuple(...ms.map((m) => fc.shuffledSubarray(m, { minLength: m.length, maxLength: m.length }))).map((x) => x.flat()),
}));
const withoutSeq = (d: Driven): unknown[] => d.rows.map(({ seq: _, ...rest }) => rest);

describe.each(settings)('across: $op.name', ({ op, args }) => {
  it('gives the same bits whatever the order of arrival inside a moment', () => {
    let seen = 0;
    fc.assert(fc.property(shuffledMarket, ({ plain, shuffled }) => {
      const got = run(op, args, plain);
      seen += got.rows.length;
      expect(withoutSeq(run(op, args, shuffled))).toEqual(withoutSeq(got));
    }), { numRuns: 200 });
    expect(seen).toBeGreaterThan(100);
  });

  it('gives the same rows when moments interleave within the lateness', () => {
    fc.assert(fc.property(shuffledMarket, fc.nat(), ({ plain }, seed) => {
      const mixed = plain.map((r, i) => ({ r, at: r[1] + ((i * 7919 + seed) % 5) })).sort((a, b) => a.at - b.at).map((x) => x.r);
      expect(withoutSeq(run(op, args, mixed, { lateness: 10 }))).toEqual(withoutSeq(run(op, args, plain, { lateness: 10 })));
    }), { numRuns: 100 });
  });

  it('gives the same rows at any cut and after any restore', () => {
    const cutAnywhere = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 4 });
    fc.assert(fc.property(market, cutAnywhere, fc.array(fc.nat(40), { maxLength: 6 }), (ms, cuts, restores) => {
      const whole = run(op, args, ms.flat(), { lateness: 2 });
      expect(run(op, args, ms.flat(), { lateness: 2, cuts, restoreAt: new Set(restores) }).rows).toEqual(whole.rows);
    }), { numRuns: 100 });
  });

  it('shows nothing of the future: the past is the same when what follows is cut off', () => {
    fc.assert(fc.property(market, fc.nat(12), (ms, n) => {
      const past = run(op, args, ms.slice(0, n).flat());
      const all = run(op, args, ms.flat());
      expect(withoutSeq(all).slice(0, past.rows.length)).toEqual(withoutSeq(past));
    }), { numRuns: 100 });
  });
});

const moments = (...rows: readonly (readonly [ts: number, key: string, close: number | null, w?: number])[]): Arrival[] =>
  rows.map(([ts, key, close, w]) => [0, ts, key, close, w ?? 1, key]);

describe('rank', () => {
  it('shares the better place among equals and leaves null without one', () => {
    const got = run(rank, settings[0].args, moments([1, 'D', 5], [1, 'A', 7], [1, 'C', null], [1, 'B', 5], [1, 'E', 9]));
    expect(column(got, 'key')).toEqual(['A', 'B', 'C', 'D', 'E']);
    expect(column(got, 'rank')).toEqual([3, 1, null, 1, 4]);
    expect(column(got, 'rank_count')).toEqual([4, 4, 4, 4, 4]);
    expect(column(got, 'rank_pct')).toEqual([2 / 3, 0, null, 0, 1]);
    expect(column(got, 'note')).toEqual(['A', 'B', 'C', 'D', 'E']);
  });

  it('starts from the largest when descending', () => {
    expect(column(run(rank, settings[1].args, moments([1, 'A', 5], [1, 'B', 7], [1, 'C', 7])), 'place')).toEqual([3, 1, 1]);
  });

  it('equals counting the smaller ones', () => {
    fc.assert(fc.property(market, (ms) => {
      const got = run(rank, settings[0].args, ms.flat());
      for (const r of got.rows) {
        const peers = got.rows.filter((p) => p.ts === r.ts && p.close !== null);
        const want = r.close === null ? null : 1 + peers.filter((p) => (p.close as number) < (r.close as number)).length;
        expect(r.rank).toBe(want);
        expect(r.rank_count).toBe(peers.length);
      }
    }), { numRuns: 100 });
  });

  it('counts the last row of a symbol that has several, and late ones not at all', () => {
    const rows = moments([1, 'A', 5], [1, 'A', 8], [1, 'B', 7], [2, 'A', 1], [1, 'B', 9]);
    const got = run(rank, settings[0].args, rows, { late: 'side_output' });
    expect(got.rows.map((r) => [r.ts, r.key, r.close, r.rank])).toEqual([[1, 'A', 8, 2], [1, 'B', 7, 1], [2, 'A', 1, 1]]);
    expect(got.counts).toEqual({ filtered: 1, late: 1 });
    expect(got.lateRows).toEqual([[0, 1]]);
  });

  it('refuses to put a second column of one name beside the first', () => {
    expect(() => run(rank, { ...settings[0].args, as: 'w' }, [])).toThrow(Refusal);
  });
});

describe('quantile and demean', () => {
  it('is linear between neighbours', () => {
    expect(quantileOf(Float64Array.of(4, 1, NaN, 2, 3), 0.5)).toBe(2.5);
    expect(quantileOf(Float64Array.of(4, 1, 2), 1)).toBe(4);
    expect(quantileOf(Float64Array.of(4), 0.3)).toBe(4);
    expect(quantileOf(Float64Array.of(NaN), 0.3)).toBeNaN();
  });

  it('marks who is at or above', () => {
    const got = run(quantile, { of, q: 0.5, as: 'mid' }, moments([1, 'A', 1], [1, 'B', 2], [1, 'C', 3], [1, 'D', null]));
    expect(column(got, 'mid')).toEqual([2, 2, 2, 2]);
    expect(column(got, 'mid_above')).toEqual([0, 1, 1, null]);
  });

  it('takes the weighted mean away', () => {
    const got = run(demean, { of, weights, as: 'rest' }, moments([1, 'A', 1, 3], [1, 'B', 5, 1], [1, 'C', null, 9]));
    expect(column(got, 'rest')).toEqual([-1, 3, null]);
    expect(column(got, 'rest_mean')).toEqual([2, 2, 2]);
  });
});

describe('correlation', () => {
  it('is 1 for one that moves with the mean and -1 for one against it, null while warming up', () => {
    const rows = [1, 2, 3, 4, 5].flatMap((t) => moments([t, 'A', t * t], [t, 'B', 3 * t * t], [t, 'C', -t * t]));
    const got = run(correlation, { of, over: 3, as: 'c' }, rows);
    const round = (x: Cell): Cell => (typeof x === 'number' ? Number(x.toFixed(12)) : x);
    const by = (key: string): Cell[] => got.rows.filter((r) => r.key === key).map((r) => round(r.c));
    expect(by('A')).toEqual([null, null, 1, 1, 1]);
    expect(by('B')).toEqual([null, null, 1, 1, 1]);
    expect(by('C')).toEqual([null, null, -1, -1, -1]);
  });
});

describe('pair', () => {
  it('is keyed by both symbols, in the order of names, where both have a value', () => {
    const rows = moments([1, 'A', 3], [1, 'B', 5], [2, 'C', 9], [2, 'A', 4], [3, 'C', 2]);
    const got = run(pair, { of, hedge: 'difference', over: 2, pairs: PAIRS }, rows);
    expect(got.rows.map((r) => [r.ts, r.key, r.x, r.y, r.spread, r.beta])).toEqual([[1, 'B/A', 5, 3, -2, 1], [2, 'A/C', 4, 9, 5, 1]]);
    expect(got.counts.filtered).toBe(1);
  });

  it('fits beta by least squares and scores the residual', () => {
    const xs = [1, 2, 4, 7, 3];
    const ys = [3, 5.5, 8, 16, 7];
    const rows = xs.flatMap((x, t) => moments([t + 1, 'A', x], [t + 1, 'C', ys[t]]));
    const got = run(pair, { of, hedge: 'beta', over: 5, pairs: [['A', 'C']] }, rows);
    expect(column(got, 'zscore').slice(0, 4)).toEqual([null, null, null, null]);
    const mean = (v: number[]): number => v.reduce((a, b) => a + b, 0) / v.length;
    const mx = mean(xs);
    const my = mean(ys);
    const beta = mean(xs.map((x, i) => (x - mx) * (ys[i] - my))) / mean(xs.map((x) => (x - mx) ** 2));
    const spreads = xs.map((x, i) => ys[i] - beta * x);
    const sd = Math.sqrt(mean(spreads.map((s) => (s - mean(spreads)) ** 2)));
    expect(got.rows[4].beta).toBeCloseTo(beta, 12);
    expect(got.rows[4].spread).toBeCloseTo(spreads[4], 12);
    expect(got.rows[4].zscore).toBeCloseTo((spreads[4] - mean(spreads)) / sd, 10);
  });

  it('is null and not infinite where nothing moves', () => {
    const rows = [1, 2, 3].flatMap((t) => moments([t, 'A', 5], [t, 'C', 6]));
    for (const hedge of ['beta', 'ratio', 'difference']) {
      const got = run(pair, { of, hedge, over: 2, pairs: [['A', 'C']] }, rows);
      expect(column(got, 'zscore')).toEqual([null, null, null]);
    }
  });

  it('asks for its pairs', () => {
    expect(() => pair.schema({ of, pairs: null }, [])).toThrow(/which pairs/);
  });
});
