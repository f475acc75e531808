import type { Series } from '../moments.ts';

/** What combinatorially symmetric cross-validation says of choosing the best of many trials. */
export interface OverfittingResult {
  /** Probability of backtest overfitting: share of splits in which the best trial of one half is below the median in the other. */
  readonly probability: number;
  /** Share of splits in which the best trial of one half loses in the other. */
  readonly probabilityOfLoss: number;
  /** Line through (ratio in the half that chose, ratio in the other), over all splits: a negative slope is overfitting. */
  readonly slope: number;
  readonly intercept: number;
  /** log(w / (1 - w)) per split, w the relative rank of the chosen trial in the other half. */
  readonly logits: Float64Array;
  readonly splits: number;
}

/** Sums of one trial over one block. */
interface Sums {
  readonly count: Float64Array;
  readonly sum: Float64Array;
  readonly squares: Float64Array;
}

function blockSums(trial: Series, blocks: number): Sums {
  const [count, sum, squares] = [0, 0, 0].map(() => new Float64Array(blocks));
  for (let b = 0; b < blocks; b++) {
    const [from, to] = [b, b + 1].map((k) => Math.floor(k * trial.length / blocks));
    for (let i = from; i < to; i++) {
      if (Number.isNaN(trial[i])) continue;
      count[b]++;
      sum[b] += trial[i];
      squares[b] += trial[i] * trial[i];
    }
  }
  return { count, sum, squares };
}

/** Mean over deviation from sums; 0 of a trial that never moves. */
function ratio(n: number, sum: number, squares: number): number {
  const spread = squares - sum * sum / n;
  return n > 1 && spread > 1e-12 * squares ? sum / n / Math.sqrt(spread / (n - 1)) : 0;
}

/** All choices of half of `n` things, as bit masks. */
function* halves(n: number): Generator<number> {
  let mask = (1 << (n / 2)) - 1;
  while (mask < 1 << n) {
    yield mask;
    // The next larger number with as many bits (Gosper).
    const low = mask & -mask;
    const up = mask + low;
    mask = up | (((mask ^ up) >>> 2) / low);
  }
}

/**
 * Probability of backtest overfitting. `trials` are returns of the same periods, one series per parameter set; time is cut into `blocks`
 * (even, 16 unless given), and every half of them chooses the trial with the highest Sharpe ratio, which is then ranked in the other half.
 * Without skill it is near 0.5. null for fewer than two trials or two periods a block. Bailey, Borwein, Lopez de Prado and Zhu, The
 * probability of backtest overfitting (2017), section 2.
 */
export function backtestOverfitting(trials: readonly Series[], blocks = 16): OverfittingResult | null {
  if (trials.length < 2 || blocks % 2 !== 0 || blocks < 2 || blocks > 24 || trials[0].length < 2 * blocks) return null;
  const sums = trials.map((t) => blockSums(t, blocks));
  const totals = sums.map((s) => [s.count, s.sum, s.squares].map((x) => x.reduce((a, b) => a + b, 0)));
  const [inside, outside] = [new Float64Array(trials.length), new Float64Array(trials.length)];
  const [logits, chosen, other]: [number[], number[], number[]] = [[], [], []];
  for (const mask of halves(blocks)) {
    let best = 0;
    for (let k = 0; k < trials.length; k++) {
      const { count, sum, squares } = sums[k];
      let [n, s, q] = [0, 0, 0];
      for (let b = 0; b < blocks; b++) {
        if ((mask & (1 << b)) === 0) continue;
        n += count[b];
        s += sum[b];
        q += squares[b];
      }
      inside[k] = ratio(n, s, q);
      outside[k] = ratio(totals[k][0] - n, totals[k][1] - s, totals[k][2] - q);
      if (inside[k] > inside[best]) best = k;
    }
    const w = rank(outside, best) / (trials.length + 1);
    logits.push(Math.log(w / (1 - w)));
    chosen.push(inside[best]);
    other.push(outside[best]);
  }
  return {
    probability: share(logits, (l) => l <= 0), probabilityOfLoss: share(other, (r) => r < 0), ...line(chosen, other),
    logits: Float64Array.from(logits), splits: logits.length,
  };
}

/** Place from below among all, 1 the lowest; equals share the mean of their places. */
function rank(values: Float64Array, of: number): number {
  let [below, equal] = [0, 0];
  for (const v of values) {
    if (v < values[of]) below++;
    else if (v === values[of]) equal++;
  }
  return below + (equal + 1) / 2;
}

const share = (x: readonly number[], is: (v: number) => boolean): number => x.filter(is).length / x.length;

function line(x: readonly number[], y: readonly number[]): { slope: number; intercept: number } {
  const [mx, my] = [x, y].map((v) => v.reduce((a, b) => a + b, 0) / v.length);
  const square = x.reduce((a, v) => a + (v - mx) ** 2, 0);
  const slope = square === 0 ? 0 : x.reduce((a, v, i) => a + (v - mx) * (y[i] - my), 0) / square;
  return { slope, intercept: my - slope * mx };
}
