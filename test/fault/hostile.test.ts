import fc from 'fast-check';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { DEAD, DeadLetterPublisher } from '../../src/bus/dead-letters.ts';
import { NatsServer } from '../../src/bus/server.ts';
import { encodeToken, parseTemplate } from '../../src/bus/subject.ts';
import { feedFor, writerFor } from '../../src/connect/open.ts';
import { KeyTable } from '../../src/core/keys.ts';
import { SCHEMAS } from '../../src/core/types.ts';
import { contextFor } from '../connect/support.ts';
import { openAt, pause, until } from './broker.ts';
import type { Opened } from './broker.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 30_000 });

let server: NatsServer;
let at: Opened;
beforeAll(async () => {
  server = await NatsServer.start({ jetstream: false, extra: 'max_payload: 100000' });
  at = await openAt(server.url);
});
afterAll(async () => {
  await at.bus.close();
  await server.stop();
});

/** Symbols made to break out of their token, the line of protocol, or the header. */
const hostile = fc.oneof(
  fc.constantFrom('.', '*', '>', ' ', '', '\r\n', 'A\r\nPUB x 1\r\ny\r\n', 'A B', '$JS.API.STREAM.DELETE.X', '%', '%2E', '_INBOX.>', '\u0000', '\t', '\u2028', '..',
    'a.b', '\u00a0', '-'.repeat(900), 'x'.repeat(20_000)),
  fc.string({ unit: 'grapheme', maxLength: 20 }),
  fc.string({ unit: fc.constantFrom('.', '*', '>', ' ', '\r', '\n', '\t', 'A', '%', '\u0000', '2', 'E', '$'), maxLength: 12 }),
);

it('no symbol leaves its token, or breaks the connection', async () => {
  const { bus } = at;
  const template = parseTemplate('signals.p.{symbol}', 'output');
  const s = bus.subscribe('>', { capacity: 1_000_000 });
  await bus.flush();
  let long = 0;
  let seen = 0;
  await fc.assert(fc.asyncProperty(fc.array(hostile, { minLength: 1, maxLength: 20 }), async (symbols) => {
    for (const symbol of symbols) await bus.publish(template.fill(() => symbol), symbol);
    await bus.flush();
    const fitting = symbols.filter((x) => Buffer.byteLength(`signals.p.${encodeToken(x)}`) <= 1024);
    long += symbols.length - fitting.length;
    const got: string[] = [];
    for (let m = s.take(); m !== null; m = s.take()) {
      expect(m.subject.split('.')).toHaveLength(3);
      expect(template.capture(m.subject)?.symbol).toBe(Buffer.from(m.payload as Uint8Array).toString('utf8'));
      got.push(m.subject);
    }
    seen += got.length;
    expect(got).toEqual(fitting.map((x) => `signals.p.${encodeToken(x)}`));
  }), { numRuns: 200 });
  expect(seen).toBeGreaterThan(1000);
  expect(long).toBeGreaterThan(10);
  expect(bus.stats()).toMatchObject({ connected: true, disconnects: 0, errors: 0, refused: long });
  s.close();
});

it('dead letters keep what came, in headers that hold no line breaks, and no more than so many a second', async () => {
  const { bus } = at;
  const s = bus.subscribe('dlq.>');
  await bus.flush();
  let now = 0;
  const dead = new DeadLetterPublisher(bus, 'my pipe.line', { perSecond: 10, burst: 3, payload: 8, now: () => now });
  const bad = { at: 7, subject: 'md.trades.A\r\nX: y', code: 'E757', message: 'no JSON\r\nInjected: yes', payload: Buffer.from('0123456789') };
  for (let i = 0; i < 5; i++) dead.publish('trades', bad);
  expect([dead.published, dead.skipped]).toEqual([3, 2]);
  now += 250;
  for (let i = 0; i < 5; i++) dead.publish('trades', bad);
  expect([dead.published, dead.skipped]).toEqual([5, 5]);
  await bus.flush();
  expect(s.pending).toBe(5);
  const m = s.take();
  expect(m?.subject).toBe('dlq.my%20pipe%2Eline');
  expect(Buffer.from(m?.payload as Uint8Array).toString()).toBe('01234567');
  expect([DEAD.code, DEAD.reason, DEAD.source, DEAD.sequence, DEAD.subject, 'Injected', 'X'].map((h) => m?.header(h)))
    .toEqual(['E757', 'no JSON Injected: yes', 'trades', '7', 'md.trades.A X: y', '', '']);
  s.close();
});

it('poison in a feed is counted and kept, and the rows around it arrive', async () => {
  const { bus } = at;
  const dead = new DeadLetterPublisher(bus, 'p');
  const kept = bus.subscribe('dlq.p');
  const ctx = contextFor('trade', { subject: 'md.trades.{symbol}' });
  const feed = feedFor(ctx, 'nats', { bus, onBad: (b) => dead.publish('trades', b) });
  const rows: number[] = [];
  await feed.start((chunk) => { for (let i = 0; i < chunk.n; i++) rows.push(chunk.ts[i]); }, () => undefined);
  const poison = [Buffer.alloc(0), Buffer.from([0xff, 0xfe, 0]), Buffer.from('{'), Buffer.from('null'), Buffer.from('[1]'), Buffer.from('{"ts":1}'),
    Buffer.from('{"ts":1,"price":"NaN","size":1}'), Buffer.alloc(90_000, '[')];
  for (const [i, payload] of poison.entries()) {
    await bus.publish('md.trades.A', `{"ts":${i + 1},"price":1,"size":1}`);
    await bus.publish('md.trades.A', payload);
  }
  await bus.publish('md.trades.A', Buffer.alloc(100_001));
  await bus.publish('md.trades.A', '{"ts":99,"price":1,"size":1}');
  await until(() => rows.at(-1) === 99e6);
  expect(rows).toEqual([...poison.map((_, i) => (i + 1) * 1e6), 99e6]);
  expect(feed.bad.count).toBe(poison.length);
  await bus.flush();
  await until(() => kept.pending === poison.length);
  await feed.close();
  kept.close();
});

it('rows of any symbol come out of an output, and those that cannot are counted', async () => {
  const { bus } = at;
  const s = bus.subscribe('out.>');
  await bus.flush();
  const symbols = ['A', 'x y', 'a.b.c', '>', 'x'.repeat(3000)];
  const keys = new KeyTable();
  symbols.forEach((k) => keys.intern(k));
  const before = bus.stats().refused;
  const writer = writerFor('nats', { id: 'o', pipeline: 'p', schema: SCHEMAS.trade, args: { subject: 'out.{symbol}' }, base: '.' },
    { stdout: process.stdout, bus });
  const column = (): Float64Array => new Float64Array(symbols.length).fill(1);
  writer.write({ n: symbols.length, sel: null, seq: column(), ts: column(), key: Int32Array.from(symbols.keys()), keys, cols: [column(), column(), column()] });
  await writer.close();
  await bus.flush();
  await pause(0);
  expect(s.pending).toBe(4);
  expect(bus.stats().refused - before).toBe(1);
  s.close();
});
