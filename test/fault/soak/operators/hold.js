import { existsSync } from 'node:fs';
import { asynchronous, column, formula } from 'millrace/operator';

const kept = [];
const bytes = Number(process.env.SOAK_LEAK ?? 0);
const gate = process.env.SOAK_GATE ?? '';

/** Stands for an operator that is at fault: one that keeps some bytes of every row, and one that stands still while a file is there. */
export const hold = asynchronous({
  name: 'hold',
  family: 'inference',
  summary: 'Leaks or blocks when told to.',
  doc: 'For tests of memory: passes its formula on.',
  inputs: [1, 1],
  fields: { of: formula({ doc: 'What is passed on.' }) },
  schema: () => [column('held')],
  create: (args) => ({
    async run(rows, slots) {
      while (gate !== '' && existsSync(gate)) await new Promise((resolve) => setTimeout(resolve, 20));
      if (bytes > 0) kept.push(new Uint8Array(bytes * rows.n).fill(1));
      const from = rows.frame.cols[args.of.slot];
      const into = rows.frame.cols[slots[0]];
      for (let at = 0; at < rows.n; at++) {
        const i = rows.sel === null ? at : rows.sel[at];
        into[i] = from[i];
      }
    },
  }),
  examples: [],
});
