import { monitorEventLoopDelay, performance, type EventLoopUtilization, type IntervalHistogram } from 'node:perf_hooks';

const BEAT_MS = 100;
/** Delays older than this say nothing about now. */
const WINDOW_MS = 30_000;

/** Watches the event loop: how late it comes to things, and when it last stood still. */
export class Pulse {
  private readonly now: () => number;
  private readonly delays: IntervalHistogram = monitorEventLoopDelay({ resolution: 10 });
  private timer: NodeJS.Timeout | null = null;
  private last: number;
  private stalledAt = -Infinity;
  private stalledFor = 0;
  private rotatedAt: number;
  private before = 0;
  private used: EventLoopUtilization = performance.eventLoopUtilization();

  constructor(now: () => number = () => performance.now()) {
    this.now = now;
    this.last = now();
    this.rotatedAt = this.last;
  }

  start(): void {
    this.last = this.now();
    this.delays.enable();
    this.timer = setInterval(() => this.beat(), BEAT_MS);
    this.timer.unref();
  }

  stop(): void {
    if (this.timer !== null) clearInterval(this.timer);
    this.delays.disable();
  }

  /** Once in a tenth of a second; a beat that comes a second late tells of a stall. */
  beat(): void {
    const now = this.now();
    const gap = now - this.last;
    this.last = now;
    if (gap > 1000 + BEAT_MS) [this.stalledAt, this.stalledFor] = [now, gap];
    if (now - this.rotatedAt < WINDOW_MS) return;
    this.rotatedAt = now;
    this.before = this.delays.percentile(99);
    this.delays.reset();
  }

  /** Seconds that the loop stood still, where that was within the last `withinMs` or is just over; 0 where it was not. */
  stall(withinMs: number): number {
    const now = this.now();
    const gap = now - this.last;
    if (gap > 1000 + BEAT_MS) return gap / 1000;
    return now - this.stalledAt <= withinMs ? this.stalledFor / 1000 : 0;
  }

  /** Delay of the slowest of a hundred turns in the last half minute or so, seconds. */
  get p99(): number {
    const now = this.delays.percentile(99);
    return Math.max(Number.isFinite(now) ? now : 0, this.before) / 1e9;
  }

  /** Share of the time since the last call in which the loop had work. */
  busy(): number {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, this.used);
    this.used = now;
    return Number.isFinite(utilization) ? utilization : 0;
  }
}
