import { map } from '../../src/core/field.ts';
import { planned } from '../../src/core/operator.ts';

export const rename = planned({
  name: 'rename',
  family: 'shape',
  summary: 'Gives columns other names.',
  doc: 'A map of new name and old name; columns that are not in it keep theirs. Two columns may swap names. Nothing is copied.',
  fields: {
    columns: map({ doc: 'Old name of a column by its new one.' }),
  },
  shorthand: 'columns',
  inputs: [1, 1],
  examples: [
    { title: 'A feed\'s own words', yaml: 'named:\n  from: trades\n  rename: { last: price, quantity: size }' },
  ],
});
