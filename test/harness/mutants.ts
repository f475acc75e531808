import { kernel, type Kernel } from '../../src/core/kernel.ts';
import { number } from '../../src/core/field.ts';
import { cell } from '../../src/core/layout.ts';
import { column, row, timed, type OperatorIo, type RowOperator, type TimedInstance, type TimedOperator } from '../../src/core/operator.ts';
import { Engine, type Snapshot } from '../../src/engine/engine.ts';

/** Planted faults: each breaks one promise, and a suite that does not notice is worth nothing. Sound twins show that the rest is right. */
const about = { family: 'shape' as const, summary: 'For tests.', doc: 'For tests.', examples: [] };

const rowOperator = (name: string, step: RowOperator['step'], state: RowOperator['state'] = () => ({ sum: cell() })): RowOperator =>
  row({ ...about, name, fields: {}, inputs: [1, 1], schema: () => [column('value')], state, step });

/** The price is the first column of the sources under test. */
const priceOf = (frame: { cols: readonly unknown[] }, i: number): number => (frame.cols[0] as Float64Array)[i];

/** Sound: a running sum of prices. */
export const runningSum = rowOperator('running_sum', (_args, { sum }) => (S, b, frame, i, slots) => {
  const x = priceOf(frame, i);
  if (x === x) S[b + sum] += x;
  (frame.cols[slots[0]] as Float64Array)[i] = S[b + sum];
  return true;
});

/** Reads the row behind its own. */
export const peeks = rowOperator('peeks', () => (_S, _b, frame, i, slots) => {
  (frame.cols[slots[0]] as Float64Array)[i] = i + 1 < frame.n ? priceOf(frame, i + 1) : NaN;
  return true;
});

/** Keeps one sum for all keys. */
export const sharesState = rowOperator('shares_state', (_args, { sum }) => (S, _b, frame, i, slots) => {
  const x = priceOf(frame, i);
  if (x === x) S[sum] += x;
  (frame.cols[slots[0]] as Float64Array)[i] = S[sum];
  return true;
});

/** Begins anew with the first row of a frame. */
export const resetsAtEdge = rowOperator('resets_at_edge', (_args, { sum }) => (S, b, frame, i, slots) => {
  const x = priceOf(frame, i);
  if (i === 0) S[b + sum] = 0;
  if (x === x) S[b + sum] += x;
  (frame.cols[slots[0]] as Float64Array)[i] = S[b + sum];
  return true;
});

/** Remembers in a closure what it should keep in its slab. */
export const hidesState = rowOperator('hides_state', () => {
  const sums = new Map<number, number>();
  return (_S, _b, frame, i, slots) => {
    const x = priceOf(frame, i);
    const sum = (sums.get(frame.key[i]) ?? 0) + (x === x ? x : 0);
    sums.set(frame.key[i], sum);
    (frame.cols[slots[0]] as Float64Array)[i] = sum;
    return true;
  };
});

/** Counts rows of the epoch, not of the stream. */
export const usesIndex = rowOperator('uses_index', () => (_S, _b, frame, i, slots) => {
  (frame.cols[slots[0]] as Float64Array)[i] = i;
  return true;
});

const lagging = (name: string, declared: number): Kernel => kernel({
  ...about, name, source: 'none', inputs: [{ name: 'x', doc: 'x' }], params: { by: number({ doc: 'Unused.', default: 1 }) },
  outputs: [{ name, doc: 'The sum of the rows from the third on.' }],
  warmup: () => declared, state: () => ({ n: cell(), sum: cell() }),
  step: (_p, { n, sum }) => (S: Float64Array, b: number, x: number) => {
    S[b + sum] += x;
    return ++S[b + n] < 3 ? NaN : S[b + sum];
  },
});

export const saysThree = lagging('says_three', 3);
export const saysFive = lagging('says_five', 5);
export const saysTwo = lagging('says_two', 2);

const ROOM = 64;
const SECOND = 1_000_000;

interface Open {
  readonly close: number[];
  readonly sum: number[];
}

type Change = (it: TimedInstance, io: OperatorIo, open: Open) => Partial<TimedInstance>;

const keep = (it: TimedInstance, change: Partial<TimedInstance>): TimedInstance => ({
  get due() { return change.due ?? it.due; },
  row: change.row ?? ((input, i, w) => it.row(input, i, w)),
  advance: change.advance ?? ((w) => it.advance(w)),
  save: change.save ?? (() => it.save()),
});

/** Sums of five seconds, stamped with their end; with a fault where `change` says one. */
function sums(name: string, change: Change = () => ({}), stamp = 5 * SECOND): TimedOperator {
  return timed({
    ...about, name, fields: {}, inputs: [1, 1], schema: () => [column('value')], clock: () => '5s',
    create(_args, io, saved) {
      const open = (saved ?? { close: new Array(ROOM).fill(Infinity), sum: new Array(ROOM).fill(0) }) as Open;
      const fire = (key: number): void => {
        const o = io.out.emit(open.close[key] - 5 * SECOND + stamp, key);
        (io.out.frame.cols[io.slots[0]] as Float64Array)[o] = open.sum[key];
        open.close[key] = Infinity;
        open.sum[key] = 0;
      };
      const it: TimedInstance = {
        get due() { return Math.min(...open.close); },
        row(input, i) {
          const { frame } = io.rows[input];
          const x = priceOf(frame, i);
          const key = frame.key[i];
          open.close[key] = Math.ceil(frame.ts[i] / (5 * SECOND)) * 5 * SECOND;
          if (x === x) open.sum[key] += x;
        },
        advance(w) {
          for (let due = it.due; due <= w && due < Infinity; due = it.due) fire(open.close.indexOf(due));
        },
        save: () => open,
      };
      return keep(it, change(it, io, open));
    },
  });
}

/** Sound, though it gives its live arrays away in `save`: the engine has to copy them. */
export const soundSums = sums('sound_sums');

/** Saves the sums and forgets when they close. */
export const forgetsTimers = sums('forgets_timers', (_it, _io, open) => ({
  save: () => ({ ...open, close: new Array(ROOM).fill(Infinity) }),
}));

/** Closes everything with the last row of an epoch: where the batch ends, and not where time has come to. */
export const firesAtEpoch = sums('fires_at_epoch', (it, io) => ({
  row(input, i, w) {
    it.row(input, i, w);
    if (i === io.rows[input].frame.n - 1) it.advance(Infinity);
  },
}));

/** Closes everything after every tenth row that it has seen since the engine was made. */
export const firesByCount = sums('fires_by_count', (it) => {
  let calls = 0;
  return {
    row(input, i, w) {
      it.row(input, i, w);
      if (++calls % 10 === 0) it.advance(Infinity);
    },
  };
});

/** Stamps a sum with the start of its interval: it tells at that time what was not known yet. */
export const stampsEarly = sums('stamps_early', () => ({}), 0);

/** Adds the price of the row behind, where the frame has it. */
export const peeksTimed = sums('peeks_timed', (it, io, open) => ({
  row(input, i, w) {
    it.row(input, i, w);
    const { frame } = io.rows[input];
    if (i + 1 < frame.n) open.sum[frame.key[i]] += priceOf(frame, i + 1);
  },
}));

/** Counts every row as filtered twice, and folds it as well. */
export const miscounts = sums('miscounts', (it, io) => ({
  row(input, i, w) {
    it.row(input, i, w);
    io.counts.filtered += 2;
  },
}));

/** An engine whose snapshots share their parts with the engine that goes on. */
export class AliasingEngine extends Engine {
  private readonly kept: Record<string, unknown> = {};

  override save(): Snapshot {
    return Object.assign(this.kept, super.save()) as unknown as Snapshot;
  }

  override epoch(): void | Promise<void> {
    const running = super.epoch();
    if (this.kept.format !== undefined) this.save();
    return running;
  }
}

/** An engine that begins its accounts anew when it is restored. */
export class ForgetfulEngine extends Engine {
  override load(saved: Snapshot): void {
    super.load(saved);
    this.graph.passed.fill(0);
  }
}

/** An engine that runs its graph twice an epoch. */
export class HastyEngine extends Engine {
  override epoch(): void | Promise<void> {
    void this.graph.epoch();
    return super.epoch();
  }
}
