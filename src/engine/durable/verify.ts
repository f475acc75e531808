import { Refusal } from '../../core/diagnostic.ts';
import { HEADER, type LogMessage, type OutputLog } from '../../core/log.ts';

interface Suppressed {
  readonly id: string;
  readonly subject: string;
  readonly payload: Uint8Array | string;
}

/** Most comparisons under way at once. */
const AT_ONCE = 64;

/**
 * Compares outputs that were computed again after a restart with those that the log has, byte for byte. A difference means that the same
 * rows gave another result: an operator that keeps something outside its state, or another model or machine.
 */
export class Verifier {
  readonly mode: 'sample' | 'all';
  checked = 0;
  private readonly tails: ReadonlySet<string>;
  private running: Promise<void>[] = [];
  private failure: unknown = null;

  /** `tails`: ids that the logs end with, which are always compared. */
  constructor(mode: 'sample' | 'all', tails: ReadonlySet<string>) {
    this.mode = mode;
    this.tails = tails;
  }

  /** A message that the log has at `seq`; -1 where it cannot be told, and nothing is compared. */
  check(log: OutputLog, seq: number, made: Suppressed): void {
    if (seq < 0) return;
    if (this.mode === 'sample' && !this.tails.has(made.id) && seq % 101 !== 0) return;
    this.checked += 1;
    this.running.push(log.get(seq).then((stored) => this.compare(log, seq, made, stored), (error: unknown) => { this.failure ??= error; }));
  }

  private compare(log: OutputLog, seq: number, made: Suppressed, stored: LogMessage | null): void {
    // Limits of the stream may have taken it away meanwhile.
    if (stored === null) return;
    const id = stored.header(HEADER.id);
    const equal = Buffer.from(stored.payload).equals(Buffer.from(made.payload as Uint8Array));
    if (equal && id === made.id && stored.subject === made.subject) return;
    const text = (x: Uint8Array | string): string => Buffer.from(x as Uint8Array).toString('utf8').slice(0, 300);
    this.failure ??= new Refusal('E776', `output ${made.id} came out differently than before the restart`, {
      exit: 1, help: [
        `${log.name} sequence ${seq}: ${id} on ${stored.subject}: ${text(stored.payload)}`,
        `now: ${made.id} on ${made.subject}: ${text(made.payload)}`,
        'an operator of your own keeps something outside its declared state, or depends on how rows are batched',
      ],
    });
  }

  /** To be awaited between epochs: waits when many comparisons are under way, throws what they found. */
  async settle(all = false): Promise<void> {
    if (this.running.length < AT_ONCE && !all) return;
    const { running } = this;
    this.running = [];
    await Promise.all(running);
    if (this.failure !== null) throw this.failure;
  }
}
