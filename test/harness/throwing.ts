import { kernel } from '../../src/core/kernel.ts';
import { cell } from '../../src/core/layout.ts';
import { asynchronous, column, row, timed } from '../../src/core/operator.ts';
import type { Stream } from './market.ts';

/** A price at which the operators below throw. */
export const POISON = 77_777;

const about = { family: 'shape' as const, summary: 'For tests.', doc: 'For tests.', examples: [] };

const refuse = (x: number): void => {
  if (x === POISON) throw new RangeError(`cannot take ${x}`);
};

/** A running sum that throws in the middle of its step, when half of its state is written. */
export const throwingKernel = kernel({
  ...about, name: 'throwing_sum', source: 'none', inputs: [{ name: 'x', doc: 'x' }], params: {},
  outputs: [{ name: 'throwing_sum', doc: 'Sum.' }],
  warmup: () => 1, state: () => ({ n: cell(), sum: cell() }),
  step: (_p, { n, sum }) => (S: Float64Array, b: number, x: number) => {
    S[b + n]++;
    refuse(x);
    S[b + sum] += x;
    return S[b + sum] + S[b + n];
  },
});

export const throwingRow = row({
  ...about, name: 'throwing_row', fields: {}, inputs: [1, 1], schema: () => [column('sum')], state: () => ({ sum: cell() }),
  step: (_args, { sum }) => (S, b, frame, i, slots) => {
    const x = (frame.cols[0] as Float64Array)[i];
    refuse(x);
    if (x === x) S[b + sum] += x;
    (frame.cols[slots[0]] as Float64Array)[i] = S[b + sum];
    return frame.seq[i] % 5 !== 0;
  },
});

/** Passes rows on with a sum of its own. */
export const throwingTimed = timed({
  ...about, name: 'throwing_timed', fields: {}, inputs: [1, 1], schema: () => [column('sum')], clock: () => 'sum',
  create(_args, io, saved) {
    const sums = (saved ?? []) as number[];
    return {
      due: Infinity,
      row(input, i) {
        const { frame } = io.rows[input];
        const x = (frame.cols[0] as Float64Array)[i];
        refuse(x);
        const key = frame.key[i];
        sums[key] = (sums[key] ?? 0) + (x === x ? x : 0);
        const o = io.out.emit(frame.ts[i], key);
        (io.out.frame.cols[io.slots[0]] as Float64Array)[o] = sums[key];
      },
      advance() { /* Has no timers. */ },
      save: () => sums,
    };
  },
});

/** Doubles prices, a moment later. */
export const throwingAsync = asynchronous({
  ...about, name: 'throwing_async', fields: {}, inputs: [1, 1], schema: () => [column('sum')],
  create: () => ({
    async run({ frame, n, sel }, slots) {
      await Promise.resolve();
      for (let p = 0; p < n; p++) {
        const i = sel === null ? p : sel[p];
        const x = (frame.cols[0] as Float64Array)[i];
        refuse(x);
        (frame.cols[slots[0]] as Float64Array)[i] = 2 * x;
      }
    },
  }),
});

/** Throws when time comes to one of its timers, and not for a row. */
export const throwingTimer = timed({
  ...about, name: 'throwing_timer', fields: {}, inputs: [1, 1], schema: () => [column('sum')], clock: () => 'timer',
  create(_args, io) {
    let due = Infinity;
    return {
      get due() { return due; },
      row(input, i) { due = io.rows[input].frame.ts[i] + 1; },
      advance() { throw new RangeError('the timer broke'); },
      save: () => null,
    };
  },
});

/** Puts the price that nobody can take into every `step`-th row of one symbol; says how many. */
export function poisoned(s: Stream, symbol: string, step: number): number {
  let seen = 0;
  let poison = 0;
  s.symbol.forEach((x, i) => {
    if (x === symbol && ++seen % step === 0) {
      s.cols[0][i] = POISON;
      poison++;
    }
  });
  return poison;
}
