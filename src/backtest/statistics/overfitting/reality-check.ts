import { Random } from '../../../core/random.ts';
import { mean, type Series } from '../moments.ts';
import { type Blocks, defaultBlock, drawPlaces } from './bootstrap.ts';

export interface RealityCheck {
  /** Chance that the best of the trials looks so good without any being better than the benchmark; small speaks for skill. */
  readonly p: number;
  /** Which trial is best, and how far its mean return is above the benchmark's, per period. */
  readonly best: number;
  readonly excess: number;
  /** sqrt(n) times that. */
  readonly statistic: number;
}

export interface RealityOptions {
  /** Return of the benchmark per period; 0 where none is given. */
  readonly benchmark?: Series;
  readonly runs?: number;
  readonly seed?: number;
  /** Mean length of a block; the cube root of the number of periods unless given. */
  readonly block?: number;
  readonly blocks?: Blocks;
}

/**
 * White's reality check: is the best of many trials better than the benchmark, seen that it was the best of many? The largest of the mean
 * excess returns against its distribution when drawn again with every trial's own mean taken off. null without trials or periods.
 * White, A reality check for data snooping, Econometrica 68 (2000), with the stationary bootstrap of Politis and Romano (1994).
 */
export function realityCheck(trials: readonly Series[], options: RealityOptions = {}): RealityCheck | null {
  const n = trials[0]?.length ?? 0;
  if (n < 2) return null;
  const { benchmark, runs = 1000, seed = 1, block = defaultBlock(n), blocks = 'stationary' } = options;
  const excess = trials.map((t) => Float64Array.from(t, (r, i) => (Number.isNaN(r) ? 0 : r) - (benchmark?.[i] ?? 0)));
  const means = excess.map((d) => mean(d));
  const best = means.reduce((a, m, k) => (m > means[a] ? k : a), 0);
  const statistic = Math.sqrt(n) * means[best];
  const random = new Random(seed);
  const places = new Uint32Array(n);
  const times = new Float64Array(n);
  let above = 0;
  for (let run = 0; run < runs; run++) {
    drawPlaces(places, n, block, blocks, random);
    times.fill(0);
    for (const p of places) times[p]++;
    let largest = -Infinity;
    for (let k = 0; k < excess.length; k++) {
      let s = 0;
      const d = excess[k];
      for (let i = 0; i < n; i++) s += times[i] * d[i];
      largest = Math.max(largest, Math.sqrt(n) * (s / n - means[k]));
    }
    if (largest >= statistic) above++;
  }
  // The run as it was counts as one draw, so that no p is 0.
  return { p: (above + 1) / (runs + 1), best, excess: means[best], statistic };
}
