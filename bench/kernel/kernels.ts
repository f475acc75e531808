import { KERNELS } from '../../operators/kernels.ts';
import { withDefaults } from '../../src/core/run-kernel.ts';
import { ColumnHash } from '../../src/engine/hash.ts';
import { best, round, type Result } from '../measure.ts';
import { makeTrades } from '../trades.ts';

const SYMBOLS = 500;

/** Every kernel with its defaults, 500 keys in random order: nanoseconds per row, and a hash that keeps the work from being dropped. */
export function kernels(rows: number, runs: number): Result[] {
  const t = makeTrades(rows, SYMBOLS);
  const high = t.price.map((x, i) => x + (i % 7) * 0.01);
  const low = t.price.map((x, i) => x - (i % 5) * 0.01);
  const columns: Readonly<Record<string, Float64Array>> = { high, low, volume: t.size, ts: t.ts };
  return KERNELS.map((kernel) => {
    const bound = kernel.bind(withDefaults(kernel, {}));
    const width = bound.layout.doubles;
    const S = new Float64Array(SYMBOLS * width);
    for (let k = 0; k < SYMBOLS; k++) S.set(bound.layout.blank, k * width);
    const inputs = kernel.inputs.map((i) => columns[i.column ?? ''] ?? t.price);
    const x = [0, 1, 2, 3, 4].map((i) => inputs[i] ?? t.price);
    const out = new Float64Array(rows);
    const ns = best(runs, () => {
      for (let i = 0; i < rows; i++) out[i] = bound.step(S, t.key[i] * width, x[0][i], x[1][i], x[2][i], x[3][i], x[4][i]);
    });
    const hash = new ColumnHash();
    hash.add(out, rows, null);
    return { name: `kernel ${kernel.name} [${hash.digest().slice(0, 8)}]`, value: round(ns / rows), unit: 'ns/row', against: null, ratio: null };
  });
}
