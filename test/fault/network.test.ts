import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { getServer } from '../../src/bus/server-binary.ts';
import { drain, openAt, until } from './broker.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 30_000 });

const ip = (...args: string[]): boolean => spawnSync('ip', args, { stdio: 'ignore' }).status === 0;
const name = `mr${process.pid}`;
const net = `10.${77 + (process.pid % 100)}.${process.pid % 250}`;

/** A network of its own for the broker, joined to ours by one cable. Needs root and iproute2. */
const cabled = process.platform === 'linux' && ip('netns', 'add', name) && ip('link', 'add', `${name}a`, 'type', 'veth', 'peer', 'name', `${name}b`, 'netns', name)
  && ip('addr', 'add', `${net}.1/24`, 'dev', `${name}a`) && ip('link', 'set', `${name}a`, 'up')
  && ip('-n', name, 'addr', 'add', `${net}.2/24`, 'dev', `${name}b`) && ip('-n', name, 'link', 'set', `${name}b`, 'up') && ip('-n', name, 'link', 'set', 'lo', 'up');
if (!cabled) console.log('no network namespaces here (root and iproute2 are needed): a cut cable is not tested');

const cable = (state: 'up' | 'down'): void => { expect(ip('link', 'set', `${name}a`, state)).toBe(true); };

describe.runIf(cabled)('a cable that is pulled', () => {
  let server: ChildProcess;
  let folder = '';
  const url = `nats://${net}.2:4222`;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'millrace-netns-'));
    server = spawn('ip', ['netns', 'exec', name, getServer(process.env).path, '-a', `${net}.2`, '-p', '4222', '-sd', folder], { stdio: 'ignore' });
  });
  afterAll(() => {
    server.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });

  it('is noticed on our side by pings alone; what was published meanwhile arrives when it is back', async () => {
    const { bus, link, lost } = await openAt(url);
    const s = bus.subscribe('a', { capacity: 1_000_000 });
    await bus.flush();
    let sent = 0;
    const publish = (n: number): void => {
      for (let i = 0; i < n; i++) void bus.publish('a', String(sent++));
    };
    publish(100);
    await bus.flush();
    expect(drain(s)).toHaveLength(100);
    cable('down');
    const begun = performance.now();
    publish(100);
    await until(() => !bus.stats().connected);
    console.log(`a pulled cable was noticed after ${((performance.now() - begun) / 1000).toFixed(1)} s`);
    expect(link.map((n) => n.kind).filter((kind) => kind !== 'waiting')).toEqual(['stale', 'disconnect']);
    publish(100);
    expect(bus.stats().queued).toBe(100);
    cable('up');
    await until(() => bus.stats().connected);
    publish(100);
    await bus.flush();
    const { uncertain, unsent, gaps, reconnects } = bus.stats();
    expect([uncertain, unsent, gaps, reconnects]).toEqual([100, 0, 1, 1]);
    const got = drain(s).map(Number);
    expect(got.slice(-200)).toEqual(Array.from({ length: 200 }, (_, i) => 200 + i));
    expect(lost.map((n) => n.code)).toEqual(['W766']);
    await bus.close();
  });
});

afterAll(() => {
  ip('link', 'del', `${name}a`);
  ip('netns', 'del', name);
});
