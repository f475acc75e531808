import type { NodeReport } from '../engine/engine.ts';
import { short } from './progress.ts';
import type { Terminal } from './terminal.ts';

const REDRAW_MS = 250;
const LOG_MS = 10_000;
/** Latencies kept for percentiles; the newest replace the oldest. */
const KEPT = 4096;

interface Reporting {
  report(): Record<string, NodeReport>;
}

/** What a live run says about itself: a line that redraws on a terminal, one JSON object every ten seconds elsewhere. */
export class Status {
  private readonly terminal: Terminal;
  private readonly engine: Reporting;
  private readonly pipeline: string;
  private readonly latencies: number[] = [];
  private readonly begun = performance.now();
  private timer: NodeJS.Timeout | null = null;
  private rows = 0;
  private at = 0;
  private lastRows = 0;
  private lastTime: number;
  signals = 0;

  constructor(terminal: Terminal, engine: Reporting, pipeline: string) {
    this.terminal = terminal;
    this.engine = engine;
    this.pipeline = pipeline;
    this.lastTime = this.begun;
  }

  start(): void {
    if (!this.terminal.progress) return;
    this.timer = setInterval(() => this.show(), this.terminal.isTty ? REDRAW_MS : LOG_MS);
    this.timer.unref();
  }

  stop(): void {
    if (this.timer !== null) clearInterval(this.timer);
    this.clear();
  }

  clear(): void {
    if (this.terminal.isTty && this.terminal.progress) process.stderr.write('\r\x1b[2K');
  }

  epoch(rows: number, ms: number): void {
    this.rows += rows;
    this.latencies[this.at++ % KEPT] = ms;
  }

  /** Milliseconds from the arrival of a row to the end of the epoch it was in, for the slowest one in a hundred. */
  get p99(): number {
    if (this.latencies.length === 0) return 0;
    const sorted = this.latencies.slice().sort((a, b) => a - b);
    return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * 0.99))];
  }

  counts(): { rows: number; late: number; errors: number } {
    const nodes = Object.values(this.engine.report());
    return { rows: this.rows, late: nodes.reduce((s, n) => s + n.late, 0), errors: nodes.reduce((s, n) => s + n.errors, 0) };
  }

  private show(): void {
    const now = performance.now();
    const rate = (this.rows - this.lastRows) / ((now - this.lastTime) / 1000);
    this.lastRows = this.rows;
    this.lastTime = now;
    const { rows, late, errors } = this.counts();
    if (this.terminal.isTty) {
      const line = `${short(rows)} rows  ${short(rate)} rows/s  ${this.signals} signals  ${late} late  p99 ${this.p99.toFixed(1)} ms`;
      process.stderr.write(`\r\x1b[2K${line}`);
      return;
    }
    const fields = {
      seconds: Math.round((now - this.begun) / 1000), rows, rows_per_s: Math.round(rate), signals: this.signals, late, errors,
      p99_ms: Number(this.p99.toFixed(3)),
    };
    if (this.terminal.jsonLog) this.terminal.say('status', fields);
    else process.stderr.write(`${JSON.stringify({ pipeline: this.pipeline, ...fields })}\n`);
  }
}
