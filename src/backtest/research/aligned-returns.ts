import { type Curve, returnsOf } from './port.ts';

/**
 * Returns of several curves over the same moments, as statistics that compare trials need them. Where curves have other moments, an account
 * keeps its value until its next entry, from the capital on.
 */
export function alignedReturns(curves: readonly Curve[]): Float64Array[] {
  const [first] = curves;
  if (first === undefined) return [];
  const same = curves.every((c) => c.ts.length === first.ts.length && every(c.ts, (t, i) => t === first.ts[i]));
  if (same) return curves.map(returnsOf);
  const moments = new Set<number>();
  for (const { ts } of curves) for (let i = 0; i < ts.length; i++) moments.add(ts[i]);
  const grid = Float64Array.from(moments).sort();
  return curves.map(({ ts, equity }) => {
    const held = new Float64Array(grid.length);
    let at = 0;
    for (let i = 0; i < grid.length; i++) {
      while (at + 1 < ts.length && ts[at + 1] <= grid[i]) at++;
      held[i] = equity[at];
    }
    return returnsOf({ ts: grid, equity: held });
  });
}

function every(values: ArrayLike<number>, is: (value: number, i: number) => boolean): boolean {
  for (let i = 0; i < values.length; i++) if (!is(values[i], i)) return false;
  return true;
}
