import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Kvm } from '@nats-io/kv';
import { Objm } from '@nats-io/obj';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { nkeys, type NatsConnection } from '@nats-io/transport-node';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { atLeast, probe } from '../../src/bus/capabilities.ts';
import { NatsBus } from '../../src/bus/nats-bus.ts';
import { connectNats } from '../../src/bus/nats-connect.ts';
import { natsSettings } from '../../src/bus/nats-settings.ts';
import { checkPartitions } from '../../src/bus/partition-check.ts';
import { partitionOf } from '../../src/bus/partition.ts';
import { NatsServer } from '../../src/bus/server.ts';
import { ensureStream } from '../../src/bus/streams.ts';
import { Refusal } from '../../src/core/diagnostic.ts';
import { ROOT } from '../shipped.ts';

vi.setConfig({ testTimeout: 30_000, hookTimeout: 60_000 });

let folder = '';
let server: NatsServer;
const open: NatsConnection[] = [];

/** Connects as a user of the file, with what a shell's environment would say. */
async function as(user: string, inbox = `_INBOX.${user}`): Promise<NatsConnection> {
  const settings = natsSettings(server.url, { NATS_NKEY_FILE: join(folder, `${user}.nk`), NATS_INBOX_PREFIX: inbox });
  const nc = await connectNats({ ...settings, pipeline: user });
  open.push(nc);
  return nc;
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-config-'));
  const made = spawnSync(process.execPath, ['--import', 'tsx', join(ROOT, 'src/cli/nats-keys.ts'), folder], { cwd: ROOT, encoding: 'utf8' });
  expect(made.status, made.stderr).toBe(0);
  const config = readFileSync(join(ROOT, 'config/nats-server.conf'), 'utf8');
  expect(config).toContain('"./nats-data"');
  writeFileSync(join(folder, 'nats-server.conf'), config.replace('"./nats-data"', JSON.stringify(join(folder, 'store'))));
  server = await NatsServer.start({ config: join(folder, 'nats-server.conf') });
});
afterAll(async () => {
  await Promise.all(open.map((nc) => nc.close()));
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function refusalOf(of: Promise<unknown>): Promise<Refusal> {
  const error = await of.then(() => null, (e: unknown) => e);
  expect(error).toBeInstanceOf(Refusal);
  return error as Refusal;
}

/** True when a message gets from one to the other. */
async function passes(from: NatsConnection, subject: string, to: NatsConnection, pattern: string): Promise<boolean> {
  let heard = 0;
  const s = to.subscribe(pattern, { callback: (error) => { if (error === null) heard++; } });
  await to.flush();
  from.publish(subject, 'x');
  await from.flush();
  await to.flush();
  if (!s.isClosed()) s.unsubscribe();
  return heard > 0;
}

describe('config/nats-server.conf', () => {
  it('keeps seeds from others, and says of a second set of keys that there is one', () => {
    expect(statSync(join(folder, 'engine.nk')).mode & 0o077).toBe(0);
    expect(readFileSync(join(folder, 'nats-keys.conf'), 'utf8')).not.toMatch(/\bSU[A-Z2-7]{10}/);
    const again = spawnSync(process.execPath, ['--import', 'tsx', join(ROOT, 'src/cli/nats-keys.ts'), folder], { cwd: ROOT });
    expect(again.status).toBe(7);
  });

  it('turns away who has no key, another key, or the key of nobody', async () => {
    expect((await refusalOf(connectNats({ servers: [server.url], pipeline: 'p' }))).code).toBe('E767');
    const stranger = join(folder, 'stranger.nk');
    writeFileSync(stranger, Buffer.from(nkeys.createUser().getSeed()), { mode: 0o600 });
    const refused = await refusalOf(connectNats({ servers: [server.url], nkeyFile: stranger, pipeline: 'p' }));
    expect(refused).toMatchObject({ code: 'E767', exit: 6 });
    expect(refused.message).not.toMatch(/\bSU[A-Z2-7]{10}/);
    expect((await refusalOf(connectNats({ servers: [server.url], token: () => 'guess', pipeline: 'p' }))).code).toBe('E767');
  });

  it('lets a feed publish market data, and partitions it where it wants that', async () => {
    const [feed, engine] = [await as('feed'), await as('engine')];
    expect(await passes(feed, 'md.trades.AAPL', engine, 'md.trades.*')).toBe(true);
    expect(await passes(feed, 'feed.trades.AAPL', engine, `md.trades.${partitionOf('AAPL', 16)}.AAPL`)).toBe(true);
    expect(await passes(feed, 'feed.trades.AAPL', engine, 'md.trades.*')).toBe(false);
    expect((await ensureStream(feed, { name: 'MD', subjects: ['md.trades.>', 'md.quotes.>'] })).created).toBe(true);
    expect((await jetstream(feed).publish('md.trades.AAPL', 'x')).seq).toBe(1);
    expect((await jetstream(feed).publish('feed.trades.AAPL', 'x')).seq).toBe(2);
  });

  it.each([
    ['feed', 'signals.p.A', 'engine', 'signals.>'], ['feed', 'engine.x', 'engine', 'engine.>'], ['engine', 'md.trades.A', 'engine', 'md.>'],
    ['engine', 'feed.trades.A', 'engine', 'md.>'], ['viewer', 'signals.public.A', 'engine', 'signals.>'], ['viewer', 'x', 'viewer', 'signals.public.>'],
    ['engine', 'signals.p.A', 'viewer', 'signals.>'], ['engine', 'signals.p.A', 'viewer', '>'], ['feed', 'md.trades.A', 'viewer', 'md.>'],
    ['engine', '_INBOX.engine.x', 'feed', '_INBOX.engine.>'], ['engine', '_INBOX.engine.x', 'viewer', '_INBOX.>'],
  ])('%s on %s is not heard by %s on %s', async (from, subject, to, pattern) => {
    expect(await passes(await as(from), subject, await as(to), pattern)).toBe(false);
  });

  it('lets a viewer see what is public, and only look', async () => {
    const [engine, viewer] = [await as('engine'), await as('viewer')];
    expect(await passes(engine, 'signals.public.A', viewer, 'signals.public.>')).toBe(true);
  });

  it('lets an engine keep what it needs: streams, buckets, objects, and find out what the server does', async () => {
    const engine = await as('engine');
    const found = await probe(engine);
    expect(found.features).toMatchObject({ jetstream: true, kv: true, expectedLastSubjectSequenceSubject: atLeast(found.version, '2.11') });
    expect(found.limits?.maxStorage).toBe(-1);
    await ensureStream(engine, { name: 'SIGNALS', subjects: ['signals.>'], maxBytes: 1_000_000, republish: { src: 'signals.public.>', dest: 'live.signals.public.>' } });
    expect((await jetstream(engine).publish('signals.p.A', 'x')).seq).toBe(1);
    const kv = await new Kvm(jetstream(engine)).create('millrace', { history: 1 });
    const revision = await kv.create('lease.p.0', 'me');
    await kv.update('lease.p.0', 'still me', revision);
    expect((await kv.get('lease.p.0'))?.string()).toBe('still me');
    const watch = await kv.watch();
    for await (const entry of watch) {
      expect(entry.key).toBe('lease.p.0');
      break;
    }
    const objects = await new Objm(jetstream(engine)).create('millrace');
    await objects.putBlob({ name: 'ck.1' }, new Uint8Array(300_000).fill(7));
    expect((await objects.getBlob('ck.1'))?.length).toBe(300_000);
    await objects.delete('ck.1');
    const js = jetstream(engine);
    const consumer = await js.consumers.get('MD', { filter_subjects: 'md.trades.>' });
    const got: string[] = [];
    for await (const m of await consumer.fetch({ max_messages: 2, expires: 5000 })) got.push(m.subject);
    expect(got).toEqual(['md.trades.AAPL', `md.trades.${partitionOf('AAPL', 16)}.AAPL`]);
    expect((await (await jetstreamManager(engine)).streams.getMessage('SIGNALS', { seq: 1 }))?.subject).toBe('signals.p.A');
  });

  it('shows it whether partitions are mapped, and that a stream takes each', async () => {
    const engine = await as('engine');
    expect(await checkPartitions(engine, 16, true)).toEqual({ partitions: 16, mapping: 'agrees', uncovered: [] });
    expect((await checkPartitions(engine, 7, true)).mapping).toBe('differs');
    expect((await checkPartitions(await as('feed'), 16, false)).mapping).toBe('forbidden');
  });

  it('does not let it touch what is not its own', async () => {
    const jsm = await jetstreamManager(await as('engine'));
    await expect(jsm.streams.delete('MD')).rejects.toThrow(/Permissions Violation/i);
    await expect(jsm.streams.purge('MD')).rejects.toThrow(/Permissions Violation/i);
    await expect(jsm.streams.add({ name: 'EVIL', subjects: ['evil.>'] })).rejects.toThrow(/Permissions Violation/i);
    const refused = await refusalOf(ensureStream(await as('feed'), { name: 'SIGNALS', subjects: ['signals.>'] }));
    expect(refused).toMatchObject({ code: 'E767', exit: 6 });
    expect(refused.message).toContain('`$JS.API.STREAM.INFO.SIGNALS`');
  });

  it('a subscription and a publish that are forbidden become refusals that name the subject', async () => {
    const bus = new NatsBus(await as('viewer'));
    const s = bus.subscribe('md.>');
    const reason = await refusalOf(s.ready());
    expect(reason).toMatchObject({ code: 'E767', exit: 6 });
    expect(reason.message).toContain('may not subscribe to `md.>`');
    void bus.publish('signals.x', '1');
    await bus.flush();
    expect((await refusalOf(bus.publish('signals.x', '2') as Promise<void>)).message).toContain('may not publish to `signals.x`');
    expect(bus.stats()).toMatchObject({ connected: true, disconnects: 0 });
  });
});
