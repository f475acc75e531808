import { createInbox } from '@nats-io/transport-node';
import type { Msg, Subscription } from '@nats-io/transport-node';
import { Refusal } from '../core/diagnostic.ts';
import { HEADER } from '../core/log.ts';
import type { LogMessage, LogState, OutputMessage, Tail } from '../core/log.ts';
import { numberAtEnd } from './delivery.ts';
import { EXPECT_BYTES, HeaderBlocks } from './header-block.ts';
import { ApiError, JetStreamApi, NO_STREAM, pause, stateOf } from './jetstream-api.ts';
import { logIsLost, tooLarge } from './log-refusals.ts';
import type { Answers, Expect, Wire } from './wire.ts';

const MAX_PAYLOAD = 1024 * 1024;
/** Questions about single subjects that are under way together. */
const TOGETHER = 256;
const COLON = 58;
const ZERO = 48;
/** `"seq":` */
const SEQ = [34, 115, 101, 113, 34, 58];

interface PubAck {
  readonly seq?: number;
  readonly count?: number;
  readonly duplicate?: boolean;
  readonly error?: { readonly code: number; readonly err_code: number; readonly description: string };
}

const tailOf = (m: LogMessage): Tail =>
  ({ subject: m.subject, seq: m.seq, id: m.header(HEADER.id), plan: m.header(HEADER.plan) });

/** Publishes into a stream, with an inbox of its own for all acknowledgements: no promise and no timer for a message. */
export class JetStreamWire implements Wire {
  batches = false;
  sent = 0;
  answers: Answers | null = null;
  readonly api: JetStreamApi;
  private readonly log: string;
  private readonly patterns: readonly string[];
  private readonly blocks = new HeaderBlocks();
  private readonly options = { reply: '', headers: this.blocks.headers };
  private readonly silent = { headers: this.blocks.headers };
  private readonly batchPrefix = createInbox().slice(-16);
  private sub: Subscription | null = null;
  private inbox = '';
  private maxPayload = MAX_PAYLOAD;
  private maxSize = Number.POSITIVE_INFINITY;
  onFault: (fault: unknown) => void = () => undefined;

  constructor(api: JetStreamApi, log: string, patterns: readonly string[]) {
    this.api = api;
    this.log = log;
    this.patterns = patterns;
    this.reset();
  }

  reset(): void {
    this.sub?.unsubscribe();
    this.sub = null;
    if (this.api.link.closed) return;
    this.inbox = `${this.api.inbox()}.`;
    this.sub = this.api.nc.subscribe(`${this.inbox}*`, { callback: (error, m) => (error === null ? this.take(m) : this.onFault(error)) });
  }

  end(): void {
    this.sub?.unsubscribe();
    this.sub = null;
  }

  sizeOf(message: OutputMessage): number {
    const { payload } = message;
    const body = typeof payload === 'string' ? Buffer.byteLength(payload) : payload.length;
    const size = body + this.blocks.sizeOf(message) + EXPECT_BYTES;
    // While there is no connection the last one's limit holds.
    this.maxPayload = this.api.nc.info?.max_payload ?? this.maxPayload;
    const limit = Math.min(this.maxPayload, this.maxSize);
    if (size > limit) throw tooLarge(this.log, message, body, size, limit);
    return size;
  }

  send(n: number, message: OutputMessage, expect: Expect): void {
    const { nc, link } = this.api;
    if (link.closed || !link.up) return;
    this.sent++;
    this.blocks.write(message, expect, expect.batch === '' ? '' : `${this.batchPrefix}${expect.batch}`);
    if (expect.batch !== '' && !expect.commit) {
      nc.publish(message.subject, this.blocks.bodyOf(message), this.silent);
      return;
    }
    this.options.reply = `${this.inbox}${n}`;
    nc.publish(message.subject, this.blocks.bodyOf(message), this.options);
  }

  private take(m: Msg): void {
    const { data } = m;
    const n = numberAtEnd(m);
    if (data.length === 0) {
      // A server without a leader for the stream, or none that takes the subject.
      if (m.headers?.code === 503) this.answers?.refused(n, 0, 503, 'no stream takes the subject, or it has no leader');
      return;
    }
    const seq = sequenceIn(data);
    if (seq > 0) {
      this.answers?.acked(n, seq, 1, false);
      return;
    }
    const answer = m.json<PubAck>();
    const { error } = answer;
    if (error !== undefined) this.answers?.refused(n, error.err_code, error.code, error.description);
    else this.answers?.acked(n, answer.seq ?? 0, answer.count ?? 1, answer.duplicate === true);
  }

  async ready(): Promise<boolean> {
    await this.api.link.ready();
    return !this.api.link.closed;
  }

  pause(ms: number): Promise<void> {
    return pause(ms);
  }

  async state(): Promise<LogState> {
    return stateOf(await this.lasting(() => this.api.info().then((info) => {
      const { max_msg_size: maxSize = -1 } = info.config;
      this.maxSize = maxSize > 0 ? maxSize : Number.POSITIVE_INFINITY;
      // What the server says it has, not what somebody asked it for: older ones forget the option.
      this.batches = info.config.allow_atomic === true;
      return info;
    })));
  }

  /**
   * Back from the last sequence: one question, unless messages were deleted. `last_by_subj` with a wildcard is of no use here, it finds
   * nothing on some servers where the last message was deleted.
   */
  async newest(): Promise<Tail | null> {
    const { first, last } = await this.state();
    for (let seq = last; seq >= first; seq--) {
      const message = await this.lasting(() => this.api.getByLeader({ seq }));
      if (message !== null) return tailOf(message);
    }
    return null;
  }

  private async tail(pattern: string): Promise<Tail | null> {
    const message = await this.lasting(() => this.api.getByLeader({ last_by_subj: pattern }));
    return message === null ? null : tailOf(message);
  }

  async newestOf(subjects: readonly string[]): Promise<ReadonlyMap<string, Tail>> {
    const found = new Map<string, Tail>();
    for (let from = 0; from < subjects.length; from += TOGETHER) {
      for (const tail of await Promise.all(subjects.slice(from, from + TOGETHER).map((s) => this.tail(s)))) {
        if (tail !== null) found.set(tail.subject, tail);
      }
    }
    return found;
  }

  /** Subjects of this output that the stream holds messages of, page by page. */
  async subjects(): Promise<string[]> {
    const all = new Set<string>();
    for (const pattern of this.patterns.length === 0 ? ['>'] : this.patterns) {
      for (let offset = 0; ;) {
        const page = await this.lasting(() => this.api.info({ subjects_filter: pattern, offset }));
        const names = Object.keys(page.state.subjects ?? {});
        for (const name of names) all.add(name);
        offset += names.length;
        if (names.length === 0 || offset >= (page.total ?? 0)) break;
      }
    }
    return [...all];
  }

  private async lasting<T>(what: () => Promise<T>): Promise<T> {
    for (let tries = 0; ; tries++) {
      try {
        return await what();
      } catch (fault) {
        if (!(fault instanceof ApiError)) throw fault;
        // A server that is starting may not know its streams yet.
        if (fault.code === NO_STREAM && tries < 3) await pause(100);
        else if (fault.code === NO_STREAM) throw logIsLost(this.log);
        else throw new Refusal('E766', `${this.log} cannot be asked: ${fault.message} (${fault.code})`, { exit: 6, cause: fault });
      }
    }
  }
}

/** The sequence in `{"stream":"OUT","seq":12}`; 0 where the answer says more than that. A tenth of the time of `JSON.parse`. */
function sequenceIn(data: Uint8Array): number {
  let at = data.length - 2;
  let value = 0;
  if (data[at + 1] !== 125) return 0;
  for (let unit = 1; at >= 0 && data[at] >= ZERO && data[at] < COLON; at--, unit *= 10) value += (data[at] - ZERO) * unit;
  for (let i = 0; i < SEQ.length; i++) if (data[at - 5 + i] !== SEQ[i]) return 0;
  // An error carries a sequence as well: it is zero.
  return value;
}
