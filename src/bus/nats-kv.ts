import { JetStreamApiCodes, JetStreamApiError, jetstream, jetstreamManager, type JetStreamManager } from '@nats-io/jetstream';
import { Kvm, type KV, type KvEntry } from '@nats-io/kv';
import { errors, type NatsConnection } from '@nats-io/transport-node';
import { NoAnswer, type KeyEntry, type KeyValue } from './key-value.ts';

export interface NatsKvOptions {
  /** How long an answer is waited for, milliseconds. */
  readonly timeoutMs?: number;
  readonly replicas?: number;
}

/** The bucket that keeps leases, workers and checkpoint pointers together: what a broker forgets, it forgets of all of them alike. */
export const STATE_BUCKET = 'millrace';

const WATCH_AGAIN_MS = 250;

const entryOf = (e: KvEntry): KeyEntry => ({ key: e.key, value: e.operation === 'PUT' ? e.string() : null, revision: e.revision });

/** True when a compare-and-set was refused: somebody else has written. */
export const wasBeaten = (error: unknown): boolean => error instanceof JetStreamApiError
  && (error.code === JetStreamApiCodes.StreamWrongLastSequence || error.code === JetStreamApiCodes.StreamWrongLastSequenceUnknown);

/** Silence, or a broker that says it cannot now, becomes `NoAnswer`; any other error is passed on. */
export async function answered<T>(asked: Promise<T>): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    throw isSilence(error) ? new NoAnswer(error) : error;
  }
}

const isSilence = (error: unknown): boolean => error instanceof errors.TimeoutError || error instanceof errors.NoRespondersError
  || (error instanceof errors.RequestError && !(error.cause instanceof errors.PermissionViolationError))
  || (error instanceof JetStreamApiError && error.status >= 500)
  || (error instanceof Error && error.cause !== undefined && isSilence(error.cause));

/** NATS KV, with features of server 2.9 alone. Reads are answered by the leader, as a replica may be behind. */
export class NatsKv implements KeyValue {
  private readonly kv: KV;
  private readonly jsm: JetStreamManager;
  private readonly bucket: string;

  private constructor(kv: KV, jsm: JetStreamManager, bucket: string) {
    this.kv = kv;
    this.jsm = jsm;
    this.bucket = bucket;
  }

  static async open(nc: NatsConnection, bucket: string = STATE_BUCKET, options: NatsKvOptions = {}): Promise<NatsKv> {
    const timeout = options.timeoutMs ?? 5000;
    // Making the bucket may take longer than what is waited for later on.
    const make = { history: 1, allow_direct: false, ...(options.replicas === undefined ? {} : { replicas: options.replicas }) };
    await new Kvm(jetstream(nc)).create(bucket, make);
    const kv = await new Kvm(jetstream(nc, { timeout })).open(bucket, { allow_direct: false });
    return new NatsKv(kv, await jetstreamManager(nc, { timeout, checkAPI: false }), bucket);
  }

  async get(key: string): Promise<KeyEntry | null> {
    const found = await answered(this.kv.get(key));
    return found === null ? null : entryOf(found);
  }

  async swap(key: string, value: string, revision: number): Promise<number | null> {
    try {
      return await answered(this.kv.put(key, value, { previousSeq: revision }));
    } catch (error) {
      if (wasBeaten(error)) return null;
      throw error;
    }
  }

  put(key: string, value: string): Promise<number> {
    return answered(this.kv.put(key, value));
  }

  async remove(key: string): Promise<void> {
    await answered(this.jsm.streams.purge(`KV_${this.bucket}`, { filter: `$KV.${this.bucket}.${key}` }));
  }

  async last(): Promise<number> {
    return (await answered(this.jsm.streams.info(`KV_${this.bucket}`))).state.last_seq;
  }

  watch(prefix: string, changed: (entry: KeyEntry) => void): () => void {
    let stopped = false;
    let stop = (): void => undefined;
    const follow = async (): Promise<void> => {
      while (!stopped) {
        try {
          const entries = await this.kv.watch({ key: `${prefix}>` });
          stop = () => void entries.stop();
          if (stopped) break;
          for await (const e of entries) if (!stopped) changed(entryOf(e));
        } catch {
          // The broker is away: what is watched for is asked for again, and nothing is decided by silence alone.
        }
        if (!stopped) await new Promise((resolve) => setTimeout(resolve, WATCH_AGAIN_MS).unref());
      }
      stop();
    };
    void follow();
    return () => {
      stopped = true;
      stop();
    };
  }
}
