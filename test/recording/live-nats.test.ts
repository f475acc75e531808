import { connect } from '@nats-io/transport-node';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { NatsBus } from '../../src/bus/nats-bus.ts';
import { NatsServer } from '../../src/bus/server.ts';
import { counts } from '../harness/settings.ts';
import { recordLive, replayHash, scratch } from './support.ts';

let server: NatsServer;
const folder = scratch();
beforeAll(async () => { server = await NatsServer.start({ jetstream: false }); });
afterAll(() => server.stop());

it('what was live over a server replays to the same hash at every batch', { timeout: 600_000 }, async () => {
  const hashes = new Set<string>();
  for (let seed = 1; seed <= counts(3, 10); seed++) {
    const bus = new NatsBus(await connect({ servers: server.url }));
    const into = folder();
    const messages = 400;
    const lived = await recordLive(bus, into, {
      seed, messages,
      settled: async (rows) => { while (rows() < 2 * messages) await new Promise((resolve) => setTimeout(resolve, 5)); },
    });
    await bus.close();
    expect(lived.rows).toBe(2 * messages);
    for (const batch of [1, 256, 4096]) expect((await replayHash(into, batch)).hash, `seed ${seed}, batch ${batch}`).toBe(lived.hash);
    hashes.add(lived.hash);
  }
  expect(hashes.size).toBe(counts(3, 10));
});
