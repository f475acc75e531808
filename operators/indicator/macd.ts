import { kernel } from '../../src/core/kernel.ts';
import { cell } from '../../src/core/layout.ts';
import { rows, SERIES } from '../cells/inputs.ts';
import { emaWeight, smooth, smoothCells } from '../cells/smooth.ts';

/** Moving average convergence/divergence. Warm-up `slow` rows, the signal line slow + signal - 1; TA-Lib MACD. */
export const macd = kernel({
  name: 'macd',
  family: 'oscillator',
  summary: 'Distance between a fast and a slow ema, with its own average as signal line.',
  doc: 'In units of the input; divide by the price to compare symbols. As in TA-Lib the fast ema is seeded on the rows just before the '
    + 'seed of the slow one, so both start together. TA-Lib hides the macd line until the signal line is there; '
    + 'here it is shown as soon as it exists.',
  source: 'TA-Lib MACD; Appel (1979)',
  inputs: [SERIES],
  params: {
    fast: rows(12, 'Length of the fast ema.'),
    slow: rows(26, 'Length of the slow ema.', 2),
    signal: rows(9, 'Length of the signal line.'),
  },
  outputs: [
    { name: 'macd', doc: 'Fast ema less slow ema.' },
    { name: 'signal', doc: 'Ema of the macd line.' },
    { name: 'hist', doc: 'Macd line less signal line.' },
  ],
  check: (p) => (p.fast < p.slow ? null : `fast (${p.fast}) must be shorter than slow (${p.slow})`),
  warmup: (p) => p.slow,
  warmups: (p) => ({ signal: p.slow + p.signal - 1, hist: p.slow + p.signal - 1 }),
  state: () => ({ seen: cell(), quick: smoothCells(), long: smoothCells(), line: smoothCells(), signal: cell(NaN), hist: cell(NaN) }),
  step(p, { seen, quick, long, line, signal, hist }) {
    const late = p.slow - p.fast;
    const fastWeight = emaWeight(p.fast);
    const slowWeight = emaWeight(p.slow);
    const lineWeight = emaWeight(p.signal);
    return (S: Float64Array, b: number, x: number) => {
      const slow = smooth(S, b + long, p.slow, slowWeight, x);
      if (S[b + seen] < late) {
        S[b + seen]++;
        return NaN;
      }
      const fast = smooth(S, b + quick, p.fast, fastWeight, x);
      if (slow !== slow) return NaN;
      const value = fast - slow;
      const average = smooth(S, b + line, p.signal, lineWeight, value);
      S[b + signal] = average;
      S[b + hist] = value - average;
      return value;
    };
  },
  examples: [{
    title: 'On a line both averages keep their distance',
    params: { fast: 2, slow: 3, signal: 2 },
    in: [1, 2, 3, 4, 5],
    out: [[null, null, 0.5, 0.5, 0.5], [null, null, null, 0.5, 0.5], [null, null, null, 0, 0]],
  }],
});
