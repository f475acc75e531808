import { flag, formula } from '../../src/core/field.ts';
import { column, timed } from '../../src/core/operator.ts';
import { addedSchema, asField, columnArg, crossSection, MOMENT_DOC } from './cross-section.ts';
import { MOMENT_SIZE } from './moments.ts';

/** Ranks with gaps: equal values share the best place, the next value follows behind all of them. Null has no rank. */
export function rankInto(x: Float64Array, descending: boolean, rank: Float64Array, count: Float64Array, pct: Float64Array): void {
  const sorted = x.filter((v) => !Number.isNaN(v)).sort();
  const n = sorted.length;
  count.fill(n);
  for (let r = 0; r < x.length; r++) {
    if (Number.isNaN(x[r])) continue;
    const below = lowerBound(sorted, x[r]);
    const place = descending ? n - upperBound(sorted, x[r], below) : below;
    rank[r] = place + 1;
    pct[r] = n > 1 ? place / (n - 1) : NaN;
  }
}

function lowerBound(sorted: Float64Array, x: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] < x) low = middle + 1;
    else high = middle;
  }
  return low;
}

function upperBound(sorted: Float64Array, x: number, from: number): number {
  let at = from;
  while (at < sorted.length && sorted[at] === x) at += 1;
  return at;
}

export const rank = timed({
  name: 'rank',
  family: 'join',
  summary: 'Place of every symbol among all symbols of the same moment.',
  doc: `${MOMENT_DOC}\n\nAdds \`<as>\`, the place from 1 for the smallest value (the largest with \`descending\`), and \`<as>_count\`, `
    + `how many had a `
    + 'value. Equal values share the better place, and the next place is skipped. With `pct`, adds `<as>_pct`: 0 for the first place, 1 '
    + 'for the last, null when only one symbol has a value. A null value has no rank and is not counted.',
  fields: {
    of: formula({ doc: 'What is compared.' }),
    descending: flag({ doc: 'The largest value gets place 1.', default: false }),
    as: asField('rank'),
    pct: flag({ doc: 'Add the place as a share between 0 and 1.', default: false }),
  },
  shorthand: 'of',
  inputs: [1, 1],
  examples: [
    { title: 'Strongest bar first', yaml: 'ranked:\n  from: bars\n  across: universe\n  rank: { of: close / open, descending: true }' },
  ],
  schema: (args, [input]) => {
    const as = args.as as string;
    const added = [
      column(as, 'i64', 'Place among the symbols of the moment, from 1.'),
      column(`${as}_count`, 'i64', 'Symbols that had a value.'),
    ];
    if (args.pct === true) added.push(column(`${as}_pct`, 'f64', 'Place as a share, 0 first, 1 last.'));
    return addedSchema(input, added);
  },
  clock: () => 'moment',
  warmup: () => null,
  stateSize: () => MOMENT_SIZE,
  acrossKeys: true,
  create(args, io, saved) {
    const descending = args.descending === true;
    return crossSection(io, saved, [columnArg(args, 'of')], args.pct === true ? 3 : 2, ([x], added) => {
      rankInto(x, descending, added[0], added[1], added[2] ?? new Float64Array(x.length));
    });
  },
});
