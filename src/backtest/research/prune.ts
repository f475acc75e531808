/**
 * Decides which trials of a batch go on to the next span. Gets their running scores (the mean over the spans so far) in the order of
 * asking, null where a trial failed; gives true for those that go on.
 */
export interface Pruner {
  keep(stage: number, scores: readonly (number | null)[]): boolean[];
}

/** Middle value; the mean of the two in the middle for an even number. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/**
 * Stops a trial whose running score is below the median of the others' at the same span, earlier batches and its own taken together
 * (Golovin et al. 2017, Google Vizier, section 3.2.2). `least` others must have got that far, `from` spans are always run.
 */
export function medianPruner(options: { readonly least?: number; readonly from?: number } = {}): Pruner {
  const { least = 5, from = 1 } = options;
  const seen: number[][] = [];
  return {
    keep(stage, scores) {
      const earlier = seen[stage] ?? [];
      const mine = scores.filter((x): x is number => x !== null);
      seen[stage] = [...earlier, ...mine];
      return scores.map((score, i) => {
        if (score === null) return false;
        const others = [...earlier, ...scores.filter((x, j): x is number => x !== null && j !== i)];
        return stage + 1 < from || others.length < least || score >= median(others);
      });
    },
  };
}

/**
 * Successive halving (Jamieson and Talwalkar 2016): after each span the best 1 / `eta` of a batch go on, at least one. It needs batches of
 * several trials; of equal ones the earlier stays.
 */
export function halvingPruner(options: { readonly eta?: number } = {}): Pruner {
  const { eta = 2 } = options;
  return {
    keep(_stage, scores) {
      const ranked = scores.map((score, i) => ({ score, i })).filter((x) => x.score !== null)
        .sort((a, b) => Number(b.score) - Number(a.score) || a.i - b.i);
      const on = new Set(ranked.slice(0, Math.max(1, Math.ceil(ranked.length / eta))).map((x) => x.i));
      return scores.map((_, i) => on.has(i));
    },
  };
}
