import { isIP } from 'node:net';
import { checkServerIdentity, type PeerCertificate } from 'node:tls';
import { connect, credsAuthenticator, nkeyAuthenticator, tokenAuthenticator } from '@nats-io/transport-node';
import type { Authenticator, NatsConnection, NodeConnectionOptions } from '@nats-io/transport-node';
import { Refusal } from '../core/diagnostic.ts';
import { readSecret, shownUrl } from './nats-settings.ts';
import type { NatsSettings } from './nats-settings.ts';
import { refusalOf, watchOf } from './nats-watch.ts';
import type { ConnectionNotice } from './nats-watch.ts';

export interface ConnectOptions extends NatsSettings {
  /** Name of the pipeline; the server's monitoring shows `millrace <pipeline>`. */
  readonly pipeline: string;
  /** How long the first connection is tried for; 0 tries once. */
  readonly waitMs?: number;
  readonly onNotice?: (notice: ConnectionNotice) => void;
  /** Ends the wait for the first connection. */
  readonly signal?: AbortSignal;
}

/** The client's own pings are a second line: `Pulse` notices a dead link in three seconds. */
const PING_MS = 20_000;
const PINGS_OUT = 2;
const DIAL_MS = 2000;
const WAIT_MS = 5000;
const RETRY_MS = 200;
/** Clients that lost the same server come back spread over this long. */
const JITTER_MS = 300;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/**
 * Reads a secret anew for every connection, so that a rotated file takes effect with the next one. A file that cannot be read then must
 * not end a client that is to reconnect for ever: the last value that could be read goes on.
 */
function remembered(read: () => string): () => string {
  let last = read();
  return () => {
    try {
      last = read();
    } catch {
      return last;
    }
    return last;
  };
}

function authenticator(s: NatsSettings): Authenticator | null {
  const { credsFile, nkeyFile, token } = s;
  if (credsFile !== undefined) {
    const read = remembered(() => readSecret(credsFile, 'credentials'));
    return credsAuthenticator(() => bytes(read()));
  }
  if (nkeyFile !== undefined) {
    const read = remembered(() => readSecret(nkeyFile, 'nkey'));
    return nkeyAuthenticator(() => bytes((/^\s*(SU[A-Z2-7]{56})\s*$/m.exec(read()) ?? ['', ''])[1]));
  }
  return token === undefined ? null : tokenAuthenticator(remembered(token));
}

/** Opens a connection that stays: it reconnects for ever, notices a dead link in three seconds, and says what happens to it. */
export async function connectNats(options: ConnectOptions): Promise<NatsConnection> {
  const say = options.onNotice ?? ((): void => undefined);
  const auth = authenticator(options);
  if (options.token !== undefined) warnOfPlainToken(options, say);
  const given: NodeConnectionOptions = {
    servers: [...options.servers], name: `millrace ${options.pipeline}`,
    reconnect: true, maxReconnectAttempts: -1, reconnectTimeWait: RETRY_MS, reconnectJitter: JITTER_MS, reconnectJitterTLS: JITTER_MS,
    // Credentials that are rotated are refused for a while on one side or the other.
    ignoreAuthErrorAbort: true,
    pingInterval: PING_MS, maxPingOut: PINGS_OUT, timeout: DIAL_MS, noAsyncTraces: true,
    ...(auth === null ? {} : { authenticator: auth }),
    ...(options.tls === undefined ? {} : { tls: tlsOptions(options) }),
    ...(options.inboxPrefix === undefined ? {} : { inboxPrefix: options.inboxPrefix }),
  };
  const nc = await first(given, options, say);
  watchOf(nc, `the user of ${options.pipeline}`, say);
  return nc;
}

/**
 * The client forgets an address that is no name when it turns a connection into a TLS one, and would compare the certificate with
 * `localhost`. Where that fits nothing, the addresses that were asked for are compared.
 */
function tlsOptions(s: NatsSettings): NonNullable<NodeConnectionOptions['tls']> {
  const hosts = s.servers.map((url) => url.replace(/^[a-z]+:\/\//, '').replace(/:\d+$/, '').replace(/^\[|\]$/g, ''));
  const addresses = hosts.filter((h) => isIP(h) !== 0);
  const checked = {
    ...s.tls,
    checkServerIdentity: (host: string, certificate: PeerCertificate): Error | undefined => {
      const fault = checkServerIdentity(host, certificate);
      if (fault === undefined || host !== 'localhost') return fault;
      return addresses.some((a) => checkServerIdentity(a, certificate) === undefined) ? undefined : fault;
    },
  };
  return checked;
}

async function first(given: NodeConnectionOptions, options: ConnectOptions, say: (n: ConnectionNotice) => void): Promise<NatsConnection> {
  const waitMs = options.waitMs ?? WAIT_MS;
  const begun = performance.now();
  const where = options.servers.map(shownUrl).join(', ');
  for (let tries = 1; ; tries++) {
    try {
      // The client keeps what it is given and changes it.
      return await connect({ ...given, servers: [...options.servers] });
    } catch (error) {
      const refusal = refusalOf(error, `the user of ${options.pipeline}`) ?? unreachable(error, where, performance.now() - begun);
      const over = performance.now() - begun >= waitMs || options.signal?.aborted === true;
      if (over || !worthWaiting(error)) throw refusal;
      if (tries === 1) say({ kind: 'waiting', text: `${refusal.message}; trying for ${(waitMs / 1000).toFixed(0)} s` });
      await pause(RETRY_MS + Math.random() * JITTER_MS);
    }
  }
}

const codeOf = (error: unknown): string => {
  const { code, cause } = error as { code?: unknown; cause?: unknown };
  return typeof code === 'string' ? code : cause === undefined || cause === null ? '' : codeOf(cause);
};

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** A server that is not there may come; one that answers in another way will not change its mind in seconds. */
const worthWaiting = (error: unknown): boolean =>
  ['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ENOTFOUND', 'EAI_AGAIN', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH'].includes(codeOf(error))
  || /^(connection refused|timeout)$/i.test(textOf(error)) || closedAtOnce(error);

/** The client has no error for a peer that accepts and closes; a server that is about to end does that. */
const closedAtOnce = (error: unknown): boolean => /undefined/.test(textOf(error));

function unreachable(error: unknown, where: string, waited: number): Refusal {
  const code = codeOf(error);
  const text = textOf(error);
  const after = waited > 1000 ? ` (tried for ${(waited / 1000).toFixed(0)} s)` : '';
  const start = 'is a server running? `npm run nats:get` fetches one, `nats-server -js` starts it';
  const [why, ...help] = ((): string[] => {
    if (code === 'ECONNREFUSED' || text === 'connection refused') return ['nobody listens there', start];
    if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return ['the name of the host is unknown', 'check the address'];
    if (code === 'EHOSTUNREACH' || code === 'ENETUNREACH') return ['there is no way to that network', 'check the address and the network'];
    if (/server does not support 'tls'/.test(text)) {
      return ['the server speaks no TLS', 'leave tls:// and --tls-* out, or set `tls` on the server'];
    }
    if (/tls|cert|ssl|self.signed/i.test(`${code} ${text}`)) {
      return [`TLS failed: ${text}`, '--tls-ca FILE names the authority that signed the server\'s certificate'];
    }
    if (/unexpected response/.test(text)) return ['something else than a NATS server answers', 'check the port: 4222 is the usual one'];
    if (text === 'timeout' || code === 'ETIMEDOUT') {
      return ['no answer', 'is it a NATS server, and does a firewall let you through?',
        'a server with `handshake_first` needs --tls-first'];
    }
    return [closedAtOnce(error) ? 'the connection was closed at once' : text, start];
  })();
  return new Refusal('E765', `cannot connect to ${where}: ${why}${after}`, { exit: 6, cause: error, help });
}

/** A token, unlike an nkey or a JWT, goes over the wire as it is. */
function warnOfPlainToken(options: ConnectOptions, say: (n: ConnectionNotice) => void): void {
  const far = options.servers.filter((s) => !/\/\/(localhost|127\.|\[::1\])/.test(s));
  if (options.tls === undefined && far.length > 0) {
    say({ kind: 'error', text: `the token is sent to ${shownUrl(far[0])} without TLS: use tls://, or an nkey` });
  }
}
