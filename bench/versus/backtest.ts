/** Bars of one symbol or of several, in order of time, as columns. */
export interface Bars {
  readonly n: number;
  readonly ts: Float64Array;
  readonly key: Int32Array;
  readonly open: Float64Array;
  readonly close: Float64Array;
}

export interface HandSettings {
  readonly capital: number;
  /** Share of the equity in each position, and shares of the value of a fill. */
  readonly fraction: number;
  readonly commission: number;
  readonly slippage: number;
  readonly symbols: number;
}

export interface HandResult {
  readonly equity: number;
  readonly fills: number;
  readonly commission: number;
  readonly slippage: number;
  /** Equity at the end of each day. */
  readonly days: number[];
}

const DAY = 86_400_000_000;

/**
 * The floor of a backtest: two averages, the cross, the order at the next open, fee, slippage and the equity of every moment in one
 * function, as someone writes it who needs nothing else. The same rules as the pipelines of the bench, hence the same equity.
 */
export function handBacktest({ n, ts, key, open, close }: Bars, s: HandSettings): HandResult {
  const column = (): Float64Array => new Float64Array(s.symbols);
  const [rows, fast, slow, units, marks] = [column(), column(), column(), column(), column()];
  const [above, wanted] = [column().fill(NaN), column().fill(NaN)];
  const deciding: number[] = [];
  let [cash, fills, commission, slippage, equity] = [s.capital, 0, 0, 0, s.capital];
  let day = NaN;
  const days: number[] = [];
  for (let i = 0; i < n; i++) {
    const k = key[i];
    const x = close[i];
    if (wanted[k] === wanted[k]) {
      const way = wanted[k] > units[k] ? 1 : -1;
      const count = Math.abs(wanted[k] - units[k]);
      const price = open[i] + way * open[i] * s.slippage;
      const fee = count * price * s.commission;
      cash -= way * count * price + fee;
      units[k] = wanted[k];
      commission += fee;
      slippage += Math.abs(price - open[i]) * count;
      fills++;
      wanted[k] = NaN;
    }
    marks[k] = x;
    // ema 12, ema 26: mean of the first rows, then smoothing.
    const row = rows[k] += 1;
    fast[k] = row <= 12 ? fast[k] + (x - fast[k]) / row : fast[k] + (x - fast[k]) * (2 / 13);
    slow[k] = row <= 26 ? slow[k] + (x - slow[k]) / row : slow[k] + (x - slow[k]) * (2 / 27);
    if (row >= 26) {
      const is = fast[k] > slow[k] ? 1 : 0;
      if (is + above[k] === 1) deciding.push(k);
      above[k] = is;
    }
    // The moment ends where the next one begins.
    if (i + 1 < n && ts[i + 1] === ts[i]) continue;
    equity = cash;
    for (let j = 0; j < s.symbols; j++) equity += units[j] * marks[j];
    const today = Math.floor(ts[i] / DAY);
    if (today === day) days[days.length - 1] = equity;
    else days.push(equity);
    day = today;
    for (const j of deciding) {
      const target = (above[j] === 1 ? 1 : -1) * Math.floor(s.fraction * equity / marks[j]);
      if (target !== units[j]) wanted[j] = target;
    }
    deciding.length = 0;
  }
  return { equity, fills, commission, slippage, days };
}
