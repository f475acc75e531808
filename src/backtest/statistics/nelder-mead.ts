/** Where a function of a few variables is least, found without derivatives; null when the steps run out. */
export type Objective = (x: readonly number[]) => number;

interface Corner {
  readonly x: readonly number[];
  readonly f: number;
}

/**
 * Nelder and Mead's simplex (Computer Journal 7, 1965) with reflection 1, expansion 2, contraction and shrinking 1/2, a first simplex 5 %
 * beside the start and an end when corners and values lie within `tolerance`: the same walk as scipy's `Nelder-Mead`.
 */
export function nelderMead(f: Objective, start: readonly number[], tolerance = 1e-4): number[] | null {
  const n = start.length;
  const limit = 200 * n;
  let calls = 0;
  const corner = (x: readonly number[]): Corner => {
    calls++;
    return { x, f: f(x) };
  };
  const nudged = (k: number): number[] => start.map((v, i) => (i !== k ? v : v === 0 ? 0.00025 : v * 1.05));
  let simplex = [corner(start), ...start.map((_, k) => corner(nudged(k)))];
  const sort = (): void => void (simplex = simplex.toSorted((a, b) => a.f - b.f));
  sort();
  for (let step = 1; step < limit && calls < limit; step++) {
    const [best, worst, second] = [simplex[0], simplex[n], simplex[n - 1]];
    if (simplex.every((c) => Math.abs(c.f - best.f) <= tolerance && c.x.every((v, i) => Math.abs(v - best.x[i]) <= tolerance))) {
      return [...best.x];
    }
    const centre = start.map((_, i) => simplex.slice(0, n).reduce((s, c) => s + c.x[i], 0) / n);
    const along = (t: number): Corner => corner(centre.map((v, i) => (1 + t) * v - t * worst.x[i]));
    const reflected = along(1);
    let next: Corner | null = reflected;
    if (reflected.f < best.f) {
      const expanded = along(2);
      if (expanded.f < reflected.f) next = expanded;
    } else if (reflected.f >= second.f) {
      const outside = reflected.f < worst.f;
      const contracted = along(outside ? 0.5 : -0.5);
      next = (outside ? contracted.f <= reflected.f : contracted.f < worst.f) ? contracted : null;
    }
    if (next === null) simplex = [best, ...simplex.slice(1).map((c) => corner(c.x.map((v, i) => best.x[i] + 0.5 * (v - best.x[i]))))];
    else simplex[n] = next;
    sort();
  }
  return null;
}
