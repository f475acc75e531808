import { kernel } from '../../src/core/kernel.ts';
import { ring } from '../../src/core/layout.ts';
import { CLOSE, HIGH, LOW, rows } from '../cells/inputs.ts';
import { slideMean, slidingCells } from '../cells/sliding.ts';

/** Scales most values into -100 to 100 (Lambert's constant). */
const LAMBERT = 0.015;

/** Commodity channel index. Warm-up `period` rows; TA-Lib CCI. */
export const cci = kernel({
  name: 'cci',
  family: 'oscillator',
  summary: 'Commodity channel index: distance of the typical price from its mean, in mean deviations.',
  doc: 'Typical price (high + low + close) / 3 less its mean, over 0.015 times the mean absolute deviation. Unbounded; about three '
    + 'quarters of the values lie between -100 and 100. 0 where the typical price has not moved, as in TA-Lib. '
    + 'Costs `period` steps per row.',
  source: 'TA-Lib CCI; Lambert (1980)',
  inputs: [HIGH, LOW, CLOSE],
  params: { period: rows(20) },
  outputs: [{ name: 'cci', doc: 'Unbounded, 0 at the mean.' }],
  warmup: (p) => p.period,
  state: (p) => ({ sum: slidingCells(p.period), row: ring(1), window: ring(p.period) }),
  step: ({ period }, { sum, row, window }) => (S: Float64Array, b: number, high: number, low: number, close: number) => {
    const typical = (high + low + close) / 3;
    const slot = S[b + row];
    S[b + row] = slot + 1 === period ? 0 : slot + 1;
    S[b + window + slot] = typical;
    const mean = slideMean(S, b + sum, period, typical);
    if (mean !== mean) return NaN;
    const to = b + window + period;
    let deviation = 0;
    for (let r = b + window; r < to; r++) deviation += Math.abs(S[r] - mean);
    return deviation > 0 && typical !== mean ? (typical - mean) / ((LAMBERT * deviation) / period) : 0;
  },
  examples: [
    { title: 'One mean deviation above', params: { period: 2 }, in: [[1, 3, 3], [1, 3, 3], [1, 3, 3]], out: [null, 66.666666667, 0] },
  ],
});
