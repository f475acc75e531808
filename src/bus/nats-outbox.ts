import { headers as newHeaders } from '@nats-io/transport-node';
import type { MsgHdrs, NatsConnection } from '@nats-io/transport-node';
import type { Headers } from './bus.ts';

export interface OutboxLimits {
  /** Bytes on their way to the server from which on publishers wait. */
  readonly window?: number;
  /** Bytes in all from which on messages are left out: publishers that do not wait must not fill the memory. */
  readonly most?: number;
  /** How long publishers wait for a connection that is down; then what is beyond the window is left out. */
  readonly holdMs?: number;
}

interface Waiting {
  readonly subject: string;
  readonly payload: Uint8Array;
  readonly headers: MsgHdrs | undefined;
  readonly size: number;
}

const WINDOW = 4 * 1024 * 1024;
const MOST = 64 * 1024 * 1024;
const HOLD_MS = 30_000;
/** Bytes after which a round trip is asked for, so that the window moves on; a quarter of a small window. */
const MARK_BYTES = 256 * 1024;
/** The same after this long: a quiet connection must not count what arrived long ago as uncertain. */
const MARK_MS = 100;
/** What a message costs beside its payload. */
const OVERHEAD = 128;

/**
 * Outgoing messages of a connection. The client itself bounds nothing: a socket that nobody reads from grows without end, and what is
 * published while the link is down is thrown away with the next attempt to connect. So no more than a window is handed to it, and a
 * round trip (PING, PONG) tells what has arrived; the rest waits here, bounded, and goes out when there is room or a connection again.
 */
export class Outbox {
  unsent = 0;
  uncertain = 0;
  refused = 0;
  published = 0;
  publishedBytes = 0;
  private readonly nc: NatsConnection;
  private readonly window: number;
  private readonly most: number;
  private readonly holdMs: number;
  private readonly markBytes: number;
  private readonly onRefused: (subject: string, why: string) => void;
  private readonly converted = new WeakMap<Headers, MsgHdrs>();
  private queue: Waiting[] = [];
  private head = 0;
  private queuedBytes = 0;
  /** Handed to the client and not known to have arrived. */
  private inflightBytes = 0;
  private inflight = 0;
  private unmarkedBytes = 0;
  private unmarked = 0;
  private timer: NodeJS.Timeout | null = null;
  private hold: NodeJS.Timeout | null = null;
  private gaveUp = false;
  private up = true;
  /** Rises with every connection, so that an answer of an old one is not taken for one of the new. */
  private epoch = 0;
  private waiters: (() => void)[] = [];
  private idle: (() => void)[] = [];

  constructor(nc: NatsConnection, limits: OutboxLimits, onRefused: (subject: string, why: string) => void) {
    this.nc = nc;
    this.window = limits.window ?? WINDOW;
    this.most = limits.most ?? MOST;
    this.holdMs = limits.holdMs ?? HOLD_MS;
    this.markBytes = Math.min(MARK_BYTES, this.window / 4);
    this.onRefused = onRefused;
  }

  get queued(): number {
    return this.queue.length - this.head;
  }

  get pendingBytes(): number {
    return this.queuedBytes + this.inflightBytes;
  }

  publish(subject: string, payload: Uint8Array, headers: Headers | undefined): Promise<void> | undefined {
    const size = payload.length + subject.length + OVERHEAD;
    if (this.pendingBytes + size > (this.gaveUp ? this.window : this.most)) {
      this.unsent++;
      return this.gaveUp ? undefined : this.room();
    }
    const item = { subject, payload, headers: headers === undefined ? undefined : this.convert(headers), size };
    if (this.up && this.queued === 0 && this.inflightBytes < this.window) this.send(item);
    else {
      this.queue.push(item);
      this.queuedBytes += size;
    }
    return this.pendingBytes > this.window && !this.gaveUp ? this.room() : undefined;
  }

  /** Resolves when all that was published has arrived at the server; waits for a connection where there is none. */
  async flush(): Promise<void> {
    for (;;) {
      while (!this.up || this.queued > 0) await new Promise<void>((resolve) => this.idle.push(resolve));
      const { epoch } = this;
      try {
        this.mark();
        await this.nc.flush();
        if (epoch === this.epoch) return;
      } catch (error) {
        if (this.nc.isClosed()) throw error;
        // The link broke meanwhile, and the word of it may come after this.
        await new Promise((resolve) => setImmediate(resolve));
        if (this.up && epoch === this.epoch) await new Promise<void>((resolve) => this.idle.push(resolve));
      }
    }
  }

  down(): void {
    if (!this.up) return;
    this.up = false;
    this.epoch++;
    this.uncertain += this.inflight;
    this.inflight = this.inflightBytes = this.unmarked = this.unmarkedBytes = 0;
    this.hold = setTimeout(() => {
      this.gaveUp = true;
      this.release();
    }, this.holdMs);
    this.hold.unref();
    if (this.pendingBytes <= this.window) this.release();
  }

  connected(): void {
    if (this.hold !== null) clearTimeout(this.hold);
    this.hold = null;
    this.gaveUp = false;
    this.up = true;
    this.epoch++;
    this.pump();
  }

  /** Ends; what has not been sent is counted as lost. */
  close(): void {
    this.unsent += this.queued;
    this.queue = [];
    this.head = this.queuedBytes = 0;
    if (this.timer !== null) clearTimeout(this.timer);
    if (this.hold !== null) clearTimeout(this.hold);
    this.release();
    this.wakeIdle();
  }

  private room(): Promise<void> {
    return new Promise((resolve) => this.waiters.push(resolve));
  }

  private send(item: Waiting): void {
    try {
      this.nc.publish(item.subject, item.payload, item.headers === undefined ? undefined : { headers: item.headers });
    } catch (error) {
      if (this.nc.isClosed()) this.unsent++;
      else {
        this.refused++;
        this.onRefused(item.subject, error instanceof Error ? error.message : String(error));
      }
      return;
    }
    this.published++;
    this.publishedBytes += item.payload.length;
    this.inflight++;
    this.inflightBytes += item.size;
    this.unmarked++;
    this.unmarkedBytes += item.size;
    if (this.unmarkedBytes >= this.markBytes) this.mark();
    else this.timer ??= setTimeout(() => this.mark(), MARK_MS).unref();
  }

  private mark(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    if (this.unmarked === 0 || this.nc.isClosed()) return;
    const { epoch, unmarked, unmarkedBytes } = this;
    this.unmarked = this.unmarkedBytes = 0;
    this.nc.flush().then(() => {
      if (epoch !== this.epoch) return;
      this.inflight -= unmarked;
      this.inflightBytes -= unmarkedBytes;
      this.pump();
    }, () => undefined);
  }

  /** Sends what waits, as far as the window goes. */
  private pump(): void {
    while (this.up && this.queued > 0 && this.inflightBytes < this.window) {
      const item = this.queue[this.head++];
      this.queuedBytes -= item.size;
      this.send(item);
      if (this.head === this.queue.length || (this.head > 1024 && this.head * 2 > this.queue.length)) {
        this.queue = this.queue.slice(this.head);
        this.head = 0;
      }
    }
    if (this.pendingBytes <= this.window) this.release();
    if (this.up && this.queued === 0) this.wakeIdle();
  }

  private release(): void {
    const { waiters } = this;
    this.waiters = [];
    for (const wake of waiters) wake();
  }

  private wakeIdle(): void {
    const { idle } = this;
    this.idle = [];
    for (const wake of idle) wake();
  }

  /** Headers are mostly the same list for every message of an output. */
  private convert(list: Headers): MsgHdrs {
    let made = this.converted.get(list);
    if (made === undefined) {
      made = newHeaders();
      for (const [name, value] of list) made.append(name, value.replace(/[\r\n]+/g, ' '));
      // The client encodes them for every message; they are the same bytes.
      const encodable = made as unknown as { encode(): Uint8Array };
      const bytes = encodable.encode();
      encodable.encode = () => bytes;
      this.converted.set(list, made);
    }
    return made;
  }
}
