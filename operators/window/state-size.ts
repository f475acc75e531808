import type { AggregateCall, StateSize, TimePolicy } from '../../src/core/operator.ts';
import { formatDuration } from '../../src/core/time.ts';
import type { PartPlan } from './aggregate-content.ts';
import type { Part } from './parts.ts';
import { HEADER } from './slots.ts';

type Lateness = Pick<TimePolicy, 'lateness' | 'late'>;

/** A timer: its time and its key. */
const TIMER = 16;
/** The head of a key's list of windows. */
const HEAD = 4;

const recordBytes = (doubles: number): number => 8 * (HEADER + doubles) + TIMER;

/** Windows that follow each other: the open one, those that late rows may still reach, and the model of a filled interval. */
export function windowsSize(doubles: number, length: number, time: Lateness, fill: boolean): StateSize {
  const waiting = Math.ceil(time.lateness / length);
  const correctable = time.late === 'update' ? Math.ceil(time.lateness / length) + 1 : 0;
  return { bytes: recordBytes(doubles) * (1 + waiting + correctable + (fill ? 1 : 0)) + HEAD + (fill ? HEAD : 0), grows: null };
}

/** Overlapping windows: the panes that one is made of, those of rows that may still come, and the one being put together. */
export function panesSize(doubles: number, pane: number, over: number, time: Lateness): StateSize {
  const reach = over + time.lateness * (time.late === 'update' ? 2 : 1);
  return { bytes: recordBytes(doubles) * (Math.ceil(reach / pane) + 2) + HEAD, grows: null };
}

/** Aggregates that keep every value grow with the rows of their windows. */
export function withValues(size: StateSize, plan: PartPlan<Part>): StateSize {
  const keeps = plan.reads.some(({ call }) => call.fn === 'median' || call.fn === 'quantile' || call.fn === 'distinct');
  return keeps ? { ...size, grows: 'and the values inside its windows' } : size;
}

/** Rows that wait for the watermark, so that they can be taken in order. */
export const withWaiting = (bytes: number, { lateness }: Lateness): StateSize =>
  ({ bytes, grows: lateness === 0 ? null : `and the rows of the last ${formatDuration(lateness)}` });

/** Rows of a window that moves with every row, in rings that double; each of `calls` may keep a number for each of them. */
export function slidingSize(rows: number, micros: number, columns: number, calls: readonly AggregateCall[], time: Lateness): StateSize {
  const room = rows === Infinity ? 16 : 2 ** Math.ceil(Math.log2(Math.max(16, rows)));
  const kept = calls.reduce((sum, { fn }) => sum + (SUMMED.has(fn) ? 48 : 8 * room), 0);
  const over = Math.max(micros === Infinity ? 0 : micros, time.lateness);
  return { bytes: 8 * room * (1 + columns) + kept, grows: over === 0 ? null : `and the rows of the last ${formatDuration(over)}` };
}

const SUMMED: ReadonlySet<string> = new Set(['count', 'sum', 'mean', 'var', 'stdev', 'vwap']);
