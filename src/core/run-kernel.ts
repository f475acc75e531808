import type { Kernel } from './kernel.ts';
import type { OverState } from './over.ts';

type Params = Readonly<Record<string, unknown>>;

/** Parameters with the defaults filled in. */
export function withDefaults(kernel: Kernel, params: Params = {}): Params {
  const all: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(kernel.params)) all[name] = params[name] ?? field.default;
  return all;
}

/** Where a kernel is run: the slab, the offset of its part, and which rows. */
export interface Bench {
  readonly slab: Float64Array;
  readonly base: number;
}

/**
 * Runs a kernel over whole columns for one key, as a fused loop would: one column per input in, one per output out. A row with a null
 * input is null in every output and leaves the state alone, unless the kernel says `nulls: 'pass'`.
 */
export function runKernel(kernel: Kernel, params: Params, inputs: readonly Float64Array[], bench?: Bench): Float64Array[] {
  const bound = kernel.bind(withDefaults(kernel, params));
  const S = bench?.slab ?? bound.layout.blank.slice();
  const b = bench?.base ?? 0;
  const rows = inputs[0]?.length ?? 0;
  const out = kernel.outputs.map(() => new Float64Array(rows).fill(NaN));
  const [x, y, z, w, v] = [0, 1, 2, 3, 4].map((i) => inputs[i] ?? new Float64Array(rows));
  for (let r = 0; r < rows; r++) {
    const known = x[r] === x[r] && y[r] === y[r] && z[r] === z[r] && w[r] === w[r] && v[r] === v[r];
    if (!known && bound.nulls === 'skip') continue;
    out[0][r] = bound.step(S, b, x[r], y[r], z[r], w[r], v[r]);
    for (let o = 1; o < out.length; o++) out[o][r] = S[b + bound.outputAt[o]];
  }
  return out;
}

/** Rows of several keys, in order of arrival, for a state over time. */
export interface TimedRows {
  readonly ts: Float64Array;
  readonly key: Int32Array;
  readonly inputs: readonly Float64Array[];
}

/** Runs a state over time on rows from..to-1 as a fused loop would: a row with a null input is null unless the kernel says `pass`. */
export function runOver(kernel: Kernel, state: OverState, rows: TimedRows, from = 0, to: number = rows.ts.length): Float64Array {
  const { ts, key, inputs } = rows;
  const out = new Float64Array(to - from).fill(NaN);
  const none = new Float64Array(ts.length);
  const [x, y, z, w, v] = [0, 1, 2, 3, 4].map((i) => inputs[i] ?? none);
  state.ensure(key.subarray(0, to).reduce((most, k) => Math.max(most, k + 1), 0));
  for (let r = from; r < to; r++) {
    const known = x[r] === x[r] && y[r] === y[r] && z[r] === z[r] && w[r] === w[r] && v[r] === v[r];
    if (known || kernel.nulls === 'pass') out[r - from] = state.step(key[r], ts[r], x[r], y[r], z[r], w[r], v[r]);
  }
  return out;
}
