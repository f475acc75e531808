import { kernel } from '../../src/core/kernel.ts';
import { period, SERIES } from '../cells/inputs.ts';
import { momentCells, slideVariance } from '../cells/moments.ts';
import { OverMoments } from '../over/moments.ts';

/** Rolling variance. Warm-up `period` rows; TA-Lib VAR. */
export const variance = kernel({
  name: 'var',
  family: 'statistic',
  summary: 'Variance of the last rows.',
  doc: 'Of the population: divided by `period`, as in TA-Lib. In units of the input squared. Exactly 0 for a constant window, and no '
    + 'digits are lost where the level is large against the spread.',
  source: 'TA-Lib VAR',
  inputs: [SERIES],
  params: { period: period(20) },
  outputs: [{ name: 'var', doc: 'Population variance.' }],
  warmup: (p) => p.period,
  state: (p) => ({ window: momentCells(p.period) }),
  step: ({ period }, { window }) => (S: Float64Array, b: number, x: number) => slideVariance(S, b + window, period, x),
  over: { warmup: 2, create: (micros) => new OverMoments(micros, (variance) => variance) },
  examples: [{ title: 'A spread of two', params: { period: 2 }, in: [1, 5, 5], out: [null, 4, 0] }],
});
