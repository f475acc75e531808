import type { Random } from '../../core/random.ts';
import type { Axis } from './space.ts';

/** A density over the positions of one axis, 0 to 1. */
export interface Density {
  draw(random: Random): number;
  /** Logarithm of the density; of the share, for an axis without order. */
  log(u: number): number;
}

/** Error function to 1.5e-7 (Abramowitz and Stegun, Handbook of Mathematical Functions, 7.1.26). */
function erf(x: number): number {
  const t = 1 / (1 + 0.3275911 * Math.abs(x));
  const p = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  const y = 1 - p * Math.exp(-x * x);
  return x < 0 ? -y : y;
}

const below = (x: number, mean: number, width: number): number => 0.5 * (1 + erf((x - mean) / (width * Math.SQRT2)));

/**
 * Width of the kernel at each of the sorted centres: the larger distance to its two neighbours, the ends of the axis being neighbours too,
 * between a hundredth (more for few points) and all of the axis. So it is narrow where points are dense (Bergstra et al. 2011, section 4.2;
 * the limits are those of hyperopt's `adaptive_parzen_normal`).
 */
export function bandwidths(sorted: readonly number[]): number[] {
  const least = 1 / Math.min(100, sorted.length + 1);
  return sorted.map((x, i) => {
    const before = x - (i === 0 ? 0 : sorted[i - 1]);
    const after = (i === sorted.length - 1 ? 1 : sorted[i + 1]) - x;
    return Math.min(1, Math.max(least, before, after));
  });
}

/** Mixture of normals cut off at 0 and 1: one for each position, and a wide one in the middle as the prior. All weigh the same. */
export function parzen(positions: readonly number[]): Density {
  const centres = [...positions, 0.5].sort((a, b) => a - b);
  const widths = bandwidths(centres);
  widths[centres.indexOf(0.5)] = 1;
  const masses = centres.map((c, i) => below(1, c, widths[i]) - below(0, c, widths[i]));
  return {
    draw(random) {
      const i = random.int(0, centres.length - 1);
      // The centre lies within the axis and the width is at most its length: more than a third of the draws do.
      for (;;) {
        const u = centres[i] + widths[i] * random.normal();
        if (u >= 0 && u < 1) return u;
      }
    },
    log(u) {
      let sum = 0;
      for (let i = 0; i < centres.length; i++) {
        const z = (u - centres[i]) / widths[i];
        sum += Math.exp(-0.5 * z * z) / (widths[i] * masses[i]);
      }
      return Math.log(sum / (centres.length * Math.sqrt(2 * Math.PI)) + 1e-300);
    },
  };
}

/** Shares of the levels of an axis without order, each counted once more than seen over all levels together (a prior of weight 1). */
export function shares(positions: readonly number[], levels: number): Density {
  const weights = new Array<number>(levels).fill(1 / levels);
  const level = (u: number): number => Math.min(levels - 1, Math.floor(u * levels));
  for (const u of positions) weights[level(u)] += 1;
  const total = positions.length + 1;
  return {
    draw(random) {
      let left = random.next() * total;
      let i = 0;
      while (i < levels - 1 && left >= weights[i]) left -= weights[i++];
      return (i + 0.5) / levels;
    },
    log: (u) => Math.log(weights[level(u)] / total),
  };
}

export const density = (axis: Axis, positions: readonly number[]): Density =>
  (axis.ordered ? parzen(positions) : shares(positions, axis.levels));
