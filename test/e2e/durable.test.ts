import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { JetStreamSource } from '../../src/bus/jetstream-source.ts';
import { NatsServer } from '../../src/bus/server.ts';
import { ensureStream } from '../../src/bus/streams.ts';
import { HEADER } from '../../src/core/log.ts';
import { Random } from '../../src/core/random.ts';
import { counts } from '../harness/settings.ts';
import { ROOT } from '../shipped.ts';

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Trades and quotes of one stream, and signals of both. */
const PIPELINE = `apiVersion: 1
pipeline: durable
sources:
  trades: { nats: { subject: "md.trades.{symbol}", stream: MD }, schema: trade }
  quotes: { nats: { subject: "md.quotes.{symbol}", stream: MD }, schema: quote }
nodes:
  seen:
    from: trades
    compute:
      bid: asof(quotes.bid)
      fast: ema(price, 3)
      slow: ema(price, 8)
  cross:
    from: seen
    signal:
      buy: crosses_above(fast, slow) and price > bid
      sell: crosses_below(fast, slow)
outputs:
  signals: { from: cross, nats: { subject: "sig.{pipeline}.{symbol}", stream: SIG } }
runtime: { checkpoint: { every: 100ms, verify: all } }
`;

class Run {
  readonly child: ChildProcess;
  text = '';
  readonly ended: Promise<number | null>;

  constructor(folder: string, args: readonly string[]) {
    this.child = spawn(process.execPath, [join(ROOT, 'bin/millrace.js'), ...args], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const s of [this.child.stdout, this.child.stderr]) s?.on('data', (d: Buffer) => { this.text += String(d); });
    this.ended = new Promise((resolve) => this.child.once('close', resolve));
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    this.child.kill(signal);
    return this.ended;
  }
}

describe('a run from stream to stream', () => {
  let server: NatsServer;
  let nc: NatsConnection;
  let folder: string;
  const runs: Run[] = [];
  const millrace = (...args: string[]): Run => {
    const run = new Run(folder, args);
    runs.push(run);
    return run;
  };
  const live = (...args: string[]): Run => millrace('run', 'p.yaml', '--bus', server.url, '--metrics', 'off', '--no-progress', ...args);

  beforeAll(async () => {
    server = await NatsServer.start();
    nc = await connect({ servers: server.url });
  });
  afterAll(async () => {
    await nc.close();
    await server.stop();
  });
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'millrace-durable-'));
    writeFileSync(join(folder, 'p.yaml'), PIPELINE);
    for (const s of ['MD', 'SIG']) await nc.request(`$JS.API.STREAM.DELETE.${s}`);
    await ensureStream(nc, { name: 'MD', subjects: ['md.>'], discard: 'old' });
  });
  afterEach(() => {
    for (const r of runs.splice(0)) r.child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });

  /** Messages of one producer, at random moments. */
  async function produce(kind: 'trades' | 'quotes', n: number, seed: number): Promise<void> {
    const random = new Random(seed);
    for (let i = 0; i < n; i++) {
      const ts = 1.7e12 + i * 50 + random.int(0, 40);
      const price = 100 + 5 * Math.sin(i / 9) + random.next();
      const body = kind === 'trades' ? { ts, price, size: random.int(1, 9) } : { ts, bid: price - 1, ask: price + 1 };
      nc.publish(`md.${kind}.S${random.int(0, 7)}`, JSON.stringify(body));
      if (random.next() < 0.02) await pause(random.next() * 10);
    }
    await nc.flush();
  }

  const both = (n: number, seed: number): Promise<unknown> => Promise.all([produce('trades', n, seed), produce('quotes', n, seed + 1)]);

  async function outputs(): Promise<string[]> {
    const log = new JetStreamSource(nc, { stream: 'SIG' });
    const { last } = await log.state();
    const found: string[] = [];
    for (let seq = 1; seq <= last; seq++) {
      const m = await log.get(seq);
      if (m !== null) found.push(`${m.header(HEADER.id)} ${m.subject} ${Buffer.from(m.payload).toString()}`);
    }
    return found;
  }

  /** Waits until a run says on the bus that nothing is left to read in any of `partitions` partitions. */
  async function caughtUp(partitions = 1): Promise<void> {
    const lags = new Map<string, Map<number, number | null>>();
    const sub = nc.subscribe('engine.status.>', { callback: (_, m) => {
      const s = m.json<{ instance: string; state: string; partitions: { p: number; lag: number | null; state: string }[] }>();
      lags.set(s.instance, new Map(s.partitions.map((p) => [p.p, p.state === 'running' ? p.lag : null])));
    } });
    const done = (): boolean => {
      const all = new Map([...lags.values()].flatMap((m) => [...m]));
      return all.size === partitions && [...all.values()].every((lag) => lag === 0);
    };
    for (let i = 0; i < 600 && !done(); i++) await pause(50);
    sub.unsubscribe();
    expect(done(), runs.map((r) => r.text).join('\n')).toBe(true);
  }

  it('is recorded, and the recording replays to the same bytes at every batch', async () => {
    for (let seed = 1; seed <= counts(1, 5); seed++) {
      const run = live('--record', `rec${seed}`, '--name', `rec${seed}`);
      await both(600, 10 * seed);
      await caughtUp();
      expect(await run.stop()).toBe(0);
      const hashes = new Set<string>();
      for (const batch of ['1', '256', '4096']) {
        const replay = millrace('replay', 'p.yaml', '--data', `rec${seed}`, '--json', '--batch', batch, '--no-progress');
        expect(await replay.ended, replay.text).toBe(0);
        const { hash, rows } = JSON.parse(replay.text.slice(replay.text.indexOf('{'))) as { hash: string; rows: number };
        expect(rows).toBe(1200 * seed);
        hashes.add(hash);
      }
      expect(hashes.size).toBe(1);
      const parity = millrace('replay', 'p.yaml', '--data', `rec${seed}`, '--check', 'parity', '--no-progress', '--no-output');
      expect(await parity.ended, parity.text).toBe(0);
      expect(parity.text).toMatch(/parity/);
    }
  });

  it('goes on with what fits when the pipeline has changed, and only when asked', async () => {
    const first = live();
    await both(300, 1);
    await caughtUp();
    expect(await first.stop(), first.text).toBe(0);
    const before = await outputs();
    expect(before.length).toBeGreaterThan(5);
    writeFileSync(join(folder, 'p.yaml'), PIPELINE.replace('ema(price, 8)', 'ema(price, 9)'));
    const refused = live();
    expect(await refused.ended, refused.text).toBe(3);
    expect(refused.text).toContain('E775');
    expect(refused.text).toMatch(/ema\(price, 8\)[\s\S]*ema\(price, 9\)/);
    expect(await outputs()).toEqual(before);
    const asked = live('--from-checkpoint');
    await both(300, 3);
    await caughtUp();
    expect(await asked.stop(), asked.text).toBe(0);
    expect(asked.text).toMatch(/keeps? .*ema\(price, 3\)|kept .*ema\(price, 3\)/);
    const after = await outputs();
    expect(after.slice(0, before.length)).toEqual(before);
    expect(after.length).toBeGreaterThan(before.length);
  });

  it('is shared by workers, one of which dies, with the outputs of a single one', { timeout: 120_000 }, async () => {
    await both(1500, 5);
    const alone = live('--name', 'alone');
    await caughtUp();
    expect(await alone.stop(), alone.text).toBe(0);
    const bySubject = (all: readonly string[]): Map<string, string[]> => {
      const found = new Map<string, string[]>();
      for (const o of all) {
        const [id, subject, ...rest] = o.split(' ');
        found.set(subject, [...(found.get(subject) ?? []), `${id.split(':').slice(1).join(':')} ${rest.join(' ')}`]);
      }
      return found;
    };
    const wanted = bySubject(await outputs());
    expect(wanted.size).toBe(8);
    await nc.request('$JS.API.STREAM.DELETE.SIG');
    const [one, two] = [0, 1].map(() => live('--name', 'shared', '--partitions', '4', '--worker'));
    await pause(1500);
    await one.stop('SIGKILL');
    await caughtUp(4);
    expect(await two.stop(), two.text).toBe(0);
    const found = bySubject(await outputs());
    // The number among the outputs of a message counts those of its partition alone; here each message gives one at most.
    expect(new Map([...found].sort())).toEqual(new Map([...wanted].sort()));
  });

  it('says what is missing before it starts', async () => {
    await nc.request('$JS.API.STREAM.DELETE.MD');
    const missing = live();
    expect(await missing.ended).toBe(6);
    expect(missing.text).toMatch(/E766.*MD/);
    expect(missing.text).toContain('--create-streams');
    writeFileSync(join(folder, 'p.yaml'), PIPELINE.replace('{symbol}", stream: MD }, schema: quote', '{symbol}" }, schema: quote'));
    const mixed = live();
    expect(await mixed.ended).toBe(3);
    expect(mixed.text).toMatch(/E777.*quotes/);
  });
});
