import fc from 'fast-check';
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { folds } from './folds.ts';
import { blocks, combinations, combinatorialPurged, type Labelled, purgedKFold, type RowRange, type Split } from './purged.ts';

const rowsOf = (ranges: readonly RowRange[]): number[] => ranges.flatMap((r) => Array.from({ length: r.to - r.from }, (_, i) => r.from + i));

/** Rows 0..n-1, each with a label that looks `ahead` rows further. */
const labelled = (n: number, ahead: number): Labelled => ({
  start: Array.from({ length: n }, (_, i) => i), end: Array.from({ length: n }, (_, i) => Math.min(i + ahead, n - 1)),
});

interface Reference {
  readonly n: number;
  readonly purged_kfold: { readonly k: number; readonly embargo_samples: number; readonly folds: readonly { test: [number, number]; train: number[] }[] };
  readonly walk_forward: Record<'rolling' | 'expanding', { train: [number, number]; test: [number, number] }[]>
    & Record<'train' | 'test' | 'step' | 'label_horizon', number>;
  readonly cpcv: { N: number; k: number; n_splits: number; n_paths: number; embargo_samples: number;
    splits: { test_groups: number[]; n_train: number; train: number[] }[] };
}

const file = new URL('../../../../shared/reference/anomaly-ml/purged_cv.json', import.meta.url);
const there = existsSync(file);
if (!there) console.log('skipped: ../shared/reference/anomaly-ml/purged_cv.json is not there');

describe.skipIf(!there)('the reference splits', () => {
  const reference = (there ? JSON.parse(readFileSync(file, 'utf8')) : null) as Reference;
  const rows = labelled(60, 5);

  it('purged k-fold', () => {
    const { k, embargo_samples: embargo, folds: want } = reference.purged_kfold;
    const found = purgedKFold(rows, { k, embargo });
    expect(found.map((f) => ({ test: [f.test[0].from, f.test[0].to - 1], train: rowsOf(f.train) }))).toEqual(want);
    expect(want).toHaveLength(5);
  });

  it.each([['rolling', 'sliding'], ['expanding', 'anchored']] as const)('walk-forward, %s', (name, mode) => {
    const { train, test, step, label_horizon: purge } = reference.walk_forward;
    const found = folds({ unit: 'rows', times: rows.start, train, test, step, purge, mode });
    expect(found.map((f) => ({ train: [f.train.from, f.train.to - 1], test: [f.test.from, f.test.to - 1] }))).toEqual(reference.walk_forward[name]);
  });

  it('combinatorial purged', () => {
    const { N: n, k, embargo_samples: embargo, splits: want, n_splits, n_paths } = reference.cpcv;
    const { splits, groups, paths } = combinatorialPurged(rows, { n, k, embargo });
    expect(splits.map((s, i) => ({ test_groups: groups[i], n_train: rowsOf(s.train).length, train: rowsOf(s.train) }))).toEqual(want);
    expect([splits.length, paths.length]).toEqual([n_splits, n_paths]);
  });
});

it('blocks are as even as can be, the longer ones first', () => {
  expect(blocks(11, 3)).toEqual([{ from: 0, to: 4 }, { from: 4, to: 8 }, { from: 8, to: 11 }]);
  expect(combinations(4, 2)).toEqual([[0, 1], [0, 2], [0, 3], [1, 2], [1, 3], [2, 3]]);
});

it('every path tests every block once, in splits that test it, and no split serves two paths with one block', () => {
  const { paths, groups, splits } = combinatorialPurged(labelled(70, 3), { n: 7, k: 3 });
  expect([splits.length, paths.length]).toEqual([35, 15]);
  const used = paths.flatMap((path) => path.map((split, g) => {
    expect(groups[split]).toContain(g);
    return `${g} ${split}`;
  }));
  expect(new Set(used).size).toBe(35 * 3);
});

it('purge goes by the end of each label, not by a common length', () => {
  const rows = { start: [0, 1, 2, 3, 4, 5, 6, 7], end: [6, 1, 2, 3, 4, 5, 6, 7] };
  expect(rowsOf(purgedKFold(rows, { k: 2 })[1].train)).toEqual([1, 2, 3]);
  expect(rowsOf(purgedKFold(rows, { k: 2 })[0].train)).toEqual([7]);
});

it.each<[string, () => unknown, RegExp]>([
  ['one block', () => purgedKFold(labelled(9, 1), { k: 1 }), /at least 2 blocks/],
  ['more blocks than rows', () => purgedKFold(labelled(3, 1), { k: 4 }), /cannot be cut/],
  ['all blocks as test', () => combinatorialPurged(labelled(9, 1), { n: 3, k: 3 }), /must be 1 to 2/],
  ['splits without end', () => combinatorialPurged(labelled(90, 1), { n: 40, k: 20 }), /more than 100000/],
  ['a label that ends before its row', () => purgedKFold({ start: [0, 1, 2], end: [0, 0, 2] }, { k: 2 }), /ends before the row/],
  ['rows out of order', () => purgedKFold({ start: [0, 2, 1], end: [3, 3, 3] }, { k: 2 }), /out of order/],
])('refuses %s', (_, make, text) => expect(make).toThrow(text));

it('training never meets a test: no row, no label interval, nothing within the embargo', () => {
  const random = fc.record({
    steps: fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 12, maxLength: 80 }), ahead: fc.array(fc.integer({ min: 0, max: 12 }), { minLength: 80, maxLength: 80 }),
    n: fc.integer({ min: 2, max: 6 }), k: fc.integer({ min: 1, max: 5 }), embargo: fc.integer({ min: 0, max: 6 }),
  });
  let kept = 0;
  fc.assert(fc.property(random, ({ steps, ahead, n, k, embargo }) => {
    fc.pre(k < n);
    let t = 0;
    const start = steps.map((s) => (t += s));
    const rows = { start, end: start.map((s, i) => s + ahead[i]) };
    const check = (split: Split): void => {
      const tests = split.test.map((b) => rowsOf([b]));
      for (const i of rowsOf(split.train)) {
        kept += 1;
        for (const block of tests) {
          const last = Math.max(...block.map((j) => rows.end[j]));
          expect(rows.end[i] < start[block[0]] || start[i] > last + embargo).toBe(true);
        }
      }
    };
    const kfold = purgedKFold(rows, { k: n, embargo });
    kfold.forEach(check);
    expect(kfold.flatMap((s) => rowsOf(s.test))).toEqual(start.map((_, i) => i));
    combinatorialPurged(rows, { n, k, embargo }).splits.forEach(check);
  }));
  expect(kept).toBeGreaterThan(1000);
});
