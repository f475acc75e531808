import { Refusal } from '../../core/diagnostic.ts';

/** Rows by number: `from` belongs to it, `to` does not. */
export interface RowRange {
  readonly from: number;
  readonly to: number;
}

export interface Split {
  readonly test: readonly RowRange[];
  readonly train: readonly RowRange[];
}

/** Rows that a model learns from: when each was known, and until when its label looks. Both in the same unit, `start` rising. */
export interface Labelled {
  readonly start: ArrayLike<number>;
  readonly end: ArrayLike<number>;
}

const wrong = (what: string): Refusal => new Refusal('E644', `cross-validation: ${what}`, { exit: 2 });

/** Cuts n rows into k blocks; the first n % k have one row more (numpy `array_split`). */
export function blocks(n: number, k: number): RowRange[] {
  if (!Number.isInteger(k) || k < 2) throw wrong(`at least 2 blocks are needed, found ${k}`);
  if (k > n) throw wrong(`${k} blocks cannot be cut from ${n} rows`);
  const size = Math.floor(n / k);
  const longer = n % k;
  return Array.from({ length: k }, (_, i) => ({ from: i * size + Math.min(i, longer), to: (i + 1) * size + Math.min(i + 1, longer) }));
}

function checkLabels({ start, end }: Labelled): void {
  if (start.length !== end.length) throw wrong(`${start.length} rows have ${end.length} label ends`);
  for (let i = 0; i < start.length; i++) {
    if (!(end[i] >= start[i])) throw wrong(`the label of row ${i} ends before the row`);
    if (i > 0 && !(start[i] >= start[i - 1])) throw wrong(`row ${i} is out of order`);
  }
}

/**
 * Training rows for some test blocks. For each block, over the span from its first row to the last end of its labels: a row is removed
 * whose own label interval meets that span (purge), or which begins at most `embargo` after it.
 */
function trainRows(rows: Labelled, test: readonly RowRange[], embargo: number): RowRange[] {
  const { start, end } = rows;
  const spans = test.map((b) => {
    let last = -Infinity;
    for (let i = b.from; i < b.to; i++) last = Math.max(last, end[i]);
    return { first: start[b.from], last };
  });
  const out: RowRange[] = [];
  let from = -1;
  for (let i = 0; i <= start.length; i++) {
    const kept = i < start.length && spans.every((s) => end[i] < s.first || start[i] > s.last + embargo);
    if (kept && from === -1) from = i;
    if (!kept && from !== -1) {
      out.push({ from, to: i });
      from = -1;
    }
  }
  return out;
}

/**
 * K-fold cross-validation in time order with purge and embargo (Lopez de Prado, Advances in Financial Machine Learning, 2018, chapter 7):
 * every row is tested once. `embargo` has the unit of the rows' times. Refuses (E644) fewer than two blocks or fewer rows than blocks.
 */
export function purgedKFold(rows: Labelled, options: { readonly k: number; readonly embargo?: number }): Split[] {
  checkLabels(rows);
  return blocks(rows.start.length, options.k).map((b) => ({ test: [b], train: trainRows(rows, [b], options.embargo ?? 0) }));
}

/** All choices of k out of 0..n-1, in lexical order. */
export function combinations(n: number, k: number): number[][] {
  const out: number[][] = [];
  const chosen = Array.from({ length: k }, (_, i) => i);
  for (;;) {
    out.push([...chosen]);
    let i = k - 1;
    while (i >= 0 && chosen[i] === n - k + i) i--;
    if (i < 0) return out;
    chosen[i] += 1;
    for (let j = i + 1; j < k; j++) chosen[j] = chosen[j - 1] + 1;
  }
}

/** Splits beyond this many are a mistake: their backtests would never end. */
const MOST_SPLITS = 100_000;

function countOf(n: number, k: number): number {
  let count = 1;
  for (let i = 0; i < k; i++) count = (count * (n - i)) / (i + 1);
  return Math.round(count);
}

export interface Combinatorial {
  /** Blocks that each split tests, in the order of `splits`. */
  readonly groups: readonly (readonly number[])[];
  readonly splits: readonly Split[];
  /** Backtest paths through all blocks: `paths[p][g]` is the split whose test of block g belongs to path p. */
  readonly paths: readonly (readonly number[])[];
}

/**
 * Combinatorial purged cross-validation (the same, chapter 12): every choice of `k` of `n` blocks is tested once, which gives C(n, k)
 * splits and C(n-1, k-1) paths, each of which tests every row once. Refuses (E644) k outside 1..n-1 and more than 100,000 splits.
 */
export function combinatorialPurged(
  rows: Labelled, options: { readonly n: number; readonly k: number; readonly embargo?: number },
): Combinatorial {
  const { n, k, embargo = 0 } = options;
  checkLabels(rows);
  const cut = blocks(rows.start.length, n);
  if (!Number.isInteger(k) || k < 1 || k >= n) throw wrong(`blocks to test must be 1 to ${n - 1}, found ${k}`);
  if (countOf(n, k) > MOST_SPLITS) throw wrong(`${k} of ${n} blocks are ${countOf(n, k)} splits, more than ${MOST_SPLITS}`);
  const groups = combinations(n, k);
  const splits = groups.map((g) => {
    const test = g.map((i) => cut[i]);
    return { test, train: trainRows(rows, test, embargo) };
  });
  const holding = cut.map((_, g) => groups.flatMap((chosen, split) => (chosen.includes(g) ? [split] : [])));
  return { groups, splits, paths: holding[0].map((_, p) => holding.map((of) => of[p])) };
}
