import { describe, expect, it } from 'vitest';
import { makeRegistry } from '../cli/registry.ts';
import type { Chunk, SourceReader } from '../core/connector.ts';
import type { KeyTable } from '../core/keys.ts';
import { readPipeline } from '../language/check.ts';
import { compile } from '../plan/compile.ts';
import { Engine } from './engine.ts';
import { replay } from './replay.ts';

const REGISTRY = makeRegistry();

const TWO = `
apiVersion: 1
pipeline: two
sources:
  a: { synthetic: {}, schema: { ts: time, symbol: text, x: f64 } }
  b: { synthetic: {}, schema: { ts: time, symbol: text, x: f64 } }
nodes:
  both: { from: [a, b], merge: {} }
  bars: { from: both, window: { every: 10us, columns: { n: count(), s: sum(x), f: first(x), l: last(x) } } }
`;

/** Rows at the given times, in chunks of the given length; x is the row's own number. */
class Listed implements SourceReader {
  readonly bad = { count: 0, first: [] };
  readonly total: number;
  private at = 0;
  private readonly ts: readonly number[];
  private readonly size: number;
  private readonly key: number;

  constructor(keys: KeyTable, ts: readonly number[], size: number) {
    this.ts = ts;
    this.size = size;
    this.total = ts.length;
    this.key = keys.intern('A');
  }

  async next(): Promise<Chunk | null> {
    if (this.at >= this.ts.length) return null;
    const ts = this.ts.slice(this.at, this.at + this.size);
    const first = this.at;
    this.at += ts.length;
    return {
      n: ts.length, ts: Float64Array.from(ts), key: new Int32Array(ts.length).fill(this.key), cols: [Float64Array.from(ts, (_, i) => first + i)],
    };
  }

  async close(): Promise<void> {
    this.at = this.ts.length;
  }
}

interface Run {
  readonly engine: Engine;
  readonly order: string[];
  readonly hash: string;
}

const A = Array.from({ length: 200 }, (_, i) => i * 3);
const B = Array.from({ length: 90 }, (_, i) => i * 5);

function start(): { engine: Engine; order: string[] } {
  const doc = readPipeline(TWO, { file: 'two.yaml', base: '.', registry: REGISTRY, env: {}, params: {}, readFile: () => null });
  const { plan, diagnostics } = compile(doc, REGISTRY, { observe: 'all' });
  if (plan === null) throw new TypeError(JSON.stringify(diagnostics));
  const engine = new Engine(plan, { hash: 'all' });
  const order: string[] = [];
  const see = (id: string): void => engine.tap(id, (rows) => {
    for (let r = 0; r < rows.n; r++) order[rows.seq[rows.sel === null ? r : rows.sel[r]]] = `${id}${rows.ts[r]}`;
  });
  see('a');
  see('b');
  return { engine, order };
}

async function run(batch: number | { seed: number }, size: number, a = A, b = B): Promise<Run> {
  const { engine, order } = start();
  const keys = engine.graph.keys[0];
  await replay(engine, [new Listed(keys, a, size), new Listed(keys, b, 7)], { batch });
  return { engine, order: order.filter((x) => x !== undefined), hash: engine.hash(['a', 'b', 'both', 'bars']) };
}

/** Rows of every node as they come, from `from` on. */
async function shown(from: number | null, batch: number | { seed: number } = 4096, size = 50): Promise<{
  readonly rows: Map<string, { readonly seq: number; readonly text: string }[]>; readonly engine: Engine; readonly warmed: number;
}> {
  const { engine } = start();
  const ids = ['a', 'b', 'both', 'bars'];
  const rows = new Map(ids.map((id) => [id, [] as { seq: number; text: string }[]]));
  for (const id of ids) {
    engine.tap(id, (out) => {
      for (let r = 0; r < out.n; r++) {
        const i = out.sel === null ? r : out.sel[r];
        rows.get(id)?.push({ seq: out.seq[i], text: [out.ts[i], ...out.cols.map((c) => c[i])].join() });
      }
    });
  }
  const keys = engine.graph.keys[0];
  const result = await replay(engine, [new Listed(keys, A, size), new Listed(keys, B, 7)], { batch, from });
  return { rows, engine, warmed: result.warmupRows };
}

describe('a replay from a moment on', () => {
  it('shows what the whole replay shows behind the first row of that time, at every batch', { timeout: 60_000 }, async () => {
    const whole = await shown(null);
    const all = [...(whole.rows.get('both') ?? [])];
    for (const from of [1, 7, 10, 200, 201, 444, 446, 597]) {
      const first = all.find((r) => Number(r.text.split(',')[0]) >= from)?.seq ?? Infinity;
      let hash = '';
      for (const batch of [4096, 1, 7, { seed: 9 }]) {
        const part = await shown(from, batch, 13);
        for (const [id, rows] of part.rows) expect([from, id, rows]).toEqual([from, id, whole.rows.get(id)?.filter((r) => r.seq >= first)]);
        const report = part.engine.report();
        expect(part.warmed).toBe(all.filter((r) => r.seq < first).length);
        expect(report.both).toMatchObject({ in: all.length - part.warmed, out: part.rows.get('both')?.length });
        expect(report.bars).toMatchObject({ in: report.both.out, folded: report.both.out, out: part.rows.get('bars')?.length });
        const own = part.engine.hash(['a', 'b', 'both', 'bars']);
        if (hash !== '') expect(own).toBe(hash);
        hash = own;
      }
      expect(hash).not.toBe(whole.engine.hash(['a', 'b', 'both', 'bars']));
    }
  });

  it('shows all from before the first row, and nothing from behind the last', async () => {
    const [whole, early, late] = [await shown(null), await shown(-5), await shown(10_000)];
    expect(early.rows).toEqual(whole.rows);
    expect(early.warmed).toBe(0);
    expect([...late.rows.values()].flat()).toEqual([]);
    expect(late.warmed).toBe(A.length + B.length);
    expect(Object.values(late.engine.report()).every((n) => n.in === 0 && n.out === 0)).toBe(true);
  });
});

describe('a replay', () => {
  it('merges sources by time, then order of the sources', async () => {
    const { order } = await run(16, 13, [0, 10, 10, 20], [5, 10, 30]);
    expect(order).toEqual(['a0', 'b5', 'a10', 'a10', 'b10', 'a20', 'b30']);
  });

  it('is the same for every batch and every length of chunk', async () => {
    const whole = await run(4096, 1000);
    expect(whole.order).toHaveLength(A.length + B.length);
    expect(whole.engine.report().bars.out).toBeGreaterThan(20);
    for (const size of [1, 2, 64]) {
      for (const batch of [1, 3, 100, { seed: 4 }]) {
        const other = await run(batch, size);
        expect(other.order).toEqual(whole.order);
        expect(other.hash).toBe(whole.hash);
      }
    }
  });

  it('stops on demand with what it has taken, and leaves windows open', async () => {
    const { engine } = start();
    const keys = engine.graph.keys[0];
    const stop = new AbortController();
    const long = Array.from({ length: 20_000 }, (_, i) => i);
    const result = await replay(engine, [new Listed(keys, long, 500), new Listed(keys, [], 5)], {
      batch: 1000, signal: stop.signal, settle: () => stop.abort(),
    });
    expect(result.aborted).toBe(true);
    expect(result.rows).toBe(5000);
    const { both, bars } = engine.report();
    expect(both.out).toBe(5000);
    // 501 windows have been opened; the last one waits for rows that did not come.
    expect(bars.out).toBe(500);
  });

  it('paces rows by their time when asked to', async () => {
    const { engine } = start();
    const keys = engine.graph.keys[0];
    const result = await replay(engine, [new Listed(keys, [0, 100_000, 200_000], 9), new Listed(keys, [50_000], 9)], { speed: 2 });
    expect(result.rows).toBe(4);
    expect(result.seconds).toBeGreaterThan(0.095);
  });
});
