import { readFileSync, statSync } from 'node:fs';
import { Refusal } from '../core/diagnostic.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** Where a server is and how to prove who we are. Secrets are named, never held: each is read when the connection asks for it. */
export interface NatsSettings {
  /** Addresses such as `nats://127.0.0.1:4222`; any of them will do. */
  readonly servers: readonly string[];
  /** File of JWT and seed, as `nsc` writes it. */
  readonly credsFile?: string;
  /** File of an nkey seed. */
  readonly nkeyFile?: string;
  /** Reads the token from where it is kept. */
  readonly token?: () => string;
  readonly tls?: TlsSettings;
  /** First tokens of reply subjects, where the user may not subscribe to every `_INBOX`. */
  readonly inboxPrefix?: string;
}

export interface TlsSettings {
  readonly caFile?: string;
  readonly certFile?: string;
  readonly keyFile?: string;
  /** TLS before the first byte of the protocol; the server must be set so. */
  readonly handshakeFirst?: boolean;
}

/** What a command line may say of it; each wins over its variable. */
export interface NatsFlags {
  readonly creds?: string;
  readonly nkey?: string;
  readonly tlsCa?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly tlsFirst?: boolean;
}

/** Variables that say how to connect. */
export const NATS_VARIABLES: readonly string[] = Object.freeze(['NATS_URL', 'NATS_CREDS', 'NATS_NKEY_FILE', 'NATS_TOKEN', 'NATS_TOKEN_FILE',
  'NATS_CA', 'NATS_CERT', 'NATS_KEY', 'NATS_TLS_FIRST', 'NATS_INBOX_PREFIX']);

const unsafe = (message: string, ...help: string[]): Refusal => new Refusal('E768', message, { exit: 2, help });

/** Reads a file that holds a secret. One that others can read is refused: who can read it can trade with it. */
export function readSecret(path: string, what: string): string {
  let mode: number;
  let text: string;
  try {
    ({ mode } = statSync(path));
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    const why = (cause as NodeJS.ErrnoException).code === 'ENOENT' ? 'is not there' : 'cannot be read';
    throw new Refusal('E768', `${what}: ${path} ${why}`, { exit: 2, cause, help: ['give the path of the file'] });
  }
  // Windows keeps rights elsewhere and reports every file as readable by all.
  if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
    throw unsafe(`${what}: ${path} can be read by others (mode ${(mode & 0o777).toString(8)})`, `chmod 600 ${path}`);
  }
  if (text.trim() === '') throw unsafe(`${what}: ${path} is empty`);
  return text;
}

/** The address without what could be a secret, for messages. */
export const shownUrl = (url: string): string => url.replace(/\/\/[^/@]*@/, '//•••@');

function checkedUrl(text: string): string {
  const url = text.includes('://') ? text : `nats://${text}`;
  const scheme = /^([a-z]+):\/\//.exec(url)?.[1] ?? '';
  if (scheme === 'ws' || scheme === 'wss') {
    throw unsafe(`\`${shownUrl(url)}\` is a WebSocket address`, 'give the address of the NATS port: nats://host:4222');
  }
  if (scheme !== 'nats' && scheme !== 'tls') {
    throw unsafe(`\`${shownUrl(text)}\` is no address of a NATS server`, 'nats://host:4222, tls://host:4222, or `embedded`');
  }
  if (/\/\/[^/]*@/.test(url)) {
    throw unsafe(`a password or token stands in the URL \`${shownUrl(url)}\`, where logs and process lists show it`,
      'take it out of the URL; use --creds FILE, --nkey FILE, NATS_TOKEN or NATS_TOKEN_FILE');
  }
  if (!/^[a-z]+:\/\/(\[[0-9a-fA-F:.%]+\]|[^\s/:[\]]+)(:\d{1,5})?\/?$/.test(url)) {
    throw unsafe(`\`${text}\` is no address of a NATS server`, 'nats://host:4222; several are parted by commas');
  }
  return url.replace(/\/$/, '');
}

const given = (flag: string | undefined, env: Env, name: string): string | undefined => {
  const value = flag ?? env[name];
  return value === undefined || value === '' ? undefined : value;
};

/** Settings from an address, flags and the environment. Files of secrets are looked at now, so that a wrong one is refused at once. */
export function natsSettings(address: string, env: Env, flags: NatsFlags = {}): NatsSettings {
  const servers = address.split(',').map((s) => s.trim()).filter((s) => s !== '').map(checkedUrl);
  if (servers.length === 0) throw unsafe('the address of the NATS server is empty', 'nats://host:4222');
  const credsFile = given(flags.creds, env, 'NATS_CREDS');
  const nkeyFile = given(flags.nkey, env, 'NATS_NKEY_FILE');
  const tokenFile = given(undefined, env, 'NATS_TOKEN_FILE');
  const tokenText = given(undefined, env, 'NATS_TOKEN');
  if (credsFile !== undefined) readSecret(credsFile, 'credentials');
  if (nkeyFile !== undefined) checkSeed(nkeyFile);
  if (tokenFile !== undefined) readSecret(tokenFile, 'token');
  const fromFile = tokenFile === undefined ? undefined : () => readSecret(tokenFile, 'token').trim();
  const token = fromFile ?? (tokenText === undefined ? undefined : () => tokenText);
  const ways = [credsFile, nkeyFile, token].filter((x) => x !== undefined).length;
  if (ways > 1) throw unsafe('several ways to prove who you are are given', 'keep one of: credentials, nkey, token');
  const tls = tlsSettings(env, flags, servers);
  const inboxPrefix = given(undefined, env, 'NATS_INBOX_PREFIX');
  return {
    servers,
    ...(credsFile === undefined ? {} : { credsFile }), ...(nkeyFile === undefined ? {} : { nkeyFile }),
    ...(token === undefined ? {} : { token }), ...(tls === undefined ? {} : { tls }), ...(inboxPrefix === undefined ? {} : { inboxPrefix }),
  };
}

/** A seed of a user (`SU…`); the message never quotes it. */
function checkSeed(path: string): void {
  if (!/^\s*SU[A-Z2-7]{56}\s*$/m.test(readSecret(path, 'nkey'))) {
    throw unsafe(`nkey: ${path} holds no seed of a user`, 'a seed begins with SU and has 58 letters and digits, on a line of its own');
  }
}

function tlsSettings(env: Env, flags: NatsFlags, servers: readonly string[]): TlsSettings | undefined {
  const caFile = given(flags.tlsCa, env, 'NATS_CA');
  const certFile = given(flags.tlsCert, env, 'NATS_CERT');
  const keyFile = given(flags.tlsKey, env, 'NATS_KEY');
  const first = flags.tlsFirst === true || ['1', 'true', 'yes'].includes(env.NATS_TLS_FIRST ?? '');
  if ((certFile === undefined) !== (keyFile === undefined)) {
    throw unsafe('a client certificate needs its key, and a key its certificate', '--tls-cert FILE --tls-key FILE');
  }
  for (const path of [caFile, certFile]) {
    try {
      if (path !== undefined) readFileSync(path);
    } catch (cause) {
      throw new Refusal('E768', `certificate: ${path} cannot be read`, { exit: 2, cause, help: ['give the path of a PEM file'] });
    }
  }
  if (keyFile !== undefined) readSecret(keyFile, 'key of the client certificate');
  const wanted = caFile !== undefined || certFile !== undefined || first || servers.some((s) => s.startsWith('tls://'));
  if (!wanted) return undefined;
  return {
    ...(caFile === undefined ? {} : { caFile }), ...(certFile === undefined ? {} : { certFile }),
    ...(keyFile === undefined ? {} : { keyFile }),
    ...(first ? { handshakeFirst: true } : {}),
  };
}
