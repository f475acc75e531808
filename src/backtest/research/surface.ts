import type { Axis, Params, ParamValue, Space } from './space.ts';

/** Scores over two parameters, for a heat map. */
export interface Surface {
  readonly x: { readonly name: string; readonly values: readonly ParamValue[] };
  readonly y: { readonly name: string; readonly values: readonly ParamValue[] };
  /** `best[row of y][column of x]`: best score of the trials with these two values; null where there is none. */
  readonly best: readonly (readonly (number | null)[])[];
}

interface Scored {
  readonly params: Params;
  readonly score: number | null;
  readonly stopped: number | null;
}

const valuesOf = (trials: readonly Scored[], axis: Axis): ParamValue[] => {
  const found = [...new Set(trials.map((t) => t.params[axis.name]))];
  return found.sort((a, b) => axis.position(a) - axis.position(b));
};

/**
 * The best score for each pair of values that was tried of two parameters: those named, else the first two of which more than one value was
 * tried. Trials that were stopped early do not count. Null where there are no two such parameters.
 */
export function surfaceOf(space: Space, trials: readonly Scored[], names?: readonly [string, string]): Surface | null {
  const varied = names === undefined
    ? space.axes.filter((a) => valuesOf(trials, a).length > 1)
    : names.flatMap((name) => space.axes.filter((a) => a.name === name));
  if (varied.length < 2) return null;
  const [x, y] = varied;
  const [xs, ys] = [valuesOf(trials, x), valuesOf(trials, y)];
  const column = new Map(xs.map((v, i) => [v, i]));
  const row = new Map(ys.map((v, i) => [v, i]));
  const best: (number | null)[][] = ys.map(() => xs.map(() => null));
  for (const t of trials) {
    if (t.score === null || t.stopped !== null) continue;
    const line = best[row.get(t.params[y.name]) ?? 0];
    const i = column.get(t.params[x.name]) ?? 0;
    line[i] = Math.max(line[i] ?? -Infinity, t.score);
  }
  return { x: { name: x.name, values: xs }, y: { name: y.name, values: ys }, best };
}
