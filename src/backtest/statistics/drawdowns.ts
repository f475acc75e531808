import { DAY } from '../../core/time.ts';
import type { Series } from './moments.ts';

/** One fall of the account below its highest value. */
export interface Drawdown {
  /** Index and event time of the last moment at the high, of the lowest value, and of the first at the high again (null while below). */
  readonly startAt: number;
  readonly troughAt: number;
  readonly endAt: number | null;
  readonly start: number;
  readonly trough: number;
  readonly end: number | null;
  /** Fall from the high as a share of it, and in money. */
  readonly depth: number;
  readonly money: number;
  /** Days from the high to recovery, or to the last value; to the last moment below it; from the lowest value to recovery. */
  readonly days: number;
  readonly daysBelow: number;
  readonly daysToRecover: number | null;
  /** Moments below the high. */
  readonly periods: number;
}

export interface DrawdownPass {
  /** Distance below the highest value so far, as a share of it (0 to 1 while the account is worth something). */
  readonly curve: Float64Array;
  /** In order of time; the last may have no end. */
  readonly list: readonly Drawdown[];
}

/** All drawdowns of an account in one pass. A value as high as the high is no drawdown and moves the start of the next. */
export function drawdowns(ts: Series, equity: Series): DrawdownPass {
  const curve = new Float64Array(equity.length);
  const list: Drawdown[] = [];
  let [peak, troughAt] = [0, -1];
  const close = (endAt: number | null, last: number): void => {
    if (troughAt < 0) return;
    const until = endAt ?? last;
    list.push({
      startAt: peak, troughAt, endAt, start: ts[peak], trough: ts[troughAt], end: endAt === null ? null : ts[endAt],
      depth: curve[troughAt], money: equity[peak] - equity[troughAt], days: (ts[until] - ts[peak]) / DAY,
      daysBelow: (ts[endAt === null ? last : endAt - 1] - ts[peak]) / DAY,
      daysToRecover: endAt === null ? null : (ts[endAt] - ts[troughAt]) / DAY, periods: (endAt ?? last + 1) - peak - 1,
    });
    troughAt = -1;
  };
  for (let i = 0; i < equity.length; i++) {
    if (!(equity[i] < equity[peak])) {
      close(i, i);
      peak = i;
      continue;
    }
    curve[i] = 1 - equity[i] / equity[peak];
    if (troughAt < 0 || equity[i] < equity[troughAt]) troughAt = i;
  }
  close(null, equity.length - 1);
  return { curve, list };
}

/** The `n` deepest, deepest first. */
export const worstDrawdowns = ({ list }: DrawdownPass, n: number): Drawdown[] => list.toSorted((a, b) => b.depth - a.depth).slice(0, n);

/** Root mean square of a drawdown curve over one less than its periods. Martin (1987) as quantstats `ulcer_index`. */
export function ulcerIndex(curve: Series): number {
  let squares = 0;
  for (let i = 0; i < curve.length; i++) squares += curve[i] * curve[i];
  return Math.sqrt(squares / (curve.length - 1));
}
