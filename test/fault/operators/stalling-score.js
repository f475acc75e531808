import { asynchronous, column, formula } from 'millrace/operator';

let stalled = false;
let batches = 0;

/**
 * The score of the pipeline of test/chaos by an operator that does not behave: it keeps the process from doing anything else for
 * MILLRACE_STALL milliseconds, once, takes MILLRACE_NAP milliseconds for each batch, ends the process, or leaves a promise rejected that
 * nobody looks at (MILLRACE_MISBEHAVE).
 */
export const slowScore = asynchronous({
  name: 'slow_score',
  family: 'inference',
  summary: 'A score that holds everything up, once.',
  doc: 'For tests of a processor that is taken away for a while.',
  inputs: [1, 1],
  fields: { of: formula({ doc: 'What is scored.' }) },
  schema: () => [column('score')],
  create: (args) => ({
    async run(rows, slots) {
      const { slot } = args.of;
      if (!stalled && process.env.MILLRACE_STALL !== undefined && rows.n > 0) {
        stalled = true;
        process.stderr.write('stalling\n');
        for (const end = performance.now() + Number(process.env.MILLRACE_STALL); performance.now() < end;);
      }
      batches += 1;
      if (process.env.MILLRACE_NAP !== undefined) await new Promise((resolve) => setTimeout(resolve, Number(process.env.MILLRACE_NAP)));
      if (batches === 12 && process.env.MILLRACE_MISBEHAVE === 'exit') process.exit(9);
      if (batches === 12 && process.env.MILLRACE_MISBEHAVE === 'reject') void Promise.reject(new Error('out of nowhere'));
      const from = rows.frame.cols[slot];
      const into = rows.frame.cols[slots[0]];
      for (let at = 0; at < rows.n; at++) {
        const i = rows.sel === null ? at : rows.sel[at];
        into[i] = Math.fround(Math.tanh((from[i] - 0.5) * 0.013));
      }
    },
  }),
  examples: [],
});
