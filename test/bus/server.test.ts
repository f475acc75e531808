import { connect } from '@nats-io/transport-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findServer, getServer } from '../../src/bus/server-binary.ts';
import { NatsServer } from '../../src/bus/server.ts';
import { Refusal } from '../../src/core/diagnostic.ts';

describe('the nats-server of tests and demos', () => {
  let server: NatsServer;
  beforeAll(async () => { server = await NatsServer.start(); });
  afterAll(() => server.stop());

  it('answers on a port of its own, on the loopback interface only', async () => {
    const other = await NatsServer.start({ jetstream: false });
    expect(other.port).not.toBe(server.port);
    const nc = await connect({ servers: server.url });
    expect(nc.info?.version).toMatch(/^2\./);
    expect(nc.info?.host).toBe('127.0.0.1');
    await nc.close();
    await other.stop();
  });

  it('comes back on the same port after it was killed', async () => {
    const { port } = server;
    await server.kill();
    await expect(connect({ servers: server.url, reconnect: false, timeout: 1000 })).rejects.toThrow();
    await server.start();
    expect(server.port).toBe(port);
    await (await connect({ servers: server.url })).close();
  });

  it('is found in the order NATS_SERVER_BIN, PATH, cache', () => {
    expect(findServer({ ...process.env, NATS_SERVER_BIN: process.execPath })).toEqual({ path: process.execPath, origin: 'NATS_SERVER_BIN' });
    expect(() => findServer({ NATS_SERVER_BIN: '/nowhere/nats-server' })).toThrow(Refusal);
    expect(findServer({ PATH: '', MILLRACE_CACHE: '/nowhere' })).toBeNull();
    const { path } = getServer(process.env);
    expect(path).toMatch(/nats-server$/);
  });

  it('says why it did not start', async () => {
    await expect(NatsServer.start({ extra: 'no_such_setting {' })).rejects.toThrow(/did not start/);
  });
});
