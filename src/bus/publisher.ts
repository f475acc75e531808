import { Refusal } from '../core/diagnostic.ts';
import type { OutputMessage, Stored, Tail } from '../core/log.ts';
import type { Chain } from './chain.ts';
import { LogChain } from './log-chain.ts';
import { fenced, madeAnew, unplugged } from './log-refusals.ts';
import { Pending } from './pending.ts';
import { SubjectChain } from './subject-chain.ts';
import { DUPLICATE_IN_BATCH, WRONG_ID, WRONG_SEQUENCE } from './wire.ts';
import type { Answers, Wire } from './wire.ts';

export interface PublisherOptions {
  readonly log: string;
  readonly chain: 'log' | 'subject';
  /** Most messages, and bytes, that are under way. */
  readonly window?: number;
  readonly bytes?: number;
}

export interface PublisherCounts {
  acked: number;
  duplicates: number;
  /** Times the end of the log was read to find out what is stored. */
  resyncs: number;
  /** Of those, how many because the keeper had no room, no leader or no time. */
  retries: number;
}

const WINDOW = 2048;
const BYTES = 8 * 1024 * 1024;
/** A chain that is refused this often while the log still ends with our own message is being worked against. */
const REFUSALS = 10;
const LONGEST_MS = 2000;
/** No room, no resources, not now. */
const TRANSIENT = new Set([10077, 10023, 10008]);
/** A batch that fell apart: incomplete, unknown, too many at once. */
const BATCH_FAULTS = new Set([10176, DUPLICATE_IN_BATCH, 10205, 10206, 10207, 10208, 10210, 10211]);

/**
 * Appends in order over any wire. While all goes well messages are sent ahead of their answers. After any fault nothing is sent until the
 * end of the log has been read: what is there is stored, the rest is sent again behind it. Whether an answer was lost, came late, or the
 * message never arrived makes no difference then. Where the log ends with a message of somebody else, this writer is the one to go.
 */
export class Publisher implements Answers {
  readonly counts: PublisherCounts = { acked: 0, duplicates: 0, resyncs: 0, retries: 0 };
  readonly pending: Pending;
  private readonly log: string;
  private readonly wire: Wire;
  private readonly chain: Chain;
  private phase: 'new' | 'syncing' | 'running' | 'ended' = 'new';
  private failure: unknown = null;
  private created = '';
  private again = false;
  private planned = false;
  /** Faults since the last message that was stored. */
  private faults = 0;
  private refusals = 0;

  constructor(wire: Wire, options: PublisherOptions) {
    this.wire = wire;
    this.log = options.log;
    const window = options.window ?? WINDOW;
    this.pending = new Pending(window, options.bytes ?? BYTES);
    this.chain = options.chain === 'log' ? new LogChain(options.log, wire, this.pending, window)
      : new SubjectChain(options.log, wire, this.pending, window);
  }

  get flying(): number {
    return this.chain.flying;
  }

  /** What the log ended with when the caller looked: the chain goes on from there, and from nowhere else. */
  begin(created: string, last: number, tails: readonly Tail[]): void {
    if (this.phase !== 'new') return;
    this.created = created;
    this.chain.start(last, tails);
    this.phase = 'running';
    this.pump();
  }

  append(message: OutputMessage): void {
    if (this.failure !== null) throw this.failure;
    const n = this.pending.push(message, this.wire.sizeOf(message));
    this.chain.added(n);
    if (this.phase === 'new') this.resync();
    else this.pump();
  }

  /** Once for all that is appended in one go, so that batches are as large as they can be. */
  private pump(): void {
    if (this.planned) return;
    this.planned = true;
    queueMicrotask(() => {
      this.planned = false;
      if (this.phase === 'running') this.send();
    });
  }

  room(): Promise<void> | undefined {
    return this.failure === null ? this.pending.room() : Promise.reject(this.failure);
  }

  stored(): Promise<Stored> {
    return this.failure === null ? this.pending.wait() : Promise.reject(this.failure);
  }

  fail(failure: unknown): void {
    if (this.phase === 'ended') return;
    this.phase = 'ended';
    this.failure = failure;
    this.wire.reset();
    this.pending.fail(failure);
  }

  end(): void {
    if (this.phase !== 'ended') this.fail(new Error(`${this.log} was closed by its writer`));
  }

  /** Reads the end of the log before anything else is sent. */
  resync(): void {
    if (this.phase === 'ended' || (this.phase === 'new' && this.pending.count === 0)) return;
    if (this.phase === 'syncing') {
      this.again = true;
      return;
    }
    const fresh = this.phase === 'new';
    this.phase = 'syncing';
    this.sync(fresh).catch((fault: unknown) => this.fail(fault));
  }

  private async sync(fresh: boolean): Promise<void> {
    let first = fresh;
    for (;;) {
      this.again = false;
      this.wire.reset();
      if (!first) this.counts.resyncs++;
      if (this.faults > 1) await this.wire.pause(Math.min(5 * 2 ** this.faults, LONGEST_MS));
      this.faults++;
      if (!(await this.wire.ready())) return this.fail(unplugged(this.log));
      try {
        const { created, last } = await this.wire.state();
        if (this.created !== '' && created !== this.created) throw madeAnew(this.log, this.created, created);
        this.created = created;
        const { head } = this.pending;
        if (first) {
          const newest = await this.wire.newest();
          this.chain.start(last, newest === null ? [] : [newest]);
          first = false;
        } else {
          await this.chain.sync(last);
        }
        if (this.pending.head > head) this.faults = this.refusals = 0;
      } catch (fault) {
        if (fault instanceof Refusal && fault.code !== 'E765') return this.fail(fault);
        if (!(fault instanceof Refusal)) return this.fail(fault);
        continue;
      }
      if (this.phase !== 'syncing') return;
      if (!this.again) break;
    }
    this.phase = 'running';
    this.pending.tell();
    this.send();
  }

  /** What the way throws, such as a connection that was closed just now, concerns those who wait, not the one who runs this. */
  private send(): void {
    try {
      this.chain.pump();
    } catch (fault) {
      this.fail(fault);
    }
  }

  acked(n: number, seq: number, count: number, duplicate: boolean): void {
    if (this.phase !== 'running') return;
    const { head } = this.pending;
    const known = this.chain.stored(n, seq, count, duplicate);
    this.counts.acked += count;
    if (duplicate) this.counts.duplicates++;
    if (this.pending.head > head) this.faults = this.refusals = 0;
    this.pending.tell();
    if (known) this.pump();
    else this.resync();
  }

  refused(n: number, code: number, status: number, text: string): void {
    if (this.phase !== 'running') return;
    const chained = code === WRONG_SEQUENCE || code === WRONG_ID || BATCH_FAULTS.has(code);
    if (code === DUPLICATE_IN_BATCH) this.chain.avoidBatches();
    if (chained && ++this.refusals > REFUSALS) {
      this.fail(fenced(this.log, `messages were refused ${REFUSALS} times in a row, although it ends with ours (${text})`));
    } else if (chained) {
      this.resync();
    } else if (status === 503 || TRANSIENT.has(code)) {
      this.counts.retries++;
      this.resync();
    } else {
      const { id, subject } = this.pending.at(n);
      this.fail(new Refusal('E769', `${this.log} does not take message \`${id}\` to ${subject}: ${text} (${code})`, {
        exit: 6, help: ['what follows it waits for it, so the run stops here'],
      }));
    }
  }
}
