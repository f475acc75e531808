import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { NatsServer } from '../../src/bus/server.ts';
import { drain, openAt, pause, until, Wire } from './broker.ts';
import type { Opened } from './broker.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let server: NatsServer;
let opened: Opened[] = [];
const open = async (...args: Parameters<typeof openAt> extends [string, ...infer R] ? R : never): Promise<Opened> => {
  const one = await openAt(server.url, ...args);
  opened.push(one);
  return one;
};

beforeEach(async () => { server = await NatsServer.start({ jetstream: false }); });
afterEach(async () => {
  server.signal('SIGCONT');
  await Promise.all(opened.map(({ bus }) => bus.close()));
  opened = [];
  await server.stop();
});

describe('a broker that is killed and started again while messages flow', () => {
  it('is found again; what waited arrives in order, and the hole is told on both sides', async () => {
    const [feed, engine] = [await open(), await open()];
    const s = engine.bus.subscribe('md.>', { capacity: 1_000_000 });
    await engine.bus.flush();
    let sent = 0;
    let running = true;
    const publisher = (async () => {
      while (running) {
        for (let i = 0; i < 20; i++) await feed.bus.publish('md.trades.A', String(sent++));
        await pause(2);
      }
    })();
    await until(() => s.pending > 1000);
    await server.kill();
    await until(() => !feed.bus.stats().connected && !engine.bus.stats().connected);
    const before = sent;
    await until(() => sent > before + 1000);
    expect(feed.bus.stats().queued).toBeGreaterThan(0);
    await server.start();
    await until(() => engine.bus.stats().connected && feed.bus.stats().connected);
    await engine.bus.flush();
    await feed.bus.publish('md.trades.A', String(sent++));
    running = false;
    await publisher;
    await feed.bus.flush();
    await engine.bus.flush();
    const got = drain(s).map(Number);
    expect(got.at(-1)).toBe(sent - 1);
    expect(got).toEqual([...got].sort((a, b) => a - b));
    expect(new Set(got).size).toBe(got.length);
    const stats = feed.bus.stats();
    expect(stats).toMatchObject({ disconnects: 1, reconnects: 1, unsent: 0, queued: 0 });
    expect([s.gaps, engine.bus.stats().gaps]).toEqual([1, 1]);
    expect(engine.lost.map((n) => n.code)).toEqual(['W766']);
    expect(engine.link.map((n) => n.kind)).toEqual(['disconnect', 'reconnect']);
  });

  it('bounds what waits for it, counts the rest, and ends in time without it', async () => {
    const { bus, lost } = await open({ window: 50_000, most: 100_000, holdMs: 200, closeMs: 200 });
    await server.kill();
    await until(() => !bus.stats().connected);
    let waited = false;
    const waits: Promise<void>[] = [];
    for (let i = 0; i < 2000; i++) {
      const wait = bus.publish('a', 'x'.repeat(100));
      if (wait !== undefined) waits.push(wait.then(() => { waited = true; }));
      expect(bus.stats().pendingBytes).toBeLessThanOrEqual(100_000);
    }
    expect(waits.length).toBeGreaterThan(0);
    expect(waited).toBe(false);
    const { queued, unsent } = bus.stats();
    expect(queued).toBeGreaterThan(100);
    expect(queued + unsent).toBe(2000);
    // Publishers are let go after a while: a source that nobody reads from loses more than an output.
    await Promise.all(waits);
    expect(bus.publish('a', 'x')).toBeUndefined();
    await bus.close();
    expect(bus.stats().unsent).toBe(2001);
    expect(lost.at(-1)?.text).toMatch(/could not be sent before the end/);
  });
});

describe('a broker that hangs (SIGSTOP), so that the link looks open', () => {
  it.each([['idle', 0], ['with a full socket', 200]])('is given up, %s, and taken up again when it answers', async (_, load) => {
    const { bus, link } = await open({ window: 1024 * 1024 });
    const listener = await open();
    const s = listener.bus.subscribe('a', { capacity: 1_000_000 });
    await listener.bus.flush();
    server.signal('SIGSTOP');
    for (let i = 0; i < load; i++) void bus.publish('a', Buffer.alloc(64 * 1024, i));
    await until(() => link.some((n) => n.kind === 'disconnect') && !listener.bus.stats().connected);
    expect(link.map((n) => n.kind)).toEqual(['stale', 'disconnect']);
    expect(bus.stats().connected).toBe(false);
    server.signal('SIGCONT');
    await until(() => bus.stats().connected && listener.bus.stats().connected);
    await listener.bus.flush();
    void bus.publish('a', 'after');
    await bus.flush();
    await listener.bus.flush();
    expect(drain(s).at(-1)).toBe('after');
    const { uncertain, unsent, queued, published } = bus.stats();
    expect([unsent, queued, published]).toEqual([0, 0, load + 1]);
    if (load > 0) expect(uncertain).toBeGreaterThan(0);
    expect(s.gaps).toBe(1);
  });
});

describe('a wire that is cut without a word', () => {
  it('is noticed at the end that sends: each message has arrived, or is counted as uncertain', async () => {
    const wire = await Wire.to(server.port);
    const feed = await openAt(wire.url, { window: 1024 * 1024 });
    opened.push(feed);
    const listener = await open();
    const s = listener.bus.subscribe('a', { capacity: 1_000_000 });
    await listener.bus.flush();
    let sent = 0;
    const publish = (n: number): void => {
      for (let i = 0; i < n; i++) void feed.bus.publish('a', String(sent++).padEnd(10_000));
    };
    publish(100);
    await feed.bus.flush();
    publish(50);
    wire.silence();
    publish(500);
    await until(() => !feed.bus.stats().connected);
    publish(100);
    wire.mend();
    await until(() => feed.bus.stats().connected);
    publish(100);
    await feed.bus.flush();
    await listener.bus.flush();
    const got = drain(s).map(Number);
    const { uncertain, unsent, published, disconnects } = feed.bus.stats();
    expect([unsent, published, disconnects, s.gaps]).toEqual([0, sent, 1, 0]);
    expect(got).toEqual([...new Set(got)].sort((a, b) => a - b));
    expect(uncertain).toBeGreaterThan(0);
    expect(uncertain).toBeLessThan(200);
    expect(got.length).toBeLessThan(sent);
    expect(got.length + uncertain).toBeGreaterThanOrEqual(sent);
    await feed.bus.close();
    wire.close();
  });
});

describe('a link that is slow and full, so that answers to pings come many seconds late', () => {
  it('is not taken for a dead one while anything arrives', async () => {
    const wire = await Wire.to(server.port, 1_500_000);
    const listener = await openAt(wire.url);
    opened.push(listener);
    const feed = await open();
    const s = listener.bus.subscribe('a', { capacity: 1_000_000 });
    await listener.bus.flush();
    const n = 900;
    const begun = performance.now();
    for (let i = 0; i < n; i++) await feed.bus.publish('a', Buffer.alloc(10_000, 'x'));
    await feed.bus.flush();
    // Behind all of it: the client alone would have given the link up after three pings.
    await listener.bus.flush();
    console.log(`an answer took ${((performance.now() - begun) / 1000).toFixed(1)} s on a full link`);
    expect(listener.bus.stats()).toMatchObject({ received: n, disconnects: 0, gaps: 0 });
    expect(s.pending).toBe(n);
    expect(listener.link).toEqual([]);
    await listener.bus.close();
    wire.close();
  });
});

describe('a subscriber of ours that is slow', () => {
  it('drops by its own bound, says so, and goes on', async () => {
    const [feed, engine] = [await open(), await open()];
    const s = engine.bus.subscribe('md.>', { capacity: 500 });
    await engine.bus.flush();
    for (let i = 0; i < 20_000; i++) await feed.bus.publish('md.trades.A', String(i));
    await feed.bus.flush();
    await engine.bus.flush();
    expect([s.pending, s.dropped]).toEqual([500, 19_500]);
    expect(engine.bus.stats()).toMatchObject({ received: 20_000, dropped: 19_500, disconnects: 0 });
    expect(engine.lost[0]).toMatchObject({ code: 'W766' });
    expect(drain(s)).toEqual(Array.from({ length: 500 }, (_, i) => String(i)));
    await feed.bus.publish('md.trades.A', 'next');
    await feed.bus.flush();
    await engine.bus.flush();
    expect(drain(s)).toEqual(['next']);
  });

  it('that the server cuts off comes back, with a gap and no crash', async () => {
    await server.stop();
    server = await NatsServer.start({ jetstream: false, extra: 'max_payload: 100000\nmax_pending: 1000000\nwrite_deadline: "200ms"' });
    const [feed, engine] = [await open(), await open()];
    const s = engine.bus.subscribe('md.>', { capacity: 1_000_000 });
    await engine.bus.flush();
    const big = Buffer.alloc(50_000, 'x');
    // The process does nothing else for a while: neither reads nor answers pings.
    const publish = async (n: number): Promise<void> => {
      for (let i = 0; i < n; i++) await feed.bus.publish('md.a', big);
      await feed.bus.flush();
    };
    const socket = engine.bus.connection as unknown as { protocol: { transport: { socket: { pause(): void } } } };
    socket.protocol.transport.socket.pause();
    await publish(1000);
    await until(() => engine.bus.stats().reconnects > 0);
    await engine.bus.flush();
    await feed.bus.publish('md.a', 'next');
    await feed.bus.flush();
    await engine.bus.flush();
    expect(s.gaps).toBeGreaterThanOrEqual(1);
    expect(s.pending).toBeLessThan(1001);
    expect(drain(s).at(-1)).toBe('next');
    expect(engine.lost.map((n) => n.code)).toContain('W766');
  });
});
