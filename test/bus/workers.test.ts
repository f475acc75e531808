import { connect, type NatsConnection } from '@nats-io/transport-node';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { NatsServer } from '../../src/bus/server.ts';
import { joinWorkers, type Workers } from '../../src/bus/workers.ts';
import { until } from './processes.ts';

let server: NatsServer;
const connections: NatsConnection[] = [];
beforeAll(async () => { server = await NatsServer.start(); }, 60_000);
afterAll(async () => {
  for (const nc of connections) await nc.close();
  await server.stop();
});

/** Who runs what in this process, and how long a partition that moved in order stood still. */
const members = new Map<string, Workers>();
const running = new Map<number, string>();
const released = new Map<number, number>();
const pauses: number[] = [];
const wrong: string[] = [];

async function join(name: string): Promise<Workers> {
  const nc = await connect({ servers: server.url, maxReconnectAttempts: -1, reconnectTimeWait: 50 });
  connections.push(nc);
  const end = (p: number): void => {
    if (running.get(p) === name) running.delete(p);
  };
  const workers = await joinWorkers(nc, { run: 'p', plan: 'h', partitions: 16, id: name }, {
    start: (p) => {
      const other = running.get(p);
      if (other !== undefined && members.get(other)?.owned.includes(p)) wrong.push(`${name} starts ${p}, which ${other} holds`);
      running.set(p, name);
      const at = released.get(p);
      if (at !== undefined) pauses.push(performance.now() - at);
      released.delete(p);
    },
    release: (p) => {
      end(p);
      released.set(p, performance.now());
      return Promise.resolve({ seq: p });
    },
    stop: (p) => {
      end(p);
      released.delete(p);
    },
  });
  members.set(name, workers);
  return workers;
}

const count = (): string => {
  const counts = new Map<string, number>();
  for (const w of running.values()) counts.set(w, (counts.get(w) ?? 0) + 1);
  return [...counts].sort().map(([w, n]) => `${w}${n}`).join(' ');
};

it('three workers on a real server: join, leave, and go on after the broker was killed', async () => {
  await join('a');
  await until(() => count() === 'a16');
  const b = await join('b');
  await until(() => count() === 'a8 b8');
  await server.kill();
  // Long enough for every lease to be lost.
  await until(() => running.size === 0);
  expect(members.get('a')?.owned).toEqual([]);
  await server.start();
  await until(() => count() === 'a8 b8');
  const c = await join('c');
  await until(() => count() === 'a6 b5 c5');
  await until(() => c.alive.length === 3);
  await b.leave();
  await until(() => count() === 'a8 c8');
  await c.leave();
  await members.get('a')?.leave();
  expect(running.size).toBe(0);
  expect(wrong).toEqual([]);
  expect(pauses.length).toBeGreaterThanOrEqual(8 + 5 + 5);
  const sorted = pauses.sort((x, y) => x - y);
  const at = (share: number): string => sorted[Math.floor((sorted.length - 1) * share)].toFixed(1);
  console.log(`hand-over, from drained to started, ms: p50 ${at(0.5)}, p90 ${at(0.9)}, most ${at(1)}`);
}, 120_000);

it('a run keeps its number of partitions when all of its workers have left; another run has its own', async () => {
  const nc = await connect({ servers: server.url });
  connections.push(nc);
  const idle = { start: () => undefined, release: () => Promise.resolve({}), stop: () => undefined };
  const shape = { run: 'kept', plan: 'h', partitions: 1, id: 'x' };
  await (await joinWorkers(nc, shape, idle)).leave();
  const again = joinWorkers(nc, { ...shape, partitions: 4 }, idle);
  await expect(again).rejects.toMatchObject({ code: 'E773', message: 'run kept has been worked on without partitions, and this start has 4' });
  await (await joinWorkers(nc, { ...shape, plan: 'other' }, idle)).leave();
  await (await joinWorkers(nc, { ...shape, run: 'new', partitions: 4 }, idle)).leave();
});
