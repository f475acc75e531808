import { formula } from '../../src/core/field.ts';
import { column, timed, type ColumnRef } from '../../src/core/operator.ts';
import { addedSchema, asField, columnArg, crossSection, MOMENT_DOC } from './cross-section.ts';
import { MOMENT_SIZE } from './moments.ts';

/** Weighted mean of the values where both value and weight are there; NaN when the weights sum to nothing. Summed in the given order. */
export function meanOf(x: Float64Array, weights: Float64Array | undefined): number {
  let sum = 0;
  let total = 0;
  for (let r = 0; r < x.length; r++) {
    const w = weights === undefined ? 1 : weights[r];
    if (Number.isNaN(x[r]) || Number.isNaN(w)) continue;
    sum += x[r] * w;
    total += w;
  }
  return total === 0 ? NaN : sum / total;
}

export const demean = timed({
  name: 'demean',
  family: 'join',
  summary: 'What is left of a value without the mean of all symbols of the same moment.',
  doc: `${MOMENT_DOC}\n\nAdds \`<as>\`, the value less the mean, and \`<as>_mean\`, the mean itself, weighted by \`weights\` where `
    + `given. A symbol whose `
    + 'value or weight is null does not enter the mean; weights that sum to zero leave both columns null.',
  fields: {
    of: formula({ doc: 'What is compared.' }),
    weights: formula({ doc: 'Weight of a symbol in the mean, such as its turnover. Without it all weigh the same.', optional: true }),
    as: asField('demeaned'),
  },
  shorthand: 'of',
  inputs: [1, 1],
  examples: [
    { title: 'Return above the market\'s',
      yaml: 'excess:\n  from: bars\n  across: universe\n  demean: { of: close / open - 1, weights: volume }' },
  ],
  schema: (args, [input]) => addedSchema(input, [
    column(args.as as string, 'f64', 'The value less the mean of the moment.'),
    column(`${String(args.as)}_mean`, 'f64', 'Mean of the moment.'),
  ]),
  clock: () => 'moment',
  warmup: () => null,
  stateSize: () => MOMENT_SIZE,
  acrossKeys: true,
  create(args, io, saved) {
    const weights = args.weights as ColumnRef | undefined;
    const formulas = weights === undefined ? [columnArg(args, 'of')] : [columnArg(args, 'of'), weights];
    return crossSection(io, saved, formulas, 2, ([x, w], [rest, mean]) => {
      mean.fill(meanOf(x, w));
      for (let r = 0; r < x.length; r++) rest[r] = x[r] - mean[r];
    });
  },
});
