import { Random } from '../../../core/random.ts';
import { quantileOfSorted, type Series } from '../moments.ts';
import { type Blocks, defaultBlock, drawPlaces, shuffle } from './bootstrap.ts';

export const PERCENTILES = Object.freeze([1, 5, 25, 50, 75, 95, 99] as const);
export type Percentile = (typeof PERCENTILES)[number];

/** Values below which 1, 5, ... 99 % of the runs lie. */
export type Spread = Readonly<Record<Percentile, number>>;

export interface MonteCarloResult {
  readonly runs: number;
  readonly finalEquity: Spread;
  /** Deepest fall below the high, as a share of it. */
  readonly maxDrawdown: Spread;
  /** Annual where `periodsPerYear` was given, of one step else. */
  readonly sharpe: Spread;
  /** Share of the runs that end below the capital, and that fell to the share `ruin` of it or lower on the way. */
  readonly probabilityOfLoss: number;
  readonly probabilityOfRuin: number;
  /** Spread of the account at up to 60 steps, for a picture. */
  readonly fan: readonly { readonly step: number; readonly equity: Spread }[];
}

export interface MonteCarloOptions {
  readonly capital?: number;
  readonly runs?: number;
  readonly seed?: number;
  /** Share of the capital at which one is ruined; a half unless given. */
  readonly ruin?: number;
  readonly periodsPerYear?: number;
}

const spreadOf = (values: Float64Array): Spread => {
  const sorted = values.toSorted();
  return Object.fromEntries(PERCENTILES.map((p) => [p, quantileOfSorted(sorted, p / 100)])) as Record<Percentile, number>;
};

const FAN = 60;

/** Fills the places of one run. */
type Draw = (places: Uint32Array, random: Random) => void;

/** Runs the account over steps drawn again and again. */
function simulate(steps: Float64Array, draw: Draw, options: MonteCarloOptions): MonteCarloResult | null {
  const n = steps.length;
  if (n === 0) return null;
  const { capital = 1, runs = 1000, seed = 1, ruin = 0.5, periodsPerYear = 1 } = options;
  const random = new Random(seed);
  const places = Uint32Array.from(steps, (_, i) => i);
  const [final, depth, sharpe] = [0, 0, 0].map(() => new Float64Array(runs));
  const marks = Array.from({ length: Math.min(FAN, n) }, (_, k) => Math.ceil((k + 1) * n / Math.min(FAN, n)));
  const fan = marks.map(() => new Float64Array(runs));
  let [lost, ruined] = [0, 0];
  for (let run = 0; run < runs; run++) {
    draw(places, random);
    let [growth, peak, low, deepest, sum, squares, mark] = [1, 1, 1, 0, 0, 0, 0];
    for (let i = 0; i < n; i++) {
      const step = steps[places[i]];
      // An account that has lost everything has nothing left to lose.
      growth = Math.max(0, growth * (1 + step));
      sum += step;
      squares += step * step;
      if (growth > peak) peak = growth;
      if (growth < low) low = growth;
      deepest = Math.max(deepest, 1 - growth / peak);
      if (i + 1 === marks[mark]) fan[mark++][run] = growth * capital;
    }
    final[run] = growth * capital;
    depth[run] = deepest;
    const deviation = Math.sqrt((squares - sum * sum / n) / (n - 1));
    sharpe[run] = deviation > 1e-12 * Math.abs(sum / n) ? sum / n / deviation * Math.sqrt(periodsPerYear) : 0;
    if (growth < 1) lost++;
    if (low <= ruin) ruined++;
  }
  return {
    runs, finalEquity: spreadOf(final), maxDrawdown: spreadOf(depth), sharpe: spreadOf(sharpe), probabilityOfLoss: lost / runs,
    probabilityOfRuin: ruined / runs, fan: marks.map((step, k) => ({ step, equity: spreadOf(fan[k]) })),
  };
}

/**
 * The trades of a run in other orders (`shuffle`: the end is the same, the way there is not) or drawn with repetition (`bootstrap`).
 * `shares` are results as shares of the balance before each trade (`TradeSums.ofBalance`). null without trades.
 */
export function tradeMonteCarlo(shares: Series, how: 'shuffle' | 'bootstrap', options: MonteCarloOptions = {}): MonteCarloResult | null {
  const steps = Float64Array.from(shares);
  return simulate(steps, how === 'shuffle' ? shuffle : (places, random) => drawPlaces(places, steps.length, 1, 'fixed', random), options);
}

/** Returns drawn again in blocks, which keep what depends on what came before. NaN is left out; null without returns. */
export function returnMonteCarlo(returns: Series, options: MonteCarloOptions & { readonly block?: number; readonly blocks?: Blocks } = {},
): MonteCarloResult | null {
  const steps = Float64Array.from(returns).filter((r) => !Number.isNaN(r));
  const { block = defaultBlock(steps.length), blocks = 'stationary' } = options;
  return simulate(steps, (places, random) => drawPlaces(places, steps.length, block, blocks, random), options);
}
