import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { JetStreamOutput } from '../../src/bus/jetstream-output.ts';
import { JetStreamReader } from '../../src/bus/jetstream-reader.ts';
import { JetStreamSource } from '../../src/bus/jetstream-source.ts';
import type { Refusal } from '../../src/core/diagnostic.ts';
import { LogHole } from '../../src/core/log.ts';
import type { LogReader } from '../../src/core/log.ts';
import { Random } from '../../src/core/random.ts';
import { counts, SEED, told } from '../harness/settings.ts';
import { appendAll, Broker, pause, until } from './stream.ts';

vi.setConfig({ testTimeout: 60_000 });

let broker: Broker;
afterEach(() => broker.stop());

async function filled(messages: number, subjects = 1, stream: object = {}): Promise<JetStreamOutput> {
  broker = await Broker.start();
  await broker.stream('SRC', stream);
  const out = new JetStreamOutput(broker.nc, { stream: 'SRC', chain: 'log' });
  await appendAll(out, 'SRC', 0, messages, subjects);
  await out.stored();
  return out;
}

const source = (patterns: readonly string[] = [], heartbeatMs = 200): JetStreamSource =>
  new JetStreamSource(broker.nc, { stream: 'SRC', patterns, heartbeatMs });

/** Sequences and ids of the next messages, at least so many of them. */
async function take(reader: LogReader, n: number): Promise<{ seqs: number[]; ids: string[] }> {
  const seqs: number[] = [];
  const ids: string[] = [];
  while (seqs.length < n) {
    const batch = await reader.next();
    if (batch === null) break;
    for (const m of batch) {
      seqs.push(m.seq);
      ids.push(m.header('Nats-Msg-Id'));
    }
  }
  return { seqs, ids };
}

const failureOf = (what: Promise<unknown>): Promise<Refusal | null> => what.then(() => null, (e: Refusal) => e);
const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i);

describe('a source on JetStream', () => {
  it('reads from any sequence, with what the message carries', async () => {
    const out = await filled(2000, 3);
    const reader = source().read({ from: 1 });
    const batch = await reader.next();
    const first = batch?.[0];
    expect([first?.seq, first?.subject, Buffer.from(first?.payload ?? []).toString(), first?.header('Nats-Msg-Id'), first?.header('none')])
      .toEqual([1, 'SRC.0', '0', 'p:0:0', '']);
    const stored = await source().get(1);
    expect([stored?.seq, stored?.subject, stored?.time, stored?.header('Millrace-Plan')]).toEqual([1, 'SRC.0', first?.time, 'p1']);
    // Within a minute of this machine's clock, in microseconds.
    expect(Math.abs((first?.time ?? 0) / 1000 - Date.now())).toBeLessThan(60_000);
    const rest = await take(reader, 2000 - (batch?.length ?? 0));
    expect(rest.seqs.at(-1)).toBe(2000);
    await reader.close();
    expect(await reader.next()).toBeNull();
    const later = source().read({ from: 1500 });
    expect((await take(later, 501)).seqs).toEqual(range(1500, 2000));
    // What is stored afterwards comes as well.
    const next = later.next();
    await appendAll(out, 'SRC', 2000, 2001);
    expect((await next)?.[0].seq).toBe(2001);
    await later.close();
    await out.close();
  });

  it('finds a sequence by time, and messages by sequence', async () => {
    const out = await filled(50);
    const src = source();
    const times = await Promise.all([1, 20, 50].map(async (seq) => (await src.get(seq))?.time ?? 0));
    for (const [i, seq] of [1, 20, 50].entries()) {
      const found = await src.seqAt(times[i]);
      expect(found).toBeLessThanOrEqual(seq);
      expect((await src.get(found))?.time).toBe(times[i]);
    }
    expect(await src.seqAt(0)).toBe(1);
    expect(await src.seqAt(times[2] + 1)).toBe(51);
    expect(await src.get(51)).toBeNull();
    expect(await src.get(0)).toBeNull();
    await broker.api('STREAM.MSG.DELETE.SRC', { seq: 20 });
    expect(await src.get(20)).toBeNull();
    await broker.api('STREAM.PURGE.SRC');
    expect(await src.state()).toMatchObject({ first: 51, last: 50 });
    expect(await src.seqAt(0)).toBe(51);
    await out.close();
  });

  it.each([
    ['one pattern', ['SRC.1'], [1]],
    ['several', ['SRC.1', 'SRC.4', 'SRC.7'], [1, 4, 7]],
    ['one within another', ['SRC.1', 'SRC.>'], range(0, 9)],
    ['overlapping ones, which the server refuses', ['SRC.1.*', 'SRC.*.1', 'SRC.2'], [2]],
  ] as const)('reads the subjects of %s', async (_, patterns, subjects) => {
    const out = await filled(1000, 10);
    const reader = source(patterns).read({ from: 101 });
    const wanted = range(101, 1000).filter((seq) => subjects.includes((seq - 1) % 10 as never));
    expect((await take(reader, wanted.length)).seqs).toEqual(wanted);
    await reader.close();
    await out.close();
  });

  it('holds no more than its credit while nobody asks', async () => {
    const out = await filled(20_000);
    const few = source().read({ from: 1, messages: 100 }) as JetStreamReader;
    const small = source().read({ from: 1, bytes: 20_000 }) as JetStreamReader;
    await until(() => few.heldMessages === 100 && small.heldBytes > 15_000);
    await pause(300);
    expect(few.heldMessages).toBe(100);
    expect(small.heldBytes).toBeLessThanOrEqual(20_000);
    let most = 0;
    let n = 0;
    while (n < 20_000) {
      n += (await few.next())?.length ?? 0;
      most = Math.max(most, few.heldMessages);
    }
    expect(most).toBe(100);
    expect([few.starts, small.starts]).toEqual([1, 1]);
    const all = await take(small, 20_000);
    expect(all.seqs).toEqual(range(1, 20_000));
    await few.close();
    await small.close();
    await out.close();
  });

  it('reads messages that are larger than its credit', async () => {
    const out = await filled(3);
    out.append({ id: 'big', subject: 'SRC.0', payload: new Uint8Array(500_000), headers: [] });
    await appendAll(out, 'SRC', 4, 8);
    await out.stored();
    const reader = source().read({ from: 1, bytes: 10_000 });
    expect((await take(reader, 8)).seqs).toEqual(range(1, 8));
    await reader.close();
    await out.close();
  });

  it('sees each message once while the broker is killed', async () => {
    const out = await filled(0);
    const reader = source().read({ from: 1, messages: 256 }) as JetStreamReader;
    const filteredReader = source(['SRC.1', 'SRC.2']).read({ from: 1, messages: 256 }) as JetStreamReader;
    const random = new Random(SEED);
    const kills = counts(10, 100);
    let sent = 0;
    let stop = false;
    const publishing = (async () => {
      for (; !stop || sent < 5000; sent += 20) {
        await appendAll(out, 'SRC', sent, sent + 20, 4);
        await pause(1);
      }
      await out.stored();
    })();
    let seen = 0;
    const got: number[] = [];
    const reading = (async () => {
      for (;;) {
        const batch = await reader.next();
        if (batch === null) return;
        for (const m of batch) got.push(m.seq);
        seen += batch.length;
        if (random.next() < 0.01) await pause(5);
      }
    })();
    const some: number[] = [];
    const readingSome = (async () => {
      for (;;) {
        const batch = await filteredReader.next();
        if (batch === null) return;
        for (const m of batch) some.push(m.seq);
      }
    })();
    for (let kill = 0; kill < kills; kill++) {
      const before = seen;
      await until(() => seen > before + 50);
      await pause(random.int(0, 40));
      await broker.server.kill();
      await pause(random.int(0, 60));
      await broker.server.start();
    }
    stop = true;
    await publishing;
    const wanted = range(1, sent).filter((seq) => [1, 2].includes((seq - 1) % 4));
    await until(() => got.length >= sent && some.length >= wanted.length);
    await reader.close();
    await filteredReader.close();
    await Promise.all([reading, readingSome]);
    expect(got).toEqual(range(1, sent));
    expect(some).toEqual(wanted);
    expect(reader.starts).toBeGreaterThan(kills);
    expect(reader.starts).toBeLessThan(kills * 5);
    told(`reading over ${kills} kills`, `${sent} messages, ${reader.starts} consumers`);
    await out.close();
  }, counts(120_000, 900_000));

  it('goes on when its consumer is deleted, and after the broker has stood still', async () => {
    const out = await filled(100);
    const reader = source().read({ from: 1 }) as JetStreamReader;
    expect((await take(reader, 100)).seqs).toEqual(range(1, 100));
    const { consumers } = await broker.api<{ consumers: string[] }>('CONSUMER.NAMES.SRC');
    expect(consumers.length).toBe(1);
    await broker.api(`CONSUMER.DELETE.SRC.${consumers[0]}`);
    await appendAll(out, 'SRC', 100, 200);
    expect((await take(reader, 100)).seqs).toEqual(range(101, 200));
    expect(reader.starts).toBe(2);
    broker.server.signal('SIGSTOP');
    await pause(1500);
    broker.server.signal('SIGCONT');
    await appendAll(out, 'SRC', 200, 300);
    expect((await take(reader, 100)).seqs).toEqual(range(201, 300));
    await reader.close();
    // It leaves nothing behind.
    await until(async () => (await broker.api<{ consumers: string[] | null }>('CONSUMER.NAMES.SRC')).consumers?.length !== 1);
    await out.close();
  });
});

it('says that its connection was closed', async () => {
  const out = await filled(10);
  const nc = await broker.another();
  const reader = new JetStreamSource(nc, { stream: 'SRC' }).read({ from: 1 });
  await take(reader, 10);
  const next = failureOf(reader.next());
  await nc.close();
  expect((await next)?.code).toBe('E765');
  await reader.close();
  await out.close();
});

describe('a source whose log changes under it', () => {
  it('says what is gone at the start, and goes on from there', async () => {
    const out = await filled(100);
    await broker.api('STREAM.PURGE.SRC', { seq: 41 });
    const failure = await failureOf(source().read({ from: 10 }).next());
    expect(failure).toBeInstanceOf(LogHole);
    expect(failure).toMatchObject({ code: 'E762', wanted: 10, next: 41, message: expect.stringMatching(/messages 10 to 40 of stream SRC are gone/) });
    expect(failure?.help.join()).toMatch(/on_gap: continue/);
    const reader = source().read({ from: (failure as LogHole).next });
    expect((await take(reader, 60)).seqs).toEqual(range(41, 100));
    await reader.close();
    await out.close();
  });

  it.each([['', []], [' with a filter', ['SRC.0']]] as const)('says what a purge has taken from a slow reader%s', async (_, patterns) => {
    const out = await filled(1000, 2);
    const reader = source(patterns).read({ from: 1, messages: 50 });
    const before = await take(reader, 1);
    await until(() => (reader as JetStreamReader).heldMessages === 50);
    await broker.api('STREAM.PURGE.SRC', { seq: 901 });
    const { last } = { last: before.seqs.length };
    expect(last).toBeGreaterThan(0);
    const seen = [...before.seqs];
    const failure = await failureOf((async () => {
      for (;;) seen.push(...(await take(reader, 1)).seqs);
    })());
    expect(failure).toMatchObject({ code: 'E762', next: 901 });
    // All that came is from before the hole.
    expect(Math.max(...seen)).toBeLessThan((failure as LogHole).wanted);
    expect(seen).toEqual(range(1, 1000).filter((seq) => patterns.length === 0 || seq % 2 === 1).slice(0, seen.length));
    await reader.close();
    await out.close();
  });

  it('says that single messages were deleted', async () => {
    const out = await filled(100);
    await broker.api('STREAM.MSG.DELETE.SRC', { seq: 50 });
    const reader = source().read({ from: 1 });
    const seen: number[] = [];
    const failure = await failureOf((async () => {
      for (;;) seen.push(...(await take(reader, 1)).seqs);
    })());
    expect(seen).toEqual(range(1, 49));
    expect(failure).toMatchObject({ code: 'E762', wanted: 50, next: 51, message: expect.stringMatching(/message 50 of stream SRC is gone/) });
    await reader.close();
    await out.close();
  });

  it('says that the stream was deleted, and that another one has its name', async () => {
    const out = await filled(100);
    const reader = source().read({ from: 1 });
    await take(reader, 100);
    const deleted = source().read({ from: 1, messages: 10 });
    await take(deleted, 1);
    await broker.api('STREAM.DELETE.SRC');
    await broker.stream('SRC');
    expect(await failureOf(take(reader, 1))).toMatchObject({ code: 'E763', message: expect.stringMatching(/made anew/) });
    await broker.api('STREAM.DELETE.SRC');
    const gone = source().read({ from: 1 });
    expect(await failureOf(take(gone, 1))).toMatchObject({ code: 'E762', message: expect.stringMatching(/not there/) });
    await Promise.all([reader, deleted, gone].map((r) => r.close()));
    await out.close();
  });

  it('says that the broker has forgotten what was read', async () => {
    const out = await filled(100);
    const store = join(broker.server.folder, 'store');
    const copy = join(broker.server.folder, 'copy');
    await broker.server.kill();
    cpSync(store, copy, { recursive: true });
    await broker.server.start();
    await appendAll(out, 'SRC', 100, 150);
    await out.stored();
    const reader = source().read({ from: 1 });
    await take(reader, 150);
    await broker.server.kill();
    rmSync(store, { recursive: true });
    cpSync(copy, store, { recursive: true });
    await broker.server.start();
    expect(await failureOf(take(reader, 1))).toMatchObject({ code: 'E763', message: expect.stringMatching(/went to 150 before, and ends with 100/) });
    await reader.close();
    await out.close();
  });
});
