import type { InputSpec } from './kernel.ts';
import type { Random } from './random.ts';

/** A random walk of bars on which nothing degenerates: positive prices, positive ranges and volumes, no two bars alike. */
export function genericInputs(inputs: readonly InputSpec[], rows: number, random: Random): Float64Array[] {
  const open = new Float64Array(rows);
  const high = new Float64Array(rows);
  const low = new Float64Array(rows);
  const close = new Float64Array(rows);
  const volume = new Float64Array(rows);
  let price = 50 + 100 * random.next();
  for (let r = 0; r < rows; r++) {
    open[r] = price;
    price *= Math.exp(0.02 * random.normal());
    close[r] = price;
    high[r] = Math.max(open[r], price) * (1 + 0.01 * (random.next() + 0.01));
    low[r] = Math.min(open[r], price) * (1 - 0.01 * (random.next() + 0.01));
    volume[r] = 1 + 1000 * random.next();
  }
  const bars: Record<string, Float64Array> = { open, high, low, close, volume };
  return inputs.map((input) => {
    if (input.type === 'bool') return close.map((_, r) => (r === 0 || random.next() < 0.2 ? 1 : 0));
    return input.column === undefined ? close.map(() => 1 + 99 * random.next()) : (bars[input.column] ?? close);
  });
}

/** Values at the edge of what a feed can deliver; repeated, so that ranges and variances collapse. */
const EXTREMES = [0, 1e-12, 1e14, -1e14, -1, 1, 1, 1, 1e17, 0, 0, 0, -0, -1e-12, 100, 100, 100, 100];

export function extremeInputs(inputs: readonly InputSpec[], rows: number, random: Random): Float64Array[] {
  return inputs.map((input) => {
    const column = new Float64Array(rows);
    for (let r = 0; r < rows; r++) {
      const value = EXTREMES[random.int(0, EXTREMES.length - 1)];
      column[r] = input.type === 'bool' ? (value > 0 ? 1 : 0) : r > 0 && random.next() < 0.4 ? column[r - 1] : value;
    }
    return column;
  });
}
