import { hostname } from 'node:os';
import type { Telemetry } from '../core/telemetry.ts';
import type { BusPort } from './bus-port.ts';
import { publishLossy } from './bus-port.ts';
import { lagSeconds } from './health.ts';
import type { Pulse } from './pulse.ts';

export const STATUS_VERSION = 1;

/** Subject of an instance's status; all of them are `engine.status.*`. */
export const statusSubject = (instance: string): string => `engine.status.${instance}`;

export interface PartitionStatus {
  readonly p: number;
  readonly state: string;
  readonly lag: number | null;
  readonly rows_per_s: number;
}

export interface StageStatus {
  readonly name: string;
  /** Share of a core. */
  readonly busy: number;
}

/** What a running engine says of itself once a second. Rates and shares are of the time since the record before. */
export interface EngineStatus {
  readonly v: number;
  readonly instance: string;
  readonly pipeline: string;
  readonly pid: number;
  readonly host: string;
  readonly time: string;
  readonly state: string;
  readonly uptime_s: number;
  readonly rows: number;
  readonly rows_per_s: number;
  readonly signals: number;
  readonly lag_messages: number | null;
  readonly lag_s: number | null;
  /** Share of the time in which the process had work. */
  readonly busy: number;
  readonly p99_ms: number | null;
  readonly checkpoint_age_s: number | null;
  readonly rss_bytes: number;
  readonly late: number;
  readonly errors: number;
  readonly dropped: number;
  readonly partitions: readonly PartitionStatus[];
  readonly stages: readonly StageStatus[];
}

const known = (x: number, digits: number): number | null => (Number.isFinite(x) ? Number(x.toFixed(digits)) : null);
const sum = (list: readonly number[]): number => list.reduce((total, x) => total + x, 0);

/** The least a share or a rate is of: two records in the same moment are no reason to divide by nothing. */
const SHORTEST_S = 0.001;

export interface StatusOptions {
  readonly instance: string;
  readonly pulse: Pick<Pulse, 'busy'>;
  /** Milliseconds since 1970, and a clock that only rises. */
  readonly now?: () => number;
  readonly rising?: () => number;
}

/** Makes one record after the other from a run's telemetry. */
export class StatusRecorder {
  private readonly telemetry: Telemetry;
  private readonly options: StatusOptions;
  private readonly now: () => number;
  private readonly rising: () => number;
  private readonly begun: number;
  private at: number;
  private rows = 0;
  private readonly latencies: Float64Array;
  private readonly stageSeconds = new Map<string, number>();
  private readonly partitionRows = new Map<number, number>();

  constructor(telemetry: Telemetry, options: StatusOptions) {
    this.telemetry = telemetry;
    this.options = options;
    this.now = options.now ?? Date.now;
    this.rising = options.rising ?? ((): number => performance.now());
    this.begun = this.at = this.rising();
    this.latencies = telemetry.latency.counts.slice();
  }

  next(): EngineStatus {
    const t = this.telemetry.read();
    const now = this.now();
    const rising = this.rising();
    const seconds = Math.max(SHORTEST_S, (rising - this.at) / 1000);
    const p99 = t.latency.quantile(0.99, this.latencies) * 1000;
    const lags = t.sources.map((s) => s.lagMessages + s.queue).filter((x) => !Number.isNaN(x));
    const behind = t.sources.map((s) => lagSeconds(s, now)).filter((x) => !Number.isNaN(x));
    const record: EngineStatus = {
      v: STATUS_VERSION, instance: this.options.instance, pipeline: t.pipeline, pid: process.pid, host: hostname(),
      time: new Date(now).toISOString(), state: t.state, uptime_s: Math.round((rising - this.begun) / 1000), rows: t.counts.rows,
      rows_per_s: Math.max(0, Math.round((t.counts.rows - this.rows) / seconds)), signals: t.signalCount,
      lag_messages: lags.length === 0 ? null : sum(lags), lag_s: behind.length === 0 ? null : known(Math.max(...behind), 3),
      busy: known(this.options.pulse.busy(), 3) ?? 0, p99_ms: known(p99, 3),
      checkpoint_age_s: known((now - t.levels.checkpointAt) / 1000, 1), rss_bytes: process.memoryUsage.rss(),
      late: t.sum('late'), errors: t.sum('errors'), dropped: sum(t.sources.map((s) => s.dropped.queue_full + s.dropped.overrun)),
      partitions: t.partitions.map((p) => {
        const rows = p.rows - (this.partitionRows.get(p.p) ?? p.rows);
        this.partitionRows.set(p.p, p.rows);
        return { p: p.p, state: p.state, lag: known(p.lagMessages, 0), rows_per_s: Math.max(0, Math.round(rows / seconds)) };
      }),
      stages: t.stages.map((s) => {
        const busy = s.busySeconds - (this.stageSeconds.get(s.name) ?? 0);
        this.stageSeconds.set(s.name, s.busySeconds);
        return { name: s.name, busy: known(busy / seconds, 3) ?? 0 };
      }),
    };
    this.at = rising;
    this.rows = t.counts.rows;
    this.latencies.set(t.latency.counts);
    return record;
  }
}

const EVERY_MS = 1_000;

/** Says once a second on the bus how an engine is; one last time when it ends. */
export class StatusPublisher {
  private readonly recorder: StatusRecorder;
  private readonly bus: BusPort;
  private readonly subject: string;
  private timer: NodeJS.Timeout | null = null;

  constructor(bus: BusPort, recorder: StatusRecorder, instance: string) {
    this.bus = bus;
    this.recorder = recorder;
    this.subject = statusSubject(instance);
  }

  start(): void {
    this.publish();
    this.timer = setInterval(() => this.publish(), EVERY_MS);
    this.timer.unref();
  }

  stop(): void {
    if (this.timer === null) return;
    clearInterval(this.timer);
    this.timer = null;
    this.publish();
  }

  private publish(): void {
    publishLossy(this.bus, this.subject, this.recorder.next());
  }
}
