import { kernel } from '../../src/core/kernel.ts';
import { rows, SERIES } from '../cells/inputs.ts';
import { slideWeighted, weightedCells } from '../cells/weighted.ts';

/** Linearly weighted moving average. Warm-up `period` rows; TA-Lib WMA. */
export const wma = kernel({
  name: 'wma',
  family: 'average',
  summary: 'Weighted moving average: weights rise linearly from 1 (oldest) to period (newest).',
  doc: 'Lags by (period - 1) / 3 rows, less than sma. In units of the input.',
  source: 'TA-Lib WMA',
  inputs: [SERIES],
  params: { period: rows(20) },
  outputs: [{ name: 'wma', doc: 'Linearly weighted mean.' }],
  warmup: (p) => p.period,
  state: (p) => ({ window: weightedCells(p.period) }),
  step: ({ period }, { window }) => (S: Float64Array, b: number, x: number) => slideWeighted(S, b + window, period, x),
  examples: [{ title: 'Weights 1, 2, 3', params: { period: 3 }, in: [1, 2, 3, 4], out: [null, null, 14 / 6, 20 / 6] }],
});
