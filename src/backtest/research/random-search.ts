import { Random } from '../../core/random.ts';
import { gridSearch, nothingAllowed } from './grid.ts';
import type { Search } from './search.ts';
import { keyOf, type Params, paramsOf, sizeOf, type Space } from './space.ts';

/** Draws in a row that were tried before, or are not allowed, until a small space is gone through instead. */
const MOST_MISSED = 1_000;
/** The same for a space too large to go through. */
const MOST_DRAWN = 100_000;
const SMALL = 1_000_000;

/** Sets drawn at random, none twice: also what TPE starts from and falls back to. */
export class Draws {
  private readonly space: Space;
  private readonly random: Random;
  private readonly seen = new Set<string>();
  /** Goes through what is left of a small space, once drawing finds it no more. */
  private rest: Search | null = null;

  constructor(space: Space, random: Random) {
    this.space = space;
    this.random = random;
  }

  /** True, and remembered, where the set may be tried and was not yet. */
  take(params: Params): boolean {
    const key = keyOf(this.space, params);
    if (this.seen.has(key) || !this.space.where(params)) return false;
    this.seen.add(key);
    return true;
  }

  /** A set that was not given yet; null when all were. */
  next(): Params | null {
    const size = sizeOf(this.space);
    if (this.seen.size >= size) return null;
    for (let missed = 0; this.rest === null; missed++) {
      const params = paramsOf(this.space, (axis) => axis.value(this.random.next()));
      if (this.take(params)) return params;
      if (missed >= MOST_MISSED && size <= SMALL) this.rest = gridSearch(this.space);
      else if (missed >= MOST_DRAWN) throw nothingAllowed(MOST_DRAWN);
    }
    for (let params = this.rest.ask(); params !== null; params = this.rest.ask()) if (this.take(params)) return params;
    return null;
  }
}

/**
 * Random search (Bergstra and Bengio 2012, Random Search for Hyper-Parameter Optimization): each parameter is drawn by itself, evenly along
 * its scale. No set comes twice; a finite space ends when all of it was given. The last sets of a space that is nearly used up come in the
 * order of the grid.
 */
export function randomSearch(space: Space, seed: number): Search {
  const draws = new Draws(space, new Random(seed));
  return { size: sizeOf(space), ask: () => draws.next(), tell: () => undefined };
}
