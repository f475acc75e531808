import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { KERNELS } from '../../operators/kernels.ts';
import type { Kernel } from '../../src/core/kernel.ts';
import { runKernel } from '../../src/core/run-kernel.ts';
import { CASES, type GoldenCase } from './cases.ts';

/** Values computed by other implementations. They are read in place and are no part of this repository. */
const ROOT = fileURLToPath(new URL('../../../shared/golden/indicators/', import.meta.url));
const PRESENT = existsSync(`${ROOT}manifest.json`);
if (!PRESENT) console.log('golden indicators: skipped, shared/golden/indicators is absent');

type Values = readonly (number | null)[];
interface Stored {
  readonly id: string;
  readonly series?: string | null;
  readonly inputs: unknown;
  readonly tol: { readonly rel: number; readonly abs: number };
  readonly outputs: Readonly<Record<string, Values>>;
}

const toColumn = (values: Values): Float64Array => Float64Array.from(values, (x) => x ?? NaN);

function series(name: string): Record<string, Float64Array> {
  const [head, ...lines] = readFileSync(`${ROOT}series/${name}.csv`, 'utf8').trim().split('\n').map((line) => line.split(','));
  const column = (i: number): Float64Array => Float64Array.from(lines, (cells) => (cells[i] === '' ? NaN : Number(cells[i])));
  return Object.fromEntries(head.map((name, i) => [name, column(i)]));
}

const files = new Map<string, readonly Stored[]>();
function stored(file: string, id: string): Stored {
  let cases = files.get(file);
  if (cases === undefined) {
    const json = JSON.parse(readFileSync(`${ROOT}${file}`, 'utf8')) as { cases?: Stored[] } & Stored;
    cases = json.cases ?? [json];
    files.set(file, cases);
  }
  const found = cases.find((c) => c.id === id);
  if (found === undefined) throw new Error(`${file} has no case ${id}`);
  return found;
}

function inputsOf(c: GoldenCase, golden: Stored): Record<string, Float64Array> {
  if (c.series !== undefined) return series(c.series);
  const inputs = golden.inputs as Record<string, Values>;
  return Object.fromEntries(Object.entries(inputs).map(([name, values]) => [name.toLowerCase(), toColumn(values)]));
}

const named = (name: string): Kernel => {
  const found = KERNELS.find((k) => k.name === name);
  if (found === undefined) throw new Error(`no kernel is called ${name}`);
  return found;
};

const compared = new Map<string, number>();

/** Compares every value that both sides have, after `from` rows; returns the first differences. */
function compare(c: GoldenCase): string[] {
  const kernel = named(c.kernel);
  const golden = stored(c.file, c.id);
  const columns = inputsOf(c, golden);
  const inputs = kernel.inputs.map((input, i) => columns[c.inputs?.[i] ?? input.column ?? 'close']);
  const got = runKernel(kernel, c.params ?? {}, inputs);
  const tol = c.tol ?? golden.tol;
  const wrong: string[] = [];
  let count = 0;
  for (const [name, theirs] of Object.entries(c.outputs)) {
    const ours = got[kernel.outputs.findIndex((o) => o.name === name)];
    golden.outputs[theirs].forEach((raw, r) => {
      if (raw === null || r < (c.from ?? 0)) return;
      const want = (c.scale ?? 1) * raw;
      count++;
      if (!(Math.abs(ours[r] - want) <= tol.abs + tol.rel * Math.abs(want))) wrong.push(`${name}[${r}] = ${ours[r]}, ${c.id} has ${want}`);
    });
    const first = golden.outputs[theirs].findIndex((x) => x !== null);
    const silent = ours.findIndex((x) => x === x);
    if (c.start === 'same' && first !== silent) wrong.push(`${name} starts at row ${silent}, ${c.id} at ${first}`);
  }
  compared.set(c.kernel, (compared.get(c.kernel) ?? 0) + count);
  return wrong.length > 0 ? [`${wrong.length} of ${count} values differ`, ...wrong.slice(0, 5)] : count > 0 ? [] : ['nothing was compared'];
}

describe.skipIf(!PRESENT)('values of other implementations', () => {
  for (const c of CASES) it(`${c.kernel} agrees with ${c.id}`, () => expect(compare(c)).toEqual([]));

  it('realized_vol agrees with micro/realized_variance/spy502', () => {
    const [returns] = runKernel(named('log_return'), {}, [series('spy502').close]);
    const [vol] = runKernel(named('realized_vol'), { period: 20 }, [returns]);
    const golden = stored('micro/spy502.json', 'micro/realized_variance/spy502');
    const wrong = golden.outputs.value.filter((want, r) => want !== null && !(Math.abs(vol[r] ** 2 - want) <= golden.tol.rel * want));
    expect(wrong).toEqual([]);
    compared.set('realized_vol', golden.outputs.value.filter((x) => x !== null).length);
  });

  it('every indicator and statistic was compared', () => {
    const wanted = KERNELS.filter((k) => k.family !== 'comparison').map((k) => k.name);
    expect(wanted.filter((name) => !((compared.get(name) ?? 0) > 0))).toEqual([]);
  });

  for (const name of ['edge_bad', 'edge_zeros', 'edge_penny', 'edge_toobig']) {
    it(`no infinity comes out of ${name}`, () => {
      const columns = series(name);
      const infinite = KERNELS.filter((k) => {
        const out = runKernel(k, {}, k.inputs.map((input) => columns[input.column ?? 'close']));
        return out.some((column) => column.some((x) => x === Infinity || x === -Infinity));
      });
      expect(infinite.map((k) => k.name)).toEqual([]);
    });
  }

  afterAll(() => {
    const total = [...compared.values()].reduce((sum, n) => sum + n, 0);
    console.log(`golden indicators: ${total} values compared; ${[...compared].map(([name, n]) => `${name} ${n}`).join(', ')}`);
  });
});
