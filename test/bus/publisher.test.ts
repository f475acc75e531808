import { describe, expect, it } from 'vitest';
import { MemoryLog } from '../../src/bus/memory-log.ts';
import { roughWeather } from '../../src/bus/weather.ts';
import type { Refusal } from '../../src/core/diagnostic.ts';
import type { OutputLog, OutputMessage } from '../../src/core/log.ts';
import { Random } from '../../src/core/random.ts';
import { counts } from '../harness/settings.ts';

const message = (i: number, subjects = 1, by = 'p'): OutputMessage =>
  ({ id: `${by}:${i}:0`, subject: `out.${i % subjects}`, payload: `${i}`, headers: [['Millrace-Plan', by]] });

const idsOf = (log: MemoryLog, subject?: string): string[] => {
  const ids: string[] = [];
  for (let m = log.from(1); m !== null; m = log.from(m.seq + 1)) if (subject === undefined || m.subject === subject) ids.push(m.header('Nats-Msg-Id'));
  return ids;
};

async function appendAll(out: OutputLog, from: number, to: number, subjects: number): Promise<void> {
  for (let i = from; i < to; i++) {
    const room = out.room();
    if (room !== undefined) await room;
    out.append(message(i, subjects));
    if (i % 17 === 0) await Promise.resolve();
  }
}

const KINDS = [
  { chain: 'log', batches: false, subjects: 1 },
  { chain: 'subject', batches: false, subjects: 7 },
  { chain: 'subject', batches: true, subjects: 7 },
] as const;

const SEEDS = counts(100, 5000);
const PATIENCE = counts(20_000, 400_000);

describe.each(KINDS)('chain $chain, batches $batches', ({ chain, batches, subjects }) => {
  it.each([['remembered', 120e6], ['forgotten at once', 0]] as const)('stores each message once and in order in rough weather, ids %s', async (_, rememberUs) => {
    let resyncs = 0;
    for (let seed = 1; seed <= SEEDS; seed++) {
      const random = new Random(seed);
      const log = new MemoryLog({ batches, rememberUs, first: seed % 2 === 0 ? 'id' : 'sequence' });
      const out = log.output({ chain, window: random.int(1, 40), weather: roughWeather(random, 0.05) });
      await out.tails();
      await appendAll(out, 0, 120, subjects);
      const stored = await out.stored();
      expect(out.pending).toBe(0);
      expect(stored.seq, `seed ${seed}`).toBe(120);
      for (let s = 0; s < subjects; s++) {
        const wanted = Array.from({ length: 120 }, (_x, i) => i).filter((i) => i % subjects === s).map((i) => `p:${i}:0`);
        expect(idsOf(log, `out.${s}`), `seed ${seed}`).toEqual(wanted);
      }
      resyncs += out.counters.resyncs;
      await out.close();
    }
    // The weather was rough indeed.
    expect(resyncs).toBeGreaterThan(SEEDS);
  }, PATIENCE);

  it('is fenced off by another writer, wherever it comes between', async () => {
    let fenced = 0;
    for (let seed = 1; seed <= SEEDS; seed++) {
      const random = new Random(seed);
      const log = new MemoryLog({ batches });
      const old = log.output({ chain, window: 32, weather: roughWeather(random, 0.02) });
      await old.tails();
      await appendAll(old, 0, 60, subjects);
      await old.stored();
      // The old one sleeps; the new one takes over and writes a few messages on the old one's subjects.
      const now = log.output({ chain });
      await now.tails();
      const n = random.int(1, 9);
      for (let i = 0; i < n; i++) now.append(message(60 + i, subjects, 'q'));
      await now.stored();
      const before = idsOf(log).length;
      const failure = await appendAll(old, 60, 100, subjects).then(() => old.stored()).then(() => null, (e: Refusal) => e);
      const visible = idsOf(log).slice(before);
      // With a chain for each subject the old one may go on where the new one has not been.
      const touched = new Set(Array.from({ length: n }, (_x, i) => `out.${(60 + i) % subjects}`));
      for (const id of visible) expect(touched.has(`out.${Number(id.split(':')[1]) % subjects}`), `seed ${seed}: ${id} slipped through`).toBe(false);
      expect(failure?.code, `seed ${seed}`).toBe('E761');
      expect(() => old.append(message(1))).toThrow(/somebody else/);
      await expect(Promise.resolve(old.room())).rejects.toThrow(/somebody else/);
      fenced++;
    }
    expect(fenced).toBe(SEEDS);
  }, PATIENCE);

  it('goes on where an earlier run has ended', async () => {
    const log = new MemoryLog({ batches });
    for (let run = 0; run < 5; run++) {
      const out = log.output({ chain });
      const tails = await out.tails();
      const done = tails.map((t) => Number(t.id.split(':')[1])).reduce((a, b) => Math.max(a, b), -1) + 1;
      expect(done).toBe(run * 20);
      expect(tails.every((t) => t.plan === 'p')).toBe(true);
      await appendAll(out, done, done + 20, subjects);
      await out.stored();
      await out.close();
    }
    expect(idsOf(log).length).toBe(100);
  });

  it('says that the log has forgotten what it had acknowledged', async () => {
    const log = new MemoryLog({ batches });
    const out = log.output({ chain });
    await out.tails();
    await appendAll(out, 0, 50, subjects);
    await out.stored();
    log.forget(10);
    const failure = await appendAll(out, 50, 60, subjects).then(() => out.stored()).then(() => null, (e: Refusal) => e);
    expect(failure?.code).toBe('E763');
  });

  it('lets a message go whose id the log has already', async () => {
    const log = new MemoryLog({ batches });
    const out = log.output({ chain });
    await out.tails();
    for (const i of [0, 1, 2, 0, 3, 4]) out.append(message(i, 1));
    await out.stored();
    expect(idsOf(log)).toEqual(['p:0:0', 'p:1:0', 'p:2:0', 'p:3:0', 'p:4:0']);
  });
});

it('waits while the log has no room', async () => {
  const log = new MemoryLog({ most: 5 });
  const out = log.output({ chain: 'log', window: 4 });
  await out.tails();
  for (let i = 0; i < 8; i++) out.append(message(i));
  for (let i = 0; i < 200; i++) await Promise.resolve();
  expect(out.pending).toBe(3);
  expect(out.counters.retries).toBeGreaterThan(1);
  log.purge(5);
  await out.stored();
  expect(idsOf(log)).toEqual(['p:4:0', 'p:5:0', 'p:6:0', 'p:7:0']);
});

it('is one id away from letting a second writer slip through', () => {
  // What a chain of sequences alone would do: the first of the old writer's messages is refused, the second follows the stranger.
  const log = new MemoryLog();
  const expectation = { lastSeq: 0, lastId: '', subjectSeq: -1, batch: '', batchSeq: 0, commit: false };
  expect(log.publish(message(0, 1, 'q'), expectation)).toMatchObject({ seq: 1 });
  expect(log.publish(message(0), { ...expectation, lastSeq: 0 })).toMatchObject({ code: 10071 });
  expect(log.publish(message(1), { ...expectation, lastSeq: 1, lastId: 'p:0:0' })).toMatchObject({ code: 10070 });
  expect(log.publish(message(1), { ...expectation, lastSeq: 1 })).toMatchObject({ seq: 2 });
});
