import { connect, type NatsConnection } from '@nats-io/transport-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Lease, parseLease } from '../../src/bus/nats-lease.ts';
import { NatsKv } from '../../src/bus/nats-kv.ts';
import { NatsServer } from '../../src/bus/server.ts';
import { pause, Program, until } from './processes.ts';

const TTL = 1000;
/** How often a holder is taken from; the figures are printed. */
const RUNS = Number(process.env.MILLRACE_TAKEOVERS ?? 2);

let server: NatsServer;
let nc: NatsConnection;
let kv: NatsKv;
beforeAll(async () => {
  server = await NatsServer.start();
  nc = await connect({ servers: server.url, maxReconnectAttempts: -1, reconnectTimeWait: 100 });
  kv = await NatsKv.open(nc, 'leases', { timeoutMs: TTL / 2 });
}, 60_000);
afterAll(async () => {
  await nc.close();
  await server.stop();
});

describe('keys in NATS KV', () => {
  it('are swapped by revision, and a swap that comes second is refused', async () => {
    const first = await kv.swap('a.b', 'one', 0);
    expect(first).toBeGreaterThan(0);
    expect(await kv.swap('a.b', 'two', 0)).toBeNull();
    const second = await kv.swap('a.b', 'two', first as number);
    expect(await kv.get('a.b')).toEqual({ key: 'a.b', value: 'two', revision: second });
    expect(await kv.last()).toBe(second);
    await kv.remove('a.b');
    expect(await kv.get('a.b')).toBeNull();
    expect(await kv.swap('a.b', 'again', 0)).toBeGreaterThan(second as number);
  });

  it('are watched, and go on being watched after the broker was killed', async () => {
    const seen: string[] = [];
    const stop = kv.watch('w.', (e) => seen.push(`${e.key}=${e.value}`));
    await kv.put('w.1', 'a');
    await kv.put('other', 'x');
    await until(() => seen.includes('w.1=a'));
    await server.kill();
    await server.start();
    for (let i = 0; !seen.includes('w.1=b'); i++) {
      await kv.put('w.1', 'b').catch(() => undefined);
      await pause(100);
      if (i === 50) throw new Error('nothing seen');
    }
    expect(seen.some((s) => s.startsWith('other'))).toBe(false);
    stop();
  }, 60_000);
});

describe('a lease in NATS KV', () => {
  it('is had by one, given back with a position, and taken at once by the next at a higher epoch', async () => {
    const key = 'lease.given';
    const a = await Lease.wait(kv, key, { owner: 'a', ttlMs: TTL });
    const waiting = Lease.wait(kv, key, { owner: 'b', ttlMs: TTL });
    await pause(2 * TTL);
    expect(a?.held).toBe(true);
    expect(await Lease.take(kv, key, null, { owner: 'c', ttlMs: TTL })).toBeNull();
    expect(await a?.release(42)).toBe(true);
    const b = await waiting;
    expect(a?.held).toBe(false);
    expect(b?.before).toMatchObject({ owner: null, src: 42, epoch: a?.epoch });
    expect(b?.epoch).toBe((a?.epoch ?? 0) + 1);
    await b?.release();
  }, 30_000);

  it('is lost at once when somebody else has written', async () => {
    const key = 'lease.stolen';
    const a = await Lease.wait(kv, key, { owner: 'a', ttlMs: TTL }) as Lease;
    const lost = new Promise<string>((resolve) => a.onLost(resolve));
    const seen = await kv.get(key);
    await kv.put(key, JSON.stringify({ ...parseLease(seen), owner: 'thief', epoch: a.epoch + 1 }));
    expect(await lost).toMatch(/thief holds it now/);
    expect(a.held).toBe(false);
    expect(await a.release()).toBe(false);
    expect(parseLease(await kv.get(key))?.owner).toBe('thief');
  }, 30_000);

  it('is lost when the broker does not answer, and had again when it does', async () => {
    const key = 'lease.silent';
    const a = await Lease.wait(kv, key, { owner: 'a', ttlMs: TTL }) as Lease;
    const lost = new Promise<string>((resolve) => a.onLost(resolve));
    server.signal('SIGSTOP');
    expect(await lost).toMatch(/no renewal was answered/);
    expect(a.held).toBe(false);
    server.signal('SIGCONT');
    const b = await Lease.wait(kv, key, { owner: 'b', ttlMs: TTL });
    expect(b?.epoch).toBe(a.epoch + 1);
    await b?.release();
  }, 60_000);

  it('is taken over from a holder that was killed or stopped; one that wakes is refused and knows it', async () => {
    const times: Record<'SIGKILL' | 'SIGSTOP', number[]> = { SIGKILL: [], SIGSTOP: [] };
    for (let i = 0; i < RUNS; i++) {
      const signal = i % 2 === 0 ? 'SIGKILL' : 'SIGSTOP';
      const holder = new Program('test/bus/lease-holder.ts', [server.url, 'lease.p.0', String(TTL)]);
      const epoch = Number((await holder.said(/^held/)).split(' ')[1]);
      const next = Lease.wait(kv, 'lease.p.0', { owner: 'standby', ttlMs: TTL });
      await pause(100 + 70 * (i % 3));
      const at = performance.now();
      holder.child.kill(signal);
      const lease = await next as Lease;
      times[signal].push(performance.now() - at);
      expect(lease.epoch).toBe(epoch + 1);
      if (signal === 'SIGSTOP') {
        const before = holder.lines.length;
        holder.child.kill('SIGCONT');
        expect(await holder.said(/^lost/, before)).toMatch(/^lost/);
        await pause(100);
        expect(holder.lines.slice(before)).not.toContain('h');
        expect(lease.held).toBe(true);
      }
      await holder.kill();
      await lease.release();
    }
    console.log(`take-over, ms: ${Object.entries(times).map(([s, t]) => `${s} ${t.map(Math.round).join(' ')}`).join('; ')}`);
    expect(times.SIGKILL.length + times.SIGSTOP.length).toBe(RUNS);
  }, 60_000 + RUNS * 20_000);
});
