import type { Random } from '../../../core/random.ts';

/** How returns are drawn again: in blocks of random length (`stationary`) or of the same length (`fixed`), both running on past the end. */
export type Blocks = 'stationary' | 'fixed';

/** Mean length of a block where none is given: the cube root of the length, as is right for dependence that fades fast. */
export const defaultBlock = (n: number): number => Math.max(1, Math.round(n ** (1 / 3)));

/**
 * Fills `out` with places of a series of `n` values, block by block: places follow one another within a block, and a block begins anywhere.
 * Politis and Romano, The stationary bootstrap (1994); blocks of one length are their circular block bootstrap (1992).
 */
export function drawPlaces(out: Uint32Array, n: number, block: number, kind: Blocks, random: Random): void {
  let place = 0;
  for (let i = 0; i < out.length; i++) {
    const fresh = i === 0 || (kind === 'stationary' ? random.next() < 1 / block : i % block === 0);
    if (fresh) place = random.int(0, n - 1);
    else if (++place === n) place = 0;
    out[i] = place;
  }
}

/** Puts a list of places in random order: Fisher and Yates. */
export function shuffle(places: Uint32Array, random: Random): void {
  for (let i = places.length - 1; i > 0; i--) {
    const j = random.int(0, i);
    [places[i], places[j]] = [places[j], places[i]];
  }
}
