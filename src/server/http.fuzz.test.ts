import { afterAll, beforeAll, expect, it } from 'vitest';
import { Random } from '../core/random.ts';
import { Telemetry } from '../core/telemetry.ts';
import { get, raw } from './http.fixture.ts';
import { Monitor } from './monitor.ts';
import { Token } from './token.ts';

/** Requests tried; `MILLRACE_FUZZ=100000` is the long form. */
const TRIES = Number(process.env.MILLRACE_FUZZ ?? 2_000);
const SECRET = 'a-token-of-the-fuzz-0123456789';
let guarded: Monitor;
let open: Monitor;

beforeAll(async () => {
  const at = { address: { host: '127.0.0.1', port: 0 }, version: '1' };
  guarded = new Monitor(new Telemetry('p'), { ...at, token: new Token(SECRET, 'test') });
  open = new Monitor(new Telemetry('p'), { ...at, token: null });
  await guarded.start();
  await open.start();
});
afterAll(async () => {
  await guarded.stop();
  await open.stop();
});

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'get', 'CONNECT', 'OPTIONS', '\x00', 'GET GET', ''];
const TARGETS = ['/metrics', '/livez', '/readyz', '/', '*', 'http://x/metrics', '/../metrics', '/metrics?a=b', '/%00', '/\xff', '//', '/metrics#a',
  '/a'.repeat(3000), '', '/metrics HTTP/1.1\r\nHost: localhost\r\n\r\nGET /metrics'];
const VERSIONS = ['HTTP/1.1', 'HTTP/1.0', 'HTTP/2.0', 'HTTP/9', '', 'http/1.1'];
const NAMES = ['Host', 'Authorization', 'Origin', 'Content-Length', 'Transfer-Encoding', 'Connection', 'Upgrade', 'Expect', 'Cookie', 'X-\xff',
  'Range', 'Accept-Encoding', 'HTTP2-Settings', 'X-Forwarded-Host', ' Host', 'Host ', 'Te', 'Trailer'];
const VALUES = ['localhost', '127.0.0.1', 'evil.example', `Bearer ${SECRET.slice(1)}`, 'Bearer', '0', '5', '-1', '1e3', '99999999999999999999', 'chunked',
  'gzip, chunked', 'close', 'keep-alive', 'upgrade', 'websocket', 'h2c', '100-continue', '*', '', 'a\rb', 'a\nb', '\x00', 'x'.repeat(9000),
  'null', 'https://evil.example'];
const ENDS = ['\r\n\r\n', '\n\n', '\r\n', '', '\r\n\r\nhello', '\r\n\r\n0\r\n\r\n', '\r\n\r\n5\r\nhello\r\n0\r\n\r\n'];

/** A request near the rules: mostly well-formed, so that most of it gets past the parser. */
function request(random: Random): Buffer {
  const pick = <T>(list: readonly T[], usual: number): T => (random.next() < usual ? list[0] : list[random.int(0, list.length - 1)]);
  const headers = Array.from({ length: random.int(0, random.next() < 0.02 ? 200 : 6) }, () => `${pick(NAMES, 0)}: ${pick(VALUES, 0)}`);
  const first = random.next() < 0.7 ? ['Host: localhost'] : [];
  const text = `${pick(METHODS, 0.6)} ${pick(TARGETS, 0.2)} ${pick(VERSIONS, 0.8)}\r\n${[...first, ...headers].join('\r\n')}${pick(ENDS, 0.7)}`;
  const bytes = Buffer.from(text, 'latin1');
  // Some are bent once more, anywhere.
  if (random.next() < 0.3 && bytes.length > 0) {
    for (let k = random.int(1, 4); k > 0; k--) bytes[random.int(0, bytes.length - 1)] = random.int(0, 255);
  }
  return random.next() < 0.1 ? bytes.subarray(0, random.int(0, bytes.length)) : bytes;
}

it(`${TRIES} requests of any shape: nobody gets in without the token, and the server answers on`, async () => {
  const random = new Random(20_240_517);
  const seen = new Map<string, number>();
  for (let i = 0; i < TRIES;) {
    const some = Array.from({ length: 16 }, () => ({ bytes: request(random), to: random.next() < 0.7 ? guarded : open }));
    const replies = await Promise.all(some.map(({ bytes, to }) => raw(to.port, bytes)));
    for (const [k, reply] of replies.entries()) {
      const inside = some[k].to === guarded;
      const status = reply === null ? 'none' : String(reply.status);
      seen.set(`${inside ? 'guarded' : 'open'} ${status}`, (seen.get(`${inside ? 'guarded' : 'open'} ${status}`) ?? 0) + 1);
      if (reply === null) continue;
      const shown = JSON.stringify(some[k].bytes.toString('latin1').slice(0, 400));
      expect(reply.status === 200 || reply.status === 503 || (reply.status >= 400 && reply.status < 500) || reply.status === 505, `${reply.status} ${shown}`)
        .toBe(true);
      if (inside) expect(reply.status === 200 || reply.status === 503 || reply.body.includes('millrace_'), shown).toBe(false);
    }
    i += some.length;
    if (i % 512 === 0) {
      expect((await get(guarded.port, '/livez', { Authorization: `Bearer ${SECRET}` })).status).toBe(200);
      expect((await get(open.port, '/metrics')).status).toBe(200);
    }
  }
  const statuses = [...seen.keys()];
  for (const s of ['guarded 401', 'guarded 400', 'guarded 405', 'guarded 413', 'guarded 431', 'guarded 403', 'open 200', 'open 404', 'open 400']) {
    expect(statuses, `no ${s} among ${statuses.join()}`).toContain(s);
  }
}, Math.max(60_000, TRIES * 20));
