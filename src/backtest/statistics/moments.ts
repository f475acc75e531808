/** Sums over series of numbers. A NaN is a value that is missing and is left out; of nothing the answer is NaN. */
export type Series = ArrayLike<number>;

/** The values that are there. */
export function present(x: Series): Float64Array {
  let n = 0;
  const out = new Float64Array(x.length);
  for (let i = 0; i < x.length; i++) if (!Number.isNaN(x[i])) out[n++] = x[i];
  return out.subarray(0, n);
}

export function sum(x: Series): number {
  let s = 0;
  for (let i = 0; i < x.length; i++) if (!Number.isNaN(x[i])) s += x[i];
  return s;
}

export function count(x: Series): number {
  let n = 0;
  for (let i = 0; i < x.length; i++) if (!Number.isNaN(x[i])) n++;
  return n;
}

export const mean = (x: Series): number => sum(x) / count(x);

/** Number, and sums of the second, third and fourth powers of the distances from the mean. */
function centred(x: Series): [n: number, second: number, third: number, fourth: number] {
  const m = mean(x);
  let [n, second, third, fourth] = [0, 0, 0, 0];
  for (let i = 0; i < x.length; i++) {
    const d = x[i] - m;
    if (Number.isNaN(d)) continue;
    n++;
    second += d * d;
    third += d * d * d;
    fourth += d * d * d * d;
  }
  return [n, second, third, fourth];
}

/** Variance; `ddof` 1 for a sample, 0 for a population. NaN where there are not more than `ddof` values. */
export function variance(x: Series, ddof = 1): number {
  const m = mean(x);
  let [n, squares] = [-ddof, 0];
  for (let i = 0; i < x.length; i++) {
    const d = x[i] - m;
    if (Number.isNaN(d)) continue;
    n++;
    squares += d * d;
  }
  return n > 0 ? squares / n : NaN;
}

export const deviation = (x: Series, ddof = 1): number => Math.sqrt(variance(x, ddof));

/** Skewness without bias of the third moment, as pandas: needs three values; 0 for a constant. */
export function skewness(x: Series): number {
  const [n, second, third] = centred(x);
  if (n < 3) return NaN;
  return flat(x) ? 0 : n * Math.sqrt(n - 1) / (n - 2) * third / second ** 1.5;
}

/** Excess kurtosis (normal 0) without bias, as pandas: needs four values; 0 for a constant. */
export function kurtosis(x: Series): number {
  const [n, second, , fourth] = centred(x);
  if (n < 4) return NaN;
  if (flat(x)) return 0;
  const lead = n * (n + 1) * (n - 1) / ((n - 2) * (n - 3)) * fourth / (second * second);
  return lead - 3 * (n - 1) ** 2 / ((n - 2) * (n - 3));
}

/** Skewness and raw kurtosis (normal 3) of the sample moments, as the formulas of Bailey and Lopez de Prado take them. */
export function shape(x: Series): { skew: number; kurt: number } {
  const [n, second, third, fourth] = centred(x).map((s, i, all) => (i === 0 ? s : s / all[0]));
  return flat(x) || n === 0 ? { skew: 0, kurt: 3 } : { skew: third / second ** 1.5, kurt: fourth / (second * second) };
}

/** Does the series never move, but for rounding? A ratio over its deviation would be noise. */
export function flat(x: Series): boolean {
  let [low, high] = [Infinity, -Infinity];
  for (let i = 0; i < x.length; i++) {
    if (x[i] < low) low = x[i];
    if (x[i] > high) high = x[i];
  }
  return !(high - low > 1e-12 * Math.max(Math.abs(low), Math.abs(high)));
}

/** Value below which a share `q` lies, straight between neighbours (numpy's `linear`), of values sorted upwards. */
export function quantileOfSorted(sorted: Series, q: number): number {
  if (sorted.length === 0) return NaN;
  const at = (sorted.length - 1) * q;
  const low = Math.floor(at);
  const high = Math.min(low + 1, sorted.length - 1);
  return sorted[low] + (sorted[high] - sorted[low]) * (at - low);
}

export const quantile = (x: Series, q: number): number => quantileOfSorted(present(x).sort(), q);

export const median = (x: Series): number => quantile(x, 0.5);

/** Covariance of two series over the places where both are there. */
export function covariance(x: Series, y: Series, ddof = 1): number {
  const [a, b] = together(x, y);
  const [ma, mb] = [mean(a), mean(b)];
  let s = 0;
  for (let i = 0; i < a.length; i++) s += (a[i] - ma) * (b[i] - mb);
  return a.length > ddof ? s / (a.length - ddof) : NaN;
}

/** Pearson's correlation over the places where both are there; NaN where one never moves. */
export function correlation(x: Series, y: Series): number {
  const [a, b] = together(x, y);
  if (a.length < 2 || flat(a) || flat(b)) return NaN;
  return covariance(a, b, 0) / Math.sqrt(variance(a, 0) * variance(b, 0));
}

/** Both series at the places where neither is missing. */
export function together(x: Series, y: Series): [Float64Array, Float64Array] {
  const size = Math.min(x.length, y.length);
  const [a, b] = [new Float64Array(size), new Float64Array(size)];
  let n = 0;
  for (let i = 0; i < size; i++) {
    if (Number.isNaN(x[i]) || Number.isNaN(y[i])) continue;
    a[n] = x[i];
    b[n++] = y[i];
  }
  return [a.subarray(0, n), b.subarray(0, n)];
}

/** The values that `keep` chooses. */
export function chosen(x: Series, keep: (value: number, at: number) => boolean): Float64Array {
  let n = 0;
  const out = new Float64Array(x.length);
  for (let i = 0; i < x.length; i++) if (keep(x[i], i)) out[n++] = x[i];
  return out.subarray(0, n);
}
