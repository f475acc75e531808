import type { Bus, Message, Payload, SubscribeOptions, Subscription } from './bus.ts';
import { parseTemplate, tokensOf } from './subject.ts';
import type { SubjectTemplate } from './subject.ts';

const CAPACITY = 65_536;
/** Subjects whose subscribers are remembered; a market has some thousand. */
const CACHED = 16_384;

class Queue implements Subscription {
  readonly pattern: string;
  readonly capacity: number;
  readonly waits: boolean;
  dropped = 0;
  private readonly leave: (queue: Queue) => void;
  private messages: (Message | null)[] = [];
  private head = 0;
  private closed = false;
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
    if (this.pending >= this.capacity && !this.waits) {
      this.dropped++;
      return undefined;
    }
    this.messages.push(message);
    this.wakeReader?.();
    this.wakeReader = null;
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
    if (this.closed) return Promise.resolve(false);
    return new Promise((resolve) => {
      this.wakeReader = () => resolve(this.pending > 0);
    });
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.leave(this);
    this.wakeReader?.();
    this.wakeReader = null;
    this.release();
  }

  private release(): void {
    const waiting = this.wakeWriters;
    this.wakeWriters = [];
    for (const wake of waiting) wake();
  }
}

interface Branch {
  readonly next: Map<string, Branch>;
  /** Subscriptions that end here. */
  readonly here: Set<Queue>;
  /** Subscriptions that end here with `>`. */
  readonly rest: Set<Queue>;
}

const branch = (): Branch => ({ next: new Map(), here: new Set(), rest: new Set() });

function collect(at: Branch, tokens: readonly string[], i: number, found: Set<Queue>): void {
  if (i === tokens.length) {
    for (const queue of at.here) found.add(queue);
    return;
  }
  for (const queue of at.rest) found.add(queue);
  const exact = at.next.get(tokens[i]);
  if (exact !== undefined) collect(exact, tokens, i + 1, found);
  const any = at.next.get('*');
  if (any !== undefined) collect(any, tokens, i + 1, found);
}

/** The embedded bus: a trie of tokens, one bounded queue per subscription, nothing kept for those who come later. */
export class MemoryBus implements Bus {
  private readonly root = branch();
  private readonly queues = new Set<Queue>();
  private readonly cache = new Map<string, readonly Queue[]>();

  publish(subject: string, payload: Payload): Promise<void> | undefined {
    let queues = this.cache.get(subject);
    if (queues === undefined) {
      const found = new Set<Queue>();
      collect(this.root, tokensOf(subject, false), 0, found);
      queues = [...found];
      if (this.cache.size >= CACHED) this.cache.clear();
      this.cache.set(subject, queues);
    }
    if (queues.length === 0) return undefined;
    const message: Message = { subject, payload };
    let full: Promise<void>[] | null = null;
    for (const queue of queues) {
      const wait = queue.push(message);
      if (wait !== undefined) (full ??= []).push(wait);
    }
    return full === null ? undefined : Promise.all(full).then(() => undefined);
  }

  subscribe(pattern: string, options: SubscribeOptions = {}): Subscription {
    const tokens = tokensOf(pattern, true);
    const rest = tokens.at(-1) === '>';
    let at = this.root;
    for (const token of rest ? tokens.slice(0, -1) : tokens) {
      let next = at.next.get(token);
      if (next === undefined) {
        next = branch();
        at.next.set(token, next);
      }
      at = next;
    }
    const set = rest ? at.rest : at.here;
    const queue = new Queue(pattern, options, (q) => {
      set.delete(q);
      this.queues.delete(q);
      this.cache.clear();
    });
    set.add(queue);
    this.queues.add(queue);
    this.cache.clear();
    return queue;
  }

  template(text: string, role: 'source' | 'output'): SubjectTemplate {
    return parseTemplate(text, role);
  }

  close(): void {
    for (const queue of [...this.queues]) queue.close();
  }
}
