/**
 * The order of rows by time, equal times in order of arrival: merges the ascending runs that are there already, so that a file
 * grouped by symbol costs log(symbols) passes.
 */
export function stableOrder(ts: Float64Array): Uint32Array<ArrayBuffer> {
  const n = ts.length;
  let from = new Uint32Array(n);
  for (let i = 0; i < n; i++) from[i] = i;
  let bounds = [0];
  for (let i = 1; i < n; i++) if (ts[i] < ts[i - 1]) bounds.push(i);
  bounds.push(n);
  let into = new Uint32Array(n);
  while (bounds.length > 2) {
    const next = [0];
    for (let r = 0; r + 1 < bounds.length; r += 2) {
      const end = bounds[Math.min(r + 2, bounds.length - 1)];
      merge(ts, from, into, bounds[r], bounds[r + 1], end);
      next.push(end);
    }
    [from, into] = [into, from];
    bounds = next;
  }
  return from;
}

function merge(ts: Float64Array, from: Uint32Array, into: Uint32Array, low: number, middle: number, high: number): void {
  let a = low;
  let b = middle;
  for (let i = low; i < high; i++) {
    if (a < middle && (b >= high || ts[from[a]] <= ts[from[b]])) into[i] = from[a++];
    else into[i] = from[b++];
  }
}
