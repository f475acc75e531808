import { kernel } from '../../src/core/kernel.ts';
import { number } from '../../src/core/field.ts';
import { cell } from '../../src/core/layout.ts';
import { HIGH, LOW } from '../cells/inputs.ts';

/** Parabolic stop and reverse. Warm-up 2 rows; TA-Lib SAR. */
export const psar = kernel({
  name: 'psar',
  family: 'trend',
  summary: 'Parabolic SAR: a trailing stop that speeds up while the trend makes new extremes.',
  doc: 'In units of the price. As in TA-Lib the first trend is down when the second bar has a larger downward than upward move, else up, '
    + 'and the first stop is the extreme of the first bar. `direction` is 1 while the stop lies below the price and -1 while above.',
  source: 'TA-Lib SAR; Wilder, New Concepts in Technical Trading Systems (1978)',
  inputs: [HIGH, LOW],
  params: {
    step: number({ doc: 'Acceleration added at every new extreme.', min: 0, max: 1, default: 0.02 }),
    max: number({ doc: 'Largest acceleration.', min: 0, max: 1, default: 0.2 }),
  },
  outputs: [{ name: 'psar', doc: 'The stop of this row.' }, { name: 'direction', doc: '1 up, -1 down.' }],
  check: (p) => (p.step <= p.max ? null : `step (${p.step}) must not exceed max (${p.max})`),
  warmup: () => 2,
  state: () => ({ seen: cell(), top: cell(), bottom: cell(), extreme: cell(), stop: cell(), pace: cell(), direction: cell(NaN) }),
  step: (p, { seen, top, bottom, extreme, stop, pace, direction }) => (S: Float64Array, b: number, high: number, low: number) => {
    let before = S[b + top];
    let below = S[b + bottom];
    S[b + top] = high;
    S[b + bottom] = low;
    if (S[b + seen] < 2) S[b + seen]++;
    if (S[b + seen] === 1) return NaN;
    if (S[b + direction] !== S[b + direction]) {
      const falls = below - low > 0 && high - before < below - low;
      S[b + direction] = falls ? -1 : 1;
      S[b + extreme] = falls ? low : high;
      S[b + stop] = falls ? before : below;
      S[b + pace] = p.step;
      // TA-Lib takes the second bar as its own predecessor on the first step.
      before = high;
      below = low;
    }
    // Everything is mirrored at zero in a down-trend, so that one set of rules serves both directions.
    const up = S[b + direction];
    const bar = up > 0 ? low : -high;
    const reach = up > 0 ? high : -low;
    const lastBar = up > 0 ? below : -before;
    const peak = up * S[b + extreme];
    const line = up * S[b + stop];
    if (bar <= line) {
      // The trend turns: the stop jumps to the old peak, never inside the last two bars.
      const lastReach = up > 0 ? before : -below;
      const turned = Math.max(peak, lastReach, reach);
      S[b + direction] = -up;
      S[b + pace] = p.step;
      S[b + extreme] = up * bar;
      S[b + stop] = up * Math.max(turned + p.step * (bar - turned), lastReach, reach);
      return up * turned;
    }
    const newPeak = reach > peak ? reach : peak;
    if (reach > peak) S[b + pace] = Math.min(S[b + pace] + p.step, p.max);
    S[b + extreme] = up * newPeak;
    S[b + stop] = up * Math.min(line + S[b + pace] * (newPeak - line), lastBar, bar);
    return up * line;
  },
  examples: [{ title: 'The stop creeps up', in: [[10, 12, 11], [8, 11, 9]], out: [[null, 8, 8.08], [null, 1, 1]] }],
});
