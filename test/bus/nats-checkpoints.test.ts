import { jetstreamManager, type JetStreamManager } from '@nats-io/jetstream';
import { Objm } from '@nats-io/obj';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { NatsCheckpoints } from '../../src/bus/nats-checkpoints.ts';
import { ObjectBlobs } from '../../src/bus/object-blobs.ts';
import { NatsServer } from '../../src/bus/server.ts';
import { Refusal } from '../../src/core/diagnostic.ts';
import { newestWhole, sealed } from '../store/stores.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let server: NatsServer;
let nc: NatsConnection;
let jsm: JetStreamManager;
beforeAll(async () => {
  server = await NatsServer.start();
  nc = await connect({ servers: server.url, maxReconnectAttempts: -1, reconnectTimeWait: 50 });
  jsm = await jetstreamManager(nc);
});
afterAll(async () => {
  await nc.close();
  await server.stop();
});

const open = (run: string, epoch: number, more = {}): Promise<NatsCheckpoints> =>
  NatsCheckpoints.open(nc, { run, partition: 0, epoch, bucket: run, ...more });
const messages = async (bucket: string): Promise<number> => (await jsm.streams.info(`OBJ_${bucket}`)).state.messages;

describe('checkpoints in NATS', () => {
  it('a zombie is refused as E764 for good, leaves no bytes, and what the new owner has stays', async () => {
    const old = await open('zombie', 1);
    await old.put(1, sealed(1, 1000));
    const next = await open('zombie', 2);
    expect(await newestWhole(next)).toBe(1);
    for (const n of [2, 3]) {
      const e = await old.put(n, sealed(n, 1000)).catch((x: unknown) => x);
      expect(e).toBeInstanceOf(Refusal);
      expect((e as Refusal).code).toBe('E764');
    }
    await next.put(2, sealed(2, 2000));
    expect(await next.list()).toEqual([2, 1]);
    // Two objects: bytes and description of each.
    expect(await messages('zombie')).toBe(4);
    const late = await open('zombie', 1).catch((x: unknown) => x);
    expect((late as Refusal).code).toBe('E764');
    await expect(old.remove([1])).rejects.toThrow(Refusal);
    expect(await next.list()).toEqual([2, 1]);
  });

  it('what owners left that died in the middle is swept when the next one opens', async () => {
    const first = await open('swept', 1);
    await first.put(1, sealed(1, 1000));
    const blobs = await ObjectBlobs.open(nc, 'swept');
    await blobs.put('swept.0.1.2', sealed(2, 1000));
    await blobs.put('swept.1.1.2', sealed(2, 1000));
    await nc.request('$O.swept.C.halfway', new Uint8Array(10));
    expect(await messages('swept')).toBe(7);
    // Another partition's object is none of ours; a half upload is, once it is old.
    const young = await open('swept', 2);
    expect(await young.swept).toBe(1);
    const next = await open('swept', 3, { orphanMs: 0 });
    expect(await next.swept).toBe(1);
    expect(await messages('swept')).toBe(4);
    expect(await newestWhole(next)).toBe(1);
    expect(await blobs.get('swept.1.1.2')).toEqual(sealed(2, 1000));
  });

  it('leaves nothing behind but what is kept, however many came and went', async () => {
    const store = await open('many', 1);
    for (let n = 1; n <= 30; n++) {
      await store.put(n, sealed(n, 600_000));
      if (n > 3) await store.remove([n - 3]);
    }
    expect(await store.list()).toEqual([30, 29, 28]);
    expect(await messages('many')).toBe(3 * 3);
    expect((await jsm.streams.info('KV_many')).state.messages).toBe(1);
  });

  it('is an Object Store: other clients read it', async () => {
    const store = await open('format', 4);
    const bytes = sealed(7, 1_500_000);
    await store.put(7, bytes);
    const os = await new Objm(nc).open('format');
    const found = await os.getBlob('format.0.4.7');
    expect(found !== null && Buffer.compare(found, bytes)).toBe(0);
    expect((await os.list()).map((o) => [o.name, o.size])).toEqual([['format.0.4.7', bytes.length]]);
  });

  it('bytes that are not all there are not there', async () => {
    const store = await open('torn', 1);
    for (const n of [1, 2, 3]) await store.put(n, sealed(n, 1_200_000));
    // Three chunks and a description each: the second chunk of the third.
    await jsm.streams.deleteMessage('OBJ_torn', 10);
    expect(await store.get(3)).toBeNull();
    expect(await newestWhole(store)).toBe(2);
  });

  it('a put that the broker does not answer is refused as E772 and the next one goes through', async () => {
    const store = await open('silent', 1, { timeoutMs: 300 });
    await store.put(1, sealed(1, 1000));
    server.signal('SIGSTOP');
    const e = await store.put(2, sealed(2, 1000)).catch((x: unknown) => x);
    server.signal('SIGCONT');
    expect((e as Refusal).code).toBe('E772');
    await store.put(3, sealed(3, 1000));
    expect((await store.list()).filter((n) => n !== 2)).toEqual([3, 1]);
    expect(await newestWhole(store)).toBe(3);
    expect(await newestWhole(await open('silent', 2))).toBe(3);
  });
});
