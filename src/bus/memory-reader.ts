import type { LogMessage, LogReader, ReadOptions } from '../core/log.ts';
import { fellBack, holeIn, madeAnew } from './log-refusals.ts';
import type { MemoryLog } from './memory-log.ts';
import { fitsAny } from './patterns.ts';
import { CALM } from './weather.ts';
import type { Weather } from './weather.ts';

export interface MemoryReaderOptions {
  readonly weather?: Weather;
}

const MESSAGES = 8192;

/** Reads a log in memory, with the same faults as the reader of a stream has. */
export class MemoryReader implements LogReader {
  private readonly log: MemoryLog;
  private readonly patterns: readonly string[];
  private readonly weather: Weather;
  private readonly most: number;
  private readonly created: string;
  private readonly leave: () => void;
  private last: number;
  private wake: (() => void) | null = null;
  private closed = false;

  constructor(log: MemoryLog, patterns: readonly string[], options: MemoryReaderOptions & ReadOptions) {
    this.log = log;
    this.patterns = patterns;
    this.weather = options.weather ?? CALM;
    this.most = options.messages ?? MESSAGES;
    this.last = options.from - 1;
    this.created = log.state().created;
    this.leave = log.watch(() => this.wakeUp());
  }

  async next(): Promise<readonly LogMessage[] | null> {
    for (;;) {
      await this.weather.step();
      if (this.closed) return null;
      const found = this.take();
      if (found.length > 0) return found;
      await new Promise<void>((resolve) => { this.wake = resolve; });
    }
  }

  private take(): LogMessage[] {
    const { log, patterns } = this;
    const { created, first, last } = log.state();
    if (created !== this.created) throw madeAnew(log.name, this.created, created);
    if (last < this.last) throw fellBack(log.name, this.last, last);
    if (first > this.last + 1) throw holeIn(log.name, this.last + 1, first);
    const found: LogMessage[] = [];
    const most = last > this.last ? this.weather.portion(Math.min(this.most, last - this.last)) : 0;
    while (found.length < most && this.last < last) {
      const message = log.get(this.last + 1);
      if (message === null && patterns.length === 0) {
        if (found.length > 0) break;
        throw holeIn(log.name, this.last + 1, log.from(this.last + 1)?.seq ?? last + 1);
      }
      this.last++;
      if (message !== null && (patterns.length === 0 || fitsAny(patterns, message.subject))) found.push(message);
    }
    return found;
  }

  private wakeUp(): void {
    const { wake } = this;
    this.wake = null;
    wake?.();
  }

  async close(): Promise<void> {
    this.closed = true;
    this.leave();
    this.wakeUp();
  }
}
