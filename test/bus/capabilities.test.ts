import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { NatsConnection } from '@nats-io/transport-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { atLeast, FEATURES, probe, PROBE_STREAM, requireFeatures } from '../../src/bus/capabilities.ts';
import type { Capabilities } from '../../src/bus/capabilities.ts';
import { jsRequest } from '../../src/bus/js-request.ts';
import { connectNats } from '../../src/bus/nats-connect.ts';
import { getServer } from '../../src/bus/server-binary.ts';
import { NatsServer } from '../../src/bus/server.ts';
import { covers, overlap } from '../../src/bus/patterns.ts';
import { ensureStream } from '../../src/bus/streams.ts';
import { Refusal } from '../../src/core/diagnostic.ts';

const open = (server: NatsServer): Promise<NatsConnection> => connectNats({ servers: [server.url], pipeline: 'p' });

async function refusal(of: Promise<unknown>): Promise<Refusal> {
  const error = await of.then(() => null, (e: unknown) => e);
  expect(error).toBeInstanceOf(Refusal);
  return error as Refusal;
}

const version = /v?(\d+\.\d+\.\d+)/.exec(String(execFileSync(getServer(process.env).path, ['--version'])))?.[1] ?? '0';
const present = atLeast(version, '2.12');
if (!present) console.log(`the nats-server here is ${version}: what one of 2.12 or later has is not tested`);

describe.runIf(present)('a present server', () => {
  let server: NatsServer;
  let nc: NatsConnection;
  beforeAll(async () => {
    server = await NatsServer.start();
    nc = await open(server);
  });
  afterAll(async () => {
    await nc.close();
    await server.stop();
  });

  it('has the features of its version, and nothing is left of the probe', async () => {
    const found = await probe(nc);
    expect(found.features).toEqual(Object.fromEntries(Object.entries(FEATURES).map(([f, { since }]) => [f, atLeast(found.version, since)])));
    expect(Object.keys(found.features)).toHaveLength(14);
    expect(found).toMatchObject({ version: expect.stringMatching(/^2\./) as string, maxPayload: 1_048_576 });
    expect(found.limits).toMatchObject({ maxStorage: -1, streams: 0 });
    expect(Math.abs(found.skewMs ?? Infinity)).toBeLessThan(60_000);
    expect(await jsRequest(nc, 'STREAM.NAMES')).toMatchObject({ total: 0 });
    requireFeatures(found, ['atomicBatch', 'kv'], 'this test');
  });

  it('may be probed by several at a time', async () => {
    const all = await Promise.all(Array.from({ length: 8 }, () => probe(nc)));
    expect(all.every((c) => c.features.atomicBatch && c.features.filterSubjects)).toBe(true);
    expect(await jsRequest(nc, 'STREAM.NAMES')).toMatchObject({ total: 0 });
  });

  it('makes a stream as it is wanted, and once', async () => {
    const wanted = {
      name: 'OUT', subjects: ['signals.>'], maxBytes: 1_000_000, duplicateWindowMs: 5000, atomicBatch: true,
      republish: { src: 'signals.>', dest: 'live.signals.>' }, metadata: { plan: 'abc' },
    };
    const first = await ensureStream(nc, wanted);
    expect(first).toMatchObject({ created: true, differences: [], config: { storage: 'file', discard: 'new', max_bytes: 1_000_000 } });
    expect(await ensureStream(nc, wanted)).toMatchObject({ created: false, createdAt: first.createdAt, differences: [] });
    const race = await Promise.all(Array.from({ length: 5 }, () => ensureStream(nc, { name: 'RACE', subjects: ['race.>'] })));
    expect(new Set(race.map((r) => r.createdAt)).size).toBe(1);
  });

  it('leaves a stream alone that is another, and says what matters', async () => {
    const before = await jsRequest(nc, 'STREAM.CREATE.THERE', {
      name: 'THERE', subjects: ['a.*'], storage: 'memory', retention: 'workqueue', discard: 'old', max_msgs: 10, duplicate_window: 1_000_000_000,
    });
    const { created, differences } = await ensureStream(nc, {
      name: 'THERE', subjects: ['a.*', 'b.>'], maxBytes: 1000, duplicateWindowMs: 120_000, atomicBatch: true,
      republish: { src: 'a.>', dest: 'x.>' },
    });
    expect(created).toBe(false);
    expect(differences.map((d) => [d.field, d.grave])).toEqual([['subjects', true], ['retention', true], ['storage', false], ['discard', false],
      ['max_bytes', false], ['duplicate_window', false], ['republish', false], ['allow_atomic', true]]);
    expect(differences[0].text).toBe('W765: stream `THERE` does not take b.>; it takes a.*');
    expect((await jsRequest(nc, 'STREAM.INFO.THERE'))?.config).toEqual(before?.config);
  });

  it('says which stream is in the way', async () => {
    const error = await refusal(ensureStream(nc, { name: 'OTHER', subjects: ['signals.a.>'] }));
    expect(error).toMatchObject({ code: 'E766', exit: 6 });
    expect(error.message).toMatch(/`OTHER` cannot be made: .*overlap/);
  });
});

it('a server without JetStream is told apart from one that does not answer', async () => {
  const server = await NatsServer.start({ jetstream: false });
  const nc = await open(server);
  const found = await probe(nc);
  expect(found).toMatchObject({ limits: null, skewMs: null, features: { jetstream: false, kv: false, partitionMapping: true } });
  expect(() => requireFeatures(found, ['jetstream'], 'source `trades`')).toThrow('source `trades` needs JetStream, which is off');
  expect((await refusal(ensureStream(nc, { name: 'X', subjects: ['x'] }))).message).toMatch(/needs JetStream/);
  await nc.close();
  await server.stop();
});

/** A server that says yes to everything and drops some of it, as old ones do. */
function forgetful(version: string, forgets: readonly string[]): { readonly nc: NatsConnection; readonly asked: string[] } {
  const asked: string[] = [];
  const answer = (body: unknown) => ({ json: () => body });
  const request = async (subject: string, text: string): Promise<unknown> => {
    asked.push(subject);
    if (subject.startsWith('$JS.API.STREAM.INFO')) return answer({ error: { code: 404, err_code: 10_059, description: 'stream not found' } });
    if (!subject.startsWith('$JS.API.STREAM.CREATE')) return answer({ success: true });
    const config = JSON.parse(text) as Record<string, unknown>;
    for (const field of forgets) delete config[field];
    return answer({ config, created: '2026-01-01T00:00:00Z', did_create: true });
  };
  return { nc: { info: { version }, request } as unknown as NatsConnection, asked };
}

describe('a server that leaves out what it does not know', () => {
  it('is refused by the name of the option, and keeps no half-made stream', async () => {
    const { nc, asked } = forgetful('2.9.10', ['allow_atomic', 'compression']);
    const error = await refusal(ensureStream(nc, { name: 'OUT', subjects: ['s.>'], atomicBatch: true, compression: 's2', maxBytes: 10 }));
    expect(error.code).toBe('E766');
    expect(error.message).toBe('server 2.9.10 does not have `compression`, `allow_atomic` for streams: it said yes and left them out');
    expect(asked.at(-1)).toBe('$JS.API.STREAM.DELETE.OUT');
    await ensureStream(forgetful('2.9.10', ['allow_atomic']).nc, { name: 'OUT', subjects: ['s.>'], maxBytes: 10 });
  });

  it('too old for anything is refused before anything is asked', async () => {
    const { nc, asked } = forgetful('2.8.4', []);
    expect((await refusal(probe(nc))).message).toMatch(/server 2\.8\.4 is too old/);
    expect(asked).toEqual([]);
  });
});

it('features that are missing are named, with the version that has them', () => {
  const found = { version: '2.10.29', features: { jetstream: true, kv: true, atomicBatch: false, messageTtl: false } } as unknown as Capabilities;
  const check = (): void => requireFeatures(found, ['kv', 'messageTtl', 'atomicBatch'], 'output `orders`');
  expect(check).toThrow('server 2.10.29 does not have `messageTtl`, `atomicBatch`, which output `orders` needs');
  try {
    check();
  } catch (error) {
    expect((error as Refusal).help.at(-1)).toBe('use nats-server 2.12 or later');
  }
});

it.each([['2.14.0', '2.9', true], ['2.9.10', '2.10', false], ['2.10', '2.10.0', true], ['2.12.0-RC.1', '2.12', true], ['2.9.9', '2.9.10', false]])(
  'version %s is at least %s: %s', (a, b, want) => expect(atLeast(a, b)).toBe(want));

it.each([['a.>', 'a.b.c', true], ['a.>', 'a', false], ['a.*', 'a.>', false], ['a.>', 'a.*.>', true], ['a.*.c', 'a.b.c', true], ['a.b', 'a.*', false],
  ['>', '*', true], ['a.*', 'a.*', true]])('%s covers %s: %s', (outer, inner, want) => expect(covers(outer, inner)).toBe(want));

it.each([['md.*', 'md.trades', true], ['md.*', 'md.trades.A', false], ['md.>', 'md.trades.*', true], ['md.trades.*', 'md.quotes.*', false],
  ['md.trades.A', 'md.*.*', true], ['>', 'a', true], ['a.>', 'a', false], ['*.b', 'a.*', true], ['a', 'a', true], ['a', 'a.b', false],
])('%s and %s have a subject in common: %s', (a, b, want) => {
  expect(overlap(a, b)).toBe(want);
  expect(overlap(b, a)).toBe(want);
});

const OLD = process.env.NATS_OLD_SERVER_BIN ?? '';
const old = OLD !== '' && existsSync(OLD);
if (!old) console.log('NATS_OLD_SERVER_BIN names no server: what an old one (2.9) lacks is not tested');

describe.runIf(old)('Debian\'s old server', () => {
  it('lacks by name what it silently drops', async () => {
    const server = await NatsServer.start({ binary: OLD });
    const nc = await open(server);
    const found = await probe(nc);
    expect(found.version).toMatch(/^2\.9\./);
    expect(found.features).toEqual({
      jetstream: true, kv: true, objectStore: true, directGet: true, republish: true, partitionMapping: true, filterSubjects: false,
      subjectTransform: false, metadata: false, compression: false, syncInterval: false, messageTtl: false,
      expectedLastSubjectSequenceSubject: false, atomicBatch: false,
    });
    expect((await refusal(ensureStream(nc, { name: 'T', subjects: ['t.>'], messageTtl: true }))).message).toMatch(/2\.9\.\d+ does not have `allow_msg_ttl`/);
    expect(await jsRequest(nc, 'STREAM.NAMES')).toMatchObject({ total: 0, streams: null });
    expect(await ensureStream(nc, { name: 'T', subjects: ['t.>'], maxBytes: 1000, republish: { src: 't.>', dest: 'u.>' } }))
      .toMatchObject({ created: true });
    expect(PROBE_STREAM).toBe('millrace-probe');
    await nc.close();
    await server.stop();
  });
});
