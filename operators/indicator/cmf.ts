import { kernel } from '../../src/core/kernel.ts';
import { CLOSE, HIGH, LOW, rows, VOLUME } from '../cells/inputs.ts';
import { slideSum, slidingCells } from '../cells/sliding.ts';

/** Chaikin money flow. Warm-up `period` rows. */
export const cmf = kernel({
  name: 'cmf',
  family: 'volume',
  summary: 'Chaikin money flow: volume weighted by where the close lies in its bar, -1 to 1.',
  doc: 'The weight is 1 for a close at the high, -1 at the low and 0 for a bar without range. Null while the window holds no volume.',
  source: 'Stock.Indicators GetCmf; R TTR CMF; Chaikin',
  inputs: [HIGH, LOW, CLOSE, VOLUME],
  params: { period: rows(20) },
  outputs: [{ name: 'cmf', doc: '-1 (selling) to 1 (buying).' }],
  gaps: true,
  warmup: (p) => p.period,
  state: (p) => ({ flow: slidingCells(p.period), weight: slidingCells(p.period) }),
  step: ({ period }, { flow, weight }) =>
    (S: Float64Array, b: number, high: number, low: number, close: number, volume: number) => {
      const place = high === low ? 0 : (close - low - (high - close)) / (high - low);
      const total = slideSum(S, b + weight, period, volume);
      const value = slideSum(S, b + flow, period, place * volume);
      return total === 0 ? NaN : value / total;
    },
  examples: [{
    title: 'At the high, then in the middle',
    params: { period: 2 },
    in: [[2, 2], [0, 0], [2, 1], [10, 30]],
    out: [null, 0.25],
  }],
});
