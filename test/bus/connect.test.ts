import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nkeys } from '@nats-io/transport-node';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { connectNats } from '../../src/bus/nats-connect.ts';
import { natsSettings, readSecret, shownUrl } from '../../src/bus/nats-settings.ts';
import type { ConnectionNotice } from '../../src/bus/nats-watch.ts';
import { NatsServer } from '../../src/bus/server.ts';
import { Refusal } from '../../src/core/diagnostic.ts';

vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

let folder = '';
beforeAll(() => { folder = mkdtempSync(join(tmpdir(), 'millrace-connect-')); });
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const file = (name: string, text: string | Uint8Array, mode = 0o600): string => {
  const path = join(folder, name);
  writeFileSync(path, text, { mode });
  chmodSync(path, mode);
  return path;
};

const caught = (f: () => unknown): Refusal => {
  try {
    f();
  } catch (error) {
    expect(error).toBeInstanceOf(Refusal);
    return error as Refusal;
  }
  throw new Error('nothing was refused');
};

async function refusalOf(of: Promise<unknown>): Promise<Refusal> {
  const error = await of.then(() => null, (e: unknown) => e);
  expect(error).toBeInstanceOf(Refusal);
  return error as Refusal;
}

const everything = (r: Refusal): string => [r.message, ...r.help, String((r.cause as Error | undefined)?.message ?? '')].join('\n');

describe('settings', () => {
  it('come from flags, then the environment', () => {
    const nkey = file('user.nk', nkeys.createUser().getSeed());
    const creds = file('user.creds', 'creds');
    expect(natsSettings('a:4222', {})).toEqual({ servers: ['nats://a:4222'] });
    expect(natsSettings('nats://a, tls://b:1', { NATS_NKEY_FILE: nkey })).toEqual({ servers: ['nats://a', 'tls://b:1'], nkeyFile: nkey, tls: {} });
    expect(natsSettings('a', { NATS_CREDS: '/absent' }, { creds })).toEqual({ servers: ['nats://a'], credsFile: creds });
    expect(natsSettings('a', { NATS_CA: creds, NATS_TLS_FIRST: '1', NATS_INBOX_PREFIX: '_INBOX.me' }))
      .toEqual({ servers: ['nats://a'], tls: { caFile: creds, handshakeFirst: true }, inboxPrefix: '_INBOX.me' });
    expect(natsSettings('nats://[::1]:4222/', { NATS_TOKEN: 't' }).token?.()).toBe('t');
  });

  it.each(['nats://me:hush-hush@host:4222', 'nats://hush-hush@host', 'tls://a,nats://b:hush-hush@c', 'me:hush-hush@host'])(
    'refuse a secret in a URL, and do not repeat it: %s', (url) => {
      const refusal = caught(() => natsSettings(url, {}));
      expect(refusal).toMatchObject({ code: 'E768', exit: 2 });
      expect(everything(refusal)).not.toContain('hush');
      expect(refusal.help.join()).toMatch(/--creds|NATS_TOKEN/);
    });

  it.each(['', 'http://a', 'ws://a', 'nats://', 'nats://a:b:c', 'nats://a b', 'nats://a/x', 'nats://a:123456'])('refuse `%s` as an address', (url) => {
    expect(caught(() => natsSettings(url, {})).code).toBe('E768');
  });

  it('refuse secrets that others can read, that are not there, and several at once; the text is never shown', () => {
    const seed = Buffer.from(nkeys.createUser().getSeed()).toString();
    for (const mode of [0o644, 0o640, 0o604, 0o660]) {
      const open = file(`open-${mode}.nk`, seed, mode);
      const refusal = caught(() => natsSettings('a', {}, { nkey: open }));
      expect(refusal.message).toMatch(/can be read by others/);
      expect(refusal.help).toEqual([`chmod 600 ${open}`]);
      expect(everything(refusal)).not.toContain(seed.slice(0, 10));
    }
    expect(caught(() => natsSettings('a', {}, { creds: join(folder, 'absent') })).message).toMatch(/is not there/);
    const account = Buffer.from(nkeys.createAccount().getSeed()).toString();
    const wrong = caught(() => natsSettings('a', {}, { nkey: file('account.nk', account) }));
    expect(wrong.message).toMatch(/holds no seed of a user/);
    expect(everything(wrong)).not.toContain(account.slice(0, 10));
    expect(caught(() => natsSettings('a', { NATS_TOKEN: 'x' }, { nkey: file('u.nk', seed) })).message).toMatch(/several ways/);
    expect(caught(() => natsSettings('a', {}, { tlsCert: file('c.pem', 'x') })).message).toMatch(/needs its key/);
    expect(caught(() => readSecret(file('empty', ' \n'), 'token')).message).toMatch(/is empty/);
    expect(shownUrl('nats://a:b@c:4222')).toBe('nats://•••@c:4222');
  });
});

describe('a first connection', () => {
  it('waits for a server that is about to come, and says so', async () => {
    const server = await NatsServer.start({ jetstream: false });
    await server.kill();
    const notices: ConnectionNotice[] = [];
    const opening = connectNats({ servers: [server.url], pipeline: 'p', waitMs: 20_000, onNotice: (n) => notices.push(n) });
    while (notices.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(notices[0]).toMatchObject({ kind: 'waiting', text: expect.stringMatching(/nobody listens there; trying for 20 s/) as string });
    await server.start();
    const nc = await opening;
    expect((nc as unknown as { options: { name: string } }).options.name).toBe('millrace p');
    await nc.close();
    await server.stop();
  });

  it.each([
    ['nats://127.0.0.1:1', /nobody listens there/, /nats-server -js/], ['nats://no-such-host.invalid', /host is unknown/, /address/],
  ])('to %s is refused with a reason and a fix', async (url, why, fix) => {
    const refusal = await refusalOf(connectNats({ servers: [url], pipeline: 'p', waitMs: 0 }));
    expect(refusal).toMatchObject({ code: 'E765', exit: 6 });
    expect(refusal.message).toMatch(why);
    expect(refusal.help.join()).toMatch(fix);
  });

  describe('to something else', () => {
    const servers: Server[] = [];
    const listen = async (answer: string | null): Promise<string> => {
      const server = createServer((socket) => {
        socket.on('error', () => undefined);
        if (answer === '') socket.destroy();
        else if (answer !== null) socket.write(answer);
      });
      servers.push(server);
      await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
      return `nats://127.0.0.1:${(server.address() as AddressInfo).port}`;
    };
    afterAll(() => { for (const s of servers) s.close(); });

    it.each([['HTTP/1.1 400 Bad Request\r\n\r\n', /something else than a NATS server/], [null, /no answer/], ['', /connection was closed/]] as const)(
      'that says %j', async (answer, why) => {
        const refusal = await refusalOf(connectNats({ servers: [await listen(answer)], pipeline: 'p', waitMs: 0 }));
        expect(refusal).toMatchObject({ code: 'E765', exit: 6 });
        expect(refusal.message).toMatch(why);
      });
  });

  it('with a token is let in; with a wrong one refused at once, however long it might wait', async () => {
    const server = await NatsServer.start({ jetstream: false, extra: 'authorization { token: "correct-horse" }' });
    const token = file('token', 'correct-horse\n');
    const nc = await connectNats({ ...natsSettings(server.url, { NATS_TOKEN_FILE: token }), pipeline: 'p' });
    await nc.flush();
    await nc.close();
    const refusal = await refusalOf(connectNats({ ...natsSettings(server.url, { NATS_TOKEN: 'battery' }), pipeline: 'p', waitMs: 3_600_000 }));
    expect(refusal).toMatchObject({ code: 'E767', exit: 6 });
    expect(everything(refusal)).not.toContain('battery');
    await server.stop();
  });

  it('reads a rotated secret with the next connection, and survives a moment without the file', async () => {
    const server = await NatsServer.start({ jetstream: false, extra: 'authorization { token: "one" }' });
    const path = file('rotating', 'one');
    const notices: ConnectionNotice[] = [];
    const nc = await connectNats({ ...natsSettings(server.url, { NATS_TOKEN_FILE: path }), pipeline: 'p', onNotice: (n) => notices.push(n) });
    const until = async (kind: ConnectionNotice['kind'], n: number): Promise<void> => {
      while (notices.filter((x) => x.kind === kind).length < n) await new Promise((resolve) => setTimeout(resolve, 10));
    };
    rmSync(path);
    await server.kill();
    await server.start();
    await until('reconnect', 1);
    await server.kill();
    (server as unknown as { options: { extra: string } }).options.extra = 'authorization { token: "two" }';
    await server.start();
    // Refused while the old one is all there is; the client goes on trying.
    await until('refused', 1);
    file('rotating', 'two');
    await until('reconnect', 2);
    await nc.flush();
    await nc.close();
    await server.stop();
  });
});

const openssl = spawnSync('openssl', ['version']).status === 0;
if (!openssl) console.log('openssl is not installed: TLS is not tested');

describe.runIf(openssl)('TLS', () => {
  const at = (name: string): string => join(folder, name);
  beforeAll(() => {
    const ssl = (...args: string[]): void => void execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' });
    ssl('req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', 'ca.key', '-out', 'ca.pem', '-days', '2', '-subj', '/CN=test authority');
    for (const [who, address] of [['server', '127.0.0.1'], ['client', '127.0.0.1'], ['other', '127.0.0.2']]) {
      writeFileSync(at('san'), `subjectAltName=IP:${address}`);
      ssl('req', '-newkey', 'rsa:2048', '-nodes', '-keyout', `${who}.key`, '-out', `${who}.csr`, '-subj', `/CN=${who}`);
      ssl('x509', '-req', '-in', `${who}.csr`, '-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2', '-extfile', 'san', '-out', `${who}.pem`);
      chmodSync(at(`${who}.key`), 0o600);
    }
  });

  const tls = (more = ''): string => `tls { cert_file: "${at('server.pem')}", key_file: "${at('server.key')}", ca_file: "${at('ca.pem')}"${more} }`;
  it.each([['after the greeting', '', false], ['before it', ', handshake_first: true', true]])('encrypts %s', async (_, more, tlsFirst) => {
    const server = await NatsServer.start({ jetstream: false, extra: tls(more) });
    const nc = await connectNats({ ...natsSettings(server.url, {}, { tlsCa: at('ca.pem'), tlsFirst }), pipeline: 'p' });
    await nc.flush();
    expect((nc as unknown as { protocol: { transport: { isEncrypted(): boolean } } }).protocol.transport.isEncrypted()).toBe(true);
    await nc.close();
    if (!tlsFirst) {
      const unknown = await refusalOf(connectNats({ ...natsSettings(server.url.replace('nats', 'tls'), {}), pipeline: 'p', waitMs: 0 }));
      expect(unknown).toMatchObject({ code: 'E765', exit: 6 });
      expect(unknown.help.join()).toMatch(/--tls-ca/);
    }
    await server.stop();
  });

  it('shows a certificate where the server wants one', async () => {
    const server = await NatsServer.start({ jetstream: false, extra: tls(', verify: true') });
    const nc = await connectNats({
      ...natsSettings(server.url, {}, { tlsCa: at('ca.pem'), tlsCert: at('client.pem'), tlsKey: at('client.key') }), pipeline: 'p',
    });
    await nc.flush();
    await nc.close();
    expect((await refusalOf(connectNats({ ...natsSettings(server.url, {}, { tlsCa: at('ca.pem') }), pipeline: 'p', waitMs: 0 }))).exit).toBe(6);
    chmodSync(at('client.key'), 0o644);
    expect(caught(() => natsSettings(server.url, {}, { tlsCert: at('client.pem'), tlsKey: at('client.key') })).message).toMatch(/read by others/);
    await server.stop();
  });

  it('is refused where the certificate is for another address', async () => {
    const server = await NatsServer.start({ jetstream: false, extra: tls().replaceAll('server.', 'other.') });
    const refusal = await refusalOf(connectNats({ ...natsSettings(server.url, {}, { tlsCa: at('ca.pem') }), pipeline: 'p', waitMs: 0 }));
    expect(refusal.message).toMatch(/TLS failed: .*does not match/);
    await server.stop();
  });

  it('is not pretended where the server has none', async () => {
    const server = await NatsServer.start({ jetstream: false });
    const refusal = await refusalOf(connectNats({ ...natsSettings(server.url, {}, { tlsCa: at('ca.pem') }), pipeline: 'p', waitMs: 0 }));
    expect(refusal.message).toMatch(/speaks no TLS/);
    await server.stop();
  });
});
