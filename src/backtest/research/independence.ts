import { type Curve, returnsOf } from './port.ts';

/**
 * How many independent trials a number of correlated ones is worth (Bailey and Lopez de Prado 2014, The Deflated Sharpe Ratio, appendix 3):
 * `r + (1 - r) n` with r the mean correlation of all pairs, taken as 0 where it is below. Only sums are kept: with returns of mean 0 and
 * variance 1, the variance of their sum over n trials is `n + n (n - 1) r`.
 */
export class Independence {
  private sum: Float64Array | null = null;
  private trials = 0;
  /** Trials over other rows cannot be compared: the mean is not known then. */
  private uneven = false;

  add(curves: readonly Curve[]): void {
    const parts = curves.map(returnsOf);
    const n = parts.reduce((sum, p) => sum + p.length, 0);
    this.sum ??= new Float64Array(n);
    if (n !== this.sum.length) this.uneven = true;
    if (this.uneven || n < 2) return;
    const flat = new Float64Array(n);
    let at = 0;
    for (const part of parts) {
      flat.set(part, at);
      at += part.length;
    }
    const mean = flat.reduce((sum, x) => sum + x, 0) / n;
    const sd = Math.sqrt(flat.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (n - 1));
    for (let i = 0; i < n; i++) this.sum[i] += (flat[i] - mean) / sd;
    this.trials += 1;
  }

  /** Null before the first trial, and where trials have different numbers of returns. */
  count(): number | null {
    const { sum, trials } = this;
    if (sum === null || this.uneven || trials === 0) return null;
    if (trials === 1) return 1;
    const spread = sum.reduce((total, x) => total + x * x, 0) / (sum.length - 1);
    const correlation = Math.min(1, Math.max(0, (spread / trials - 1) / (trials - 1)));
    return correlation + (1 - correlation) * trials;
  }
}
