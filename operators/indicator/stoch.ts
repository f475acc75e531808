import { kernel } from '../../src/core/kernel.ts';
import { cell } from '../../src/core/layout.ts';
import { extremeCells, extremeRows, slideExtreme } from '../cells/extreme.ts';
import { CLOSE, HIGH, LOW, rows } from '../cells/inputs.ts';
import { slideMean, slidingCells } from '../cells/sliding.ts';

/** Stochastic oscillator. Warm-up k + smooth - 1 rows, %D d - 1 more; TA-Lib STOCH with simple averages. */
export const stoch = kernel({
  name: 'stoch',
  family: 'oscillator',
  summary: 'Stochastic oscillator: where the close lies between the lowest low and the highest high, 0 to 100.',
  doc: 'Slow %K is the raw position averaged over `smooth` rows (1 gives the fast stochastic), %D is the average of %K over `d` rows. '
    + 'A row whose range is zero is null and does not enter the averages, where TA-Lib says 0. '
    + 'TA-Lib hides %K until %D is there; here it is shown as soon as it exists.',
  source: 'TA-Lib STOCH, STOCHF; Lane (1984)',
  inputs: [HIGH, LOW, CLOSE],
  params: { k: rows(14, 'Rows in the high-low range.'), smooth: rows(3, 'Rows averaged into %K.'), d: rows(3, 'Rows averaged into %D.') },
  outputs: [{ name: 'k', doc: 'Slow %K, 0 to 100.' }, { name: 'd', doc: '%D, the average of %K.' }],
  gaps: true,
  warmup: (p) => p.k + p.smooth - 1,
  warmups: (p) => ({ d: p.k + p.smooth + p.d - 2 }),
  state: (p) => ({
    highest: extremeCells(p.k), lowest: extremeCells(p.k), slow: slidingCells(p.smooth), signal: slidingCells(p.d), d: cell(NaN),
  }),
  step(p, { highest, lowest, slow, signal, d }) {
    const { k, smooth } = p;
    const signalRows = p.d;
    return (S: Float64Array, b: number, high: number, low: number, close: number) => {
      const top = slideExtreme(S, b + highest, k, 1, high);
      const bottom = slideExtreme(S, b + lowest, k, -1, low);
      S[b + d] = NaN;
      if (extremeRows(S, b + highest) < k || !(top > bottom)) return NaN;
      const slowK = slideMean(S, b + slow, smooth, 100 * ((close - bottom) / (top - bottom)));
      if (slowK === slowK) S[b + d] = slideMean(S, b + signal, signalRows, slowK);
      return slowK;
    };
  },
  examples: [{
    title: 'Fast stochastic of two rows',
    params: { k: 2, smooth: 1, d: 2 },
    in: [[2, 3, 4], [1, 1, 2], [1, 3, 3]],
    out: [[null, 100, 66.666666667], [null, null, 83.333333333]],
  }],
});
