import { kernel } from '../../src/core/kernel.ts';
import { period, SERIES } from '../cells/inputs.ts';
import { momentCells, momentMean, slideVariance } from '../cells/moments.ts';
import { OverMoments } from '../over/moments.ts';

/** Rolling z-score. Warm-up `period` rows. */
export const zscore = kernel({
  name: 'zscore',
  family: 'statistic',
  summary: 'Standard score: distance from the mean in standard deviations.',
  doc: 'Mean and population standard deviation of the last `period` rows, the current one included. Lies within plus and minus '
    + 'sqrt(period - 1). Null while the window is constant, where a score has no meaning.',
  source: 'Stock.Indicators GetStdDev (zScore)',
  inputs: [SERIES],
  params: { period: period(20, 2) },
  outputs: [{ name: 'zscore', doc: 'Standard deviations from the mean.' }],
  gaps: true,
  warmup: (p) => p.period,
  state: (p) => ({ window: momentCells(p.period) }),
  step: ({ period }, { window }) => (S: Float64Array, b: number, x: number) => {
    const variance = slideVariance(S, b + window, period, x);
    return variance > 0 ? (x - momentMean(S, b + window, period)) / Math.sqrt(variance) : NaN;
  },
  over: {
    warmup: 2,
    create: (micros) => new OverMoments(micros, (variance, x, mean) => (variance > 0 ? (x - mean) / Math.sqrt(variance) : NaN)),
  },
  examples: [{ title: 'One above, then constant', params: { period: 2 }, in: [1, 3, 3], out: [null, 1, null] }],
});
