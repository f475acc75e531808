import { Refusal } from '../core/diagnostic.ts';
import { HEADER } from '../core/log.ts';
import type { LogMessage, LogState, OutputLog, OutputMessage, Stored, Tail } from '../core/log.ts';
import type { MemoryLog } from './memory-log.ts';
import { Publisher } from './publisher.ts';
import type { PublisherCounts, PublisherOptions } from './publisher.ts';
import { CALM } from './weather.ts';
import type { Weather } from './weather.ts';
import type { Answers, Expect, Wire } from './wire.ts';

export interface MemoryOutputOptions extends Omit<PublisherOptions, 'log'> {
  readonly patterns?: readonly string[];
  readonly weather?: Weather;
}

interface Sent {
  readonly epoch: number;
  readonly n: number;
  readonly message: OutputMessage;
  readonly expect: Expect;
}

const tailOf = (m: LogMessage): Tail =>
  ({ subject: m.subject, seq: m.seq, id: m.header(HEADER.id), plan: m.header(HEADER.plan) });

/** The way to a log in memory: requests arrive in the order in which they were sent, if they arrive. */
class MemoryWire implements Wire {
  readonly batches: boolean;
  answers: (Answers & { resync(): void }) | null = null;
  private readonly log: MemoryLog;
  private readonly weather: Weather;
  private queue: Sent[] = [];
  private batch: Sent[] = [];
  private working = false;
  private epoch = 0;
  private missing = false;

  constructor(log: MemoryLog, weather: Weather) {
    this.log = log;
    this.weather = weather;
    this.batches = log.batches;
  }

  sizeOf(message: OutputMessage): number {
    const size = typeof message.payload === 'string' ? Buffer.byteLength(message.payload) : message.payload.length;
    if (size <= this.log.maxSize) return size;
    throw new Refusal('E769', `message \`${message.id}\` to ${message.subject} has ${size} bytes: `
      + `${this.log.name} takes ${this.log.maxSize}`, {
      exit: 6, help: ['put fewer rows into a message'],
    });
  }

  send(n: number, message: OutputMessage, expect: Expect): void {
    this.queue.push({ epoch: this.epoch, n, message, expect: { ...expect } });
    if (this.working) return;
    this.working = true;
    void this.work();
  }

  /** What is under way still arrives; its answers are no longer heard. */
  reset(): void {
    this.epoch++;
    this.missing = false;
  }

  private async work(): Promise<void> {
    while (this.queue.length > 0) {
      await this.weather.step();
      const sent = this.queue.shift() as Sent;
      const fate = this.weather.fate();
      if (fate === 'cut') {
        this.queue.length = 0;
        this.batch = [];
        this.answers?.resync();
      } else if (fate === 'lost') {
        this.missing = true;
      } else {
        const answer = fate === 'no room' ? { code: 10077, status: 503, text: 'no space left on device' } : this.arrive(sent);
        await this.weather.step();
        if (answer === null) continue;
        const times = fate === 'unanswered' ? 0 : fate === 'answered twice' ? 2 : 1;
        for (let i = 0; i < times; i++) if (sent.epoch === this.epoch) this.answer(sent.n, answer);
        if (times === 0) this.missing = true;
      }
    }
    this.working = false;
    if (!this.missing) return;
    const { epoch } = this;
    await this.weather.step();
    // Nothing more comes: a publisher with a clock would have waited long enough.
    if (epoch === this.epoch && this.missing && !this.working) this.answers?.resync();
  }

  private arrive(sent: Sent): ReturnType<MemoryLog['publish']> & { count?: number } | null {
    const { message, expect } = sent;
    if (expect.batch === '') return this.log.publish(message, expect);
    if (this.batch.length > 0 && this.batch[0].expect.batch !== expect.batch) this.batch = [];
    this.batch.push(sent);
    if (!expect.commit) return null;
    const { batch } = this;
    this.batch = [];
    if (batch.length !== expect.batchSeq) return { code: 10176, status: 400, text: 'atomic publish batch is incomplete' };
    const answer = this.log.publishBatch(batch.map((s) => [s.message, s.expect] as const));
    return 'code' in answer ? answer : { ...answer, count: batch.length };
  }

  private answer(n: number, answer: ReturnType<MemoryLog['publish']> & { count?: number }): void {
    if ('code' in answer) this.answers?.refused(n, answer.code, answer.status, answer.text);
    else this.answers?.acked(n, answer.seq, answer.count ?? 1, answer.duplicate);
  }

  async ready(): Promise<boolean> {
    await this.weather.step();
    return true;
  }

  async pause(): Promise<void> {
    await this.weather.step();
  }

  async state(): Promise<LogState> {
    await this.weather.step();
    return this.log.state();
  }

  async newest(): Promise<Tail | null> {
    await this.weather.step();
    const message = this.log.newest();
    return message === null ? null : tailOf(message);
  }

  async newestOf(subjects: readonly string[]): Promise<ReadonlyMap<string, Tail>> {
    await this.weather.step();
    const found = new Map<string, Tail>();
    for (const subject of subjects) {
      const message = this.log.newestOf(subject);
      if (message !== null) found.set(subject, tailOf(message));
    }
    return found;
  }
}

/** A log in memory as an output: the same publisher as over NATS, so that a simulation tests what runs. */
export class MemoryOutput implements OutputLog {
  readonly name: string;
  readonly chain: 'log' | 'subject';
  private readonly log: MemoryLog;
  private readonly patterns: readonly string[];
  private readonly wire: MemoryWire;
  private readonly publisher: Publisher;

  constructor(log: MemoryLog, options: MemoryOutputOptions) {
    this.log = log;
    this.name = log.name;
    this.chain = options.chain;
    this.patterns = options.patterns ?? [];
    this.wire = new MemoryWire(log, options.weather ?? CALM);
    this.publisher = new Publisher(this.wire, { ...options, log: log.name });
    this.wire.answers = this.publisher;
  }

  state(): Promise<LogState> {
    return this.wire.state();
  }

  async get(seq: number): Promise<LogMessage | null> {
    return this.log.get(seq);
  }

  async tails(): Promise<readonly Tail[]> {
    const { created, last } = await this.wire.state();
    const newest = this.chain === 'log' ? await this.wire.newest() : null;
    const tails = this.chain === 'log' ? (newest === null ? [] : [newest])
      : [...(await this.wire.newestOf(this.log.subjects(this.patterns))).values()];
    this.publisher.begin(created, tails.reduce((most, t) => Math.max(most, t.seq), last), tails);
    return tails;
  }

  append(message: OutputMessage): void {
    this.publisher.append(message);
  }

  get pending(): number {
    return this.publisher.pending.count;
  }

  get counters(): PublisherCounts {
    return this.publisher.counts;
  }

  room(): Promise<void> | undefined {
    return this.publisher.room();
  }

  stored(): Promise<Stored> {
    return this.publisher.stored();
  }

  /** The process dies: what is under way may arrive still, and nobody hears of it. */
  crash(): void {
    this.publisher.end();
  }

  async close(): Promise<void> {
    await this.publisher.stored().catch(() => undefined);
    this.publisher.end();
  }
}
