import type { Kernel } from '../../../src/core/kernel.ts';
import type { Frame, Operator, RowStep, TimedOperator } from '../../../src/operator.ts';
import { column, row, timed } from '../../../src/operator.ts';

/** An operator that looks ahead, in a pipeline. */
export interface Planted {
  /** What is wrong with it, as its author would have called it. */
  readonly what: string;
  readonly operator: Operator | Kernel;
  /** Entries of `nodes:`; the leak is in node `n`. */
  readonly nodes: string;
  readonly sources: readonly string[];
}

export const about = { family: 'shape' as const, summary: 'Looks ahead.', doc: 'Looks ahead, for tests.', examples: [] };

export const SECOND = 1_000_000;

/** The first column of the sources under test: the price of trades, the bid of quotes, the open of bars. */
export const price = (frame: Frame, i: number): number => (frame.cols[0] as Float64Array)[i];

/** A row operator with one column `value`, on trades. */
export const onRows = (what: string, name: string, value: (frame: Frame, i: number) => number | null): Planted => ({
  what, sources: ['trades'], nodes: `n:\n  from: trades\n  ${name}: {}`,
  operator: row({
    ...about, name, fields: {}, inputs: [1, 1], schema: () => [column('value')], state: () => ({}),
    step: (): RowStep => (_S, _b, frame, i, slots) => {
      const x = value(frame, i);
      (frame.cols[slots[0]] as Float64Array)[i] = x ?? NaN;
      return x !== null;
    },
  }),
});

/** What a timed operator of one column keeps: rows that wait, and what has been seen of each key. */
export interface Waiting {
  /** Rows to be emitted: event time at which it is done, key, and what the operator noted. */
  rows: { due: number; key: number; ts: number; x: number }[];
  last: Record<number, { ts: number; x: number }>;
}

export interface Sink {
  emit(ts: number, key: number, value: number): void;
}

interface Moves {
  row(state: Waiting, at: { ts: number; key: number; x: number; input: number; frame: Frame; i: number }, out: Sink): void;
  fire?(state: Waiting, done: Waiting['rows'][number], out: Sink): void;
}

/** An operator with rows of its own, keeping honest state: what is wrong with it is what it says about when. */
export function onTime(what: string, name: string, moves: Moves, sources: readonly string[] = ['trades']): Planted {
  const operator: TimedOperator = timed({
    ...about, name, fields: {}, inputs: [sources.length, sources.length], schema: () => [column('value')], clock: () => name,
    create(_args, io, saved) {
      const state = (saved ?? { rows: [], last: {} }) as Waiting;
      const out: Sink = {
        emit(ts, key, value) {
          const o = io.out.emit(ts, key);
          (io.out.frame.cols[io.slots[0]] as Float64Array)[o] = value;
        },
      };
      return {
        get due() { return state.rows.reduce((least, r) => Math.min(least, r.due), Infinity); },
        row(input, i) {
          const { frame } = io.rows[input];
          const x = (frame.cols[io.inputs[input].slots[0]] as Float64Array)[i];
          const key = io.out.frame.keys === frame.keys ? frame.key[i]
            : io.out.frame.keys.intern(frame.keys.names[frame.key[i]], frame.keys.symbols[frame.key[i]]);
          if (x === x) moves.row(state, { ts: frame.ts[i], key, x, input, frame, i }, out);
        },
        advance(w) {
          for (;;) {
            const done = state.rows.filter((r) => r.due <= w).sort((a, b) => a.due - b.due || a.key - b.key)[0];
            if (done === undefined) return;
            state.rows.splice(state.rows.indexOf(done), 1);
            moves.fire?.(state, done, out);
          }
        },
        save: () => state,
      };
    },
  });
  const from = sources.length === 1 ? sources[0] : `[${sources.join(', ')}]`;
  return { what, operator, sources, nodes: `n:\n  from: ${from}\n  ${name}: {}` };
}
