import type { Tail } from '../core/log.ts';
import type { Chain } from './chain.ts';
import { fellBack, fenced } from './log-refusals.ts';
import type { Pending } from './pending.ts';
import { expectNothing } from './wire.ts';
import type { Wire } from './wire.ts';

/** Messages of one subject: what the log has of it, and which of ours wait. */
interface Lane {
  readonly subject: string;
  seq: number;
  /** Numbers of messages that are not stored, oldest first, and how many of them were ever sent. */
  waiting: number[];
  sent: number;
  flying: number;
}

/** Servers take no more messages in a batch. */
const BATCH = 1000;

/**
 * A chain for each subject: a message names the sequence of the one before it on its subject. That is a sequence of the whole log, where
 * others write too, so it is known only when the earlier message is acknowledged. Two ways around the wait:
 *
 * - batches, where the log takes them (`allow_atomic`): all that has gathered while the last batch was under way is stored as one, and
 *   only the first message of each subject names what it follows. One answer gives the sequences of all.
 * - otherwise subjects go side by side, each with one message under way.
 */
export class SubjectChain implements Chain {
  private readonly log: string;
  private readonly wire: Wire;
  private readonly pending: Pending;
  private readonly window: number;
  private readonly expect = expectNothing();
  private readonly lanes = new Map<string, Lane>();
  private readonly ready: Lane[] = [];
  private batchName = 0;
  /** Numbers of the batch under way. */
  private batch: number[] = [];
  /** First message that is in no batch yet. */
  private next = 0;
  private flights = 0;
  private highest = 0;
  /** Batches are of no use for a while: one of their messages is a duplicate, and the answer does not say which. */
  private single = 0;

  constructor(log: string, wire: Wire, pending: Pending, window: number) {
    this.log = log;
    this.wire = wire;
    this.pending = pending;
    this.window = window;
  }

  get flying(): number {
    return this.flights;
  }

  start(last: number, tails: readonly Tail[]): void {
    this.highest = last;
    let newest: Tail | null = null;
    for (const tail of tails) {
      this.lane(tail.subject).seq = tail.seq;
      if (newest === null || tail.seq > newest.seq) newest = tail;
    }
    if (newest !== null) this.pending.know(newest.seq, newest.id);
  }

  added(n: number): void {
    const lane = this.lane(this.pending.at(n).subject);
    lane.waiting.push(n);
    if (!this.batching && lane.flying === 0 && lane.waiting.length === 1) this.ready.push(lane);
  }

  private get batching(): boolean {
    return this.wire.batches && this.single === 0;
  }

  private lane(subject: string): Lane {
    let lane = this.lanes.get(subject);
    if (lane === undefined) this.lanes.set(subject, (lane = { subject, seq: 0, waiting: [], sent: 0, flying: 0 }));
    return lane;
  }

  pump(): void {
    if (this.batching) this.sendBatch();
    else this.sendSingles();
  }

  private sendSingles(): void {
    while (this.ready.length > 0 && this.flights < this.window) {
      const lane = this.ready.pop() as Lane;
      if (lane.flying > 0 || lane.waiting.length === 0) continue;
      lane.flying = 1;
      lane.sent = Math.max(lane.sent, 1);
      this.flights++;
      this.sendOne(lane, lane.waiting[0]);
    }
  }

  private sendOne(lane: Lane, n: number): void {
    const { expect } = this;
    expect.batch = '';
    expect.subjectSeq = lane.seq;
    this.wire.send(n, this.pending.at(n), expect);
  }

  private sendBatch(): void {
    const { pending, expect, batch } = this;
    if (this.flights > 0) return;
    batch.length = 0;
    for (; this.next < pending.end && batch.length < BATCH; this.next++) if (!pending.isDone(this.next)) batch.push(this.next);
    if (batch.length === 0) return;
    this.flights = batch.length;
    const name = batch.length === 1 ? '' : `${++this.batchName}`;
    for (let i = 0; i < batch.length; i++) {
      const message = pending.at(batch[i]);
      const lane = this.lane(message.subject);
      expect.subjectSeq = lane.flying === 0 ? lane.seq : -1;
      lane.sent = Math.max(lane.sent, ++lane.flying);
      expect.batch = name;
      expect.batchSeq = i + 1;
      expect.commit = i === batch.length - 1;
      this.wire.send(batch[i], message, expect);
    }
  }

  stored(n: number, seq: number, count: number): boolean {
    if (this.pending.isDone(n)) return true;
    const { batch } = this;
    if (!this.batching) {
      this.flights--;
      this.settle(n, seq);
      return true;
    }
    if (count !== batch.length || n !== batch[batch.length - 1]) return false;
    this.flights = 0;
    for (let i = 0; i < count; i++) this.settle(batch[i], seq - count + 1 + i);
    return true;
  }

  /** The sequence of a duplicate may be older than what the subject has by now. */
  private settle(n: number, seq: number): void {
    const lane = this.lane(this.pending.at(n).subject);
    this.pending.settle(n, seq);
    lane.seq = Math.max(lane.seq, seq);
    this.highest = Math.max(this.highest, seq);
    lane.waiting.shift();
    lane.sent = Math.max(0, lane.sent - 1);
    lane.flying = 0;
    if (this.single > 0) this.single--;
    if (!this.batching && lane.waiting.length > 0) this.ready.push(lane);
  }

  avoidBatches(): void {
    this.single = Math.max(1, this.pending.count);
  }

  async sync(last: number): Promise<void> {
    const { pending } = this;
    if (last < this.highest) throw fellBack(this.log, this.highest, last);
    const lanes = [...this.lanes.values()].filter((l) => l.waiting.length > 0);
    const tails = await this.wire.newestOf(lanes.map((l) => l.subject));
    for (const lane of lanes) {
      const tail = tails.get(lane.subject);
      const seq = tail?.seq ?? 0;
      if (tail !== undefined && seq > lane.seq) {
        const at = lane.waiting.slice(0, lane.sent).findIndex((n) => pending.at(n).id === tail.id);
        if (at < 0) {
          throw fenced(this.log, `subject ${lane.subject} ends with message ${seq} (id \`${tail.id}\`), which is not of this run`);
        }
        for (const n of lane.waiting.splice(0, at + 1)) pending.settle(n, seq);
        lane.sent = Math.max(0, lane.sent - at - 1);
      }
      // Less than before: the messages of this subject have expired, and an empty subject is followed by expecting 0.
      lane.seq = seq;
      lane.flying = 0;
      if (seq > this.highest) this.highest = seq;
    }
    this.flights = 0;
    this.next = pending.head;
    this.ready.length = 0;
    // Also those that were appended while the tails were read.
    if (!this.batching) for (const lane of this.lanes.values()) if (lane.waiting.length > 0) this.ready.push(lane);
  }
}
