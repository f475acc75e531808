import { createHash, randomBytes } from 'node:crypto';
import { headers, type NatsConnection } from '@nats-io/transport-node';
import { jetstream, jetstreamManager, JsHeaders, type JetStreamClient, type JetStreamManager } from '@nats-io/jetstream';
import { Objm } from '@nats-io/obj';
import { answered } from './nats-kv.ts';

/** Below the default `max_payload` of 1 MiB, and small enough to let other messages of the connection through in between. */
const CHUNK = 512 * 1024;
/** Chunks under way at once: 4 MiB. */
const WINDOW = 8;
/** Chunks without an object are swept when the newest message of the store is this much younger: no upload takes so long. */
const ORPHAN_MS = 5 * 60_000;

export interface BlobOptions {
  readonly replicas?: number;
  readonly timeoutMs?: number;
  readonly chunk?: number;
  readonly orphanMs?: number;
}

interface Info {
  readonly name: string;
  readonly nuid: string;
  readonly size: number;
  readonly chunks: number;
  readonly digest: string;
}

const pad = (base64: string): string => base64 + '='.repeat((4 - (base64.length % 4)) % 4);
const token = (name: string): string => pad(Buffer.from(name).toString('base64url'));
const nameOf = (t: string): string => Buffer.from(t, 'base64url').toString();

/**
 * Objects of a NATS Object Store, in its format, so that `nats object get` reads them. Against the client's own `put`: chunks are sent
 * without waiting for each other, names are known to be new and not looked up first, and a removed object leaves no marker behind (the
 * client's stay for ever, one for every checkpoint).
 */
export class ObjectBlobs {
  private readonly js: JetStreamClient;
  private readonly jsm: JetStreamManager;
  private readonly bucket: string;
  private readonly chunk: number;
  private readonly orphanMs: number;

  private constructor(js: JetStreamClient, jsm: JetStreamManager, bucket: string, chunk: number, orphanMs: number) {
    this.js = js;
    this.jsm = jsm;
    this.bucket = bucket;
    this.chunk = chunk;
    this.orphanMs = orphanMs;
  }

  static async open(nc: NatsConnection, bucket: string, options: BlobOptions = {}): Promise<ObjectBlobs> {
    await answered(new Objm(nc).create(bucket, options.replicas === undefined ? {} : { replicas: options.replicas }));
    const timeout = options.timeoutMs ?? 5000;
    const chunk = Math.min(options.chunk ?? CHUNK, nc.info?.max_payload ?? CHUNK);
    const jsm = await jetstreamManager(nc, { timeout });
    return new ObjectBlobs(jetstream(nc, { timeout }), jsm, bucket, chunk, options.orphanMs ?? ORPHAN_MS);
  }

  /** Stores bytes under a name that nobody has used; resolves when the broker has all of it. */
  async put(name: string, bytes: Uint8Array): Promise<void> {
    const nuid = randomBytes(16).toString('hex');
    const chunks = Math.ceil(bytes.length / this.chunk);
    const hash = createHash('sha256');
    const under = new Set<Promise<unknown>>();
    let failed: unknown = null;
    for (let c = 0; c < chunks && failed === null; c++) {
      const part = bytes.subarray(c * this.chunk, (c + 1) * this.chunk);
      const sent: Promise<unknown> = this.js.publish(this.chunkSubject(nuid), part).then(() => under.delete(sent), (error: unknown) => {
        failed ??= error;
        under.delete(sent);
      });
      under.add(sent);
      hash.update(part);
      if (under.size >= WINDOW) await Promise.race(under);
    }
    await Promise.all(under);
    try {
      if (failed !== null) await answered(Promise.reject(failed as Error));
      const info = {
        name, description: '', options: { max_chunk_size: this.chunk }, bucket: this.bucket, nuid, size: bytes.length, chunks,
        mtime: new Date().toISOString(), digest: `SHA-256=${pad(hash.digest('base64url'))}`, deleted: false,
      };
      const h = headers();
      h.set(JsHeaders.RollupHdr, JsHeaders.RollupValueSubject);
      await answered(this.js.publish(this.metaSubject(name), JSON.stringify(info), { headers: h }));
    } catch (error) {
      await this.purge(this.chunkSubject(nuid)).catch(() => undefined);
      throw error;
    }
  }

  /** The bytes under a name; null when they are not there, or not all of them, or not what was put. */
  async get(name: string): Promise<Uint8Array | null> {
    const info = await this.info(name);
    if (info === null) return null;
    const bytes = new Uint8Array(info.size);
    let at = 0;
    let seq = 1;
    for (let c = 0; c < info.chunks; c++) {
      const query = { seq, next_by_subj: this.chunkSubject(info.nuid) };
      // Any replica may answer the first; one that is behind is made up for by the leader.
      const m = await answered(this.jsm.direct.getMessage(this.stream, query))
        ?? await answered(this.jsm.streams.getMessage(this.stream, query));
      if (m === null || at + m.data.length > bytes.length) return null;
      bytes.set(m.data, at);
      at += m.data.length;
      seq = m.seq + 1;
    }
    const digest = `SHA-256=${pad(createHash('sha256').update(bytes).digest('base64url'))}`;
    return at === info.size && digest === info.digest ? bytes : null;
  }

  async remove(name: string): Promise<void> {
    const info = await this.info(name);
    // The name first: an object without a name is swept, a name without an object is a fault.
    await this.purge(this.metaSubject(name));
    if (info !== null) await this.purge(this.chunkSubject(info.nuid));
  }

  /** Removes objects whose name `dead` says yes to, and chunks that an upload left which never ended. Returns how many of both. */
  async sweep(dead: (name: string) => boolean): Promise<number> {
    // Chunks first: what is uploaded meanwhile is then not among them.
    const chunks = await this.subjects(`$O.${this.bucket}.C.>`);
    const metas = await this.subjects(`$O.${this.bucket}.M.>`);
    const doomed = metas.names.map((s) => nameOf(s.split('.').pop() ?? '')).filter(dead);
    for (const name of doomed) await this.remove(name);
    // Every object with bytes has chunks under one subject; only where there are more of these is any of them alone.
    const alone = chunks.names.length > metas.names.length ? await this.withoutObject(chunks.names, metas.names) : [];
    let removed = doomed.length;
    for (const subject of alone) {
      const m = await answered(this.jsm.streams.getMessage(this.stream, { last_by_subj: subject }));
      if (m === null || chunks.newest - Date.parse(m.timestamp) < this.orphanMs) continue;
      await this.purge(subject);
      removed += 1;
    }
    return removed;
  }

  private async withoutObject(chunks: readonly string[], metas: readonly string[]): Promise<string[]> {
    const used = new Set<string>();
    for (let at = 0; at < metas.length; at += 64) {
      const infos = await Promise.all(metas.slice(at, at + 64).map((subject) => this.infoAt(subject)));
      for (const info of infos) if (info !== null) used.add(this.chunkSubject(info.nuid));
    }
    return chunks.filter((subject) => !used.has(subject));
  }

  private info(name: string): Promise<Info | null> {
    return this.infoAt(this.metaSubject(name));
  }

  private async infoAt(subject: string): Promise<Info | null> {
    const m = await answered(this.jsm.streams.getMessage(this.stream, { last_by_subj: subject }));
    const info = m === null ? null : m.json<Info & { deleted?: boolean }>();
    return info === null || info.deleted === true ? null : info;
  }

  private async subjects(filter: string): Promise<{ names: string[]; newest: number }> {
    const { state } = await answered(this.jsm.streams.info(this.stream, { subjects_filter: filter }));
    return { names: Object.keys(state.subjects ?? {}), newest: Date.parse(state.last_ts) };
  }

  private async purge(subject: string): Promise<void> {
    await answered(this.jsm.streams.purge(this.stream, { filter: subject }));
  }

  private get stream(): string {
    return `OBJ_${this.bucket}`;
  }

  private chunkSubject(nuid: string): string {
    return `$O.${this.bucket}.C.${nuid}`;
  }

  private metaSubject(name: string): string {
    return `$O.${this.bucket}.M.${token(name)}`;
  }
}
