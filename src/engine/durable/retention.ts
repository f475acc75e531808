const LEAST = 3;
const FINE_MS = 10_000;
const COARSE_MS = 10_000;

/** The number of a checkpoint is when it was made, in milliseconds since 1970, and always above the one before it. */
export const nextNumber = (newest: number, now: number): number => Math.max(newest + 1, now);

/**
 * Which checkpoints to remove: the newest three stay, all of the last ten seconds, and one in ten seconds up to `keepMs`. A broker that
 * lost power may have forgotten what it acknowledged, as far back as its last sync (two minutes by default): a checkpoint from before
 * that must still be there, since every newer one is then ahead of the outputs and cannot be used.
 */
export function expired(numbers: readonly number[], now: number, keepMs: number): number[] {
  const out: number[] = [];
  let bucket = -1;
  [...numbers].sort((a, b) => b - a).forEach((number, i) => {
    const age = now - number;
    if (i < LEAST || age < FINE_MS) return;
    const own = Math.floor(number / COARSE_MS);
    if (age > keepMs || own === bucket) out.push(number);
    else bucket = own;
  });
  return out;
}
