import { Refusal } from '../../src/core/diagnostic.ts';
import { HEADER, LogHole, type CheckpointStore, type LogMessage, type LogReader, type LogState, type OutputLog, type OutputMessage, type SourceLog,
  type Stored, type Tail } from '../../src/core/log.ts';
import type { Random } from '../../src/core/random.ts';

interface Kept {
  readonly subject: string;
  readonly payload: Uint8Array;
  readonly headers: ReadonlyMap<string, string>;
  readonly time: number;
}

const EMPTY = new Map<string, string>();
const message = (seq: number, k: Kept): LogMessage => ({ seq, time: k.time, subject: k.subject, payload: k.payload, header: (n) => k.headers.get(n) ?? '' });

/** A broker's log in a few lines: what a crash of the worker or of the broker leaves behind is decided by the test. */
export class ModelLog implements SourceLog {
  readonly name: string;
  created = '1';
  first = 1;
  kept: Kept[] = [];
  private waiting: (() => void)[] = [];

  constructor(name: string) {
    this.name = name;
  }

  get last(): number {
    return this.first + this.kept.length - 1;
  }

  push(subject: string, payload: Uint8Array, headers: ReadonlyMap<string, string> = EMPTY): number {
    this.kept.push({ subject, payload, headers, time: 1000 * this.last });
    for (const wake of this.waiting.splice(0)) wake();
    return this.last;
  }

  async state(): Promise<LogState> {
    return { created: this.created, first: this.first, last: this.last };
  }

  async get(seq: number): Promise<LogMessage | null> {
    const k = this.kept[seq - this.first];
    return k === undefined ? null : message(seq, k);
  }

  async seqAt(): Promise<number> {
    return this.first;
  }

  /** Messages up to `to` are gone. */
  purge(to: number): void {
    this.kept.splice(0, to - this.first + 1);
    this.first = to + 1;
  }

  read(options: { readonly from: number }): LogReader {
    let at = options.from;
    let closed = false;
    const wakeAll = (): void => { for (const wake of this.waiting.splice(0)) wake(); };
    return {
      next: async () => {
        while (!closed && at > this.last) await new Promise<void>((resolve) => this.waiting.push(resolve));
        if (closed) return null;
        if (at < this.first) throw new LogHole(`${this.name} has a hole`, at, this.first, []);
        const found: LogMessage[] = [];
        for (; at <= this.last && found.length < 100; at++) found.push(message(at, this.kept[at - this.first]));
        return found;
      },
      close: async () => {
        closed = true;
        wakeAll();
      },
    };
  }
}

/** A writer's view of a log: what it appends is stored some turns later, in order, or never when the worker dies first. */
export class ModelOutput implements OutputLog {
  readonly name: string;
  readonly chain = 'log';
  readonly sent: string[] = [];
  private readonly log: ModelLog;
  private readonly random: Random;
  private readonly tooLarge: (subject: string) => boolean;
  private queue: OutputMessage[] = [];
  private expected = -1;
  /** What each append became, in order. */
  private readonly places: Stored[] = [];
  private before: Stored = { seq: 0, id: '' };
  private dead = false;
  private pumping = false;

  constructor(log: ModelLog, random: Random, tooLarge: (subject: string) => boolean = () => false) {
    this.tooLarge = tooLarge;
    this.name = log.name;
    this.log = log;
    this.random = random;
  }

  get pending(): number {
    return this.queue.length;
  }

  state(): Promise<LogState> {
    return this.log.state();
  }

  get(seq: number): Promise<LogMessage | null> {
    return this.log.get(seq);
  }

  async tails(): Promise<readonly Tail[]> {
    this.expected = this.log.last;
    const m = await this.log.get(this.log.last);
    if (m === null) return [];
    this.before = { seq: m.seq, id: m.header(HEADER.id) };
    return [{ subject: m.subject, seq: m.seq, id: m.header(HEADER.id), plan: m.header(HEADER.plan) }];
  }

  append(m: OutputMessage): void {
    if (this.tooLarge(m.subject)) throw new Refusal('E769', `message ${m.id} is too large`);
    this.queue.push(m);
    this.sent.push(m.id);
    if (!this.pumping) void this.pump();
  }

  private async pump(): Promise<void> {
    this.pumping = true;
    while (this.queue.length > 0 && !this.dead) {
      if (this.random.next() < 0.3) await new Promise((resolve) => setImmediate(resolve));
      if (!this.dead) this.store();
    }
    this.pumping = false;
  }

  private store(): void {
    const m = this.queue.shift() as OutputMessage;
    if (this.log.last !== this.expected) throw new Refusal('E761', 'another writer');
    this.expected = this.log.push(m.subject, Buffer.from(m.payload as Uint8Array), new Map([...m.headers, ...(m.own ?? []), [HEADER.id, m.id]]));
    this.places.push({ seq: this.expected, id: m.id });
  }

  room(): Promise<void> | undefined {
    return undefined;
  }

  async stored(): Promise<Stored> {
    const goal = this.sent.length;
    while (this.places.length < goal) {
      if (this.dead) return new Promise(() => undefined);
      await new Promise((resolve) => setImmediate(resolve));
    }
    return this.places[goal - 1] ?? this.before;
  }

  async close(): Promise<void> {}

  /** The worker dies: of what is under way some more is stored, the rest is lost. */
  die(): void {
    const more = this.random.int(0, this.queue.length);
    for (let i = 0; i < more; i++) this.store();
    this.dead = true;
  }
}

/** Checkpoints in memory. */
export class ModelStore implements CheckpointStore {
  readonly all = new Map<number, Uint8Array>();
  puts = 0;

  async list(): Promise<readonly number[]> {
    return [...this.all.keys()].sort((a, b) => b - a);
  }

  async get(number: number): Promise<Uint8Array | null> {
    return this.all.get(number) ?? null;
  }

  async put(number: number, bytes: Uint8Array): Promise<void> {
    this.puts += 1;
    this.all.set(number, bytes.slice());
  }

  async remove(numbers: readonly number[]): Promise<void> {
    for (const n of numbers) this.all.delete(n);
  }

  async close(): Promise<void> {}
}
