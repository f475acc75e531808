/** Standard normal density. */
export const normalDensity = (x: number): number => Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);

const TOP = [3.52624965998911e-2, 0.700383064443688, 6.37396220353165, 33.912866078383, 112.079291497871, 221.213596169931,
  220.206867912376];
const BOTTOM = [8.83883476483184e-2, 1.75566716318264, 16.064177579207, 86.7807322029461, 296.564248779674, 637.333633378831,
  793.826512519948, 440.413735824752];

const horner = (c: readonly number[], x: number): number => c.reduce((sum, k) => sum * x + k, 0);

/** a + 1 / (a + 2 / (a + 3 / ...)), by which the tail falls faster than the density: Laplace. */
function farFraction(a: number): number {
  let f = a;
  for (let k = 40; k > 0; k--) f = a + k / f;
  return f;
}

/** P(X <= x) of a standard normal X, to about 1e-15: Hart's rational function as in West, Wilmott, May 2005,
 * and a continued fraction far out. */
export function normalCdf(x: number): number {
  if (Number.isNaN(x)) return NaN;
  const a = Math.abs(x);
  let tail = 0;
  if (a <= 37) {
    const e = Math.exp(-a * a / 2);
    tail = a < 7.07106781186547 ? e * horner(TOP, a) / horner(BOTTOM, a)
      : e / farFraction(a) / Math.sqrt(2 * Math.PI);
  }
  return x > 0 ? 1 - tail : tail;
}

const MIDDLE_TOP = [-39.69683028665376, 220.9460984245205, -275.9285104469687, 138.357751867269, -30.66479806614716, 2.506628277459239];
const MIDDLE_BOTTOM = [-54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972, -13.28068155288572, 1];
const TAIL_TOP = [-7.784894002430293e-3, -0.3223964580411365, -2.400758277161838, -2.549732539343734, 4.374664141464968, 2.938163982698783];
const TAIL_BOTTOM = [7.784695709041462e-3, 0.3224671290700398, 2.445134137142996, 3.754408661907416, 1];

/** x with P(X <= x) = p: Acklam's rational function, then one step of Halley's method to full precision. */
export function normalQuantile(p: number): number {
  if (!(p >= 0 && p <= 1)) return NaN;
  if (p === 0 || p === 1) return p === 0 ? -Infinity : Infinity;
  if (p > 0.5) return -normalQuantile(1 - p);
  let x: number;
  if (p < 0.02425) {
    const q = Math.sqrt(-2 * Math.log(p));
    x = horner(TAIL_TOP, q) / horner(TAIL_BOTTOM, q);
  } else {
    const q = p - 0.5;
    x = q * horner(MIDDLE_TOP, q * q) / horner(MIDDLE_BOTTOM, q * q);
  }
  const u = (normalCdf(x) - p) / normalDensity(x);
  return Number.isFinite(u) ? x - u / (1 + x * u / 2) : x;
}
