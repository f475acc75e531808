import { createInbox } from '@nats-io/transport-node';
import type { Msg, Subscription } from '@nats-io/transport-node';
import { Refusal } from '../core/diagnostic.ts';
import type { LogMessage, LogReader, ReadOptions } from '../core/log.ts';
import { Credit } from './credit.ts';
import { AckSubject, Delivery, replyBytes } from './delivery.ts';
import { ApiError, NO_STREAM, pause, stateOf } from './jetstream-api.ts';
import type { ConsumerInfo, JetStreamApi, StreamInfo } from './jetstream-api.ts';
import { fellBack, holeIn, logIsGone, madeAnew, notAllowed, unplugged, violates } from './log-refusals.ts';
import { cover, covers, fitsAny } from './patterns.ts';

const MESSAGES = 8192;
const BYTES = 16 * 1024 * 1024;
/** A request that waits this many heartbeats without an end is renewed. */
const EXPIRES = 10;
/** The server removes a consumer that nobody has asked for so long. */
const INACTIVE_NS = 60e9;
const OVERLAP = new Set([10136, 10138]);

/** The client's message knows its size on the wire; its interface does not say so. */
interface Sized extends Msg {
  size(): number;
}

let names = 0;
export const newName = (): string => `millrace-${createInbox().slice(-12)}${++names}`;

/**
 * Reads a stream in order through a consumer that lives as long as nothing goes wrong: at a gap, silence, a lost consumer or a new
 * connection another one is made that begins after the last message which arrived in order. What is asked for is bounded by the credit;
 * no promise and no closure is made for a message.
 */
export class JetStreamReader implements LogReader {
  private readonly api: JetStreamApi;
  private readonly log: string;
  private readonly patterns: readonly string[];
  private readonly heartbeatMs: number;
  private readonly credit: Credit;
  private readonly ack = new AckSubject();
  private readonly leave: () => void;
  private readonly timer: NodeJS.Timeout;
  /** What has arrived, and what the caller has; they change places. */
  private held: Delivery[] = [];
  private given: Delivery[] = [];
  private givenBytes = 0;
  private wake: (() => void) | null = null;
  private failure: unknown = null;
  private closed = false;
  /** Newest sequence that arrived in order, and its number among the deliveries of the consumer. */
  private last: number;
  private delivered = 0;
  private created = '';
  private consumer = '';
  private sub: Subscription | null = null;
  private inbox = '';
  private starting = false;
  private again = false;
  /** The subjects are some of the stream's only, so that sequences may be left out. */
  private filtered = false;
  /** Subjects compared here, because the server cannot. */
  private compare: readonly string[] | null = null;
  private largest = Number.POSITIVE_INFINITY;
  /** Sequence from which the log must still be whole, for what was left out to have been of other subjects. */
  private unproven = 0;
  private resuming = false;
  private quiet = 0;
  private heard = false;
  /** Consumers made, for tests and metrics. */
  starts = 0;

  constructor(api: JetStreamApi, log: string, patterns: readonly string[], heartbeatMs: number, options: ReadOptions) {
    this.api = api;
    this.log = log;
    this.patterns = patterns;
    this.heartbeatMs = heartbeatMs;
    this.credit = new Credit(options.messages ?? MESSAGES, options.bytes ?? BYTES);
    this.last = options.from - 1;
    this.leave = api.link.on((event, error) => {
      if (event === 'refused' && violates(error, api.prefix, this.inbox)) this.fail(notAllowed(error));
      else if (event === 'up') this.restart();
      else if (event === 'down') this.credit.forget();
      else if (event === 'closed') this.fail(unplugged(log));
    });
    this.timer = setInterval(() => this.tick(), heartbeatMs);
    this.timer.unref();
    this.restart();
  }

  /** What the server has not sent yet, as it says, and what lies here. */
  async behind(): Promise<number | null> {
    const { consumer, api } = this;
    if (consumer === '' || this.closed) return null;
    const info = await api.once<ConsumerInfo>(`CONSUMER.INFO.${api.stream}.${consumer}`);
    return (info.num_pending ?? 0) + this.credit.heldMessages;
  }

  get heldMessages(): number {
    return this.credit.heldMessages;
  }

  get heldBytes(): number {
    return this.credit.heldBytes;
  }

  async next(): Promise<readonly LogMessage[] | null> {
    if (this.given.length > 0) {
      this.credit.taken(this.given.length, this.givenBytes);
      this.given.length = 0;
      this.givenBytes = 0;
      this.pull();
    }
    while (this.held.length === 0) {
      if (this.closed) return null;
      if (this.failure !== null) throw this.failure;
      await new Promise<void>((resolve) => { this.wake = resolve; });
    }
    const { held } = this;
    this.held = this.given;
    this.given = held;
    this.givenBytes = this.credit.heldBytes;
    return held;
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    this.leave();
    clearInterval(this.timer);
    this.dismiss();
    this.held.length = 0;
    this.wakeUp();
  }

  private wakeUp(): void {
    const { wake } = this;
    this.wake = null;
    wake?.();
  }

  private fail(failure: unknown): void {
    if (this.closed || this.failure !== null) return;
    this.failure = failure;
    this.dismiss();
    this.wakeUp();
  }

  /** Lets the consumer go: what it still sends is not listened to. */
  private dismiss(): void {
    this.sub?.unsubscribe();
    this.sub = null;
    this.credit.forget();
    if (this.consumer !== '' && this.api.link.up && !this.api.link.closed) {
      void this.api.once(`CONSUMER.DELETE.${this.api.stream}.${this.consumer}`).catch(() => undefined);
    }
    this.consumer = '';
  }

  /** Begins anew after the last message that arrived in order. */
  private restart(): void {
    if (this.closed || this.failure !== null) return;
    if (this.starting) {
      this.again = true;
      return;
    }
    this.starting = true;
    void this.begin();
  }

  private async begin(): Promise<void> {
    let missing = 0;
    for (let wait = 20; !this.closed && this.failure === null; wait = Math.min(wait * 2, 1000)) {
      this.again = false;
      this.dismiss();
      try {
        await this.api.link.ready();
        await this.open();
        if (!this.again) break;
      } catch (fault) {
        // A server that is starting may not know its streams yet.
        if (fault instanceof ApiError && fault.code === NO_STREAM && ++missing > 3) this.fail(logIsGone(this.log, this.last + 1));
        else if (fault instanceof Refusal) this.fail(fault);
        else if (fault instanceof ApiError && !fault.transient && fault.code !== NO_STREAM) this.fail(this.refused(fault));
        else if (!(fault instanceof ApiError)) this.fail(fault);
        await pause(wait);
      }
    }
    this.starting = false;
    this.pull();
  }

  private refused(fault: ApiError): Refusal {
    return new Refusal('E766', `${this.log} cannot be read: ${fault.message}`, {
      exit: 6, cause: fault, help: [this.patterns.length === 0 ? 'all subjects were asked for' : `asked for: ${this.patterns.join(', ')}`],
    });
  }

  private async open(): Promise<void> {
    const info = await this.api.once<StreamInfo>(`STREAM.INFO.${this.api.stream}`);
    this.checkLog(info);
    const { subjects = [] } = info.config;
    this.filtered = this.patterns.length > 0 && !(subjects.length > 0 && subjects.every((s) => this.patterns.some((p) => covers(p, s))));
    const inbox = this.api.inbox();
    this.inbox = inbox;
    this.quiet = 0;
    this.delivered = 0;
    this.unproven = 0;
    this.sub = this.api.nc.subscribe(`${inbox}.*`, {
      callback: (error, m) => (error === null ? this.take(m) : this.fail(notAllowed(error))),
    });
    const made = await this.create();
    this.consumer = made.name;
    this.starts++;
    // Between the two answers the log may have been cut: the consumer begins where there are messages.
    if (made.delivered.stream_seq > this.last) throw holeIn(this.log, this.last + 1, made.delivered.stream_seq + 1);
  }

  private checkLog(info: StreamInfo): void {
    const { created, first, last } = stateOf(info);
    if (this.created === '') this.created = created;
    if (created !== this.created) throw madeAnew(this.log, this.created, created);
    if (this.last > last) throw fellBack(this.log, this.last, last);
    if (first > this.last + 1) throw holeIn(this.log, this.last + 1, first);
  }

  private async create(): Promise<ConsumerInfo> {
    const { patterns } = this;
    this.compare = null;
    if (!this.filtered) return this.make({});
    if (patterns.length === 1) return this.make({ filter_subject: patterns[0] });
    try {
      const made = await this.make({ filter_subjects: patterns });
      // Servers before 2.10 take the option and forget it: only what they say they made counts.
      if (made.config.filter_subjects?.length === patterns.length) return made;
      void this.api.once(`CONSUMER.DELETE.${this.api.stream}.${made.name}`).catch(() => undefined);
    } catch (fault) {
      if (!(fault instanceof ApiError) || !OVERLAP.has(fault.code)) throw fault;
    }
    this.compare = patterns;
    const one = cover(patterns);
    return this.make(one === '>' ? {} : { filter_subject: one });
  }

  private make(filter: object): Promise<ConsumerInfo> {
    const name = newName();
    const { stream } = this.api;
    const single = (filter as { filter_subject?: string }).filter_subject;
    return this.api.once<ConsumerInfo>(`CONSUMER.CREATE.${stream}.${name}${single === undefined ? '' : `.${single}`}`, {
      stream_name: stream,
      config: { name, deliver_policy: 'by_start_sequence', opt_start_seq: this.last + 1, ack_policy: 'none', replay_policy: 'instant',
        mem_storage: true, num_replicas: 1, inactive_threshold: INACTIVE_NS, max_deliver: 1, ...filter },
    });
  }

  private pull(): void {
    if (this.resuming || !this.mayAsk()) return;
    // Nothing was asked for, so the log may have been cut meanwhile; a filter would hide it.
    if (this.filtered && this.credit.asked === 0 && this.delivered > 0) void this.resume();
    else this.send();
  }

  private mayAsk(): boolean {
    return !this.closed && this.failure === null && !this.starting && this.consumer !== '' && this.credit.free;
  }

  private async resume(): Promise<void> {
    this.resuming = true;
    await this.prove(this.last + 1);
    this.resuming = false;
    this.send();
  }

  private send(): void {
    if (!this.mayAsk()) return;
    const { messages, bytes, id } = this.credit.pull(this.largest);
    const heartbeat = this.heartbeatMs * 1e6;
    this.request(id, { batch: messages, max_bytes: bytes, expires: heartbeat * EXPIRES, idle_heartbeat: heartbeat });
    this.quiet = 0;
  }

  private request(id: number, body: object): void {
    if (this.api.link.closed) return;
    this.api.nc.publish(`${this.api.prefix}.CONSUMER.MSG.NEXT.${this.api.stream}.${this.consumer}`, JSON.stringify(body), {
      reply: `${this.inbox}.${id}`,
    });
  }

  private take(m: Msg): void {
    const { ack } = this;
    this.heard = true;
    if (!ack.read(replyBytes(m))) return this.status(m);
    if (ack.consumerSeq !== this.delivered + 1) return this.restart();
    this.delivered++;
    const seq = ack.streamSeq;
    if (seq !== this.last + 1) {
      if (!this.filtered) return this.fail(holeIn(this.log, this.last + 1, seq));
      if (this.unproven === 0) this.unproven = this.last + 1;
    }
    this.last = seq;
    const size = (m as Sized).size();
    this.credit.arrived(size);
    if (this.compare !== null && !fitsAny(this.compare, m.subject)) {
      this.credit.taken(1, size);
      this.pull();
      return;
    }
    this.held.push(new Delivery(seq, ack.time, m));
    if (this.wake !== null) this.wakeUp();
  }

  private status(m: Msg): void {
    const code = m.headers?.code ?? 0;
    const text = m.headers?.description ?? '';
    if (code === 100) {
      // The server has sent more than has arrived.
      const sent = Number(m.headers?.get('Nats-Last-Consumer') || 0);
      if (sent > this.delivered) this.restart();
      return;
    }
    const id = Number(m.subject.slice(this.inbox.length + 1));
    const tooBig = /^message size exceeds/i.test(text);
    const most = /MaxRequestBatch of (\d+)/i.exec(text);
    if (most !== null) this.largest = Number(most[1]);
    const ended = code === 408 || code === 404 || tooBig || most !== null || /^batch completed/i.test(text);
    if (!ended) return this.restart();
    this.credit.ended(id);
    if (tooBig && this.credit.asked === 0 && this.credit.heldMessages === 0) this.request(this.credit.pullOne(), { batch: 1 });
    else this.pull();
  }

  private tick(): void {
    if (this.unproven > 0) void this.prove(this.unproven);
    this.unproven = 0;
    if (this.credit.asked === 0 || this.heard) this.quiet = 0;
    else if (++this.quiet > 2 && this.api.link.up) this.restart();
    this.heard = false;
  }

  /**
   * Asks whether the log is still whole from a sequence on. Where it is not, messages of this reader may be among those that are gone. A
   * cut that overtakes a filtered reader while it reads shows within a heartbeat; what came after it has been handed over by then.
   */
  private async prove(from: number): Promise<void> {
    try {
      const info = await this.api.once<StreamInfo>(`STREAM.INFO.${this.api.stream}`);
      const { created, first } = stateOf(info);
      if (created !== this.created) this.fail(madeAnew(this.log, this.created, created));
      else if (first > from) this.fail(holeIn(this.log, from, Math.max(first, this.last + 1)));
    } catch (fault) {
      if (fault instanceof ApiError) this.restart();
      else this.fail(fault);
    }
  }
}
