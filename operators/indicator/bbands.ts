import { kernel } from '../../src/core/kernel.ts';
import { number } from '../../src/core/field.ts';
import { cell } from '../../src/core/layout.ts';
import { rows, SERIES } from '../cells/inputs.ts';
import { momentCells, momentMean, slideVariance } from '../cells/moments.ts';

/** Bollinger bands. Warm-up `period` rows; TA-Lib BBANDS with a simple average. */
export const bbands = kernel({
  name: 'bbands',
  family: 'volatility',
  summary: 'Bollinger bands: mean, and `mult` standard deviations above and below it.',
  doc: 'The standard deviation is that of the population (divided by period), as in TA-Lib and by Bollinger himself. '
    + 'In units of the input. All three are equal while the window is constant.',
  source: 'TA-Lib BBANDS; Bollinger, Bollinger on Bollinger Bands (2001)',
  inputs: [SERIES],
  params: { period: rows(20), mult: number({ doc: 'Standard deviations between middle and band.', min: 0, max: 1000, default: 2 }) },
  outputs: [
    { name: 'middle', doc: 'Simple mean.' },
    { name: 'upper', doc: 'Mean plus `mult` standard deviations.' },
    { name: 'lower', doc: 'Mean less `mult` standard deviations.' },
  ],
  warmup: (p) => p.period,
  state: (p) => ({ window: momentCells(p.period), upper: cell(NaN), lower: cell(NaN) }),
  step: ({ period, mult }, { window, upper, lower }) => (S: Float64Array, b: number, x: number) => {
    const variance = slideVariance(S, b + window, period, x);
    if (variance !== variance) return NaN;
    const mean = momentMean(S, b + window, period);
    const width = mult * Math.sqrt(variance);
    S[b + upper] = mean + width;
    S[b + lower] = mean - width;
    return mean;
  },
  examples: [
    { title: 'A spread of one, then none', params: { period: 2, mult: 2 }, in: [1, 3, 3], out: [[null, 2, 3], [null, 4, 3], [null, 0, 3]] },
  ],
});
