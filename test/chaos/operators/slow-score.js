import { asynchronous, column, formula } from 'millrace/operator';

const nap = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Stands for a model behind a slow line: awaits at random, in batches of random size, and gives the same number for the same row
 * however it was batched.
 */
export const slowScore = asynchronous({
  name: 'slow_score',
  family: 'inference',
  summary: 'A score that takes its time.',
  doc: 'For tests of what survives a crash: random waits and random batches around a function of the row.',
  inputs: [1, 1],
  fields: { of: formula({ doc: 'What is scored.' }) },
  schema: () => [column('score')],
  create: (args) => ({
    async run(rows, slots) {
      const { slot } = args.of;
      for (let at = 0; at < rows.n;) {
        const to = Math.min(rows.n, at + 1 + Math.floor(Math.random() * 512));
        if (Math.random() < 0.2) await nap(Math.random() * 4);
        const from = rows.frame.cols[slot];
        const into = rows.frame.cols[slots[0]];
        for (; at < to; at++) {
          const i = rows.sel === null ? at : rows.sel[at];
          into[i] = Math.fround(Math.tanh((from[i] - 0.5) * 0.013));
        }
      }
    },
  }),
  examples: [],
});
