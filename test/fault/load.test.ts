import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { JetStreamOutput } from '../../src/bus/jetstream-output.ts';
import { JetStreamSource } from '../../src/bus/jetstream-source.ts';
import { ensureStream } from '../../src/bus/streams.ts';
import { ChunkBuffer } from '../../src/connect/chunk-buffer.ts';
import { SCHEMAS } from '../../src/core/types.ts';
import { Engine } from '../../src/engine/engine.ts';
import type { Worker } from '../chaos/chaos.ts';
import { trades } from '../chaos/feed.ts';
import { counts } from '../harness/settings.ts';
import { planOf } from '../recording/support.ts';
import { pause, until } from './broker.ts';
import { Place } from './durable.ts';

vi.setConfig({ testTimeout: counts(120_000, 3_600_000), hookTimeout: 120_000 });

let place: Place;
beforeAll(async () => { place = await Place.open(); });
afterAll(() => place.close());

/** Payloads of every subject, in order. */
async function bySubject(): Promise<Map<string, string[]>> {
  const log = new JetStreamSource(place.nc, { stream: 'OUT' });
  const { last } = await log.state();
  const reader = log.read({ from: 1 });
  const out = new Map<string, string[]>();
  for (let n = 0; n < last;) {
    for (const m of (await reader.next()) ?? []) {
      n += 1;
      out.set(m.subject, [...(out.get(m.subject) ?? []), Buffer.from(m.payload).toString()]);
    }
  }
  await reader.close();
  return out;
}

it('five times the load for a while and back: all is taken, and the outputs are those of a run in peace', async () => {
  await ensureStream(place.nc, { name: 'MD', subjects: ['md.trades.*'], discard: 'old' });
  await place.fresh();
  const w = place.worker('step', { args: ['--lease', '10s'] });
  const seconds = counts(1, 20);
  const rates = [1000, 5000, 1000];
  const all = await trades(rates.reduce((a, b) => a + b) * seconds);
  const log = new JetStreamOutput(place.nc, { stream: 'MD', chain: 'log' });
  await log.tails();
  let i = 0;
  for (const rate of rates) {
    for (let slice = 0; slice < 20 * seconds; slice++) {
      for (let n = 0; n < rate / 20; n++, i++) log.append({ id: `0:${i}:0`, ...all[i], headers: [] });
      const room = log.room();
      if (room !== undefined) await room;
      await pause(50);
    }
  }
  await log.stored();
  await log.close();
  await place.took(w);
  w.child.kill('SIGTERM');
  expect(await w.ended).toBe(0);
  const stepped = await place.outputs();
  expect(stepped.count).toBeGreaterThan(500);
  expect(await place.golden()).toEqual(stepped);
});

it('four partitions give the same from one worker and from two', async () => {
  const run = async (name: string, workers: number): Promise<Map<string, string[]>> => {
    await place.fresh();
    const all: Worker[] = [];
    for (let n = 0; n < workers; n++) all.push(place.worker(name, { args: ['--partitions', '4', '--lease', '5s'] }));
    await until(() => all.every((w) => place.lagOf(w) === 0) && all.reduce((sum, w) => sum + place.ownedBy(w), 0) === 4);
    for (const w of all) w.child.kill('SIGTERM');
    expect(await Promise.all(all.map((w) => w.ended))).toEqual(all.map(() => 0));
    return bySubject();
  };
  const [one, two] = [await run('alone', 1), await run('pair', 2)];
  expect(one.size).toBeGreaterThan(4);
  expect(new Map([...two].sort())).toEqual(new Map([...one].sort()));
});

it('a hundred thousand symbols cost some hundred bytes each, and a universe keeps the others out', async () => {
  const n = 100_000;
  const plan = planOf(`apiVersion: 1
pipeline: many
sources: { trades: { nats: { subject: "md.{symbol}" }, schema: trade } }
nodes:
  f: { from: trades, compute: { fast: "ema(price, 5)", slow: "ema(price, 20)" } }
  cross: { from: f, signal: { buy: "crosses_above(fast, slow)", sell: "crosses_below(fast, slow)" } }
outputs: { signals: { from: cross, stdout: jsonl } }
`);
  const run = async (universe: readonly string[] | null): Promise<Engine> => {
    const engine = new Engine(plan, universe === null ? {} : { universe });
    const chunk = new ChunkBuffer(SCHEMAS.trade, n);
    for (let i = 0; i < n; i++) {
      chunk.ts[i] = i;
      chunk.key[i] = engine.graph.keys[0].intern(`S${i}`);
      for (const c of [0, 1, 2]) (chunk.cols[c] as Float64Array)[i] = 1 + c;
    }
    chunk.n = n;
    engine.take(0, chunk, 0, n);
    await engine.epoch();
    return engine;
  };
  const all = await run(null);
  expect(all.report().f.out).toBe(n);
  const bytes = all.freeze().length / n;
  console.log(`${bytes.toFixed(0)} bytes of checkpoint for each symbol`);
  expect(bytes).toBeLessThan(500);
  const few = await run(['S1', 'S2']);
  expect(few.report().f.out).toBe(2);
  // The name of a symbol outside is kept, and nothing else of it.
  expect(few.freeze().length / n).toBeLessThan(20);
  await Promise.all([all.close(), few.close()]);
});
