import { Refusal } from '../../core/diagnostic.ts';
import { formatDuration } from '../../core/time.ts';
import type { Span } from './port.ts';

interface Lengths {
  /** Length of the training span; with `anchored` that of the first. */
  readonly train: number;
  readonly test: number;
  /** From one test span to the next; `test` when left out, so that they follow one another without a gap. */
  readonly step?: number;
  /** How far a row's result reaches ahead: the holding time or the horizon of its label. Training ends that much before the test. */
  readonly purge?: number;
  /** Free time beside that, for what lingers longer than the result: correlated features, open orders. */
  readonly embargo?: number;
  /** `sliding`: training has one length and moves on. `anchored`: it begins at the start always, and grows. */
  readonly mode?: 'sliding' | 'anchored';
}

export type FoldSpec =
  /** Lengths in microseconds of event time. */
  | (Lengths & { readonly unit: 'time'; readonly from: number; readonly to: number })
  /** Lengths in rows; `times` are the different event times of the data, rising. */
  | (Lengths & { readonly unit: 'rows'; readonly times: ArrayLike<number> });

export interface Fold {
  /** From 0. */
  readonly index: number;
  readonly train: Span;
  readonly test: Span;
}

const wrong = (what: string, ...help: string[]): Refusal => new Refusal('E644', `walk-forward: ${what}`, { exit: 2, help });

function checkLengths(spec: FoldSpec): void {
  const whole = spec.unit === 'rows';
  const positive = (name: 'train' | 'test' | 'step'): void => {
    const x = spec[name];
    if (x !== undefined && !(x > 0 && Number.isFinite(x))) throw wrong(`\`${name}\` must be above 0, found ${x}`, 'train: 252d, test: 63d');
    if (whole && x !== undefined && !Number.isInteger(x)) throw wrong(`\`${name}\` must be a whole number of rows, found ${x}`);
  };
  positive('train');
  positive('test');
  positive('step');
  for (const name of ['purge', 'embargo'] as const) {
    const x = spec[name] ?? 0;
    if (!(x >= 0 && Number.isFinite(x))) throw wrong(`\`${name}\` cannot be below 0, found ${x}`);
    if (whole && !Number.isInteger(x)) throw wrong(`\`${name}\` must be a whole number of rows, found ${x}`);
  }
  const gap = (spec.purge ?? 0) + (spec.embargo ?? 0);
  if (gap >= spec.train) throw wrong('purge and embargo leave nothing to train on', `they take ${gap} of ${spec.train}`);
}

/** Spans of positions, be they microseconds or row numbers. */
function spans(from: number, to: number, spec: FoldSpec): Omit<Fold, 'index'>[] {
  const { train, test, step = test, purge = 0, embargo = 0, mode = 'sliding' } = spec;
  const out: Omit<Fold, 'index'>[] = [];
  for (let k = 0; ; k++) {
    const start = from + train + k * step;
    if (start + test > to) return out;
    out.push({
      train: { from: mode === 'anchored' ? from : start - train, to: start - purge - embargo },
      test: { from: start, to: start + test },
    });
  }
}

function checkTimes(times: ArrayLike<number>): void {
  for (let i = 1; i < times.length; i++) {
    if (!(times[i] > times[i - 1])) throw wrong(`row times must rise, row ${i} does not`, 'give each event time once, in order');
  }
}

/**
 * Walk-forward folds (Pardo, The Evaluation and Optimization of Trading Strategies, 2nd ed. 2008, chapter 11): train on the past, test on
 * what comes next, move on by `step`. All test spans are whole; what is left at the end is not used. A training row whose result reaches
 * into the test is removed (purge; Lopez de Prado, Advances in Financial Machine Learning, 2018, section 7.4.1). Where training comes
 * before the test always, nothing follows a test that an embargo could remove, so here it widens the gap before it.
 *
 * Refuses (E644) lengths that make no sense, and data too short for one fold. With `unit: 'rows'` spans are those times that hold exactly
 * the rows: `to` is the time of the first row after them, or one microsecond after the last.
 */
export function folds(spec: FoldSpec): Fold[] {
  checkLengths(spec);
  const [from, to] = spec.unit === 'time' ? [spec.from, spec.to] : [0, spec.times.length];
  const found = spans(from, to, spec);
  if (found.length === 0) {
    const shown = (x: number): string => (spec.unit === 'time' ? formatDuration(x) : `${x} rows`);
    throw wrong(`${shown(Math.max(0, to - from))} of data are too short for one fold`,
      `train and test need ${shown(spec.train + spec.test)}`);
  }
  if (spec.unit === 'time') return found.map((f, index) => ({ index, ...f }));
  const { times } = spec;
  checkTimes(times);
  const at = (row: number): number => (row < times.length ? times[row] : times[times.length - 1] + 1);
  const timed = (s: Span): Span => ({ from: at(s.from), to: at(s.to) });
  return found.map((f, index) => ({ index, train: timed(f.train), test: timed(f.test) }));
}
