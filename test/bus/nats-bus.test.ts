import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Bus, Subscription } from '../../src/bus/bus.ts';
import { MemoryBus } from '../../src/bus/memory.ts';
import { NatsBus } from '../../src/bus/nats-bus.ts';
import type { BusNotice } from '../../src/bus/nats-bus.ts';
import { connectNats } from '../../src/bus/nats-connect.ts';
import { busAddress, openBus } from '../../src/bus/open-bus.ts';
import { NatsServer } from '../../src/bus/server.ts';

const text = (payload: Uint8Array | string): string => Buffer.from(payload as Uint8Array).toString('utf8');

async function take(s: Subscription, n: number): Promise<string[]> {
  const out: string[] = [];
  while (out.length < n && (await s.ready())) {
    for (let m = s.take(); m !== null; m = s.take()) out.push(`${m.subject}=${text(m.payload)}`);
  }
  return out;
}

let server: NatsServer;
beforeAll(async () => { server = await NatsServer.start({ jetstream: false, extra: 'max_payload: 2000' }); });
afterAll(() => server.stop());

const open = async (options: ConstructorParameters<typeof NatsBus>[1] = {}): Promise<NatsBus> =>
  new NatsBus(await connectNats({ servers: [server.url], pipeline: 'p' }), options);

describe.each([
  ['embedded', async (): Promise<Bus> => new MemoryBus()],
  ['nats', async (): Promise<Bus> => open()],
])('%s', (_, make) => {
  it('delivers to every subscription that matches, once and in order, with headers', async () => {
    const bus = await make();
    const [one, star, rest, other] = ['md.trades.A', 'md.*.A', 'md.>', 'x.>'].map((p) => bus.subscribe(p));
    await bus.flush();
    void bus.publish('md.trades.A', '1', [['Millrace-Codec', 'json'], ['X', 'a']]);
    void bus.publish('md.quotes.A', Buffer.from('2'));
    void bus.publish('md.trades.B', 'ü');
    await bus.flush();
    await rest.ready();
    const first = rest.take();
    expect([first?.subject, first?.header('Millrace-Codec'), first?.header('X'), first?.header('none')]).toEqual(['md.trades.A', 'json', 'a', '']);
    expect(await take(rest, 2)).toEqual(['md.quotes.A=2', 'md.trades.B=ü']);
    expect(await take(one, 1)).toEqual(['md.trades.A=1']);
    expect(await take(star, 2)).toEqual(['md.trades.A=1', 'md.quotes.A=2']);
    expect([other.pending, other.dropped, rest.gaps]).toEqual([0, 0, 0]);
    expect(bus.stats()).toMatchObject({ connected: true, published: 3, received: 6, dropped: 0, gaps: 0, unsent: 0, refused: 0 });
    await bus.close();
    expect(await rest.ready()).toBe(false);
    // What an ended subscription counted stays counted.
    expect(bus.stats().received).toBe(6);
  });

  it('bounds a queue: the newest are dropped and counted', async () => {
    const bus = await make();
    const s = bus.subscribe('a', { capacity: 3, whenFull: 'drop' });
    await bus.flush();
    for (let i = 0; i < 10; i++) void bus.publish('a', String(i));
    await bus.flush();
    expect([s.dropped, s.pending, bus.stats().dropped]).toEqual([7, 3, 7]);
    expect(await take(s, 3)).toEqual(['a=0', 'a=1', 'a=2']);
    await bus.close();
  });

  it('closing keeps what is held, ends a wait, and refuses malformed subjects', async () => {
    const bus = await make();
    expect(() => bus.publish('a.*', 'x')).toThrow(/wildcard/);
    expect(() => bus.publish('a b', 'x')).toThrow(/blank/);
    expect(() => bus.subscribe('>.a')).toThrow(/before its end/);
    const [s, t] = [bus.subscribe('a'), bus.subscribe('b')];
    const waiting = t.ready();
    await bus.flush();
    void bus.publish('a', 'x');
    await bus.flush();
    await bus.close();
    expect(await waiting).toBe(false);
    expect(await take(s, 1)).toEqual(['a=x']);
    expect(await s.ready()).toBe(false);
  });
});

describe('over a server', () => {
  it('leaves out what the server would cut the connection for, counts it, and goes on', async () => {
    const notices: BusNotice[] = [];
    const bus = await open({ onNotice: (n) => notices.push(n) });
    const s = bus.subscribe('>');
    await bus.flush();
    void bus.publish('a', 'x'.repeat(2001));
    // The headers count as well; only the client knows their length.
    void bus.publish('a', 'x'.repeat(1990), [['name', 'y'.repeat(100)]]);
    void bus.publish(`a.${'s'.repeat(5000)}`, 'x');
    void bus.publish('$JS.API.STREAM.DELETE.X', 'x');
    void bus.publish('a', 'x'.repeat(2000));
    await bus.flush();
    expect(await take(s, 1)).toEqual([`a=${'x'.repeat(2000)}`]);
    expect(bus.stats()).toMatchObject({ refused: 4, published: 1, disconnects: 0, errors: 0 });
    expect(notices.map((n) => n.code)).toEqual(['E769']);
    expect(notices[0].text).toMatch(/2,001 bytes are more than the 2,000/);
    await bus.close();
  });

  it('says once what is dropped', async () => {
    const notices: BusNotice[] = [];
    const bus = await open({ onNotice: (n) => notices.push(n) });
    bus.subscribe('a', { capacity: 1, whenFull: 'wait' });
    await bus.flush();
    for (let i = 0; i < 100; i++) void bus.publish('a', 'x');
    await bus.flush();
    expect(notices).toEqual([{ code: 'W766', text: expect.stringMatching(/^a: messages come faster than they are taken; \d+ dropped/) as string }]);
    await bus.close();
  });

  it('makes a publisher wait when more is on its way than the window, and loses nothing of it', async () => {
    const bus = await open({ window: 10_000 });
    const s = bus.subscribe('a', { capacity: 1_000_000 });
    await bus.flush();
    let waits = 0;
    for (let i = 0; i < 5000; i++) {
      const wait = bus.publish('a', String(i).padEnd(100));
      if (wait !== undefined) {
        waits++;
        expect(bus.stats().pendingBytes).toBeLessThan(12_000);
        await wait;
      }
    }
    await bus.flush();
    expect(waits).toBeGreaterThan(10);
    const got = await take(s, 5000);
    expect(got).toEqual(Array.from({ length: 5000 }, (_, i) => `a=${String(i).padEnd(100)}`));
    await bus.close();
  });

  it('is chosen by its address', async () => {
    expect(busAddress(undefined, {})).toBe('embedded');
    expect(busAddress(undefined, { NATS_URL: 'nats://a', MILLRACE_BUS: 'nats://b' })).toBe('nats://b');
    expect(busAddress('embedded', { NATS_URL: 'nats://a' })).toBe('embedded');
    expect(await openBus('embedded', { env: {}, pipeline: 'p' })).toBeInstanceOf(MemoryBus);
    const bus = await openBus(server.url, { env: {}, pipeline: 'p' });
    expect([bus instanceof NatsBus, bus.where]).toEqual([true, server.url]);
    await bus.close();
  });
});
