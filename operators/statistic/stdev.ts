import { kernel } from '../../src/core/kernel.ts';
import { period, SERIES } from '../cells/inputs.ts';
import { momentCells, slideVariance } from '../cells/moments.ts';
import { OverMoments } from '../over/moments.ts';

/** Rolling standard deviation. Warm-up `period` rows; TA-Lib STDDEV. */
export const stdev = kernel({
  name: 'stdev',
  family: 'statistic',
  summary: 'Standard deviation of the last rows.',
  doc: 'Of the population: divided by `period`, not by period - 1, as in TA-Lib. In units of the input. Exactly 0 for a constant window.',
  source: 'TA-Lib STDDEV with one deviation',
  inputs: [SERIES],
  params: { period: period(20) },
  outputs: [{ name: 'stdev', doc: 'Population standard deviation.' }],
  warmup: (p) => p.period,
  state: (p) => ({ window: momentCells(p.period) }),
  step: ({ period }, { window }) => (S: Float64Array, b: number, x: number) => Math.sqrt(slideVariance(S, b + window, period, x)),
  over: { warmup: 2, create: (micros) => new OverMoments(micros, (variance) => Math.sqrt(variance)) },
  examples: [{ title: 'A spread of one, then none', params: { period: 2 }, in: [1, 3, 3], out: [null, 1, 0] }],
});
