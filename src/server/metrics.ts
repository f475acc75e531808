import { Registry } from 'prom-client';
import type { Telemetry } from '../core/telemetry.ts';
import { lagSeconds } from './health.ts';
import { CounterFamily, GaugeFamily, TallyFamily } from './metric-kinds.ts';
import { ProcessMetrics } from './process-metrics.ts';
import type { Pulse } from './pulse.ts';

export interface MetricsOptions {
  readonly version: string;
  readonly pulse: Pulse;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

/** The metrics of one process. `symbol` is never a label: a market has thousands, and each would be a series of every metric. */
export class Metrics {
  readonly registry = new Registry();
  private readonly telemetry: Telemetry;
  private readonly now: () => number;
  private readonly updates: (() => void)[] = [];

  constructor(telemetry: Telemetry, options: MetricsOptions) {
    this.telemetry = telemetry;
    this.now = options.now ?? Date.now;
    this.flow();
    this.time();
    this.durability();
    const own = new ProcessMetrics(this.registry, options);
    this.updates.push(() => own.update());
  }

  get contentType(): string {
    return this.registry.contentType;
  }

  /** The text of a scrape, of values as they are now. */
  async text(): Promise<string> {
    this.telemetry.read();
    for (const update of this.updates) update();
    return this.registry.metrics();
  }

  private counter(name: string, help: string, ...labels: string[]): CounterFamily {
    return new CounterFamily(this.registry, name, help, labels);
  }

  private gauge(name: string, help: string, ...labels: string[]): GaugeFamily {
    return new GaugeFamily(this.registry, name, help, labels);
  }

  /** Rows and what became of them. */
  private flow(): void {
    const t = this.telemetry;
    const p = t.pipeline;
    const events = this.counter('millrace_events_total', 'Rows that came out of an operator, or in from a source.', 'pipeline', 'operator');
    const late = this.counter('millrace_events_late_total', 'Rows that came after their window had closed.', 'pipeline', 'operator');
    const errors = this.counter('millrace_errors_total', 'Rows that an operator failed on.', 'pipeline', 'operator');
    const state = this.gauge('millrace_state_bytes', 'Declared state of an operator, over all keys.', 'pipeline', 'operator');
    const dropped = this.counter('millrace_events_dropped_total', 'Rows or messages that never reached the graph.', 'pipeline', 'operator',
      'reason');
    const bad = this.counter('millrace_bad_messages_total', 'Messages, or rows of them, that could not be read.', 'pipeline', 'code');
    const queue = this.gauge('millrace_queue_length', 'Messages or rows read and not yet in the graph.', 'pipeline', 'source');
    const held = this.gauge('millrace_rows_held', 'Rows that wait for an epoch under way.', 'pipeline').of(p);
    const signals = this.counter('millrace_signals_total', 'Signals by side.', 'pipeline', 'side');
    const dead = this.counter('millrace_dead_letters_total', 'Rows and messages kept as dead letters.', 'pipeline', 'reason');
    const bus = this.counter('millrace_bus_events_total', 'Links lost and found, and messages lost, on the way from and to the bus.',
      'pipeline', 'event');
    const epochs = this.counter('millrace_epochs_total', 'Epochs that have run.', 'pipeline').of(p);
    for (const side of ['buy', 'sell', 'hold'] as const) signals.of(p, side);
    this.updates.push(() => {
      for (const n of t.nodes) {
        events.of(p, n.id).set(n.out);
        late.of(p, n.id).set(n.late);
        errors.of(p, n.id).set(n.errors);
        if (n.stateBytes > 0) state.of(p, n.id).set(n.stateBytes);
      }
      const byCode = new Map<string, number>();
      for (const s of t.sources) {
        for (const [reason, n] of Object.entries(s.dropped)) dropped.of(p, s.id, reason).set(n);
        for (const [code, n] of s.bad) byCode.set(code, (byCode.get(code) ?? 0) + n);
        queue.of(p, s.id).set(s.queue);
      }
      for (const [code, n] of byCode) bad.of(p, code).set(n);
      for (const [reason, n] of t.deadLetters) dead.of(p, reason).set(n);
      for (const side of ['buy', 'sell', 'hold'] as const) signals.of(p, side).set(t.signals[side]);
      for (const [event, n] of t.bus) bus.of(p, event).set(n);
      held.set(t.levels.held);
      epochs.set(t.counts.epochs);
    });
  }

  /** Where time goes, and how far behind it one is. */
  private time(): void {
    const t = this.telemetry;
    const p = t.pipeline;
    const busy = this.counter('millrace_operator_busy_seconds_total',
      'Time an operator worked, estimated from a part of the epochs. Fused operators are one, named by their nodes.', 'pipeline',
      'operator');
    const durations = new TallyFamily(this.registry, 'millrace_operator_duration_seconds',
      'Time of an operator in an epoch, estimated from a part of the epochs.', ['pipeline', 'operator']);
    const latency = new TallyFamily(this.registry, 'millrace_event_to_signal_seconds',
      'From the arrival of the rows of an epoch to the moment its signals were handed on.', ['pipeline']);
    latency.show(t.latency, p);
    const watermark = this.gauge('millrace_watermark_lag_seconds', 'How far the event time of a live source is behind the wall clock.',
      'pipeline', 'source');
    const lag = this.gauge('millrace_source_lag_messages', 'Messages of a source that are there and have not been read.', 'pipeline',
      'source');
    const connected = this.gauge('millrace_source_connected', '1 while a source is connected.', 'pipeline', 'source');
    const warm = this.gauge('millrace_warm_ratio', 'Share of the rows that indicators need before they say something.', 'pipeline').of(p);
    this.updates.push(() => {
      for (const s of t.stages) {
        busy.of(p, s.name).set(s.busySeconds);
        durations.show(s.durations, p, s.name);
      }
      for (const s of t.sources) {
        watermark.of(p, s.id).set(lagSeconds(s, this.now()));
        lag.of(p, s.id).set(s.lagMessages);
        connected.of(p, s.id).set(s.connected ? 1 : 0);
      }
      warm.set(Math.min(1, t.levels.warm));
    });
  }

  /** What would survive a crash, and what happened after one. */
  private durability(): void {
    const t = this.telemetry;
    const p = t.pipeline;
    const { counts, levels } = t;
    const age = this.gauge('millrace_checkpoint_age_seconds', 'Age of the newest stored checkpoint.', 'pipeline').of(p);
    const bytes = this.gauge('millrace_checkpoint_bytes', 'Size of the newest checkpoint.', 'pipeline').of(p);
    new TallyFamily(this.registry, 'millrace_checkpoint_seconds', 'Time until a checkpoint was stored.', ['pipeline'])
      .show(t.checkpointSeconds, p);
    const pending = this.gauge('millrace_outputs_pending', 'Messages appended to outputs and not known to be stored.', 'pipeline').of(p);
    const plain = [
      ['millrace_replayed_total', 'Rows read again after a restart.', () => counts.replayed],
      ['millrace_suppressed_total', 'Outputs not sent again because the log had them.', () => counts.suppressed],
      ['millrace_gaps_total', 'Gaps found in a source.', () => counts.gaps],
      ['millrace_lease_changes_total', 'Partitions gained or lost.', () => counts.leaseChanges],
      ['millrace_fenced_total', 'Writes refused because another owner had taken over.', () => counts.fenced],
      ['millrace_recording_bytes_total', 'Bytes written to recordings.', () => counts.recordingBytes],
    ] as const;
    const counters = plain.map(([name, help, value]) => ({ series: this.counter(name, help, 'pipeline').of(p), value }));
    this.updates.push(() => {
      age.set((this.now() - levels.checkpointAt) / 1000);
      bytes.set(levels.checkpointBytes);
      pending.set(levels.outputsPending);
      for (const c of counters) c.series.set(c.value());
    });
  }
}
