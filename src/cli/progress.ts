import { formatTime } from '../core/time.ts';
import type { Terminal } from './terminal.ts';

const BAR = 8;
const REDRAW_MS = 100;
const PLAIN_MS = 10_000;

/** `1.31 M`, `42.0 k`, `7`: a count for reading. */
export function short(x: number): string {
  if (x >= 1e6) return `${(x / 1e6).toFixed(2)} M`;
  return x >= 1e4 ? `${(x / 1e3).toFixed(1)} k` : String(Math.round(x));
}

/** `1:02:03` or `0:38`. */
export function clock(seconds: number): string {
  const s = Math.max(0, Math.round(seconds));
  const [h, m] = [Math.floor(s / 3600), Math.floor(s / 60) % 60];
  const pad = (x: number): string => String(x).padStart(2, '0');
  return h > 0 ? `${h}:${pad(m)}:${pad(s % 60)}` : `${m}:${pad(s % 60)}`;
}

/** The event time that the work begins and ends at, as far as it is known. */
export interface Goal {
  readonly from?: number | null;
  readonly to?: number | null;
}

/** One line that redraws itself on a terminal, at most ten times a second; elsewhere a plain line every ten seconds. */
export class Progress {
  private readonly terminal: Terminal;
  private readonly goal: Goal;
  private readonly begun = performance.now();
  private last: number;
  private drawn = false;
  private first = NaN;
  private total: number | null = null;

  constructor(terminal: Terminal, goal: Goal = {}) {
    this.terminal = terminal;
    this.goal = goal;
    this.last = this.begun;
  }

  /** `total` is the number of rows in all, once that is known. */
  update(rows: number, ts: number, total: number | null = null): void {
    if (!this.terminal.progress) return;
    this.total = total;
    if (Number.isNaN(this.first) && Number.isFinite(ts)) this.first = ts;
    const now = performance.now();
    if (now - this.last < (this.terminal.isTty ? REDRAW_MS : PLAIN_MS)) return;
    this.last = now;
    const line = this.line(rows, ts, (now - this.begun) / 1000);
    if (this.terminal.isTty) process.stderr.write(`\r\x1b[2K${line}`);
    else this.terminal.say(line);
    this.drawn = this.terminal.isTty;
  }

  /** Takes the line away, so that other text can be written. */
  clear(): void {
    if (this.drawn) process.stderr.write('\r\x1b[2K');
    this.drawn = false;
  }

  line(rows: number, ts: number, seconds: number): string {
    const rate = seconds > 0 ? rows / seconds : 0;
    const share = this.share(rows, ts);
    const day = Number.isFinite(ts) ? `  ${formatTime(ts).slice(0, 10)}` : '';
    const speed = `${short(rate)} rows/s`;
    if (share === null) return `${short(rows)} rows${day}  ${speed}`;
    const eta = share > 0 ? `  ETA ${clock((seconds * (1 - share)) / share)}` : '';
    const percent = `${Math.floor(share * 100)} %`;
    if (!this.terminal.isTty) return `${percent}  ${short(rows)} rows${day}  ${speed}${eta}`;
    const full = Math.round(share * BAR);
    return `▕${'█'.repeat(full)}${' '.repeat(BAR - full)}▏ ${percent}${day}  ${speed}${eta}`;
  }

  private share(rows: number, ts: number): number | null {
    if (this.total !== null && this.total > 0) return Math.min(1, rows / this.total);
    const from = this.goal.from ?? this.first;
    const to = this.goal.to ?? NaN;
    return Number.isFinite(ts) && to > from ? Math.min(1, (ts - from) / (to - from)) : null;
  }
}
