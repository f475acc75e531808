import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { createServer, connect, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { Refusal } from '../core/diagnostic.ts';
import { Telemetry, sourceTelemetry } from '../core/telemetry.ts';
import { isLoopback, parseAddress } from './address.ts';
import { get, raw } from './http.fixture.ts';
import { Monitor, type MonitorOptions } from './monitor.ts';
import { Pulse } from './pulse.ts';
import { Token, tokenFile } from './token.ts';

const SECRET = 'a-token-of-the-test-0123456789';
const open: Monitor[] = [];
afterEach(async () => {
  for (const m of open.splice(0)) await m.stop();
});

async function monitor(options: Partial<MonitorOptions> = {}, telemetry = new Telemetry('p')): Promise<Monitor> {
  const m = new Monitor(telemetry, { address: { host: '127.0.0.1', port: 0 }, token: null, version: '1', ...options });
  open.push(m);
  await m.start();
  return m;
}

const refusal = async (work: () => unknown): Promise<Refusal> => {
  try {
    await work();
  } catch (error) {
    expect(error).toBeInstanceOf(Refusal);
    return error as Refusal;
  }
  throw new TypeError('nothing was refused');
};

describe('an address', () => {
  it('is a port, a host and a port, on or off', () => {
    expect(parseAddress('9500')).toEqual({ host: '127.0.0.1', port: 9500 });
    expect(parseAddress('0.0.0.0:80')).toEqual({ host: '0.0.0.0', port: 80 });
    expect(parseAddress('[::1]:0')).toEqual({ host: '::1', port: 0 });
    expect(parseAddress('metrics.example:1')).toEqual({ host: 'metrics.example', port: 1 });
    expect(parseAddress('off')).toBeNull();
    expect(parseAddress('on')?.anyOf).toBeGreaterThan(1);
    for (const bad of ['', 'x', '65536', ':9', '1.2.3.4', 'a b:1', '[::1]', 'http://127.0.0.1:9', '-1', '99999999999']) {
      expect(() => parseAddress(bad), bad).toThrowError(expect.objectContaining({ code: 'E790' }));
    }
  });

  it('is loopback only where nobody else can reach it', () => {
    for (const host of ['localhost', '127.0.0.1', '127.8.9.1', '::1', '::ffff:127.0.0.1']) expect(isLoopback(host), host).toBe(true);
    for (const host of ['0.0.0.0', '::', '10.0.0.1', '128.0.0.1', '127.0.0.1.example', '127.0.0.999', 'localhost.example', '']) {
      expect(isLoopback(host), host).toBe(false);
    }
  });
});

describe('what is refused before anything listens', () => {
  it('an address of the network without a token, with the way out', async () => {
    const r = await refusal(() => monitor({ address: { host: '0.0.0.0', port: 0 } }));
    expect(r.code).toBe('E792');
    expect(r.help.join(' ')).toMatch(/127\.0\.0\.1.*MILLRACE_METRICS_TOKEN/);
  });

  it('a port that is taken, unless the next one will do', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const { port } = other.address() as AddressInfo;
    const r = await refusal(() => monitor({ address: { host: '127.0.0.1', port } }));
    expect([r.code, r.exit]).toEqual(['E791', 6]);
    expect(r.message).toContain(String(port));
    const next = await monitor({ address: { host: '127.0.0.1', port, anyOf: 20 } });
    expect(next.port).toBeGreaterThan(port);
    expect((await get(next.port, '/livez')).status).toBe(200);
    other.close();
    expect((await refusal(() => monitor({ address: { host: '203.0.113.7', port: 0 }, token: new Token(SECRET, 'test') }))).code).toBe('E791');
  });

  it('a token that is short, odd, missing or open to others', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'millrace-token-'));
    const path = join(folder, 'token');
    writeFileSync(path, `${SECRET}\n`);
    chmodSync(path, 0o600);
    expect(tokenFile(path).accepts(`Bearer ${SECRET}`)).toBe(true);
    chmodSync(path, 0o640);
    if (process.platform !== 'win32') expect((await refusal(() => tokenFile(path))).help.join()).toContain('chmod 600');
    for (const bad of ['', 'short', 'with blanks in the middle', `${'x'.repeat(600)}`, 'new\nline-in-the-middle']) {
      expect((await refusal(() => new Token(bad, 'test'))).code).toBe('E793');
    }
    expect((await refusal(() => tokenFile(join(folder, 'absent')))).code).toBe('E793');
    expect(JSON.stringify(new Token(SECRET, 'test'))).not.toContain(SECRET);
  });
});

describe('paths', () => {
  it('answer GET and HEAD, and nothing else does', async () => {
    const { port } = await monitor();
    const metrics = await get(port, '/metrics');
    expect([metrics.status, metrics.headers.get('content-type')]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8']);
    expect(metrics.headers.get('cache-control')).toBe('no-store');
    const head = await get(port, '/metrics?from=somebody', {}, 'HEAD');
    expect([head.status, head.body, Number(head.headers.get('content-length')) > 1000]).toEqual([200, '', true]);
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'TRACE', 'PROPFIND']) {
      const r = await get(port, '/metrics', {}, method);
      expect([method, r.status, r.headers.get('allow')]).toEqual([method, 405, 'GET, HEAD']);
    }
    for (const path of ['/', '/metrics/', '//metrics', '/livez/../metrics', '/../../etc/passwd', '/%6detrics', '/Metrics', '/__proto__',
      '/constructor', '/metrics;x', '/.%2e/%2e./etc/passwd', '/metrics%00', '/toString']) {
      expect([path, (await get(port, path)).status]).toEqual([path, 404]);
    }
  });

  it('take no body, no second host, no target that is no path, no request too large', async () => {
    const { port } = await monitor();
    const host = `Host: localhost:${port}\r\n`;
    const status = async (text: string): Promise<number | undefined> => (await raw(port, text))?.status;
    expect(await status(`GET /livez HTTP/1.1\r\n${host}Content-Length: 5\r\n\r\nhello`)).toBe(413);
    expect(await status(`GET /livez HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`)).toBe(413);
    expect(await status(`GET /livez HTTP/1.1\r\n${host}Content-Length: 5\r\nExpect: 100-continue\r\n\r\n`)).toBe(413);
    expect(await status(`GET /livez HTTP/1.1\r\n${host}Content-Length: 0\r\nConnection: close\r\n\r\n`)).toBe(200);
    expect(await status(`GET /livez HTTP/1.1\r\n${host}${host}\r\n`)).toBe(400);
    expect(await status('GET /livez HTTP/1.1\r\n\r\n')).toBe(400);
    expect(await status(`GET http://other.example/livez HTTP/1.1\r\n${host}\r\n`)).toBe(400);
    expect(await status(`GET livez HTTP/1.1\r\n${host}\r\n`)).toBe(400);
    expect(await status(`CONNECT other.example:443 HTTP/1.1\r\n${host}\r\n`)).toBe(405);
    expect(await status(`GET /livez HTTP/1.1\r\n${host}Upgrade: websocket\r\nConnection: Upgrade\r\n\r\n`)).toBe(400);
    expect(await status(`GET /${'x'.repeat(10_000)} HTTP/1.1\r\n${host}\r\n`)).toBe(431);
    expect(await status(`GET /livez HTTP/1.1\r\n${host}X: ${'y'.repeat(10_000)}\r\n\r\n`)).toBe(431);
    expect(await status('\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03')).toBe(400);
    expect(await status(`GET /livez HTTP/1.1\r\n${host}Connection: close\r\n\r\n`)).toBe(200);
  });

  it('know the machine by a few names only, and no web page', async () => {
    const { port } = await monitor();
    for (const host of [`localhost:${port}`, `127.0.0.1:${port}`, `[::1]:${port}`, 'localhost', `LOCALHOST:${port}`, 'localhost:8080']) {
      expect([host, (await get(port, '/livez', { Host: host })).status]).toEqual([host, 200]);
    }
    for (const host of ['evil.example', `evil.example:${port}`, `127.0.0.1.evil.example:${port}`, `127.0.0.1:${port}:1`, 'localhost:', 'localhost:x', '',
      `[::1`, `localhost@evil.example`, '127.0.0.2']) {
      expect([host, (await get(port, '/livez', { Host: host })).status]).toEqual([host, 403]);
    }
    for (const origin of ['https://evil.example', 'null', `http://127.0.0.1:${port}`]) {
      expect((await get(port, '/metrics', { Origin: origin })).status).toBe(403);
    }
  });

  it('tell a client nothing of a fault inside, and the log all of it', async () => {
    const t = new Telemetry('p');
    t.onRead(() => { throw new TypeError('the secret of the engine'); });
    const faults: string[] = [];
    const { port } = await monitor({ onFault: (path, error) => void faults.push(`${path} ${(error as Error).message}`) }, t);
    const r = await get(port, '/metrics');
    expect([r.status, r.body.includes('secret')]).toEqual([500, false]);
    expect(faults).toEqual(['/metrics the secret of the engine']);
    expect((await get(port, '/livez')).status).toBe(200);
  });
});

describe('a token', () => {
  const near = SECRET.slice(0, -1);
  const WRONG: Readonly<Record<string, string | null>> = {
    none: null, empty: '', scheme: 'Bearer', blank: 'Bearer ', basic: `Basic ${Buffer.from(`u:${SECRET}`).toString('base64')}`, bare: SECRET,
    near: `Bearer ${near}`, longer: `Bearer ${SECRET}x`, upper: `Bearer ${SECRET.toUpperCase()}`, twice: `Bearer ${SECRET} ${SECRET}`,
    comma: `Bearer ${SECRET}, Bearer ${SECRET}`, quoted: `Bearer "${SECRET}"`, other: `Token ${SECRET}`, nul: `Bearer ${near}%00`,
  };

  it('opens every path to who has it, and none to anybody else', async () => {
    const { port } = await monitor({ address: { host: '0.0.0.0', port: 0 }, token: new Token(SECRET, 'test') });
    let tried = 0;
    for (const path of ['/metrics', '/livez', '/readyz', '/', '/absent', `/metrics?token=${SECRET}`, `/metrics?access_token=${SECRET}`]) {
      for (const [name, value] of Object.entries(WRONG)) {
        const r = await get(port, path, value === null ? {} : { Authorization: value });
        expect([path, name, r.status, r.headers.get('www-authenticate')]).toEqual([path, name, 401, 'Bearer realm="millrace"']);
        expect(r.body).not.toContain('millrace_');
        tried++;
      }
    }
    expect(tried).toBeGreaterThan(90);
    expect((await raw(port, `GET /livez HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer no-no-no-no-no-no\r\nAuthorization: Bearer ${SECRET}\r\n\r\n`))
      ?.status).toBe(400);
    for (const path of ['/metrics', '/livez']) expect((await get(port, path, { Authorization: `Bearer ${SECRET}`, Host: 'any.example' })).status).toBe(200);
    expect((await get(port, '/absent', { Authorization: `bearer ${SECRET}` })).status).toBe(404);
  });

  it('is asked for on loopback too where there is one', async () => {
    const { port } = await monitor({ token: new Token(SECRET, 'test') });
    expect((await get(port, '/livez')).status).toBe(401);
    expect((await get(port, '/livez', { Authorization: `Bearer ${SECRET}` })).status).toBe(200);
  });
});

describe('health', () => {
  it('says 503 while the event loop stands still, and for a while after', () => {
    let now = 0;
    const pulse = new Pulse(() => now);
    for (; now < 1000; now += 100) pulse.beat();
    expect(pulse.stall(10_000)).toBe(0);
    now += 2500;
    expect(pulse.stall(10_000)).toBeCloseTo(2.6);
    pulse.beat();
    now += 5000;
    for (let t = now - 5000; t <= now; t += 100) pulse.beat();
    expect(pulse.stall(100_000)).toBeGreaterThan(2);
  });

  it('is ready when every check is, and names the one that is not', async () => {
    const t = new Telemetry('p');
    const trades = sourceTelemetry('trades', true);
    t.sources = [trades];
    const { port } = await monitor({ limits: { lagSeconds: 5, checkpointSeconds: 5 } }, t);
    const failing = async (): Promise<string[]> => {
      const { status, body } = await get(port, '/readyz');
      const { ok, checks } = JSON.parse(body) as { ok: boolean; checks: Record<string, { ok: boolean; detail: string }> };
      const bad = Object.entries(checks).filter(([, c]) => !c.ok).map(([name]) => name);
      expect(Object.keys(checks)).toEqual(['running', 'sources', 'warm_up', 'lag', 'checkpoint']);
      expect([status, ok]).toEqual(bad.length === 0 ? [200, true] : [503, false]);
      return bad;
    };
    t.levels.warm = 0.5;
    t.durable = true;
    expect(await failing()).toEqual(['running', 'sources', 'warm_up', 'checkpoint']);
    t.state = 'running';
    trades.connected = true;
    t.levels.warm = 1;
    t.levels.checkpointAt = Date.now();
    expect(await failing()).toEqual([]);
    trades.watermark = (Date.now() - 60_000) * 1000;
    expect(await failing()).toEqual(['lag']);
    trades.lagMessages = 0;
    expect(await failing()).toEqual([]);
    trades.queue = 3;
    expect(await failing()).toEqual(['lag']);
    trades.watermark = Date.now() * 1000;
    expect(await failing()).toEqual([]);
    t.levels.checkpointAt = Date.now() - 60_000;
    expect(await failing()).toEqual(['checkpoint']);
    t.durable = false;
    expect(await failing()).toEqual([]);
    trades.connected = false;
    expect(await failing()).toEqual(['sources']);
    t.state = 'draining';
    expect(await failing()).toEqual(['running', 'sources']);
  });
});

it('scrapers that ask all the time and read nothing cost the engine a few answers a second', async () => {
  const t = new Telemetry('p');
  let made = 0;
  t.onRead(() => { made += 1; });
  const { port } = await monitor({}, t);
  const request = `GET /metrics HTTP/1.1\r\nHost: localhost:${port}\r\n\r\n`;
  const before = process.memoryUsage().rss;
  const begun = performance.now();
  let answered = 0;
  const stalled = Array.from({ length: 40 }, (_, i) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.on('error', () => undefined);
    // Half of them never read, half read and ask on.
    if (i % 2 === 0) socket.pause();
    else socket.on('data', (d: Buffer) => { answered += d.toString('latin1').split('HTTP/1.1 200').length - 1; });
    for (let n = 0; n < 100; n++) socket.write(request);
    return socket;
  });
  await new Promise((resolve) => setTimeout(resolve, 300));
  for (let i = 0; i < 5; i++) expect((await get(port, '/metrics')).status).toBe(200);
  expect(answered).toBeGreaterThan(100);
  expect(made).toBeGreaterThan(0);
  expect(made).toBeLessThanOrEqual(2 + (performance.now() - begun) / 250);
  // 4,000 answers of some 15 kB would be 60 MB if they piled up.
  expect(process.memoryUsage().rss - before).toBeLessThan(150e6);
  for (const s of stalled) s.destroy();
}, 30_000);

it('ends whatever its clients hold open', async () => {
  const m = await monitor();
  const held = ['CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n', 'GET /livez HTTP/1.1\r\nHost: localhost\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n',
    'nonsense\r\n\r\n', 'GET /livez HTTP/1.1\r\nHost: loc', 'GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n', ''].map((bytes) => {
    const socket = connect({ port: m.port, host: '127.0.0.1', allowHalfOpen: true });
    socket.on('error', () => undefined);
    socket.on('data', () => undefined);
    socket.write(bytes);
    return socket;
  });
  const gone = held.map((s) => new Promise((resolve) => s.once('close', resolve)));
  await new Promise((resolve) => setTimeout(resolve, 100));
  await m.stop();
  for (const s of held) s.end();
  await Promise.all(gone);
});
