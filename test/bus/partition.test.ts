import { connect } from '@nats-io/transport-node';
import { expect, it } from 'vitest';
import { partitionOf } from '../../src/bus/partition.ts';
import { NatsServer } from '../../src/bus/server.ts';
import { encodeToken } from '../../src/bus/subject.ts';
import { Random } from '../../src/core/random.ts';

it('puts a symbol where the server\'s mapping puts it', async () => {
  const N = 16;
  const server = await NatsServer.start({
    jetstream: false, extra: `mappings { "feed.*.*": "md.{{wildcard(1)}}.{{partition(${N},2)}}.{{wildcard(2)}}" }`,
  });
  const nc = await connect({ servers: server.url });
  const got = new Map<string, number>();
  nc.subscribe('md.>', { callback: (_, m) => void got.set(m.subject.split('.')[3], Number(m.subject.split('.')[2])) });
  await nc.flush();
  const random = new Random(20_26);
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_/=^ %*>ÄÖ€日本';
  const symbols = new Set<string>(['', 'BRK.B', '005930', '>', '*']);
  while (symbols.size < 5000) {
    const length = 1 + Math.floor(random.next() * 12);
    symbols.add(Array.from({ length }, () => [...letters][Math.floor(random.next() * [...letters].length)]).join(''));
  }
  for (const s of symbols) nc.publish(`feed.trades.${encodeToken(s)}`);
  await nc.flush();
  expect(got.size).toBe(5000);
  const differing = [...symbols].filter((s) => got.get(encodeToken(s)) !== partitionOf(s, N));
  expect(differing).toEqual([]);
  const filled = Array.from({ length: N }, (_, p) => [...got.values()].filter((x) => x === p).length);
  expect(Math.min(...filled)).toBeGreaterThan(200);
  await nc.close();
  await server.stop();
});

it('of 16 is that of 1,024 modulo 16, so that coarse and fine partitions nest', () => {
  for (let i = 0; i < 1000; i++) expect(partitionOf(`S${i}`, 1024) % 16).toBe(partitionOf(`S${i}`, 16));
});
