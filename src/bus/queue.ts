import type { Refusal } from '../core/diagnostic.ts';
import type { Headers, Message, Payload, SubscribeOptions, Subscription } from './bus.ts';

const CAPACITY = 65_536;
const NO_HEADERS: Headers = [];

/** A message within this process. */
export class OwnMessage implements Message {
  readonly subject: string;
  readonly payload: Payload;
  private readonly headers: Headers;

  constructor(subject: string, payload: Payload, headers: Headers = NO_HEADERS) {
    this.subject = subject;
    this.payload = payload;
    this.headers = headers;
  }

  header(name: string): string {
    for (const [key, value] of this.headers) if (key === name) return value;
    return '';
  }
}

/** The bounded queue of one subscription. */
export class Queue implements Subscription {
  readonly pattern: string;
  readonly capacity: number;
  readonly waits: boolean;
  received = 0;
  dropped = 0;
  gaps = 0;
  private readonly leave: (queue: Queue) => void;
  private messages: (Message | null)[] = [];
  private head = 0;
  private closed = false;
  private refusal: Refusal | null = null;
  private wakeReader: (() => void) | null = null;
  private wakeWriters: (() => void)[] = [];

  constructor(pattern: string, options: SubscribeOptions, leave: (queue: Queue) => void) {
    this.pattern = pattern;
    this.capacity = options.capacity ?? CAPACITY;
    this.waits = options.whenFull === 'wait';
    this.leave = leave;
  }

  get pending(): number {
    return this.messages.length - this.head;
  }

  /** Returns a promise when the queue is over its capacity and the subscriber wants the publisher to wait. */
  push(message: Message): Promise<void> | undefined {
    this.received++;
    if (this.pending >= this.capacity && !this.waits) {
      this.dropped++;
      return undefined;
    }
    this.messages.push(message);
    this.wake();
    return this.pending > this.capacity ? new Promise((resolve) => this.wakeWriters.push(resolve)) : undefined;
  }

  take(): Message | null {
    if (this.head === this.messages.length) return null;
    const message = this.messages[this.head];
    this.messages[this.head++] = null;
    if (this.head === this.messages.length || (this.head > 1024 && this.head * 2 > this.messages.length)) {
      this.messages = this.messages.slice(this.head);
      this.head = 0;
    }
    if (this.wakeWriters.length > 0 && this.pending <= this.capacity) this.release();
    return message;
  }

  ready(): Promise<boolean> {
    if (this.pending > 0) return Promise.resolve(true);
    if (this.refusal !== null) return Promise.reject(this.refusal);
    if (this.closed) return Promise.resolve(false);
    return new Promise((resolve) => {
      this.wakeReader = () => resolve(true);
    }).then(() => this.ready());
  }

  /** Ends the subscription with a reason that its reader gets once the queue is empty. */
  fail(refusal: Refusal): void {
    this.refusal ??= refusal;
    this.close();
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.leave(this);
    this.wake();
    this.release();
  }

  private wake(): void {
    this.wakeReader?.();
    this.wakeReader = null;
  }

  private release(): void {
    const waiting = this.wakeWriters;
    this.wakeWriters = [];
    for (const wake of waiting) wake();
  }
}
