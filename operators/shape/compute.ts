import { formulas } from '../../src/core/field.ts';
import { planned } from '../../src/core/operator.ts';

export const compute = planned({
  name: 'compute',
  family: 'shape',
  summary: 'Adds columns worked out by formulas.',
  doc: 'A map of name and formula. Each becomes a column beside the input\'s; a formula may use the columns above it in the same map. A '
    + 'name that the input has already stands for the new column from here on. Every call in a formula keeps state per key.',
  fields: {
    columns: formulas({ doc: 'New columns by name.' }),
  },
  shorthand: 'columns',
  inputs: [1, 1],
  examples: [
    { title: 'Two averages and their distance',
      yaml: 'features:\n  from: bars\n  compute:\n    fast: ema(close, 12)\n    slow: ema(close, 26)\n    gap: fast - slow' },
  ],
});
