import { createInbox } from '@nats-io/transport-node';
import type { NatsConnection } from '@nats-io/transport-node';
import { Refusal } from '../core/diagnostic.ts';
import type { LogMessage, LogState } from '../core/log.ts';
import { linkOf } from './link.ts';
import type { Link } from './link.ts';
import { StoredMessage } from './stored-message.ts';

/** An answer of JetStream that is an error: its own code, and the HTTP-like status that says of what kind it is. */
export class ApiError extends Error {
  readonly code: number;
  readonly status: number;

  constructor(code: number, status: number, message: string) {
    super(message);
    this.code = code;
    this.status = status;
  }

  /** True where the same request may succeed later: no leader, no resources, restarting. */
  get transient(): boolean {
    return this.status === 503 || this.status === 408 || this.code === 10008 || this.code === 10023;
  }
}

export const NO_STREAM = 10059;
export const NO_MESSAGE = 10037;

export interface StreamConfig {
  readonly subjects?: readonly string[];
  readonly num_replicas: number;
  readonly max_msg_size?: number;
  readonly allow_direct?: boolean;
  readonly allow_atomic?: boolean;
}

export interface StreamInfo {
  readonly config: StreamConfig;
  readonly created: string;
  readonly state: {
    readonly messages: number;
    readonly first_seq: number;
    readonly last_seq: number;
    readonly subjects?: Readonly<Record<string, number>>;
  };
  readonly total?: number;
  readonly offset?: number;
  readonly limit?: number;
}

export interface ConsumerInfo {
  readonly name: string;
  readonly config: { readonly filter_subject?: string; readonly filter_subjects?: readonly string[] };
  readonly delivered: { readonly consumer_seq: number; readonly stream_seq: number };
  readonly num_pending?: number;
}

interface GetAnswer {
  readonly message: {
    readonly subject: string;
    readonly seq: number;
    readonly time: string;
    /** Both in base64. */
    readonly hdrs?: string;
    readonly data?: string;
  };
}

export interface ApiOptions {
  /** Longest wait for one answer. */
  readonly timeoutMs?: number;
  /** Longest wait of a single question over all its tries, while there is no connection or no leader. */
  readonly patienceMs?: number;
  /** JetStream domain, where the stream is not in the server's own. */
  readonly domain?: string;
}

/** The client keeps what it was opened with; its interface does not say so. */
interface Inner {
  readonly options?: { readonly inboxPrefix?: string };
}

const TIMEOUT_MS = 2000;
const PATIENCE_MS = 30_000;

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Requests about one stream. They are repeated while the connection is down or the stream has no leader. */
export class JetStreamApi {
  readonly nc: NatsConnection;
  readonly link: Link;
  readonly stream: string;
  readonly prefix: string;
  private readonly timeoutMs: number;
  private readonly patienceMs: number;
  private direct = false;

  constructor(nc: NatsConnection, stream: string, options: ApiOptions = {}) {
    this.nc = nc;
    this.link = linkOf(nc);
    this.stream = stream;
    this.prefix = options.domain === undefined ? '$JS.API' : `$JS.${options.domain}.API`;
    this.timeoutMs = options.timeoutMs ?? TIMEOUT_MS;
    this.patienceMs = options.patienceMs ?? PATIENCE_MS;
  }

  /** A subject for answers, where this connection may listen. */
  inbox(): string {
    return createInbox((this.nc as unknown as Inner).options?.inboxPrefix);
  }

  /** One try: an `ApiError`, also for silence. */
  async once<T>(what: string, body?: object): Promise<T> {
    const payload = body === undefined ? '' : JSON.stringify(body);
    let answer: { readonly error?: { readonly code: number; readonly err_code: number; readonly description: string } };
    try {
      const message = await this.nc.request(`${this.prefix}.${what}`, payload, { timeout: this.timeoutMs });
      answer = JSON.parse(message.string()) as typeof answer;
    } catch (cause) {
      throw new ApiError(0, 503, cause instanceof Error ? cause.message : String(cause));
    }
    const { error } = answer;
    if (error !== undefined) throw new ApiError(error.err_code, error.code, error.description);
    return answer as T;
  }

  /** The same until there is an answer, or patience ends (E765). */
  async ask<T>(what: string, body?: object): Promise<T> {
    const until = performance.now() + this.patienceMs;
    for (let wait = 50; ; wait = Math.min(wait * 2, 1000)) {
      try {
        return await this.once<T>(what, body);
      } catch (fault) {
        if (!(fault instanceof ApiError) || !fault.transient) throw fault;
        if (this.link.closed || performance.now() > until) {
          throw new Refusal('E765', `stream ${this.stream} does not answer: ${fault.message}`, {
            exit: 6, cause: fault, help: ['is the server up, and JetStream on? `nats stream info` shows whether the stream has a leader'],
          });
        }
        await Promise.race([pause(wait), this.link.up ? pause(wait) : this.link.ready()]);
      }
    }
  }

  async info(body?: object): Promise<StreamInfo> {
    const info = await this.ask<StreamInfo>(`STREAM.INFO.${this.stream}`, body);
    this.direct = info.config.allow_direct === true;
    return info;
  }

  /** The message at a sequence, or null. A replica that lags may not have it yet, so a direct get that fails is asked of the leader. */
  async get(seq: number): Promise<LogMessage | null> {
    if (seq < 1) return null;
    if (this.direct) {
      const found = await this.getDirect(seq);
      if (found !== null) return found;
    }
    return this.getByLeader({ seq });
  }

  /** By the leader, which alone knows the newest: `{ seq }` or `{ last_by_subj }`. */
  async getByLeader(body: { readonly seq: number } | { readonly last_by_subj: string }): Promise<StoredMessage | null> {
    try {
      const { message } = await this.ask<GetAnswer>(`STREAM.MSG.GET.${this.stream}`, body);
      const headers = message.hdrs === undefined ? '' : Buffer.from(message.hdrs, 'base64').toString();
      const payload = message.data === undefined ? new Uint8Array(0) : new Uint8Array(Buffer.from(message.data, 'base64'));
      return new StoredMessage(message.seq, microseconds(message.time), message.subject, payload, headers);
    } catch (fault) {
      if (fault instanceof ApiError && fault.code === NO_MESSAGE) return null;
      throw fault;
    }
  }

  private async getDirect(seq: number): Promise<LogMessage | null> {
    try {
      const m = await this.nc.request(`${this.prefix}.DIRECT.GET.${this.stream}`, JSON.stringify({ seq }), { timeout: this.timeoutMs });
      const found = m.headers?.get('Nats-Sequence') ?? '';
      if (m.headers === undefined || m.headers.code !== 0 || found === '') return null;
      const time = microseconds(m.headers.get('Nats-Time-Stamp'));
      return new StoredMessage(Number(found), time, m.headers.get('Nats-Subject'), m.data.slice(), m.headers);
    } catch {
      return null;
    }
  }
}

export const stateOf = (info: StreamInfo): LogState =>
  ({ created: info.created, first: info.state.messages === 0 ? info.state.last_seq + 1 : info.state.first_seq, last: info.state.last_seq });

/** `2026-11-26T07:58:50.920887642Z` as microseconds since 1970. */
export function microseconds(iso: string): number {
  const dot = iso.indexOf('.');
  const whole = Date.parse(dot < 0 ? iso : `${iso.slice(0, dot)}Z`) * 1000;
  return dot < 0 ? whole : whole + Number(`${iso.slice(dot + 1, -1)}000000`.slice(0, 6));
}

/** Microseconds since 1970 as JetStream reads a time. */
export function isoOf(us: number): string {
  const ms = Math.floor(us / 1000);
  return `${new Date(ms).toISOString().slice(0, -1)}${String(us - ms * 1000).padStart(3, '0')}Z`;
}

