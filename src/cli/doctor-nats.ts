import { execFileSync } from 'node:child_process';
import { FEATURES, probe, type Capabilities, type Feature } from '../bus/capabilities.ts';
import { connectNats } from '../bus/nats-connect.ts';
import { natsSettings, shownUrl } from '../bus/nats-settings.ts';
import { checkPartitions, type PartitionCheck } from '../bus/partition-check.ts';
import { findServer } from '../bus/server-binary.ts';
import { Refusal } from '../core/diagnostic.ts';
import type { BusFlags } from './bus-flags.ts';

export interface Finding {
  readonly what: string;
  readonly state: 'ok' | 'warn' | 'fail';
  readonly found: string;
  readonly fix?: string;
}

type Env = Readonly<Record<string, string | undefined>>;

export interface NatsReport {
  readonly findings: readonly Finding[];
  readonly capabilities: Capabilities | null;
}

const SKEW_MS = 500;
const CONNECT_MS = 2000;
const ok = (what: string, found: string): Finding => ({ what, state: 'ok', found });
const warn = (what: string, found: string, fix: string): Finding => ({ what, state: 'warn', found, fix });

const refused = (what: string, error: unknown): Finding => {
  if (!(error instanceof Refusal)) throw error;
  const fix = error.help.join('; ');
  return { what, state: 'fail', found: `${error.message} (${error.code})`, ...(fix === '' ? {} : { fix }) };
};

/** The program that tests and demos start. */
export function serverBinary(env: Env): Finding {
  try {
    const binary = findServer(env);
    if (binary === null) return warn('nats-server', 'none here', 'npm run nats:get fetches one for tests and demos');
    const version = String(execFileSync(binary.path, ['--version'], { timeout: 5000, stdio: ['ignore', 'pipe', 'ignore'] })).trim();
    return ok('nats-server', `${version.replace(/^nats-server: v?/, '')} at ${binary.path} (${binary.origin})`);
  } catch (error) {
    if (error instanceof Refusal) return refused('nats-server', error);
    return warn('nats-server', `does not run: ${(error as Error).message.split('\n')[0]}`, 'npm run nats:get fetches another one');
  }
}

/** What a server at an address does, as far as it gets. */
export async function checkServer(address: string, env: Env, flags: BusFlags, partitions: number | null): Promise<NatsReport> {
  const findings: Finding[] = [];
  let capabilities: Capabilities | null = null;
  try {
    const settings = natsSettings(address, env, flags);
    const nc = await connectNats({ ...settings, pipeline: 'doctor', waitMs: CONNECT_MS });
    try {
      const begun = performance.now();
      await nc.flush();
      const ms = performance.now() - begun;
      const where = `nats://${nc.getServer()}`;
      findings.push(ok('bus', `${where} answers in ${ms.toFixed(1)} ms, version ${nc.info?.version ?? '?'}`), privacy(settings, where));
      capabilities = await probe(nc);
      findings.push(...judged(capabilities));
      if (partitions !== null) findings.push(...parted(await checkPartitions(nc, partitions, capabilities.features.jetstream)));
    } finally {
      await nc.close();
    }
  } catch (error) {
    findings.push(refused(findings.length === 0 ? 'bus' : 'features', error));
  }
  return { findings, capabilities };
}

function privacy(settings: ReturnType<typeof natsSettings>, where: string): Finding {
  const who = settings.credsFile !== undefined ? 'credentials' : settings.nkeyFile !== undefined ? 'an nkey'
    : settings.token !== undefined ? 'a token' : null;
  const near = settings.servers.every((s) => /\/\/(localhost|127\.|\[::1\])/.test(s));
  const how = `${who === null ? 'anybody may connect' : `known by ${who}`}, ${settings.tls === undefined ? 'not encrypted' : 'TLS'}`;
  if (near || (who !== null && settings.tls !== undefined)) return ok('access', how);
  return warn('access', `${how}, and ${shownUrl(where)} is not this machine`,
    'use tls://, and an nkey or credentials: see config/nats-server.conf');
}

const size = (n: number): string => {
  if (n < 0) return 'no limit';
  return n < 2 ** 30 ? `${(n / 2 ** 20).toFixed(1)} MiB` : `${(n / 2 ** 30).toFixed(1)} GiB`;
};

function judged(c: Capabilities): Finding[] {
  const list: Finding[] = [ok('payload', `messages of up to ${size(c.maxPayload)}`)];
  if (c.limits === null) {
    list.push(warn('jetstream', 'off: nothing durable', 'start the server with -js, or with `jetstream {}` in its configuration'));
  } else {
    const { streams, storage, maxStorage, maxStreams } = c.limits;
    const full = maxStorage > 0 && storage > 0.9 * maxStorage;
    const found = `${streams} streams (${maxStreams < 0 ? 'no limit' : `of ${maxStreams}`}), ${size(storage)} stored (${size(maxStorage)})`;
    list.push(full ? warn('jetstream', `${found}: nearly full`, 'raise max_file_store, or let streams forget sooner (max_age, max_bytes)')
      : ok('jetstream', found));
  }
  const missing = (Object.keys(FEATURES) as Feature[]).filter((f) => !c.features[f] && (c.limits !== null || f === 'syncInterval'));
  if (missing.length > 0) {
    list.push(warn('features', `${c.version} lacks ${missing.map((f) => `${f} (${FEATURES[f].since})`).join(', ')}`,
      'pipelines that need them are refused by name; nats-server 2.12 or later has them all'));
  } else list.push(ok('features', c.limits === null ? 'those of core NATS' : 'all that Millrace can use'));
  if (c.skewMs !== null) {
    const found = `the server's clock is ${Math.abs(c.skewMs).toFixed(0)} ms ${c.skewMs < 0 ? 'behind' : 'ahead of'} ours`;
    list.push(Math.abs(c.skewMs) < SKEW_MS ? ok('clock skew', found)
      : warn('clock skew', found, 'synchronise both with NTP: latencies and `replay: last_2h` are off by as much'));
  }
  return list;
}

function parted({ partitions, mapping, uncovered }: PartitionCheck): Finding[] {
  const words: Readonly<Record<PartitionCheck['mapping'], Finding>> = {
    agrees: ok('partitions', `feed.*.* is mapped to md.*.<partition of ${partitions}>.*, as publishers compute it`),
    differs: { what: 'partitions', state: 'fail', found: `feed.*.* is mapped, but not to ${partitions} partitions of the last token`,
      fix: `mappings { "feed.*.*": "md.{{wildcard(1)}}.{{partition(${partitions},2)}}.{{wildcard(2)}}" }` },
    none: warn('partitions', 'the server maps no feed.*.*',
      'config/nats-server.conf shows how; publishers may also partition by themselves'),
    forbidden: warn('partitions', 'this user may not try the mapping: publish feed.probe.* and md.probe.>, subscribe md.probe.>',
      'config/nats-server.conf gives these rights to the engine'),
  };
  const list = [words[mapping]];
  if (uncovered === null) list.push(ok('coverage', 'no stream takes md.trades.<partition>: only core subscribers read them'));
  else if (uncovered.length === 0) list.push(ok('coverage', `streams take all ${partitions} partitions of md.trades`));
  else {
    list.push({ what: 'coverage', state: 'fail',
      found: `no stream takes partitions ${uncovered.join(', ')} of md.trades: their messages are lost`,
      fix: 'add md.trades.<partition>.> to the subjects of a stream' });
  }
  return list;
}

/** The features of a server as lines of a table. */
export function featureTable(c: Capabilities): string[] {
  return (Object.keys(FEATURES) as Feature[]).map((f) =>
    `  ${c.features[f] ? 'yes' : 'no '}  ${f.padEnd(34)} ${FEATURES[f].since.padEnd(6)} ${FEATURES[f].use}`);
}
