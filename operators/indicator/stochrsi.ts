import { kernel } from '../../src/core/kernel.ts';
import { cell } from '../../src/core/layout.ts';
import { extremeCells, extremeRows, slideExtreme } from '../cells/extreme.ts';
import { rows, SERIES } from '../cells/inputs.ts';
import { slideMean, slidingCells } from '../cells/sliding.ts';
import { nextStrength, strengthCells } from '../cells/strength.ts';

/** Stochastic RSI. Warm-up period + k + smooth - 1 rows, %D d - 1 more; TA-Lib STOCHRSI with `smooth` 1. */
export const stochrsi = kernel({
  name: 'stochrsi',
  family: 'oscillator',
  summary: 'Stochastic of the RSI: where the RSI lies in its own recent range, 0 to 100.',
  doc: 'As in TA-Lib %K is the raw position and %D its simple average. Charting sites smooth %K as well: `smooth: 3` gives theirs. '
    + 'A row on which the RSI has no range is null and does not enter the averages, where TA-Lib says 0.',
  source: 'TA-Lib STOCHRSI; Chande and Kroll, The New Technical Trader (1994)',
  inputs: [SERIES],
  params: {
    period: rows(14, 'Length of the RSI.', 2),
    k: rows(14, 'Rows in the range of the RSI.', 2),
    d: rows(3, 'Rows averaged into %D.'),
    smooth: rows(1, 'Rows averaged into %K.'),
  },
  outputs: [{ name: 'k', doc: '%K, 0 to 100.' }, { name: 'd', doc: '%D, the average of %K.' }],
  gaps: true,
  warmup: (p) => p.period + p.k + p.smooth - 1,
  warmups: (p) => ({ d: p.period + p.k + p.smooth + p.d - 2 }),
  state: (p) => ({
    strength: strengthCells(), highest: extremeCells(p.k), lowest: extremeCells(p.k),
    slow: slidingCells(p.smooth), signal: slidingCells(p.d), d: cell(NaN),
  }),
  step(p, { strength, highest, lowest, slow, signal, d }) {
    const { period, k, smooth } = p;
    const signalRows = p.d;
    return (S: Float64Array, b: number, x: number) => {
      S[b + d] = NaN;
      const value = nextStrength(S, b + strength, period, x);
      if (value !== value) return NaN;
      const top = slideExtreme(S, b + highest, k, 1, value);
      const bottom = slideExtreme(S, b + lowest, k, -1, value);
      if (extremeRows(S, b + highest) < k || !(top > bottom)) return NaN;
      const fastK = slideMean(S, b + slow, smooth, 100 * ((value - bottom) / (top - bottom)));
      if (fastK === fastK) S[b + d] = slideMean(S, b + signal, signalRows, fastK);
      return fastK;
    };
  },
  examples: [{
    title: 'RSI 50, 75, 37.5 at the top, then at the bottom of its range',
    params: { period: 2, k: 2, d: 2 },
    in: [1, 2, 1, 2, 1],
    out: [[null, null, null, 100, 0], [null, null, null, null, 50]],
  }],
});
