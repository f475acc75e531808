import type { NatsConnection } from '@nats-io/transport-node';
import { Refusal } from '../core/diagnostic.ts';
import { JetStreamError, JS_ERROR, jsRequest } from './js-request.ts';
import type { Json } from './js-request.ts';
import { covers } from './patterns.ts';

/** A stream as it is wanted; what is left out is the server's choice. Lengths of time are milliseconds. */
export interface StreamWanted {
  readonly name: string;
  readonly subjects: readonly string[];
  readonly storage?: 'file' | 'memory';
  /** `new` refuses messages when the stream is full, `old` forgets: an output must refuse. */
  readonly discard?: 'new' | 'old';
  readonly maxBytes?: number;
  readonly maxAgeMs?: number;
  readonly maxMessages?: number;
  readonly duplicateWindowMs?: number;
  readonly replicas?: number;
  /** Every stored message is published again, with its sequence, for those who read no stream. */
  readonly republish?: { readonly src: string; readonly dest: string };
  readonly subjectTransform?: { readonly src: string; readonly dest: string };
  readonly compression?: 's2';
  readonly atomicBatch?: boolean;
  readonly messageTtl?: boolean;
  readonly directGet?: boolean;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** How an existing stream differs where that matters (W765). */
export interface StreamDifference {
  readonly field: string;
  /** `W765: stream OUT …`, one line. */
  readonly text: string;
  /** True where a run on it would lose or never store messages. */
  readonly grave: boolean;
}

export interface EnsuredStream {
  /** False where it was there before; of several that ask at the same moment each may be told true. */
  readonly created: boolean;
  /** When the server made it: another value is another stream. */
  readonly createdAt: string;
  readonly config: Json;
  readonly differences: readonly StreamDifference[];
}

const MS = 1_000_000;

function configOf(w: StreamWanted): Json {
  const optional: readonly (readonly [string, unknown])[] = [
    ['max_bytes', w.maxBytes], ['max_age', w.maxAgeMs === undefined ? undefined : w.maxAgeMs * MS], ['max_msgs', w.maxMessages],
    ['duplicate_window', w.duplicateWindowMs === undefined ? undefined : w.duplicateWindowMs * MS], ['republish', w.republish],
    ['subject_transform', w.subjectTransform], ['compression', w.compression], ['allow_atomic', w.atomicBatch],
    ['allow_msg_ttl', w.messageTtl], ['metadata', w.metadata],
  ];
  return {
    name: w.name, subjects: w.subjects, retention: 'limits', storage: w.storage ?? 'file', discard: w.discard ?? 'new',
    num_replicas: w.replicas ?? 1, allow_direct: w.directGet ?? true,
    ...Object.fromEntries(optional.filter(([, value]) => value !== undefined && value !== false)),
  };
}

/** True when the server made of an option what was asked for. It adds to some: to metadata its own, to a stream its defaults. */
function kept(wanted: unknown, echoed: unknown): boolean {
  if (Array.isArray(wanted)) return Array.isArray(echoed) && wanted.every((x) => echoed.includes(x));
  if (typeof wanted === 'object' && wanted !== null) {
    return typeof echoed === 'object' && echoed !== null && Object.entries(wanted).every(([k, v]) => kept(v, (echoed as Json)[k]));
  }
  return wanted === echoed;
}

/** Makes a stream where there is none, and refuses what the server left out of it. A stream that is there is never changed. */
export async function ensureStream(nc: NatsConnection, wanted: StreamWanted): Promise<EnsuredStream> {
  const there = await streamInfo(nc, wanted.name);
  if (there !== null) return found(wanted, there);
  const config = configOf(wanted);
  let made: Json | null;
  try {
    made = await jsRequest(nc, `STREAM.CREATE.${wanted.name}`, config);
  } catch (error) {
    if (!(error instanceof JetStreamError)) throw error;
    // Somebody else was quicker; what they made may be another stream.
    const now = error.code === JS_ERROR.nameInUse ? await streamInfo(nc, wanted.name) : null;
    if (now !== null) return found(wanted, now);
    throw new Refusal('E766', `stream \`${wanted.name}\` cannot be made: ${error.message}`, {
      exit: 6, cause: error, help: [`wanted: subjects ${wanted.subjects.join(', ')}`, '`nats stream ls` shows what is there'],
    });
  }
  if (made === null) throw jetStreamOff(wanted.name);
  const echoed = made.config as Json;
  const dropped = Object.entries(config).filter(([field, value]) => !kept(value, echoed[field])).map(([field]) => field);
  if (dropped.length > 0) {
    // Servers say `did_create` as well where the same stream was there already; one with messages is somebody's.
    if (Number((made.state as Json | undefined)?.last_seq ?? 0) === 0) await jsRequest(nc, `STREAM.DELETE.${wanted.name}`);
    throw new Refusal('E766', `server ${nc.info?.version ?? ''} does not have ${dropped.map((f) => `\`${f}\``).join(', ')} for streams: it `
      + `said yes and left ${dropped.length === 1 ? 'it' : 'them'} out`, {
      exit: 6, help: ['the stream that it made without was deleted again', 'use nats-server 2.12 or later, or do without'],
    });
  }
  return { created: true, createdAt: String(made.created), config: echoed, differences: [] };
}

const jetStreamOff = (stream: string): Refusal => new Refusal('E766', `stream \`${stream}\` needs JetStream, which is off on this server`, {
  exit: 6, help: ['start the server with -js, or with `jetstream {}` in its configuration'],
});

async function streamInfo(nc: NatsConnection, name: string): Promise<Json | null> {
  try {
    const info = await jsRequest(nc, `STREAM.INFO.${name}`);
    if (info === null) throw jetStreamOff(name);
    return info;
  } catch (error) {
    if (error instanceof JetStreamError && error.code === JS_ERROR.streamNotFound) return null;
    throw error;
  }
}

function found(wanted: StreamWanted, info: Json): EnsuredStream {
  const config = info.config as Json;
  return { created: false, createdAt: String(info.created), config, differences: differences(wanted, config) };
}

function differences(w: StreamWanted, c: Json): StreamDifference[] {
  const all: StreamDifference[] = [];
  const say = (field: string, what: string, grave = false): void => {
    all.push({ field, text: `W765: stream \`${w.name}\` ${what}`, grave });
  };
  const subjects = (c.subjects as readonly string[] | undefined) ?? [];
  const left = w.subjects.filter((s) => !subjects.some((pattern) => covers(pattern, s)));
  if (left.length > 0) say('subjects', `does not take ${left.join(', ')}; it takes ${subjects.join(', ') || 'none'}`, true);
  if (c.sealed === true) say('sealed', 'is sealed: nothing can be added', true);
  if (c.retention !== 'limits') say('retention', `forgets messages that were read (retention ${String(c.retention)})`, true);
  if ((w.storage ?? 'file') === 'file' && c.storage !== 'file') say('storage', 'is kept in memory: a restart of the server empties it');
  if ((w.discard ?? 'new') === 'new' && c.discard !== 'new' && (Number(c.max_bytes) > 0 || Number(c.max_msgs) > 0)) {
    say('discard', 'forgets its oldest messages when it is full (discard old)');
  }
  if (w.maxBytes !== undefined && !(Number(c.max_bytes) > 0)) say('max_bytes', 'has no limit of size: it can fill the disk');
  const window = Number(c.duplicate_window) / MS;
  if (w.duplicateWindowMs !== undefined && window < w.duplicateWindowMs) {
    say('duplicate_window', `knows repeated messages for ${window / 1000} s only, not ${w.duplicateWindowMs / 1000} s`);
  }
  if (w.replicas !== undefined && Number(c.num_replicas) < w.replicas) {
    say('num_replicas', `has ${String(c.num_replicas)} replicas, not ${w.replicas}`);
  }
  for (const [field, value] of [['republish', w.republish], ['subject_transform', w.subjectTransform]] as const) {
    if (value !== undefined && !kept(value, c[field])) say(field, `has no \`${field}\` from ${value.src} to ${value.dest}`);
  }
  for (const [field, value] of [['allow_atomic', w.atomicBatch], ['allow_msg_ttl', w.messageTtl]] as const) {
    if (value === true && c[field] !== true) say(field, `is without \`${field}\``, true);
  }
  return all;
}
