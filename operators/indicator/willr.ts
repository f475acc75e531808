import { kernel } from '../../src/core/kernel.ts';
import { extremeCells, extremeRows, slideExtreme } from '../cells/extreme.ts';
import { CLOSE, HIGH, LOW, rows } from '../cells/inputs.ts';

/** Williams %R. Warm-up `period` rows; TA-Lib WILLR. */
export const willr = kernel({
  name: 'willr',
  family: 'oscillator',
  summary: 'Williams %R: distance of the close below the highest high, -100 to 0.',
  doc: '0 at the top of the range, -100 at its bottom. Null while the range is zero, where TA-Lib says 0.',
  source: 'TA-Lib WILLR; Williams (1973)',
  inputs: [HIGH, LOW, CLOSE],
  params: { period: rows(14) },
  outputs: [{ name: 'willr', doc: '-100 to 0.' }],
  gaps: true,
  warmup: (p) => p.period,
  state: (p) => ({ highest: extremeCells(p.period), lowest: extremeCells(p.period) }),
  step: ({ period }, { highest, lowest }) => (S: Float64Array, b: number, high: number, low: number, close: number) => {
    const top = slideExtreme(S, b + highest, period, 1, high);
    const bottom = slideExtreme(S, b + lowest, period, -1, low);
    return extremeRows(S, b + highest) >= period && top > bottom ? 100 * ((close - top) / (top - bottom)) : NaN;
  },
  examples: [{
    title: 'Top, then a third down',
    params: { period: 2 },
    in: [[2, 3, 4], [1, 1, 2], [1, 3, 3]],
    out: [null, 0, -33.333333333],
  }],
});
