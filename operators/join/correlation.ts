import { formula, int } from '../../src/core/field.ts';
import { cell, layOut, ring, Slab } from '../../src/core/layout.ts';
import { column, timed } from '../../src/core/operator.ts';
import { addedSchema, asField, columnArg, crossSection, MOMENT_DOC } from './cross-section.ts';
import { meanOf } from './demean.ts';
import { memoryOf, MOMENT_SIZE } from './moments.ts';

/** A mean of equal numbers may differ from them by rounding, so standing still is tested before any mean is taken. */
export function isConstant(S: Float64Array, x: number, n: number): boolean {
  for (let j = 1; j < n; j++) if (S[x + j] !== S[x]) return false;
  return true;
}

/**
 * Pearson correlation of two rings of `n` numbers, in two passes so that nothing drifts; NaN when one of them does not move.
 * Rings are summed from their oldest entry, so that the same history gives the same bits wherever the ring happens to begin.
 */
export function ringCorrelation(S: Float64Array, x: number, y: number, n: number, oldest: number): number {
  if (isConstant(S, x, n) || isConstant(S, y, n)) return NaN;
  let mx = 0;
  let my = 0;
  for (let j = 0; j < n; j++) {
    const at = (oldest + j) % n;
    mx += S[x + at];
    my += S[y + at];
  }
  mx /= n;
  my /= n;
  let xx = 0;
  let yy = 0;
  let xy = 0;
  for (let j = 0; j < n; j++) {
    const at = (oldest + j) % n;
    const dx = S[x + at] - mx;
    const dy = S[y + at] - my;
    xx += dx * dx;
    yy += dy * dy;
    xy += dx * dy;
  }
  return Math.max(-1, Math.min(1, xy / Math.sqrt(xx * yy)));
}

export const correlation = timed({
  name: 'correlation',
  family: 'join',
  summary: 'Correlation of every symbol with the mean of all symbols.',
  doc: `${MOMENT_DOC}\n\nAdds \`<as>\`: Pearson's correlation, over the last \`over\` moments in which the symbol had a value, between `
    + `its value and the `
    + 'mean of all symbols\' values at those moments (each symbol weighing the same, itself included). Use it on returns, not on prices. '
    + 'Null until `over` such moments are there, and while one of the two does not move.',
  fields: {
    of: formula({ doc: 'What is compared, usually a return.' }),
    over: int({ doc: 'Moments in the window.', min: 2, max: 100_000, default: 60, unit: 'moments' }),
    as: asField('correlation'),
  },
  inputs: [1, 1],
  examples: [
    { title: 'Who moves with the market',
      yaml: 'together:\n  from: bars\n  across: universe\n  correlation:\n    of: log(close / close[1])\n    over: 30' },
  ],
  schema: (args, [input]) => addedSchema(input, [column(args.as as string, 'f64', 'Correlation with the mean of all symbols.')]),
  clock: () => 'moment',
  warmup: (args) => args.over as number,
  stateSize: (args) => ({ ...MOMENT_SIZE, bytes: 8 * (2 * (args.over as number) + 1) }),
  acrossKeys: true,
  create(args, io, saved) {
    const n = args.over as number;
    const layout = layOut({ x: ring(n), market: ring(n), seen: cell() });
    const { x: xAt, market: marketAt, seen: seenAt } = layout.at;
    const slab = new Slab([layout.blank]);
    const memory = memoryOf(saved);
    if (memory instanceof Float64Array) slab.load(memory);
    return crossSection(io, saved, [columnArg(args, 'of')], 1, ([x], [result], rows) => {
      const mean = meanOf(x, undefined);
      slab.ensure(io.rows[0].frame.keys.size);
      const S = slab.data;
      for (let r = 0; r < x.length; r++) {
        if (Number.isNaN(x[r])) continue;
        const b = rows[r].key * slab.width;
        const at = S[b + seenAt] % n;
        S[b + xAt + at] = x[r];
        S[b + marketAt + at] = mean;
        S[b + seenAt] += 1;
        if (S[b + seenAt] >= n) result[r] = ringCorrelation(S, b + xAt, b + marketAt, n, S[b + seenAt] % n);
      }
    }, () => slab.save());
  },
});
