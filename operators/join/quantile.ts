import { formula, number } from '../../src/core/field.ts';
import { column, timed } from '../../src/core/operator.ts';
import { addedSchema, asField, columnArg, crossSection, MOMENT_DOC } from './cross-section.ts';
import { MOMENT_SIZE } from './moments.ts';

/** The q-quantile of the values that are not NaN, linear between the two nearest; NaN when there is none. */
export function quantileOf(x: Float64Array, q: number): number {
  const sorted = x.filter((v) => !Number.isNaN(v)).sort();
  if (sorted.length === 0) return NaN;
  const at = q * (sorted.length - 1);
  const below = Math.floor(at);
  if (below + 1 >= sorted.length) return sorted[below];
  return sorted[below] + (at - below) * (sorted[below + 1] - sorted[below]);
}

export const quantile = timed({
  name: 'quantile',
  family: 'join',
  summary: 'A quantile over all symbols of the same moment, and who is at or above it.',
  doc: `${MOMENT_DOC}\n\nAdds \`<as>\`, the quantile \`q\` of the values (linear between the two nearest, as type 7 of Hyndman and `
    + `Fan), the same on `
    + 'every row of the moment, and `<as>_above`: is this row\'s value at or above it. Null values do not count.',
  fields: {
    of: formula({ doc: 'What is compared.' }),
    q: number({ doc: 'Which quantile: 0 the smallest value, 0.5 the median, 1 the largest.', default: 0.5, min: 0, max: 1 }),
    as: asField('quantile'),
  },
  inputs: [1, 1],
  examples: [
    { title: 'The tenth with most volume', yaml: 'busy:\n  from: bars\n  across: universe\n  quantile: { of: volume, q: 0.9 }' },
  ],
  schema: (args, [input]) => addedSchema(input, [
    column(args.as as string, 'f64', 'The quantile over the symbols of the moment.'),
    column(`${String(args.as)}_above`, 'bool', 'Is the row\'s own value at or above it?'),
  ]),
  clock: () => 'moment',
  warmup: () => null,
  stateSize: () => MOMENT_SIZE,
  acrossKeys: true,
  create(args, io, saved) {
    const q = args.q as number;
    return crossSection(io, saved, [columnArg(args, 'of')], 2, ([x], [level, above]) => {
      const value = quantileOf(x, q);
      level.fill(value);
      for (let r = 0; r < x.length; r++) if (!Number.isNaN(x[r])) above[r] = x[r] >= value ? 1 : 0;
    });
  },
});
