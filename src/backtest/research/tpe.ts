import { Random } from '../../core/random.ts';
import { density } from './parzen.ts';
import { Draws } from './random-search.ts';
import type { Search } from './search.ts';
import { type Axis, keyOf, type Params, paramsOf, type ParamValue, sizeOf, type Space } from './space.ts';

export interface TpeOptions {
  readonly seed: number;
  /** Trials before the model is used; 10, or twice the number of parameters where that is more. */
  readonly startup?: number;
  /** Share of the trials that counts as good, at most 25 of them. */
  readonly gamma?: number;
  /** Values that are drawn per parameter, of which the most promising is taken. */
  readonly candidates?: number;
}

const MOST_GOOD = 25;
/** Proposals that were tried before, or are not allowed, until a set is drawn at random instead. */
const MOST_MISSED = 50;

interface Told {
  readonly params: Params;
  /** Null while it runs, and where it failed. */
  score: number | null;
}

/** Start-up sets that cover every axis evenly: each of n strata of an axis is used once (McKay, Beckman and Conover 1979). */
function latin(space: Space, n: number, random: Random): Params[] {
  const order = space.axes.map(() => {
    const strata = Array.from({ length: n }, (_, i) => i);
    for (let i = n - 1; i > 0; i--) {
      const j = random.int(0, i);
      [strata[i], strata[j]] = [strata[j], strata[i]];
    }
    return strata;
  });
  return Array.from({ length: n }, (_, i) => paramsOf(space, (axis, a) => axis.value((order[a][i] + random.next()) / n)));
}

/**
 * Tree-structured Parzen estimator (Bergstra, Bardenet, Bengio and Kegl 2011, Algorithms for Hyper-Parameter Optimization, section 4):
 * trials are split by score into good and bad, a density is fitted to each, and of the values drawn from the good one that with the
 * largest ratio good / bad is proposed, for each parameter by itself. That ratio rises with the expected improvement.
 *
 * Trials that still run count as bad, so that sets of one batch do not crowd together (the constant liar of optuna's TPESampler);
 * failed ones too. No set comes twice. The same seed and the same calls give the same sets.
 */
export function tpeSearch(space: Space, options: TpeOptions): Search {
  const random = new Random(options.seed);
  const draws = new Draws(space, random);
  const startup = latin(space, options.startup ?? Math.max(10, 2 * space.axes.length), random);
  const gamma = options.gamma ?? 0.15;
  const candidates = options.candidates ?? 24;
  const asked = new Map<string, Told>();

  const propose = (): Params => {
    const ranked = [...asked.values()].filter((t) => t.score !== null).sort((a, b) => Number(b.score) - Number(a.score));
    const good = new Set(ranked.slice(0, Math.min(MOST_GOOD, Math.ceil(gamma * ranked.length))));
    const bad = [...asked.values()].filter((t) => !good.has(t));
    const pick = (axis: Axis): ParamValue => {
      const l = density(axis, [...good].map((t) => axis.position(t.params[axis.name])));
      const g = density(axis, bad.map((t) => axis.position(t.params[axis.name])));
      let best = 0;
      let most = -Infinity;
      for (let i = 0; i < candidates; i++) {
        const u = l.draw(random);
        const promise = l.log(u) - g.log(u);
        if (promise > most) [best, most] = [u, promise];
      }
      return axis.value(best);
    };
    return paramsOf(space, pick);
  };

  const next = (): Params | null => {
    for (let first = startup.shift(); first !== undefined; first = startup.shift()) if (draws.take(first)) return first;
    if (![...asked.values()].some((t) => t.score !== null)) return draws.next();
    for (let missed = 0; missed < MOST_MISSED; missed++) {
      const params = propose();
      if (draws.take(params)) return params;
    }
    return draws.next();
  };

  return {
    size: sizeOf(space),
    ask(): Params | null {
      const params = next();
      if (params !== null) asked.set(keyOf(space, params), { params, score: null });
      return params;
    },
    tell(params, score): void {
      const told = asked.get(keyOf(space, params));
      if (told !== undefined) told.score = score === null || Number.isNaN(score) ? null : score;
    },
  };
}
