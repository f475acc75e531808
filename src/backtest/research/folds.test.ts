import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { folds, type FoldSpec } from './folds.ts';

const base = { unit: 'time', from: 0, to: 100, train: 40, test: 10 } as const;

describe('walk-forward', () => {
  it('sliding keeps the length of training, anchored its start', () => {
    expect(folds(base).map((f) => [f.train.from, f.train.to, f.test.from, f.test.to])).toEqual(
      [0, 10, 20, 30, 40, 50].map((x) => [x, x + 40, x + 40, x + 50]));
    expect(folds({ ...base, mode: 'anchored' }).map((f) => [f.train.from, f.train.to])).toEqual([40, 50, 60, 70, 80, 90].map((x) => [0, x]));
  });

  it('purge and embargo end training earlier, the tests stay', () => {
    expect(folds({ ...base, purge: 5, embargo: 2 })[1]).toEqual({ index: 1, train: { from: 10, to: 43 }, test: { from: 50, to: 60 } });
  });

  it('a step may leave gaps or let tests overlap; what is left over is not used', () => {
    expect(folds({ ...base, step: 25 }).map((f) => f.test)).toEqual([{ from: 40, to: 50 }, { from: 65, to: 75 }, { from: 90, to: 100 }]);
    expect(folds({ ...base, to: 59 }).map((f) => f.test)).toEqual([{ from: 40, to: 50 }]);
    expect(folds({ ...base, step: 5, to: 60 })).toHaveLength(3);
  });

  it('counts rows where asked to, whatever the times between them', () => {
    const times = [10, 20, 25, 70, 71, 72, 900, 901];
    expect(folds({ unit: 'rows', times, train: 3, test: 2, purge: 1 })).toEqual([
      { index: 0, train: { from: 10, to: 25 }, test: { from: 70, to: 72 } },
      { index: 1, train: { from: 25, to: 71 }, test: { from: 72, to: 901 } },
    ]);
    expect(folds({ unit: 'rows', times, train: 6, test: 2 })[0].test).toEqual({ from: 900, to: 902 });
  });

  it.each<[string, FoldSpec, RegExp]>([
    ['no training', { ...base, train: 0 }, /`train` must be above 0/],
    ['a step of 0', { ...base, step: 0 }, /`step` must be above 0/],
    ['a purge below 0', { ...base, purge: -1 }, /`purge` cannot be below 0/],
    ['a purge of all training', { ...base, purge: 30, embargo: 10 }, /nothing to train on/],
    ['too little data', { ...base, to: 49 }, /too short for one fold/],
    ['half a row', { unit: 'rows', times: [1, 2, 3], train: 1.5, test: 1 }, /whole number of rows/],
    ['rows out of order', { unit: 'rows', times: [1, 3, 3, 4], train: 2, test: 1 }, /row times must rise, row 2/],
  ])('refuses %s', (_, spec, text) => expect(() => folds(spec)).toThrow(text));

  it('no row is in training and test, training ends the gap before the test, tests go on in time', () => {
    const lengths = fc.record({
      train: fc.integer({ min: 2, max: 60 }), test: fc.integer({ min: 1, max: 30 }), step: fc.option(fc.integer({ min: 1, max: 40 }), { nil: undefined }),
      purge: fc.integer({ min: 0, max: 20 }), embargo: fc.integer({ min: 0, max: 20 }), mode: fc.constantFrom('sliding' as const, 'anchored' as const),
      gaps: fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 100, maxLength: 200 }), rows: fc.boolean(),
    });
    let seen = 0;
    fc.assert(fc.property(lengths, ({ gaps, rows, step, ...l }) => {
      fc.pre(l.purge + l.embargo < l.train);
      let t = 0;
      const times = gaps.map((g) => (t += g));
      const more = step === undefined ? {} : { step };
      const found = folds(rows ? { unit: 'rows', times, ...l, ...more } : { unit: 'time', from: 0, to: 150, ...l, ...more });
      for (const [k, { train, test }] of found.entries()) {
        expect(train.from).toBeLessThan(train.to);
        expect(train.to).toBeLessThanOrEqual(test.from);
        if (rows) {
          const row = (at: number): number => times.filter((x) => x < at).length;
          expect(row(test.from) - row(train.to)).toBe(l.purge + l.embargo);
          expect(row(test.to) - row(test.from)).toBe(l.test);
        } else {
          expect(test.from - train.to).toBe(l.purge + l.embargo);
        }
        if (k > 0) expect(test.from).toBeGreaterThan(found[k - 1].test.from);
        seen += 1;
      }
    }));
    expect(seen).toBeGreaterThan(200);
  });
});
