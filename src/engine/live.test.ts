import { describe, expect, it } from 'vitest';
import { MemoryBus } from '../bus/memory.ts';
import { makeRegistry } from '../cli/registry.ts';
import { feedFor } from '../connect/open.ts';
import type { SourceFeed } from '../core/connector.ts';
import { readPipeline } from '../language/check.ts';
import { compile } from '../plan/compile.ts';
import { Engine } from './engine.ts';
import { live } from './live.ts';

const REGISTRY = makeRegistry();
const TEXT = `
apiVersion: 1
pipeline: live
sources:
  ticks: { nats: { subject: "md.{symbol}" }, schema: { ts: time, x: f64 } }
nodes:
  sums: { from: ticks, window: { every: 1s, columns: { n: count(), s: sum(x) } } }
`;

function start(bus: MemoryBus): { engine: Engine; feed: SourceFeed; sums: number[] } {
  const doc = readPipeline(TEXT, { file: 'live.yaml', base: '.', registry: REGISTRY, env: {}, params: {}, readFile: () => null });
  const { plan, diagnostics } = compile(doc, REGISTRY, { observe: 'all' });
  if (plan === null) throw new TypeError(JSON.stringify(diagnostics));
  const engine = new Engine(plan);
  const sums: number[] = [];
  engine.tap('sums', (rows) => {
    const column = rows.cols[rows.schema.findIndex((f) => f.name === 's')];
    for (let r = 0; r < rows.n; r++) sums.push(column[r] as number);
  });
  const [s] = doc.sources;
  const ctx = { id: s.id, schema: s.schema, keys: engine.graph.keys[0], args: s.args, base: '.', time: s.time, optional: s.optional };
  return { engine, feed: feedFor(ctx, 'nats', { bus }), sums };
}

/** A time as large as today's microseconds are: the unit of a number is told from its size. */
const tick = (ts: number, x: number): string => JSON.stringify({ ts: 1_704_000_000_000_000 + ts, x });
const turns = async (n: number): Promise<void> => {
  for (let i = 0; i < n; i++) await new Promise((resolve) => setImmediate(resolve));
};

describe('a live run', () => {
  it('takes what has arrived in each turn, and closes windows when its sources end', async () => {
    const bus = new MemoryBus();
    const { engine, feed, sums } = start(bus);
    const epochs: number[] = [];
    const running = live(engine, [feed], { onEpoch: (rows) => epochs.push(rows) });
    await turns(3);
    for (let i = 0; i < 10; i++) void bus.publish('md.A', tick(i * 300_000, 1));
    await turns(6);
    void bus.publish('md.A', tick(9_000_000, 5));
    await turns(6);
    bus.close();
    const result = await running;
    expect(result).toMatchObject({ rows: 11, dropped: 0, aborted: false });
    expect(epochs.length).toBeGreaterThanOrEqual(2);
    expect(sums.reduce((a, b) => a + b, 0)).toBe(15);
  });

  it('drains on a stop: what has arrived counts, open windows stay open', async () => {
    const bus = new MemoryBus();
    const { engine, feed, sums } = start(bus);
    const stop = new AbortController();
    const running = live(engine, [feed], { signal: stop.signal });
    await turns(3);
    for (let i = 0; i < 5; i++) void bus.publish('md.A', tick(i * 400_000, 1));
    stop.abort();
    expect(await running).toMatchObject({ rows: 5, aborted: true });
    expect(engine.report().ticks.out).toBe(5);
    // Windows are (open, close]: the first row closes one, two more the next, and the last two stay in an open one.
    expect(sums).toEqual([1, 2]);
  });

  it('fails with what an epoch fails with', async () => {
    const bus = new MemoryBus();
    const { engine, feed } = start(bus);
    engine.tap('ticks', () => { throw new RangeError('full'); });
    const running = live(engine, [feed]);
    await turns(3);
    void bus.publish('md.A', tick(1, 1));
    await expect(running).rejects.toThrow('full');
  });

  it('holds rows back while output is slow, and drops and counts above its capacity', async () => {
    const bus = new MemoryBus();
    const { engine, feed } = start(bus);
    let release: () => void = () => undefined;
    const slow = new Promise<void>((resolve) => { release = resolve; });
    let waits = 0;
    const running = live(engine, [feed], { capacity: 4, settle: () => (++waits === 2 ? slow : undefined) });
    await turns(3);
    for (let i = 0; i < 4; i++) {
      void bus.publish('md.A', tick(i * 1_000_000, 1));
      await turns(3);
    }
    for (let i = 4; i < 12; i++) {
      void bus.publish('md.A', tick(i * 1_000_000, 1));
      await turns(3);
    }
    release();
    bus.close();
    const result = await running;
    expect(result.dropped).toBeGreaterThan(0);
    expect(result.rows + result.dropped).toBe(12);
  });
});
