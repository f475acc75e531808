import { formulas } from '../../src/core/field.ts';
import { planned } from '../../src/core/operator.ts';

export const split = planned({
  name: 'split',
  family: 'shape',
  summary: 'Routes rows to branches by condition.',
  doc: 'A map of branch and condition. Each branch is a stream of its own, `<node>.<branch>`, with the input\'s columns. A row goes to '
    + 'the first branch whose condition is true, in the order written; a condition that is null does not match. Rows that match no '
    + 'branch go to `<node>.rest`.',
  fields: {
    branches: formulas({ doc: 'Condition of each branch by its name; the name `rest` is taken.' }),
  },
  shorthand: 'branches',
  inputs: [1, 1],
  examples: [
    { title: 'Large and small trades',
      yaml: 'router:\n  from: trades\n  split:\n    large: price * size >= 100000\n    small: price * size < 1000' },
  ],
});
