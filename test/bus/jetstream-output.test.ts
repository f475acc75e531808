import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from '@nats-io/transport-node';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { JetStreamOutput } from '../../src/bus/jetstream-output.ts';
import type { JetStreamOutputOptions } from '../../src/bus/jetstream-output.ts';
import { NatsServer } from '../../src/bus/server.ts';
import type { Refusal } from '../../src/core/diagnostic.ts';
import { Random } from '../../src/core/random.ts';
import { counts, SEED, told } from '../harness/settings.ts';
import { appendAll, Broker, messageOf, pause, until } from './stream.ts';

// Only what hangs comes near it: the machine may be busy with other things.
vi.setConfig({ testTimeout: 60_000 });

let broker: Broker;
afterEach(() => broker.stop());

async function open(options: Partial<JetStreamOutputOptions> = {}, stream: object = {}, extra = ''): Promise<JetStreamOutput> {
  broker = await Broker.start(extra);
  await broker.stream('OUT', stream);
  return new JetStreamOutput(broker.nc, { stream: 'OUT', chain: 'log', ...options });
}

const failureOf = (what: Promise<unknown>): Promise<Refusal | null> => what.then(() => null, (e: Refusal) => e);
const ids = (from: number, to: number, by = 'p'): string[] => Array.from({ length: to - from }, (_, i) => `${by}:${from + i}:0`);

const KINDS = [
  { chain: 'log', atomic: false, subjects: 1 },
  { chain: 'subject', atomic: false, subjects: 40 },
  { chain: 'subject', atomic: true, subjects: 3 },
] as const;

describe.each(KINDS)('chain $chain, atomic batches $atomic', ({ chain, atomic, subjects }) => {
  it('stores all, in order, and ends where it says', async () => {
    const out = await open({ chain }, { allow_atomic: atomic });
    expect(await out.tails()).toEqual([]);
    expect(out.room()).toBeUndefined();
    await appendAll(out, 'OUT', 0, 3000, subjects);
    const stored = await out.stored();
    expect(stored.seq).toBe(3000);
    expect((await out.state()).last).toBe(3000);
    const got = await broker.contents('OUT');
    for (let s = 0; s < subjects; s++) {
      expect(got.map(([, id]) => id).filter((id) => Number(id.split(':')[1]) % subjects === s))
        .toEqual(ids(0, 3000).filter((_, i) => i % subjects === s));
    }
    const tails = await out.tails();
    expect(tails.length).toBe(chain === 'log' ? 1 : subjects);
    for (const tail of tails) expect([tail.id, tail.plan]).toEqual([got.find(([seq]) => seq === tail.seq)?.[1], 'p1']);
    expect(out.counters).toMatchObject({ sent: 3000, acked: 3000, duplicates: 0, resyncs: 0, retries: 0, pendingMessages: 0, pendingBytes: 0 });
    const message = await out.get(7);
    expect([message?.seq, message?.header('Nats-Msg-Id'), Buffer.from(message?.payload ?? []).toString()])
      .toEqual([7, got[6][1], got[6][1].split(':')[1]]);
    await out.close();
  });

  it('loses nothing and repeats nothing while the broker is killed', async () => {
    // So short a window that no id is remembered over a restart: what saves us is the end of the log alone.
    const out = await open({ chain, ackTimeoutMs: 500 }, { allow_atomic: atomic, duplicate_window: 100_000_000 });
    await out.tails();
    const random = new Random(SEED);
    const kills = counts(chain === 'log' ? 10 : 3, 100);
    let sent = 0;
    let stop = false;
    const publishing = (async () => {
      while (!stop || sent < 2000) {
        const room = out.room();
        if (room !== undefined) await room;
        out.append(messageOf('OUT', sent++, subjects));
        if (sent % 20 === 0) await pause(1);
      }
      return out.stored();
    })();
    for (let kill = 0; kill < kills; kill++) {
      const before = out.counters.acked;
      await until(() => out.counters.acked > before + 50);
      await pause(random.int(0, 40));
      await broker.server.kill();
      await pause(random.int(0, 60));
      await broker.server.start();
    }
    stop = true;
    const stored = await publishing;
    expect(stored.seq).toBe(sent);
    const got = (await broker.contents('OUT')).map(([, id]) => id);
    for (let s = 0; s < subjects; s++) {
      expect(got.filter((id) => Number(id.split(':')[1]) % subjects === s)).toEqual(ids(0, sent).filter((_, i) => i % subjects === s));
    }
    expect(out.counters.resyncs).toBeGreaterThanOrEqual(kills);
    told(`publishing over ${kills} kills (${chain}${atomic ? ', batches' : ''})`, JSON.stringify(out.counters));
    await out.close();
  }, counts(120_000, 900_000));

  it('is fenced off when another writer has taken over, and nothing of it becomes visible', async () => {
    const out = await open({ chain }, { allow_atomic: atomic });
    await out.tails();
    await appendAll(out, 'OUT', 0, 500, subjects);
    await out.stored();
    const other = new JetStreamOutput(await broker.another(), { stream: 'OUT', chain });
    await other.tails();
    // As many as would let a chain of sequences alone slip through.
    for (let i = 0; i < subjects; i++) other.append(messageOf('OUT', 500 + i, subjects, 'q'));
    await other.stored();
    const failure = await failureOf(appendAll(out, 'OUT', 500, 1500, subjects).then(() => out.stored()));
    expect(failure?.code).toBe('E761');
    expect(failure?.message).toMatch(/somebody else writes to stream OUT/);
    await expect(out.stored()).rejects.toBe(failure);
    await expect(out.room()).rejects.toBe(failure);
    expect(() => out.append(messageOf('OUT', 1))).toThrow(failure?.message);
    expect((await broker.contents('OUT')).slice(500).map(([, id]) => id.split(':')[0])).toEqual(new Array(subjects).fill('q'));
    await out.close();
    await other.close();
  });

  it('goes on after the broker has stood still', async () => {
    const out = await open({ chain, ackTimeoutMs: 300 }, { allow_atomic: atomic });
    await out.tails();
    await appendAll(out, 'OUT', 0, 200, subjects);
    await out.stored();
    broker.server.signal('SIGSTOP');
    const work = appendAll(out, 'OUT', 200, 600, subjects).then(() => out.stored());
    await until(() => out.counters.resyncs > 0);
    await pause(500);
    broker.server.signal('SIGCONT');
    expect((await work).seq).toBe(600);
    expect((await broker.contents('OUT')).map(([, id]) => id).sort()).toEqual(ids(0, 600).sort());
    await out.close();
  });

  it('waits while the stream is full, with what is pending bounded', async () => {
    const out = await open({ chain, window: 64 }, { allow_atomic: atomic, max_msgs: 100, discard: 'new' });
    await out.tails();
    const work = appendAll(out, 'OUT', 0, 300, subjects).then(() => out.stored());
    await until(() => out.counters.retries > 1);
    expect(out.pending).toBeLessThanOrEqual(64);
    expect((await broker.state('OUT')).last_seq).toBeLessThanOrEqual(100);
    await broker.api('STREAM.UPDATE.OUT', { name: 'OUT', subjects: ['OUT.>'], storage: 'file', allow_direct: true, allow_atomic: atomic,
      max_msgs: -1, discard: 'new' });
    expect((await work).seq).toBe(300);
    await out.close();
  });
});

describe('an output on JetStream', () => {
  it('takes messages of others beside it, with a chain for each subject', async () => {
    const out = await open({ chain: 'subject', patterns: ['OUT.a.*'] });
    expect(await out.tails()).toEqual([]);
    for (let i = 0; i < 200; i++) {
      out.append({ id: `p:${i}:0`, subject: `OUT.a.${i % 5}`, payload: 'x', headers: [] });
      if (i % 10 === 0) await broker.nc.request(`OUT.b.${i}`, 'foreign');
    }
    await out.stored();
    const tails = await out.tails();
    expect(tails.map((t) => t.id).sort()).toEqual(ids(195, 200));
    expect((await broker.state('OUT')).messages).toBe(220);
    await out.close();
  });

  it('reads the tails of thousands of subjects', async () => {
    const subjects = 5000;
    const out = await open({ chain: 'subject' });
    await appendAll(out, 'OUT', 0, subjects + 10, subjects);
    await out.stored();
    const again = new JetStreamOutput(broker.nc, { stream: 'OUT', chain: 'subject' });
    const tails = await again.tails();
    expect(tails.length).toBe(subjects);
    expect(tails.find((t) => t.subject === 'OUT.3')?.id).toBe(`p:${subjects + 3}:0`);
    // The chains go on from there.
    await appendAll(again, 'OUT', subjects + 10, subjects + 40, subjects);
    expect((await again.stored()).seq).toBe(subjects + 40);
    await out.close();
    await again.close();
  });

  it('goes on behind a tail that has expired', async () => {
    const out = await open({}, { max_age: 200_000_000, duplicate_window: 100_000_000 });
    await appendAll(out, 'OUT', 0, 5);
    await out.stored();
    await until(async () => (await broker.state('OUT')).messages === 0);
    expect(await out.tails()).toEqual([]);
    const later = new JetStreamOutput(broker.nc, { stream: 'OUT', chain: 'log' });
    expect(await later.tails()).toEqual([]);
    await appendAll(later, 'OUT', 5, 8);
    expect((await later.stored()).seq).toBe(8);
    const lanes = new JetStreamOutput(broker.nc, { stream: 'OUT', chain: 'subject' });
    await lanes.tails();
    await appendAll(lanes, 'OUT', 8, 10);
    await lanes.stored();
    await until(async () => (await broker.state('OUT')).messages === 0);
    // The subject is empty again, whatever was acknowledged on it before.
    await appendAll(lanes, 'OUT', 10, 12);
    expect((await lanes.stored()).seq).toBe(12);
    await Promise.all([out.close(), later.close(), lanes.close()]);
  });

  it('reads the tail before the newest message where that one was deleted', async () => {
    const out = await open();
    await appendAll(out, 'OUT', 0, 5);
    await out.stored();
    await broker.api('STREAM.MSG.DELETE.OUT', { seq: 5 });
    const later = new JetStreamOutput(broker.nc, { stream: 'OUT', chain: 'log' });
    expect(await later.tails()).toEqual([{ subject: 'OUT.0', seq: 4, id: 'p:3:0', plan: 'p1' }]);
    await appendAll(later, 'OUT', 5, 7);
    expect((await later.stored()).seq).toBe(7);
    await out.close();
    await later.close();
  });

  it('refuses a message that is too large, and goes on with the others', async () => {
    const out = await open({}, { max_msg_size: 4000 }, 'max_payload: 8000');
    await out.tails();
    out.append(messageOf('OUT', 0));
    expect(() => out.append({ ...messageOf('OUT', 1), payload: new Uint8Array(3900) }))
      .toThrow(/message `p:1:0` to OUT\.0 has 3900 bytes.*stream OUT takes 4000/);
    expect(() => out.append({ ...messageOf('OUT', 1), id: 'a\r\nb' })).toThrow(/line break/);
    expect(() => out.append({ ...messageOf('OUT', 1), headers: [['a: b', 'c']] })).toThrow(/colon/);
    for (const subject of ['OUT. x', 'OUT..x', 'OUT.*', '']) {
      expect(() => out.append({ ...messageOf('OUT', 1), subject }), subject).toThrow(/subject/);
    }
    out.append(messageOf('OUT', 2));
    await out.stored();
    expect((await broker.contents('OUT')).map(([, id]) => id)).toEqual(['p:0:0', 'p:2:0']);
    await out.close();
  });

  it('says that the stream was deleted, or made anew', async () => {
    const out = await open({ ackTimeoutMs: 200 });
    await out.tails();
    await appendAll(out, 'OUT', 0, 5);
    await out.stored();
    await broker.api('STREAM.DELETE.OUT');
    await broker.stream('OUT');
    const anew = await failureOf(appendAll(out, 'OUT', 5, 10).then(() => out.stored()));
    expect([anew?.code, anew?.message]).toEqual(['E763', expect.stringMatching(/was made anew/)]);
    const other = new JetStreamOutput(broker.nc, { stream: 'OUT', chain: 'log', ackTimeoutMs: 200 });
    await other.tails();
    await broker.api('STREAM.DELETE.OUT');
    const gone = await failureOf(appendAll(other, 'OUT', 0, 5).then(() => other.stored()));
    expect([gone?.code, gone?.message]).toEqual(['E763', expect.stringMatching(/is not there any more/)]);
    await Promise.all([out.close(), other.close()]);
  });

  it('shows a broker that was rolled back, before and while it publishes', async () => {
    const out = await open();
    await out.tails();
    await appendAll(out, 'OUT', 0, 100);
    await out.stored();
    const store = join(broker.server.folder, 'store');
    const copy = join(broker.server.folder, 'copy');
    await broker.server.kill();
    cpSync(store, copy, { recursive: true });
    await broker.server.start();
    await appendAll(out, 'OUT', 100, 150);
    await out.stored();
    expect((await out.state()).last).toBe(150);
    await broker.server.kill();
    rmSync(store, { recursive: true });
    cpSync(copy, store, { recursive: true });
    await broker.server.start();
    expect((await out.state()).last).toBe(100);
    const failure = await failureOf(appendAll(out, 'OUT', 150, 160).then(() => out.stored()));
    expect([failure?.code, failure?.message]).toEqual(['E763', expect.stringMatching(/went to 150 before, and ends with 100 now/)]);
    expect((await broker.state('OUT')).last_seq).toBe(100);
    await out.close();
  });

  it('says that its connection was closed while messages were under way', async () => {
    const out = await open({ window: 50_000 });
    await out.tails();
    const nc = await broker.another();
    const other = new JetStreamOutput(nc, { stream: 'OUT', chain: 'log' });
    await other.tails();
    for (let i = 0; i < 1000; i++) other.append(messageOf('OUT', i));
    broker.server.signal('SIGSTOP');
    const stored = failureOf(other.stored());
    await pause(20);
    for (let i = 1000; i < 1100; i++) other.append(messageOf('OUT', i));
    void nc.close();
    expect((await stored)?.code).toBe('E765');
    broker.server.signal('SIGCONT');
    await out.close();
    await other.close();
  });

  it('says which right is missing', async () => {
    broker = await Broker.start();
    const server = await NatsServer.start({
      extra: 'authorization { users = [{ user: a, password: a }, { user: b, password: b, permissions { publish { allow: ["$JS.API.>"] } } }] }',
    });
    const [a, b] = await Promise.all(['a', 'b'].map((user) => connect({ servers: server.url, user, pass: user })));
    await a.request('$JS.API.STREAM.CREATE.OUT', JSON.stringify({ name: 'OUT', subjects: ['OUT.>'], storage: 'file' }));
    const out = new JetStreamOutput(b, { stream: 'OUT', chain: 'log', patterns: ['OUT.>'] });
    await out.tails();
    const failure = await failureOf(appendAll(out, 'OUT', 0, 3).then(() => out.stored()));
    expect([failure?.code, failure?.message]).toEqual(['E767', expect.stringMatching(/may not publish to `OUT\.0`/)]);
    await out.close();
    await Promise.all([a.close(), b.close()]);
    await server.stop();
  });
});
