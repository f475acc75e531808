import type { Tail } from '../core/log.ts';
import type { Chain } from './chain.ts';
import { fellBack, fenced } from './log-refusals.ts';
import type { Pending } from './pending.ts';
import { expectNothing } from './wire.ts';
import type { Wire } from './wire.ts';

/**
 * One chain for the whole log: each message names the sequence it must follow, and the id that must stand there. The sequence alone would
 * not do: where another writer has put one message in between, it refuses the first of ours and takes the second, which expects what the
 * other one has just made true.
 */
export class LogChain implements Chain {
  private readonly log: string;
  private readonly wire: Wire;
  private readonly pending: Pending;
  private readonly window: number;
  private readonly expect = expectNothing();
  /** Sequence that message number 0 would have. */
  private offset = 0;
  private last = -1;
  /** First message to send, and first that was never sent. */
  private next = 0;
  private fresh = 0;

  constructor(log: string, wire: Wire, pending: Pending, window: number) {
    this.log = log;
    this.wire = wire;
    this.pending = pending;
    this.window = window;
  }

  get flying(): number {
    return this.next - this.pending.head;
  }

  added(): void {
    // The number says it all.
  }

  avoidBatches(): void {
    // It makes none.
  }

  start(last: number, tails: readonly Tail[]): void {
    this.last = last;
    const tail = tails.find((t) => t.seq === last);
    this.pending.know(last, tail?.id ?? '');
    this.offset = last + 1 - this.pending.head;
    this.next = this.pending.head;
  }

  pump(): void {
    const { pending, expect } = this;
    while (this.next < pending.end && this.next - pending.head < this.window) {
      const n = this.next++;
      expect.lastSeq = n + this.offset - 1;
      expect.lastId = n === pending.head ? '' : pending.at(n - 1).id;
      this.wire.send(n, pending.at(n), expect);
      if (n >= this.fresh) this.fresh = n + 1;
    }
  }

  /** A message is stored only after those before it, so that one answer speaks for all of them. */
  stored(n: number, seq: number, _count: number, duplicate: boolean): boolean {
    if (n + this.offset !== seq) {
      // The id stands further back in the log already: the message is not stored again, and those after it follow another one.
      if (duplicate && n === this.pending.head && seq <= this.last) this.pending.settle(n, 0);
      return false;
    }
    if (n < this.pending.head) return true;
    this.pending.settleThrough(n, seq);
    this.last = seq;
    return true;
  }

  async sync(last: number): Promise<void> {
    const { pending } = this;
    if (last < this.last) throw fellBack(this.log, this.last, last);
    const tail = await this.wire.newest();
    const { id } = pending.newest;
    // A server that was put back and written to by somebody else since may have come as far as we had.
    if (tail !== null && tail.seq === this.last && id !== '' && tail.id !== id) {
      throw fenced(this.log, `message ${tail.seq} has the id \`${tail.id}\`, and had \`${id}\``);
    }
    if (last > this.last) {
      if (tail === null || tail.seq < last) throw fenced(this.log, `it ends with message ${last}, which is gone already`);
      let n = pending.head;
      while (n < this.fresh && pending.at(n).id !== tail.id) n++;
      if (n === this.fresh) throw fenced(this.log, `it ends with message ${tail.seq} (id \`${tail.id}\`), which is not of this run`);
      pending.settleThrough(n, tail.seq);
      this.last = tail.seq;
    }
    this.offset = this.last + 1 - pending.head;
    this.next = pending.head;
  }
}
