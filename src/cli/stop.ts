import type { Terminal } from './terminal.ts';
import { EXIT } from './verb.ts';

/** The first Ctrl-C (or SIGTERM) asks for a drain, the second ends the process at once. */
export class Stop {
  private readonly controller = new AbortController();
  private readonly terminal: Terminal;
  private readonly timers: NodeJS.Timeout[] = [];
  /** A subscription that waits for a message is no reason for Node to go on; this is. */
  private readonly alive = setInterval(() => undefined, 60_000);
  private readonly onInterrupt = (): void => this.hit(EXIT.interrupted);
  private readonly onTerminate = (): void => this.hit(EXIT.terminated);

  constructor(terminal: Terminal) {
    this.terminal = terminal;
    process.on('SIGINT', this.onInterrupt);
    process.on('SIGTERM', this.onTerminate);
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** Drains by itself after so many milliseconds. */
  after(ms: number): void {
    const timer = setTimeout(() => this.controller.abort(), ms);
    timer.unref();
    this.timers.push(timer);
  }

  now(): void {
    this.controller.abort();
  }

  /** Hands the signals back to the process. */
  release(): void {
    process.off('SIGINT', this.onInterrupt);
    process.off('SIGTERM', this.onTerminate);
    clearInterval(this.alive);
    for (const t of this.timers) clearTimeout(t);
  }

  private hit(code: number): void {
    if (this.controller.signal.aborted) {
      this.terminal.warn('stopped at once');
      process.exit(code);
    }
    this.terminal.warn('\nstopping: finishing what has arrived (again to stop at once)');
    this.controller.abort();
  }
}
