import type { LogMessage, LogReader, LogState, OutputLog, OutputMessage, ReadOptions, SourceLog } from '../core/log.ts';
import { HEADER } from '../core/log.ts';
import { MemoryOutput } from './memory-output.ts';
import type { MemoryOutputOptions } from './memory-output.ts';
import { MemoryReader } from './memory-reader.ts';
import type { MemoryReaderOptions } from './memory-reader.ts';
import { fitsAny } from './patterns.ts';
import { DUPLICATE_IN_BATCH, WRONG_ID, WRONG_SEQUENCE } from './wire.ts';
import type { Expect } from './wire.ts';

export interface MemoryLogOptions {
  readonly name?: string;
  readonly created?: string;
  /** Microseconds since 1970; each message one later than the one before when left out. */
  readonly now?: () => number;
  /** Ids are remembered so long, and so many of them at most. */
  readonly rememberUs?: number;
  readonly remember?: number;
  /**
   * Which check comes first: a repeated id at a wrong sequence is a fault where sequences are looked at first (one server, 2.14), and a
   * duplicate where ids are (replicated streams, and 2.9).
   */
  readonly first?: 'sequence' | 'id';
  /** Takes batches. */
  readonly batches?: boolean;
  /** Refuses more than that (10077), as a full disk does. */
  readonly most?: number;
  readonly maxSize?: number;
}

export interface Accepted {
  readonly seq: number;
  readonly duplicate: boolean;
}

export interface Rejected {
  readonly code: number;
  readonly status: number;
  readonly text: string;
}

export type Answer = Accepted | Rejected;

interface Item extends LogMessage {
  readonly id: string;
}

const MINUTES_US = 120_000_000;
const utf8 = new TextEncoder();

class MemoryMessage implements Item {
  readonly seq: number;
  readonly time: number;
  readonly subject: string;
  readonly payload: Uint8Array;
  readonly id: string;
  private readonly headers: OutputMessage['headers'];

  constructor(seq: number, time: number, message: OutputMessage) {
    this.seq = seq;
    this.time = time;
    this.subject = message.subject;
    this.payload = typeof message.payload === 'string' ? utf8.encode(message.payload) : message.payload;
    this.id = message.id;
    this.headers = [...message.headers, ...(message.own ?? [])];
  }

  header(name: string): string {
    return name === HEADER.id ? this.id : this.headers.find((h) => h[0] === name)?.[1] ?? '';
  }
}

const wrongSequence = (is: number): Rejected => ({ code: WRONG_SEQUENCE, status: 400, text: `wrong last sequence: ${is}` });

/**
 * The keeper of one log, as JetStream keeps a stream: sequences, ids, expectations, batches, and all that can happen to it (it forgets,
 * is purged, is made anew). It has no clock and no chance of its own, so that a run over it can be repeated to the step. Its answers are
 * compared with those of a real server (test/bus/conformance.test.ts).
 */
export class MemoryLog {
  readonly name: string;
  readonly batches: boolean;
  readonly maxSize: number;
  private readonly now: () => number;
  private readonly rememberUs: number;
  private readonly remember: number;
  private readonly first: 'sequence' | 'id';
  private readonly most: number;
  private created: string;
  private items = new Map<number, Item>();
  /** Oldest sequence that may still be there. */
  private low = 1;
  private lastSeq = 0;
  private lastId = '';
  private lastTime = 0;
  private readonly bySubject = new Map<string, number>();
  private readonly ids = new Map<string, Item>();
  private readonly readers = new Set<() => void>();

  constructor(options: MemoryLogOptions = {}) {
    this.name = options.name ?? 'memory log';
    this.batches = options.batches ?? false;
    this.maxSize = options.maxSize ?? 1024 * 1024;
    this.now = options.now ?? ((): number => this.lastTime + 1);
    this.rememberUs = options.rememberUs ?? MINUTES_US;
    this.remember = options.remember ?? Number.POSITIVE_INFINITY;
    this.first = options.first ?? 'sequence';
    this.most = options.most ?? Number.POSITIVE_INFINITY;
    this.created = options.created ?? '1';
  }

  source(patterns: readonly string[] = [], options: MemoryReaderOptions = {}): SourceLog {
    return {
      name: this.name,
      state: async () => this.state(),
      get: async (seq) => this.get(seq),
      seqAt: async (time) => this.seqAt(time),
      read: (read: ReadOptions): LogReader => new MemoryReader(this, patterns, { ...options, ...read }),
    };
  }

  output(options: MemoryOutputOptions): OutputLog & MemoryOutput {
    return new MemoryOutput(this, options);
  }

  state(): LogState {
    return { created: this.created, first: this.items.size === 0 ? this.lastSeq + 1 : this.lowest(), last: this.lastSeq };
  }

  get(seq: number): LogMessage | null {
    return this.items.get(seq) ?? null;
  }

  /** The id that a message may name as the last one; empty after a restart that has forgotten it. */
  get lastIdNow(): string {
    return this.lastId;
  }

  /** The first message at or after a sequence that is there. */
  from(seq: number): LogMessage | null {
    for (let s = Math.max(seq, this.lowest()); s <= this.lastSeq; s++) {
      const item = this.items.get(s);
      if (item !== undefined) return item;
    }
    return null;
  }

  seqAt(time: number): number {
    for (let s = this.lowest(); s <= this.lastSeq; s++) if ((this.items.get(s)?.time ?? -1) >= time) return s;
    return this.lastSeq + 1;
  }

  newest(): LogMessage | null {
    for (let s = this.lastSeq; s >= this.low; s--) {
      const item = this.items.get(s);
      if (item !== undefined) return item;
    }
    return null;
  }

  newestOf(subject: string): LogMessage | null {
    return this.items.get(this.bySubject.get(subject) ?? 0) ?? null;
  }

  subjects(patterns: readonly string[]): string[] {
    return [...this.bySubject.keys()].filter((s) => patterns.length === 0 || fitsAny(patterns, s));
  }

  /** Stores a message, if what it expects is so. */
  publish(message: OutputMessage, expect: Expect): Answer {
    const fault = this.check(message, expect);
    if (fault !== null) return fault;
    return this.store(message);
  }

  /** Stores all messages or none. */
  publishBatch(batch: readonly (readonly [OutputMessage, Expect])[]): Answer {
    const staged = new Set<string>();
    this.expire();
    for (const [message, expect] of batch) {
      if (message.id !== '' && (staged.has(message.id) || this.ids.has(message.id))) {
        return { code: DUPLICATE_IN_BATCH, status: 400, text: 'atomic publish batch contains duplicate message id' };
      }
      staged.add(message.id);
      const is = this.bySubject.get(message.subject) ?? 0;
      if (expect.subjectSeq >= 0 && expect.subjectSeq !== is) return wrongSequence(is);
    }
    if (this.items.size + batch.length > this.most) return full();
    let answer: Accepted = { seq: 0, duplicate: false };
    for (const [message] of batch) answer = this.store(message);
    return answer;
  }

  private check(message: OutputMessage, expect: Expect): Answer | null {
    this.expire();
    const known = message.id === '' ? undefined : this.ids.get(message.id);
    if (known !== undefined && this.first === 'id') return { seq: known.seq, duplicate: true };
    const is = this.bySubject.get(message.subject) ?? 0;
    if (expect.subjectSeq >= 0 && expect.subjectSeq !== is) return wrongSequence(is);
    if (expect.lastSeq >= 0 && expect.lastSeq !== this.lastSeq) return wrongSequence(this.lastSeq);
    if (known !== undefined) return { seq: known.seq, duplicate: true };
    if (expect.lastId !== '' && expect.lastId !== this.lastId) {
      return { code: WRONG_ID, status: 400, text: `wrong last msg ID: ${this.lastId}` };
    }
    return this.items.size + 1 > this.most ? full() : null;
  }

  private store(message: OutputMessage): Accepted {
    this.lastTime = Math.max(this.lastTime, this.now());
    const item = new MemoryMessage(++this.lastSeq, this.lastTime, message);
    this.items.set(item.seq, item);
    this.bySubject.set(item.subject, item.seq);
    this.lastId = item.id;
    if (item.id !== '') this.ids.set(item.id, item);
    for (const wake of this.readers) wake();
    return { seq: item.seq, duplicate: false };
  }

  /** Forgets ids that are older than the window, or more than it holds. Ids were added in the order of time. */
  private expire(): void {
    const until = this.now() - this.rememberUs;
    for (const [id, item] of this.ids) {
      if (item.time >= until && this.ids.size <= this.remember) break;
      this.ids.delete(id);
    }
  }

  /** Calls back when something has changed, until the returned function is called. */
  watch(wake: () => void): () => void {
    this.readers.add(wake);
    return () => this.readers.delete(wake);
  }

  /** The newest `n` messages were never written to disk, and the keeper has restarted. */
  forget(n: number): void {
    for (let i = 0; i < n && this.lastSeq > 0; i++) this.items.delete(this.lastSeq--);
    this.low = Math.min(this.low, this.lastSeq + 1);
    this.restart();
  }

  /** What is kept in memory only is put together again from the messages. */
  restart(): void {
    this.ids.clear();
    for (const item of this.items.values()) if (item.id !== '') this.ids.set(item.id, item);
    this.expire();
    const last = this.items.get(this.lastSeq);
    this.lastId = last !== undefined && this.ids.has(last.id) ? last.id : '';
    this.changed();
  }

  /** Removes messages: all, or those below a sequence. */
  purge(below = this.lastSeq + 1): void {
    for (const seq of [...this.items.keys()]) if (seq < below) this.items.delete(seq);
    this.changed();
  }

  delete(seq: number): boolean {
    const there = this.items.delete(seq);
    this.changed();
    return there;
  }

  /** Deleted, and made anew under the same name. */
  recreate(created: string): void {
    this.created = created;
    this.items = new Map();
    this.low = 1;
    this.lastSeq = 0;
    this.lastId = '';
    this.ids.clear();
    this.changed();
  }

  private changed(): void {
    this.bySubject.clear();
    for (const item of this.items.values()) this.bySubject.set(item.subject, item.seq);
    for (const wake of this.readers) wake();
  }

  private lowest(): number {
    while (this.low <= this.lastSeq && !this.items.has(this.low)) this.low++;
    return this.low;
  }
}

const full = (): Rejected => ({ code: 10077, status: 503, text: 'maximum messages exceeded' });
