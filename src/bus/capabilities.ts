import { headers, nuid, RequestError } from '@nats-io/transport-node';
import type { NatsConnection } from '@nats-io/transport-node';
import { Refusal } from '../core/diagnostic.ts';
import { JetStreamError, JS_ERROR, jsRequest } from './js-request.ts';
import type { Json } from './js-request.ts';

export type Feature = keyof typeof FEATURES;

/** What a server may have, since which version, and what it is for. */
export const FEATURES = Object.freeze({
  jetstream: { since: '2.2', use: 'streams: durable sources and outputs' },
  kv: { since: '2.6.2', use: 'leases and pointers to checkpoints' },
  objectStore: { since: '2.6.2', use: 'checkpoints shared between machines' },
  directGet: { since: '2.9', use: 'reading the tail of a stream quickly' },
  republish: { since: '2.9', use: 'stored signals to subscribers without a stream' },
  partitionMapping: { since: '2.9', use: '`{{partition(n,1)}}` in mappings: partitions made by the server' },
  filterSubjects: { since: '2.10', use: 'one reader of several subjects of a stream' },
  subjectTransform: { since: '2.10', use: 'partitions made by the stream' },
  metadata: { since: '2.10', use: 'notes on streams' },
  compression: { since: '2.10', use: 's2 compression of stored messages' },
  syncInterval: { since: '2.10', use: 'choosing how much a power loss may cost' },
  messageTtl: { since: '2.11', use: 'messages and leases that expire by themselves' },
  expectedLastSubjectSequenceSubject: { since: '2.11', use: 'several writers with chains of their own in one stream' },
  atomicBatch: { since: '2.12', use: 'all outputs of one message at once' },
});

export interface Limits {
  readonly maxMemory: number;
  readonly maxStorage: number;
  readonly maxStreams: number;
  readonly maxConsumers: number;
  readonly storage: number;
  readonly streams: number;
}

export interface Capabilities {
  readonly version: string;
  /** Level of the JetStream API as the server counts it; 0 where it does not say. */
  readonly apiLevel: number;
  readonly features: Readonly<Record<Feature, boolean>>;
  /** -1 is without limit; null without JetStream. */
  readonly limits: Limits | null;
  readonly maxPayload: number;
  /** The server's clock less ours; null where it cannot be told. */
  readonly skewMs: number | null;
}

const OLDEST = '2.9';
export const PROBE_STREAM = 'millrace-probe';
/** Below `engine.`, which a user that runs pipelines may publish to anyway. */
const PROBE_SUBJECT = 'engine.probe';
const TRIES = 6;

const numbers = (version: string): number[] => version.split(/[.-]/).slice(0, 3).map((x) => Number(x) || 0);

/** True when a version is the other or later. */
export function atLeast(version: string, other: string): boolean {
  const [a, b] = [numbers(version), numbers(other)];
  for (let i = 0; i < 3; i++) if ((a[i] ?? 0) !== (b[i] ?? 0)) return (a[i] ?? 0) > (b[i] ?? 0);
  return true;
}

/**
 * What the server really does. An old server answers `ok` to options it does not know and drops them, so a throw-away stream is made with
 * all of them, and what the server says it has made is compared. Asks once; a server that is too old for anything is refused first.
 */
export async function probe(nc: NatsConnection): Promise<Capabilities> {
  const version = nc.info?.version ?? '0';
  if (!atLeast(version, OLDEST)) {
    throw new Refusal('E766', `server ${version} is too old: the oldest that Millrace works with is ${OLDEST}`, {
      exit: 6, help: ['install nats-server 2.12 or later; `npm run nats:get` fetches one for tests'],
    });
  }
  const info = nc.info as { max_payload?: number; api_lvl?: number } | undefined;
  const base = { version, apiLevel: info?.api_lvl ?? 0, maxPayload: info?.max_payload ?? 0 };
  const account = await accountOf(nc);
  const none = Object.fromEntries(Object.keys(FEATURES).map((f) => [f, false])) as Record<Feature, boolean>;
  // Of mappings and the interval of syncs the server's configuration decides, which no request can read: here the version must do.
  const byVersion = { partitionMapping: true, syncInterval: atLeast(version, FEATURES.syncInterval.since) };
  if (account === null) return { ...base, features: { ...none, ...byVersion }, limits: null, skewMs: null };
  const { features, skewMs } = await tried(nc);
  return { ...base, features: { ...none, ...byVersion, ...features }, limits: limitsOf(account), skewMs };
}

async function accountOf(nc: NatsConnection): Promise<Json | null> {
  try {
    return await jsRequest(nc, 'INFO');
  } catch (error) {
    const code = error instanceof JetStreamError ? error.code : 0;
    if (code === JS_ERROR.notEnabled || code === JS_ERROR.notEnabledForAccount) return null;
    throw error;
  }
}

function limitsOf(account: Json): Limits {
  const limits = account.limits as Record<string, number>;
  return {
    maxMemory: limits.max_memory, maxStorage: limits.max_storage, maxStreams: limits.max_streams, maxConsumers: limits.max_consumers,
    storage: Number(account.storage), streams: Number(account.streams),
  };
}

interface Tried {
  readonly features: Partial<Record<Feature, boolean>>;
  readonly skewMs: number | null;
}

const gone = (): JetStreamError => new JetStreamError(JS_ERROR.streamNotFound, 'the stream of the probe is gone');

/**
 * Processes that probe at the same time use one stream, whose name rights can be given for. Each has a reader of its own there, and the
 * last one deletes the stream; one that comes in that very moment tries again.
 */
async function tried(nc: NatsConnection): Promise<Tried> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await once(nc);
    } catch (error) {
      const again = error instanceof JetStreamError && (error.code === JS_ERROR.streamNotFound || error.code === JS_ERROR.noMessage);
      if (!again || attempt === TRIES) throw error;
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 50 * attempt));
    }
  }
}

const WANTED = Object.freeze({
  name: PROBE_STREAM, subjects: [`${PROBE_SUBJECT}.>`], retention: 'limits', discard: 'old', max_msgs: 64, max_msgs_per_subject: 1,
  max_bytes: 65_536, max_age: 60_000_000_000, num_replicas: 1, duplicate_window: 1_000_000_000, allow_rollup_hdrs: true, allow_direct: true,
  republish: { src: `${PROBE_SUBJECT}.>`, dest: 'engine.probed.>' },
  subject_transform: { src: `${PROBE_SUBJECT}.>`, dest: `${PROBE_SUBJECT}.>` },
  metadata: { millrace: 'probe' }, compression: 's2', allow_atomic: true, allow_msg_ttl: true, subject_delete_marker_ttl: 1_000_000_000,
});

async function create(nc: NatsConnection): Promise<Json> {
  try {
    return await jsRequest(nc, `STREAM.CREATE.${PROBE_STREAM}`, { ...WANTED, storage: 'memory' }) as Json;
  } catch (error) {
    if (!(error instanceof JetStreamError)) throw error;
    // Accounts may have no memory to store in.
    return await jsRequest(nc, `STREAM.CREATE.${PROBE_STREAM}`, { ...WANTED, storage: 'file' }) as Json;
  }
}

async function once(nc: NatsConnection): Promise<Tried> {
  const made = await create(nc);
  const id = nuid.next();
  try {
    const config = made.config as Json;
    const consumer = await jsRequest(nc, `CONSUMER.CREATE.${PROBE_STREAM}.${id}`, {
      stream_name: PROBE_STREAM, action: 'create', config: {
        name: id, ack_policy: 'none', mem_storage: true, inactive_threshold: 5_000_000_000,
        filter_subjects: [`${PROBE_SUBJECT}.a`, `${PROBE_SUBJECT}.b`],
      },
    });
    const { obeys, skewMs } = await stores(nc, id);
    const rolls = config.allow_rollup_hdrs === true && config.max_msgs_per_subject === 1;
    return {
      features: {
        jetstream: true, kv: rolls && config.allow_direct === true, objectStore: rolls, directGet: config.allow_direct === true,
        republish: config.republish !== undefined, subjectTransform: config.subject_transform !== undefined,
        metadata: (config.metadata as Json | undefined)?.millrace === 'probe', compression: config.compression === 's2',
        messageTtl: config.allow_msg_ttl === true && Number(config.subject_delete_marker_ttl) > 0,
        atomicBatch: config.allow_atomic === true,
        filterSubjects: Array.isArray((consumer?.config as Json | undefined)?.filter_subjects),
        expectedLastSubjectSequenceSubject: obeys,
      },
      skewMs,
    };
  } finally {
    await leave(nc, id).catch(() => undefined);
  }
}

async function leave(nc: NatsConnection, id: string): Promise<void> {
  await jsRequest(nc, `CONSUMER.DELETE.${PROBE_STREAM}.${id}`);
  const info = await jsRequest(nc, `STREAM.INFO.${PROBE_STREAM}`);
  if (Number((info?.state as Json).consumer_count) === 0) await jsRequest(nc, `STREAM.DELETE.${PROBE_STREAM}`);
}

/**
 * Stores two messages. The time of the first is the server's clock. The second has a header, which nothing echoes: it claims to follow the
 * only message of `x.*`, which is `x.a`. A server that knows the header agrees; one that does not compares with the messages of `x.b`
 * alone, where there is none, and refuses.
 */
async function stores(nc: NatsConnection, id: string): Promise<{ obeys: boolean; skewMs: number | null }> {
  const stem = `${PROBE_SUBJECT}.${id}`;
  const publish = async (subject: string, pairs: readonly (readonly [string, string])[]): Promise<number | null> => {
    const h = headers();
    for (const [name, value] of pairs) h.set(name, value);
    const answer = await nc.request(subject, '', { timeout: 5000, headers: h }).catch((error: unknown) => {
      throw error instanceof RequestError && error.isNoResponders() ? gone() : error;
    });
    const { error, seq } = answer.json<{ seq?: number; error?: unknown }>();
    return error === undefined ? seq ?? null : null;
  };
  const before = Date.now();
  const first = await publish(`${stem}.a`, []);
  const after = Date.now();
  if (first === null) return { obeys: false, skewMs: null };
  const stored = await jsRequest(nc, `STREAM.MSG.GET.${PROBE_STREAM}`, { seq: first });
  const time = Date.parse(String((stored?.message as Json | undefined)?.time));
  const second = await publish(`${stem}.b`, [['Nats-Expected-Last-Subject-Sequence', String(first)],
    ['Nats-Expected-Last-Subject-Sequence-Subject', `${stem}.*`]]);
  // Refused for the header, or because the stream was made anew in between and does not know the first message?
  if (second === null) await jsRequest(nc, `STREAM.MSG.GET.${PROBE_STREAM}`, { last_by_subj: `${stem}.a` });
  return { obeys: second !== null, skewMs: Number.isNaN(time) ? null : time - (before + after) / 2 };
}

/** Refuses, by name, features that the server lacks. */
export function requireFeatures(found: Capabilities, wanted: readonly Feature[], who: string): void {
  const missing = wanted.filter((f) => !found.features[f]);
  if (missing.length === 0) return;
  const oldest = missing.map((f) => FEATURES[f].since).reduce((a, b) => (atLeast(a, b) ? a : b));
  const off = missing.includes('jetstream') && atLeast(found.version, FEATURES.jetstream.since);
  throw new Refusal('E766', off ? `${who} needs JetStream, which is off on this server`
    : `server ${found.version} does not have ${missing.map((f) => `\`${f}\``).join(', ')}, which ${who} needs`, {
    exit: 6, help: off ? ['start the server with -js, or with `jetstream {}` in its configuration']
      : [...missing.map((f) => `${f}: ${FEATURES[f].use}, since ${FEATURES[f].since}`), `use nats-server ${oldest} or later`],
  });
}
