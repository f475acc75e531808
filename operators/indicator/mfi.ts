import { kernel } from '../../src/core/kernel.ts';
import { cell } from '../../src/core/layout.ts';
import { CLOSE, HIGH, LOW, rows, VOLUME } from '../cells/inputs.ts';
import { slideSum, slidingCells } from '../cells/sliding.ts';

/** Money flow index. Warm-up period + 1 rows; TA-Lib MFI. */
export const mfi = kernel({
  name: 'mfi',
  family: 'volume',
  summary: 'Money flow index: share of money that flowed in on rising prices, 0 to 100.',
  doc: 'Typical price x volume counts as inflow when the typical price rose and as outflow when it fell. Null while no money flowed; '
    + 'TA-Lib says 0 there, and also whenever the flow is below 1, which a market in small units would always meet.',
  source: 'TA-Lib MFI; Quong and Soudack (1989)',
  inputs: [HIGH, LOW, CLOSE, VOLUME],
  params: { period: rows(14, 'Moves in the window.') },
  outputs: [{ name: 'mfi', doc: '0 to 100.' }],
  gaps: true,
  warmup: (p) => p.period + 1,
  state: (p) => ({ previous: cell(NaN), inflow: slidingCells(p.period), outflow: slidingCells(p.period) }),
  step: ({ period }, { previous, inflow, outflow }) =>
    (S: Float64Array, b: number, high: number, low: number, close: number, volume: number) => {
      const typical = (high + low + close) / 3;
      const last = S[b + previous];
      S[b + previous] = typical;
      if (last !== last) return NaN;
      const gain = slideSum(S, b + inflow, period, typical > last ? typical * volume : 0);
      const loss = slideSum(S, b + outflow, period, typical < last ? typical * volume : 0);
      // A sliding sum that should be 0 may be off by a rounding error to either side.
      const paid = gain > 0 ? gain : 0;
      const total = paid + (loss > 0 ? loss : 0);
      return gain !== gain || total === 0 ? NaN : 100 * (paid / total);
    },
  examples: [
    { title: 'As much in as out', params: { period: 2 }, in: [[1, 2, 1], [1, 2, 1], [1, 2, 1], [1, 1, 2]], out: [null, null, 50] },
  ],
});
