import type { Trades } from '../trades.ts';

/**
 * The floor: the ten operators of bench/pipeline/ten-operators.ts written out by hand in one loop over one slab, as someone would who
 * needs nothing else. Same seeds and same warm-up, hence the same rows; its mean is a plain running sum renewed at every turn of the ring.
 */
export function handFused(t: Trades, symbols: number): number {
  const WIDTH = 40;
  const S = new Float64Array(symbols * WIDTH);
  let out = 0;
  for (let i = 0; i < t.n; i++) {
    const b = t.key[i] * WIDTH;
    const x = t.price[i];
    const rows = S[b] + 1;
    S[b] = rows;
    // ema 12, ema 26: mean of the first rows, then smoothing.
    const fast = rows <= 12 ? S[b + 1] + (x - S[b + 1]) / rows : S[b + 1] + (x - S[b + 1]) * (2 / 13);
    const slow = rows <= 26 ? S[b + 2] + (x - S[b + 2]) / rows : S[b + 2] + (x - S[b + 2]) * (2 / 27);
    S[b + 1] = fast;
    S[b + 2] = slow;
    // rsi 14.
    const move = x - S[b + 3];
    S[b + 3] = x;
    let rsi = NaN;
    if (rows > 1) {
      const span = rows - 1 < 14 ? rows - 1 : 14;
      S[b + 4] += ((move > 0 ? move : 0) - S[b + 4]) / span;
      S[b + 5] += ((move < 0 ? -move : 0) - S[b + 5]) / span;
      if (rows > 14) rsi = (100 * S[b + 4]) / (S[b + 4] + S[b + 5]);
    }
    // sma 20: cells 10..29.
    const at = S[b + 6];
    S[b + 7] += x - S[b + 10 + at];
    S[b + 10 + at] = x;
    if (at === 19) {
      let sum = 0;
      for (let j = 10; j < 30; j++) sum += S[b + j];
      S[b + 7] = sum;
      S[b + 6] = 0;
    } else S[b + 6] = at + 1;
    const mean = rows < 20 ? NaN : S[b + 7] / 20;
    // obv, and the price before.
    const before = rows === 1 ? NaN : S[b + 30];
    S[b + 30] = x;
    S[b + 31] += rows === 1 || x > before ? t.size[i] : x < before ? -t.size[i] : 0;
    if (rows < 26) continue;
    // macd, its signal line, the cross.
    const macd = fast - slow;
    const known = S[b + 32] + 1;
    const signal = known <= 9 ? S[b + 33] + (macd - S[b + 33]) / known : S[b + 33] + (macd - S[b + 33]) * 0.2;
    S[b + 33] = signal;
    if (known <= 9) S[b + 32] = known;
    if (known < 9) continue;
    const is = macd > signal ? 1 : 0;
    const was = S[b + 34];
    S[b + 34] = is + 1;
    if (is === 1 && was === 1 && rsi < 70 && x > mean * 0.5 && x / before < 2 && S[b + 31] !== 1e300) out++;
  }
  return out;
}
