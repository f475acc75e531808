import { expect, it } from 'vitest';
import { MemoryBus } from '../../src/bus/memory.ts';
import { feedFor, writerFor } from '../../src/connect/open.ts';
import { contextFor } from './support.ts';
import type { Chunk, SourceContext, SourceFeed } from '../../src/core/connector.ts';
import { KeyTable } from '../../src/core/keys.ts';
import { SCHEMAS } from '../../src/core/types.ts';

function collect(bus: MemoryBus, args: Record<string, unknown>, schema = 'trade') {
  const ctx: SourceContext = contextFor(schema, args);
  const feed: SourceFeed = feedFor(ctx, 'nats', { bus });
  const rows: unknown[] = [];
  let chunks = 0;
  let ended = false;
  const onChunk = (chunk: Chunk): void => {
    chunks++;
    for (let i = 0; i < chunk.n; i++) {
      rows.push([chunk.ts[i], chunk.key[i] < 0 ? null : ctx.keys.symbols[chunk.key[i]],
        ...chunk.cols.map((c) => (c[i] !== c[i] ? null : c[i]))]);
    }
  };
  const started = feed.start(onChunk, () => {
    ended = true;
  });
  return { feed, rows, started, state: () => ({ chunks, ended }) };
}

it('rows come from messages: the symbol from the subject, single objects or lists, bad ones counted', async () => {
  const bus = new MemoryBus();
  const { feed, rows, started, state } = collect(bus, { subject: 'md.trades.{symbol}' });
  await started;
  bus.publish('md.trades.BRK%2EB', '{"ts":1,"price":"10.5","size":3,"side":"buy"}');
  bus.publish('md.trades.A', Buffer.from('[{"ts":2,"price":1,"size":1},{"ts":3,"price":2,"size":1}]'));
  bus.publish('md.trades.A', 'not json');
  bus.publish('md.trades.A', '{"ts":4,"price":"x","size":1}');
  bus.publish('md.trades.A', '{"heartbeat":5}');
  bus.publish('md.quotes.A', '{"ts":9,"price":1,"size":1}');
  await feed.close();
  expect(rows).toEqual([[1e6, 'BRK.B', 10.5, 3, 1], [2e6, 'A', 1, 1, null], [3e6, 'A', 2, 1, null], [5e6, null, null, null, null]]);
  expect(feed.bad.first.map((b) => [b.at, b.code])).toEqual([[2, 'E757'], [3, 'E752']]);
  expect(state()).toEqual({ chunks: 1, ended: true });
});

it('a message of another shape is counted, and the next is read', async () => {
  const bus = new MemoryBus();
  const { feed, rows, started } = collect(bus, { subject: 'md.{symbol}' });
  await started;
  bus.publish('md.A', '{"ts":1,"bid":1,"ask":2}');
  bus.publish('md.A', '{"ts":2,"price":1,"size":2}');
  await feed.close();
  expect(rows).toEqual([[2e6, 'A', 1, 2, null]]);
  expect(feed.bad.first[0].code).toBe('E702');
});

it('what an output publishes a source reads back, with backpressure', async () => {
  const bus = new MemoryBus();
  const { feed, rows, started } = collect(bus, { subject: 'signals.p.{symbol}', buffer: 4, when_full: 'wait' });
  await started;
  const keys = new KeyTable();
  ['A', 'B.C'].forEach((k) => keys.intern(k));
  const writer = writerFor('nats',
    { id: 'o', pipeline: 'p', schema: SCHEMAS.trade, args: { subject: 'signals.{pipeline}.{symbol}' }, base: '.' },
    { stdout: process.stdout, bus });
  const n = 1000;
  const column = (f: (i: number) => number): Float64Array => Float64Array.from({ length: n }, (_, i) => f(i));
  writer.write({
    n, sel: null, seq: column((i) => i), ts: column((i) => i), key: Int32Array.from({ length: n }, (_, i) => i % 2), keys,
    cols: [column((i) => i / 3), column(() => 1), column((i) => (i % 3 === 0 ? NaN : i % 2))],
  });
  await writer.flush();
  await writer.close();
  await feed.close();
  expect(rows).toEqual(Array.from({ length: n }, (_, i) => [i, i % 2 === 0 ? 'A' : 'B.C', i / 3, 1, i % 3 === 0 ? null : i % 2]));
});

it('an output names what may fill its subject', () => {
  const bus = new MemoryBus();
  const open = (): unknown => writerFor('nats',
    { id: 'o', pipeline: 'p', schema: SCHEMAS.trade, args: { subject: 's.{simbol}' }, base: '.' }, { stdout: process.stdout, bus });
  expect(open).toThrow(/`\{simbol\}`, which nothing fills/);
});

it.each(['json', 'arrow', 'compact'])('in %s what an output publishes a source reads back, in order for each symbol', async (codec) => {
  const bus = new MemoryBus();
  const raw = bus.subscribe('signals.>');
  const { feed, rows, started } = collect(bus, { subject: 'signals.{partition}.{symbol}', codec });
  await started;
  const keys = new KeyTable();
  ['A', 'B.C', 'D'].forEach((k) => keys.intern(k));
  const args = { subject: 'signals.{pipeline}.{symbol}', codec };
  const writer = writerFor('nats', { id: 'o', pipeline: 'p', schema: SCHEMAS.trade, args, base: '.' }, { stdout: process.stdout, bus });
  const n = 10_000;
  const column = (f: (i: number) => number): Float64Array => Float64Array.from({ length: n }, (_, i) => f(i));
  const sel = Int32Array.from({ length: n / 2 }, (_, i) => 2 * i);
  writer.write({
    n: n / 2, sel, seq: column((i) => i), ts: column((i) => 1.7e15 + i), key: Int32Array.from({ length: n }, (_, i) => (i / 2) % 3), keys,
    cols: [column((i) => i / 3), column(() => 1), column((i) => (i % 3 === 0 ? NaN : i % 2))],
  });
  await writer.close();
  await feed.close();
  const want = Array.from(sel, (i) => [1.7e15 + i, ['A', 'B.C', 'D'][(i / 2) % 3], i / 3, 1, i % 3 === 0 ? null : 0]);
  const of = (list: unknown[], symbol: string): unknown[] => list.filter((r) => (r as unknown[])[1] === symbol);
  for (const symbol of ['A', 'B.C', 'D']) expect(of(rows, symbol)).toEqual(of(want, symbol));
  expect(rows.length).toBe(n / 2);
  expect(feed.bad.count).toBe(0);
  expect(raw.pending).toBe(codec === 'json' ? n / 2 : 3);
});

it('tells a codec or a beginning that is none', () => {
  const bus = new MemoryBus();
  expect(() => feedFor(contextFor('trade', { subject: 'a', codec: 'avro' }), 'nats', { bus })).toThrow(/`codec` is `avro`/);
  expect(() => feedFor(contextFor('trade', { subject: 'a', replay: 'lately' }), 'nats', { bus })).toThrow(/`replay` is `lately`/);
  const ctx = { id: 'o', pipeline: 'p', schema: SCHEMAS.trade, args: { subject: 'a', codec: 'avro' }, base: '.' };
  expect(() => writerFor('nats', ctx, { stdout: process.stdout, bus })).toThrow(/`codec` is `avro`/);
});
