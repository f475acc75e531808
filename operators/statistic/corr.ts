import { kernel } from '../../src/core/kernel.ts';
import { period } from '../cells/inputs.ts';
import { coMomentCells, slideCorrelation } from '../cells/co-moments.ts';
import { OverPairs } from '../over/pairs.ts';

/** Rolling correlation. Warm-up `period` rows; TA-Lib CORREL. */
export const corr = kernel({
  name: 'corr',
  family: 'statistic',
  summary: 'Correlation (Pearson) of two series over the last rows, -1 to 1.',
  doc: 'Rows on which either is null are skipped. Null while one of the two is constant, where TA-Lib says 0.',
  source: 'TA-Lib CORREL',
  inputs: [{ name: 'x', doc: 'First series.' }, { name: 'y', doc: 'Second series.' }],
  params: { period: period(30, 2) },
  outputs: [{ name: 'corr', doc: '-1 to 1.' }],
  gaps: true,
  warmup: (p) => p.period,
  state: (p) => ({ window: coMomentCells(p.period) }),
  step: ({ period }, { window }) => (S: Float64Array, b: number, x: number, y: number) => slideCorrelation(S, b + window, period, x, y),
  over: { warmup: 2, create: (micros) => new OverPairs(micros) },
  examples: [{ title: 'In step, then out of step', params: { period: 2 }, in: [[1, 2, 3, 3], [2, 4, 3, 9]], out: [null, 1, -1, null] }],
});
