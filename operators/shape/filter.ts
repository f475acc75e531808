import { formula } from '../../src/core/field.ts';
import { planned } from '../../src/core/operator.ts';

export const filter = planned({
  name: 'filter',
  family: 'shape',
  summary: 'Lets rows through on which a condition is true.',
  doc: 'A row stays when the condition is true; false and null both drop it, and the row counts as filtered. The row clock stays the '
    + 'input\'s: nodes behind the filter see fewer rows of it, and `x[1]` there is the previous row that passed.',
  fields: {
    where: formula({ doc: 'Condition for a row to stay.', type: 'bool' }),
  },
  shorthand: 'where',
  inputs: [1, 1],
  examples: [
    { title: 'Large trades only', yaml: 'large:\n  from: trades\n  filter: price * size > 100000' },
  ],
});
