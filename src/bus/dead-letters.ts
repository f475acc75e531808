import type { BadMessage } from '../core/message.ts';
import type { Bus } from './bus.ts';
import { encodeToken } from './subject.ts';

export interface DeadLetterOptions {
  /** Dead letters a second, and at once; a feed gone mad must not double its load on the server. */
  readonly perSecond?: number;
  readonly burst?: number;
  /** Bytes of the payload that are kept. */
  readonly payload?: number;
  /** Milliseconds of a clock that never goes back. */
  readonly now?: () => number;
}

const PER_SECOND = 100;
const BURST = 200;
const PAYLOAD = 64 * 1024;
const REASON = 200;

/** Headers of a dead letter, beside the payload as it came. */
export const DEAD = Object.freeze({
  code: 'Millrace-Error', reason: 'Millrace-Reason', source: 'Millrace-Source', sequence: 'Millrace-Sequence', subject: 'Millrace-Subject',
});

// Values of headers are one line of visible ASCII.
const printable = (text: string): string => text.replace(/[^\x20-\x7e]+/g, ' ').slice(0, REASON);

/** Publishes messages that could not be read on `dlq.<pipeline>`, whole, with the reason; bounded, and never a cause of failure itself. */
export class DeadLetterPublisher {
  readonly subject: string;
  published = 0;
  /** Left out: too many at once, or the bus did not take them. */
  skipped = 0;
  private readonly bus: Bus;
  private readonly perMs: number;
  private readonly burst: number;
  private readonly most: number;
  private readonly now: () => number;
  private tokens: number;
  private at: number;
  private refused = false;

  constructor(bus: Bus, pipeline: string, options: DeadLetterOptions = {}) {
    this.bus = bus;
    this.subject = `dlq.${encodeToken(pipeline)}`;
    this.perMs = (options.perSecond ?? PER_SECOND) / 1000;
    this.burst = options.burst ?? BURST;
    this.most = options.payload ?? PAYLOAD;
    this.now = options.now ?? (() => performance.now());
    this.tokens = this.burst;
    this.at = this.now();
  }

  publish(source: string, bad: BadMessage): void {
    const now = this.now();
    this.tokens = Math.min(this.burst, this.tokens + (now - this.at) * this.perMs);
    this.at = now;
    if (this.refused || this.tokens < 1) {
      this.skipped++;
      return;
    }
    this.tokens -= 1;
    const cut = bad.payload.length > this.most ? bad.payload.subarray(0, this.most) : bad.payload;
    this.published++;
    // Nobody waits here: the bus bounds what is on its way, and counts what it leaves out.
    this.bus.publish(this.subject, cut, [
      [DEAD.code, bad.code], [DEAD.reason, printable(bad.message)], [DEAD.source, printable(source)], [DEAD.sequence, String(bad.at)],
      [DEAD.subject, printable(bad.subject)],
    ])?.catch(() => {
      // The user may not publish there; bad messages are counted all the same.
      this.refused = true;
    });
  }
}
