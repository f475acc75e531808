import { describe, expect, it } from 'vitest';
import { MemoryLog } from '../../src/bus/memory-log.ts';
import { roughWeather } from '../../src/bus/weather.ts';
import type { Refusal } from '../../src/core/diagnostic.ts';
import { LogHole } from '../../src/core/log.ts';
import type { LogReader } from '../../src/core/log.ts';
import { Random } from '../../src/core/random.ts';
import { counts } from '../harness/settings.ts';
import { appendAll } from './stream.ts';

async function filled(n: number, subjects = 1): Promise<MemoryLog> {
  const log = new MemoryLog();
  const out = log.output({ chain: 'log' });
  await appendAll(out, 'S', 0, n, subjects);
  await out.stored();
  return log;
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i);

async function readAll(reader: LogReader, until: number): Promise<number[]> {
  const seqs: number[] = [];
  while (seqs.at(-1) !== until) for (const m of (await reader.next()) ?? []) seqs.push(m.seq);
  return seqs;
}

const failureOf = (what: Promise<unknown>): Promise<Refusal | null> => what.then(() => null, (e: Refusal) => e);

describe('the reader of a log in memory', () => {
  it('sees each message once, whatever the portions, while more is appended', async () => {
    for (let seed = 1; seed <= counts(50, 2000); seed++) {
      const random = new Random(seed);
      const log = new MemoryLog();
      const out = log.output({ chain: 'log', window: 16, weather: roughWeather(random, 0.05) });
      const from = random.int(1, 20);
      await appendAll(out, 'S', 0, from - 1, 5);
      await out.stored();
      const all = log.source([], { weather: roughWeather(random, 0) }).read({ from, messages: random.int(1, 9) });
      const some = log.source(['S.1'], { weather: roughWeather(random, 0) }).read({ from, messages: random.int(1, 9) });
      const writing = appendAll(out, 'S', from - 1, from + 50, 5).then(() => out.stored());
      const last = range(from, from + 50).filter((s) => s % 5 === 2).at(-1) ?? 0;
      const [got, filtered] = await Promise.all([readAll(all, from + 50), readAll(some, last)]);
      await writing;
      expect(got, `seed ${seed}`).toEqual(range(from, from + 50));
      expect(filtered, `seed ${seed}`).toEqual(got.filter((s) => s % 5 === 2));
    }
  });

  it('starts no further than the log is, and not before it', async () => {
    const log = await filled(10);
    expect(await failureOf(log.source().read({ from: 12 }).next())).toMatchObject({ code: 'E763' });
    const reader = log.source().read({ from: 11 });
    const next = reader.next();
    await appendAll(log.output({ chain: 'log' }), 'S', 10, 11);
    expect((await next)?.[0].seq).toBe(11);
    const waiting = reader.next();
    await reader.close();
    expect(await waiting).toBeNull();
  });

  it('says what is gone, forgotten, or another log', async () => {
    const log = await filled(100);
    log.purge(41);
    const cut = await failureOf(log.source().read({ from: 10 }).next());
    expect(cut).toBeInstanceOf(LogHole);
    expect(cut).toMatchObject({ code: 'E762', wanted: 10, next: 41 });
    log.delete(50);
    const reader = log.source().read({ from: 41 });
    expect((await reader.next())?.length).toBe(9);
    expect(await failureOf(reader.next())).toMatchObject({ code: 'E762', wanted: 50, next: 51 });
    const whole = log.source().read({ from: 51 });
    await whole.next();
    log.forget(10);
    expect(await failureOf(whole.next())).toMatchObject({ code: 'E763', message: expect.stringMatching(/went to 100 before, and ends with 90 now/) });
    const old = log.source().read({ from: 51 });
    log.recreate('2');
    expect(await failureOf(old.next())).toMatchObject({ code: 'E763', message: expect.stringMatching(/created 1, and now 2/) });
    expect(log.state()).toEqual({ created: '2', first: 1, last: 0 });
  });

  it('finds sequences by time', async () => {
    const log = await filled(10);
    const src = log.source();
    const time = (await src.get(5))?.time ?? 0;
    expect([await src.seqAt(time), await src.seqAt(time + 100), await src.seqAt(0)]).toEqual([5, 11, 1]);
  });
});

it('ids are forgotten by age and by number', () => {
  let now = 0;
  const log = new MemoryLog({ now: () => now, rememberUs: 10, remember: 2 });
  const e = { lastSeq: -1, lastId: '', subjectSeq: -1, batch: '', batchSeq: 0, commit: false };
  const put = (id: string): unknown => log.publish({ id, subject: 's', payload: '', headers: [] }, e);
  expect([put('a'), put('a')]).toEqual([{ seq: 1, duplicate: false }, { seq: 1, duplicate: true }]);
  put('b');
  put('c');
  expect(put('a')).toEqual({ seq: 4, duplicate: false });
  now = 50;
  expect(put('a')).toEqual({ seq: 5, duplicate: false });
});
