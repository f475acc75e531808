import type { Msg, NatsConnection } from '@nats-io/transport-node';
import { Refusal } from '../core/diagnostic.ts';
import type { Bus, BusStats, Headers, Message, Payload, SubscribeOptions, Subscription } from './bus.ts';
import { Outbox } from './nats-outbox.ts';
import type { OutboxLimits } from './nats-outbox.ts';
import { refusalOf, watchOf } from './nats-watch.ts';
import type { ConnectionWatch } from './nats-watch.ts';
import { Queue } from './queue.ts';
import { parseTemplate, tokensOf } from './subject.ts';
import type { SubjectTemplate } from './subject.ts';

export interface BusNotice {
  readonly code: 'W766' | 'E769' | 'E767';
  readonly text: string;
}

export interface NatsBusOptions extends OutboxLimits {
  /** Lost and refused messages, at most a line a second for each subject pattern. */
  readonly onNotice?: (notice: BusNotice) => void;
  /** How long `close` waits for what is still on its way. */
  readonly closeMs?: number;
}

/** The server cuts off a client whose line of protocol is longer than 4,096 bytes; a subject must leave room for the rest of it. */
const SUBJECT_BYTES = 1024;
const CHECKED = 16_384;
const NOTICE_MS = 1000;
const CLOSE_MS = 5000;
const MAX_PAYLOAD = 1024 * 1024;

/** A message of the client, its subject decoded when it is asked for. */
class Received implements Message {
  private readonly msg: Msg;

  constructor(msg: Msg) {
    this.msg = msg;
  }

  get subject(): string {
    return this.msg.subject;
  }

  get payload(): Uint8Array {
    return this.msg.data;
  }

  header(name: string): string {
    return this.msg.headers?.get(name) ?? '';
  }
}

interface Feed {
  readonly queue: Queue;
  noticed: number;
  told: number;
}

const count = (n: number): string => n.toLocaleString('en-US');

/**
 * Subjects of a NATS server, without JetStream: delivery is best effort. What a subscriber cannot take is dropped and counted; what is
 * published while a link is down reaches nobody who listens here, and is reported as a gap; what is sent waits, bounded, for a link.
 */
export class NatsBus implements Bus {
  readonly connection: NatsConnection;
  readonly where: string;
  private readonly watch: ConnectionWatch;
  private readonly outbox: Outbox;
  private readonly options: NatsBusOptions;
  private readonly feeds = new Set<Feed>();
  private readonly checked = new Map<string, string | null>();
  private readonly forbidden = new Map<string, Refusal>();
  private readonly past = { received: 0, dropped: 0, gaps: 0 };
  private readonly noticed = new Map<string, number>();
  private readonly unwatch: () => void;
  private maxPayload: number;
  private refused = 0;
  private downSince = 0;
  private closing: Promise<void> | null = null;

  constructor(connection: NatsConnection, options: NatsBusOptions = {}) {
    this.connection = connection;
    this.options = options;
    this.where = `nats://${connection.getServer()}`;
    this.maxPayload = connection.info?.max_payload ?? MAX_PAYLOAD;
    this.outbox = new Outbox(connection, options, (subject, why) => this.refuse(subject, why));
    this.watch = watchOf(connection);
    this.unwatch = this.watch.on((event, refusal, error) => {
      if (event === 'down') this.down();
      else if (event === 'up') this.up();
      else if (refusal !== null) this.forbid(refusal, error);
    });
    if (!this.watch.connected) this.down();
  }

  publish(subject: string, payload: Payload, headers?: Headers): Promise<void> | undefined {
    const fault = this.faultOf(subject);
    if (fault !== null) {
      this.refused++;
      this.refuse(subject, fault);
      return undefined;
    }
    if (this.forbidden.size > 0) {
      const refusal = this.forbidden.get(subject);
      if (refusal !== undefined) return Promise.reject(refusal);
    }
    const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload;
    if (bytes.length > this.maxPayload) {
      this.refused++;
      this.refuse(subject, `${count(bytes.length)} bytes are more than the ${count(this.maxPayload)} the server takes (max_payload)`);
      return undefined;
    }
    return this.outbox.publish(subject, bytes, headers);
  }

  subscribe(pattern: string, options: SubscribeOptions = {}): Subscription {
    tokensOf(pattern, true);
    const feed: Feed = {
      noticed: -Infinity, told: 0,
      queue: new Queue(pattern, { ...options, whenFull: 'drop' }, (queue) => {
        this.feeds.delete(feed);
        this.past.received += queue.received;
        this.past.dropped += queue.dropped;
        this.past.gaps += queue.gaps;
        if (!this.connection.isClosed()) subscription.unsubscribe();
      }),
    };
    const { queue } = feed;
    // Whatever this callback throws would end the client's reading loop for good.
    const subscription = this.connection.subscribe(pattern, {
      callback: (error, msg) => {
        if (error !== null) {
          queue.fail(refusalOf(error, 'the user') ?? new Refusal('E765', `${pattern}: ${error.message}`, { exit: 6, cause: error }));
          return;
        }
        queue.push(new Received(msg));
        if (queue.dropped > feed.told) this.tellDropped(feed);
      },
    });
    this.feeds.add(feed);
    return queue;
  }

  async flush(): Promise<void> {
    await this.outbox.flush();
    // Refusals that came before the answer are told a few turns after it.
    await new Promise((resolve) => setImmediate(resolve));
  }

  template(text: string, role: 'source' | 'output'): SubjectTemplate {
    return parseTemplate(text, role);
  }

  stats(): BusStats {
    const { outbox } = this;
    let { received, dropped, gaps } = this.past;
    for (const { queue } of this.feeds) {
      received += queue.received;
      dropped += queue.dropped;
      gaps += queue.gaps;
    }
    const { disconnects, reconnects, errors, slow, ldm, refused } = this.watch.counts;
    return {
      connected: this.watch.connected, published: outbox.published, publishedBytes: outbox.publishedBytes,
      refused: this.refused + outbox.refused + refused, unsent: outbox.unsent, uncertain: outbox.uncertain,
      pendingBytes: outbox.pendingBytes, queued: outbox.queued, received, dropped, gaps, disconnects, reconnects, errors, slow, ldm,
    };
  }

  close(): Promise<void> {
    return (this.closing ??= this.end());
  }

  private async end(): Promise<void> {
    for (const { queue } of [...this.feeds]) queue.close();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => { timer = setTimeout(resolve, this.options.closeMs ?? CLOSE_MS); });
    await Promise.race([this.flush().catch(() => undefined), late]);
    clearTimeout(timer);
    this.unwatch();
    const left = this.outbox.queued;
    this.outbox.close();
    if (left > 0) this.notice({ code: 'W766', text: `${count(left)} messages could not be sent before the end` });
    await this.connection.close();
  }

  private faultOf(subject: string): string | null {
    let fault = this.checked.get(subject);
    if (fault === undefined) {
      tokensOf(subject, false);
      fault = subject.startsWith('$') ? 'subjects that begin with `$` belong to the server'
        : Buffer.byteLength(subject) > SUBJECT_BYTES ? `a subject has at most ${SUBJECT_BYTES} bytes` : null;
      if (this.checked.size >= CHECKED) this.checked.clear();
      this.checked.set(subject, fault);
    }
    return fault;
  }

  private down(): void {
    this.downSince = performance.now();
    this.outbox.down();
  }

  private up(): void {
    this.maxPayload = this.connection.info?.max_payload ?? this.maxPayload;
    // Rights may have been given meanwhile.
    this.forbidden.clear();
    const seconds = ((performance.now() - this.downSince) / 1000).toFixed(1);
    const lost = `what was published while the link was down (${seconds} s and the moments before) may be lost`;
    for (const { queue } of this.feeds) {
      queue.gaps++;
      this.notice({ code: 'W766', text: `${queue.pattern}: ${lost}` });
    }
    this.outbox.connected();
  }

  private forbid(refusal: Refusal, error: Error | null): void {
    const { operation, subject } = error as { operation?: unknown; subject?: unknown };
    if (operation !== 'publish' || typeof subject !== 'string') return;
    if (this.forbidden.size < CHECKED) this.forbidden.set(subject, refusal);
  }

  private refuse(subject: string, why: string): void {
    const shown = subject.length > 60 ? `${subject.slice(0, 59)}…` : subject;
    const total = this.refused + this.outbox.refused;
    const now = performance.now();
    if (now - (this.noticed.get('E769') ?? -Infinity) < NOTICE_MS) return;
    this.noticed.set('E769', now);
    this.notice({ code: 'E769', text: `a message to \`${shown}\` was left out: ${why}; ${count(total)} so far` });
  }

  private tellDropped(feed: Feed): void {
    const now = performance.now();
    if (now - feed.noticed < NOTICE_MS) return;
    feed.noticed = now;
    feed.told = feed.queue.dropped;
    const { pattern } = feed.queue;
    this.notice({ code: 'W766', text: `${pattern}: messages come faster than they are taken; ${count(feed.told)} dropped so far` });
  }

  private notice(notice: BusNotice): void {
    this.options.onNotice?.(notice);
  }
}
