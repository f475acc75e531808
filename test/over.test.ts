import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Chunk } from '../src/core/connector.ts';
import { MINUTE, SECOND } from '../src/core/time.ts';
import { Random } from '../src/core/random.ts';
import { Engine } from '../src/engine/engine.ts';
import { explain } from '../src/plan/explain.ts';
import { compile } from '../src/plan/compile.ts';
import { planOf, read, REGISTRY, run, type Rows } from './shipped.ts';

const file = 'over.yaml';
const pipeline = (nodes: string): string => `apiVersion: 1
pipeline: over
params:
  memory: 90s
sources:
  bars: { schema: bar, stamp: close, csv: bars.csv }
nodes:
${nodes}
outputs:
  out: { from: f, stdout: {} }
`;

const ALL = `  f:
    from: bars
    compute:
      a: zscore(volume, 2m)
      b: stdev(close - open, $memory)
      c: sma(close, 1m) - sma(close, 5)
      d: highest(high, 1m) - lowest(1m)
      e: median(close, $memory / 2) + quantile(close, 1m, 0.9) + percent_rank(close, 3m)
      f: corr(close, volume, 2m)
      g: realized_vol(log_return(close), 1m) + sum(mean(volume, 1m), 30s)
      h: count(close > open, 1m) + var(close, 2m) + vwma(close, 1m)
  up: { from: f, filter: "close > open and count(true, 1m) > 2" }
  g: { from: up, compute: { x: "sum(volume, 1m)", y: "highest(1m)" } }
  z: { from: bars, zscore: { of: volume, period: 2m } }`;

function rowsOf(text: string, n: number, late = false, seed = 3): Rows {
  const random = new Random(seed);
  const doc = read(file, text);
  const symbols: string[] = [];
  const ts = new Float64Array(n);
  const cols = doc.sources[0].schema.map(() => new Float64Array(n));
  let now = 1_700_000_000 * SECOND;
  let price = 100;
  for (let r = 0; r < n; r++) {
    now += random.int(0, 12 * SECOND);
    ts[r] = late && random.next() < 0.2 ? now - random.int(0, MINUTE) : now;
    symbols.push(['AAA', 'BBB', 'CCC'][random.int(0, 2)]);
    const open = price;
    price *= Math.exp(0.01 * random.normal());
    const bar: Record<string, number> = {
      open, close: price, high: Math.max(open, price) + 0.1, low: Math.min(open, price) - 0.1,
      volume: random.next() < 0.05 ? NaN : random.int(1, 900),
    };
    doc.sources[0].schema.forEach((f, c) => { cols[c][r] = bar[f.name] ?? NaN; });
  }
  const chunk: Chunk = { n, ts, key: new Int32Array(n), cols };
  return { doc, symbols, chunk };
}

/** The column of a node, row by row. */
function column(rows: Rows, node: string, name: string): number[] {
  const engine = new Engine(planOf(rows.doc));
  const out: number[] = [];
  engine.tap(node, (o) => {
    const c = o.cols[o.schema.findIndex((f) => f.name === name)];
    for (let j = 0; j < o.n; j++) out.push(c[o.sel === null ? j : o.sel[j]] as number);
  });
  for (let i = 0; i < rows.chunk.n; i++) rows.chunk.key[i] = engine.graph.keys[0].intern(rows.symbols[i]);
  engine.take(0, rows.chunk);
  void engine.epoch();
  return out;
}

describe('a formula over a span of time', () => {
  it('has the same bits at any cut, fused or not, and after any number of restores', { timeout: 60_000 }, async () => {
    for (const late of [false, true]) {
      const rows = rowsOf(pipeline(ALL), 600, late);
      const whole = await run(rows, { next: () => 600 });
      expect(whole.report['z'].out).toBe(600);
      expect((await run(rows, { next: () => 600, fuse: false })).hash).toBe(whole.hash);
      await fc.assert(fc.asyncProperty(fc.integer({ min: 1, max: 90 }), fc.array(fc.integer({ min: 1, max: 599 }), { maxLength: 5 }),
        fc.boolean(), async (cut, kills, fuse) => {
          const random = new Random(cut);
          const again = await run(rows, { next: () => random.int(1, cut), kills, fuse });
          expect(again.hash).toBe(whole.hash);
        }), { seed: 11, numRuns: 12 });
    }
  });

  it('counts the rows of the filter it stands behind, per symbol', () => {
    const text = pipeline('  u: { from: bars, filter: close > 2 }\n  f: { from: u, compute: { s: "sum(close, 10s)" } }');
    const rows = rowsOf(text, 6);
    rows.chunk.ts.set([0, 5, 9, 10, 12, 30].map((s) => s * SECOND));
    const close = rows.doc.sources[0].schema.findIndex((f) => f.name === 'close');
    (rows.chunk.cols[close] as Float64Array).set([3, 1, 4, 5, 6, 7]);
    expect(column({ ...rows, symbols: ['A', 'A', 'A', 'B', 'A', 'A'] }, 'f', 's')).toEqual([3, 7, 5, 10, 7]);
  });

  it('is one call where it is written twice, and another than the one over as many rows', () => {
    const text = pipeline(`  f:
    from: bars
    compute: { a: "sma(close, 2m)", b: "sma(close, 120s) + 1", c: "sma(close, 2)", d: "sma(close, 3m)" }`);
    const plan = planOf(read(file, text));
    const kernels = plan.stages.flatMap((s) => (s.form === 'island' ? s.body.instrs : [])).filter((i) => i.op === 'kernel');
    expect(kernels.map((k) => k.params['period'])).toEqual([{ micros: 2 * MINUTE }, { rows: 2 }, { micros: 3 * MINUTE }]);
  });

  it('is warm from its first values on, and explain says that its state grows', () => {
    const text = pipeline(`  f: { from: bars, compute: { a: "sma(close, 2h)" } }
  g: { from: bars, compute: { b: "sma(stdev(close, 2h), 5)" } }`);
    const { nodes } = explain(planOf(read(file, text)));
    const [f, g] = ['f', 'g'].map((id) => nodes.find((n) => n.id === id));
    expect([f?.warmupRows, f?.stateBytesPerKey, f?.stateNote]).toEqual([1, 0, 'and the rows inside its spans of time']);
    expect([g?.warmupRows, g?.stateBytesPerKey]).toEqual([6, 64]);
    expect(nodes.find((n) => n.id === 'bars')?.stateNote).toBeNull();
  });

  it('works behind asof and over bars', () => {
    const text = pipeline(`  b: { from: bars, bars: { every: 1m } }
  f: { from: bars, compute: { v: "asof(sum(b.volume, 3m))" } }`);
    const rows = rowsOf(text, 300);
    expect(column(rows, 'f', 'v').filter((x) => x > 0).length).toBeGreaterThan(200);
  });

  it('is refused where a function counts rows only, with the functions that do not', () => {
    const text = pipeline('  f: { from: bars, compute: { a: "ema(close, 2h)", b: "sma(close, 0s)" } }');
    const { diagnostics } = compile(read(file, text), REGISTRY, {});
    expect(diagnostics.map((d) => d.code)).toEqual(['E308', 'E308']);
    expect(diagnostics[0].help?.at(-1)).toMatch(/^over a length of time: corr, count, highest, /);
  });
});
