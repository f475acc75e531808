import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type NatsConnection, type Msg } from '@nats-io/transport-node';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { connectNats } from '../../src/bus/nats-connect.ts';
import { natsSettings } from '../../src/bus/nats-settings.ts';
import { NatsServer } from '../../src/bus/server.ts';
import { ensureStream } from '../../src/bus/streams.ts';
import { ROOT } from '../shipped.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const PIPELINE = `apiVersion: 1
pipeline: over-nats
sources:
  trades:
    nats: { subject: "md.trades.{symbol}", delivery: best_effort }
    schema: trade
nodes:
  features:
    from: trades
    compute: { fast: "ema(price, 3)", slow: "ema(price, 8)" }
  cross:
    from: features
    signal: { buy: "crosses_above(fast, slow)", sell: "crosses_below(fast, slow)" }
outputs:
  signals:
    from: cross
    nats: { subject: "signals.{pipeline}.{symbol}", delivery: best_effort }
`;

interface Running {
  readonly child: ChildProcess;
  readonly out: () => string;
  readonly err: () => string;
  readonly ended: Promise<number | null>;
}

let folder = '';
let server: NatsServer;
let nc: NatsConnection;
const running: Running[] = [];

const newest = (path: string): number => readdirSync(path, { withFileTypes: true, recursive: true }).filter((e) => e.isFile())
  .reduce((most, e) => Math.max(most, statSync(join(e.parentPath, e.name)).mtimeMs), 0);

/** The command line as it is installed; from its sources, which start slower, where it has not been built from them. */
const built = existsSync(join(ROOT, 'dist/src')) && newest(join(ROOT, 'dist/src')) >= newest(join(ROOT, 'src'));
const MAIN = join(ROOT, built ? 'dist/src/cli/main.js' : 'src/cli/main.ts');

function millrace(args: readonly string[], env: Readonly<Record<string, string>> = {}): Running {
  const main = `const { run } = await import(${JSON.stringify(MAIN)}); process.exitCode = await run(process.argv.slice(1));`;
  const clean = Object.fromEntries(Object.entries(process.env).filter(([k]) => !k.startsWith('NATS_')));
  const loader = built ? [] : ['--import', join(ROOT, 'node_modules/tsx/dist/loader.mjs')];
  const child = spawn(process.execPath, [...loader, '--input-type=module', '-e', main, '--', ...args],
    { cwd: folder, env: { ...clean, NO_COLOR: '1', ...env } });
  let out = '';
  let err = '';
  child.stdout.on('data', (d: Buffer) => { out += String(d); });
  child.stderr.on('data', (d: Buffer) => { err += String(d); });
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const one = { child, out: () => out, err: () => err, ended };
  running.push(one);
  return one;
}

const until = async (what: () => boolean, why: () => string = () => ''): Promise<void> => {
  const end = performance.now() + 40_000;
  while (!what()) {
    if (performance.now() > end) throw new Error(`nothing came: ${why()}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
};

function listen(subject: string): Msg[] {
  const got: Msg[] = [];
  nc.subscribe(subject, { callback: (error, msg) => { if (error === null) got.push(msg); } });
  return got;
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-nats-e2e-'));
  writeFileSync(join(folder, 'p.yaml'), PIPELINE);
  server = await NatsServer.start({ jetstream: false });
  nc = await connect({ servers: server.url });
});
afterEach(() => { for (const { child } of running.splice(0)) child.kill('SIGKILL'); });
afterAll(async () => {
  await nc.close();
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Prices that swing, so that averages cross. */
const trade = (i: number): string => JSON.stringify({ ts: 1_700_000_000_000 + i * 1000, price: 100 + 10 * Math.sin(i / 5), size: 1 });

describe('a pipeline over core NATS', () => {
  it('reads trades from one client, and another sees its signals; what cannot be read is a dead letter', async () => {
    const signals = listen('signals.>');
    const dead = listen('dlq.>');
    const run = millrace(['run', 'p.yaml', '--bus', server.url]);
    await until(() => run.err().includes('best effort'), run.err);
    // The line is written before the subscription is known to be there; heard is heard.
    for (let i = 0; signals.length < 5; i++) {
      nc.publish('md.trades.BRK%2EB', trade(i));
      if (i % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 5));
      if (i > 200_000) throw new Error(`no signal: ${run.err()}`);
    }
    expect(new Set(signals.map((m) => m.subject))).toEqual(new Set(['signals.over-nats.BRK%2EB']));
    const first = signals[0].json<Record<string, unknown>>();
    expect(first).toMatchObject({ symbol: 'BRK.B', side: expect.stringMatching(/buy|sell/) as string });
    nc.publish('md.trades.X', 'not json');
    await until(() => dead.length > 0, run.err);
    expect(dead.at(-1)?.subject).toBe('dlq.over-nats');
    expect(dead.at(-1)?.string()).toBe('not json');
    expect(dead.at(-1)?.headers?.get('Millrace-Error')).toBe('E757');
    expect(dead.at(-1)?.headers?.get('Millrace-Subject')).toBe('md.trades.X');
    run.child.kill('SIGINT');
    expect(await run.ended, run.err()).toBe(0);
    expect(run.err()).toMatch(/drained after \d+ rows/);
    // A server carries the signals: nothing is printed beside.
    expect(run.out()).toBe('');
  });

  it('is tapped, with the address from the environment', async () => {
    const tap = millrace(['tap', 'p.yaml', 'features', '--limit', '5', '--format', 'jsonl'], { NATS_URL: server.url });
    await until(() => tap.err().includes('listening'), tap.err);
    for (let i = 0; tap.child.exitCode === null && i < 5000; i++) {
      nc.publish('md.trades.A', trade(i));
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(await tap.ended, tap.err()).toBe(0);
    const rows = tap.out().trim().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(rows).toHaveLength(5);
    expect(rows[0]).toMatchObject({ symbol: 'A' });
  });

  it('says what it promises before it runs', async () => {
    const explained = millrace(['explain', 'p.yaml']);
    expect(await explained.ended, explained.err()).toBe(0);
    expect(explained.out()).toContain('source trades: best effort: a slow or cut-off subscriber loses rows');
    expect(explained.out()).toContain('output signals: best effort');
  });

  it('refuses, by exit code and fix, a server that is not there and a secret in the URL', async () => {
    const absent = millrace(['run', 'p.yaml', '--bus', 'nats://127.0.0.1:1']);
    const leaking = millrace(['run', 'p.yaml', '--bus', 'nats://me:hush@127.0.0.1:4222']);
    expect(await absent.ended).toBe(6);
    expect(absent.err()).toMatch(/error\[E765\]: cannot connect to nats:\/\/127\.0\.0\.1:1: nobody listens there[\s\S]*nats:get[\s\S]*nats-server -js/);
    expect(await leaking.ended).toBe(2);
    expect(leaking.err()).toMatch(/error\[E768\]/);
    expect(leaking.err() + leaking.out()).not.toContain('hush');
  });
});

describe('with config/nats-server.conf', () => {
  let guarded: NatsServer;
  let keys = '';
  const env = (user: string): Record<string, string> =>
    ({ NATS_URL: guarded.url, NATS_NKEY_FILE: join(keys, `${user}.nk`), NATS_INBOX_PREFIX: `_INBOX.${user}` });
  beforeAll(async () => {
    keys = join(folder, 'keys');
    spawnSync(process.execPath, ['--import', 'tsx', join(ROOT, 'src/cli/nats-keys.ts'), keys], { cwd: ROOT });
    const config = readFileSync(join(ROOT, 'config/nats-server.conf'), 'utf8').replace('"./nats-data"', JSON.stringify(join(folder, 'store')));
    writeFileSync(join(keys, 'nats-server.conf'), config);
    guarded = await NatsServer.start({ config: join(keys, 'nats-server.conf') });
  });
  afterAll(() => guarded.stop());

  it('a run from stream to stream goes on from its checkpoint with the rights of the engine', async () => {
    const feed = await connectNats({ ...natsSettings(guarded.url, env('feed')), pipeline: 'feed' });
    await ensureStream(feed, { name: 'MD', subjects: ['md.>'], discard: 'old' });
    for (let i = 0; i < 500; i++) feed.publish('md.trades.A', trade(i));
    await feed.close();
    writeFileSync(join(folder, 'kept.yaml'), [
      'apiVersion: 1', 'pipeline: kept', 'sources:', '  trades: { schema: trade, nats: { subject: "md.trades.{symbol}", stream: MD } }',
      'nodes:', '  high: { from: trades, filter: "price > 105" }',
      'outputs:', '  out: { from: high, nats: { subject: "signals.kept.{symbol}", stream: SIGNALS } }', '',
    ].join('\n'));
    for (const said of ['begins with stream MD at 1', 'goes on from checkpoint']) {
      const run = millrace(['run', 'kept.yaml', '--metrics', 'off'], env('engine'));
      await until(() => run.err().includes(said), run.err);
      run.child.kill('SIGINT');
      expect(await run.ended, run.err()).toBe(0);
      expect(run.err()).not.toContain('may not');
    }
  });

  it('a pipeline runs as the engine, fed by the feed', async () => {
    const [feed, engine] = await Promise.all(['feed', 'engine'].map((user) =>
      connectNats({ ...natsSettings(guarded.url, env(user)), pipeline: user })));
    const signals: string[] = [];
    engine.subscribe('signals.>', { callback: (error, m) => { if (error === null) signals.push(m.subject); } });
    const run = millrace(['run', 'p.yaml'], env('engine'));
    await until(() => run.err().includes('best effort'), run.err);
    for (let i = 0; signals.length < 3 && run.child.exitCode === null; i++) {
      feed.publish('md.trades.A', trade(i));
      if (i % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(signals.length, run.err()).toBeGreaterThanOrEqual(3);
    run.child.kill('SIGTERM');
    expect(await run.ended, run.err()).toBe(0);
    expect(run.err()).not.toMatch(/may not/);
    await Promise.all([feed.close(), engine.close()]);
  });

  it('a user that may not read the source is told which subject, and how to mend it', async () => {
    const run = millrace(['run', 'p.yaml'], env('viewer'));
    expect(await run.ended).toBe(6);
    expect(run.err()).toMatch(/error\[E767\]: .* may not subscribe to `md\.trades\.\*`\n {2}= give the user the right/);
  });

  it('doctor says what the server can do, and fails where it is not let in', async () => {
    const good = millrace(['doctor', '--json', '--partitions', '16'], env('engine'));
    const bad = millrace(['doctor', '--json'], { NATS_URL: guarded.url });
    expect(await good.ended, good.err()).toBe(0);
    const told = JSON.parse(good.out()) as { findings: { what: string; state: string; found: string }[]; capabilities: { features: object } };
    const state = (what: string): string | undefined => told.findings.find((f) => f.what === what)?.state;
    expect(['nats-server', 'bus', 'access', 'jetstream', 'features', 'clock skew', 'partitions', 'coverage'].map(state)).toEqual(Array(8).fill('ok'));
    expect(told.capabilities.features).toMatchObject({ atomicBatch: true, kv: true });
    expect(await bad.ended).toBe(6);
    expect(bad.out()).toMatch(/does not accept the credentials[^"]*E767/);
  });
});
