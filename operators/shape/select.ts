import { names } from '../../src/core/field.ts';
import { planned } from '../../src/core/operator.ts';

export const select = planned({
  name: 'select',
  family: 'shape',
  summary: 'Keeps the named columns and drops the others.',
  doc: 'The columns come out in the order named. Time, key and symbol always stay. Nothing is copied: it decides what later nodes and '
    + 'outputs see.',
  fields: {
    columns: names({ doc: 'Columns to keep, in order.' }),
  },
  shorthand: 'columns',
  inputs: [1, 1],
  examples: [
    { title: 'Closing price and volume', yaml: 'slim:\n  from: bars\n  select: [close, volume]' },
  ],
});
