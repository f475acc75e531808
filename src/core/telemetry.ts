/**
 * What a run knows about itself, as plain numbers. The engine, its driver and its connectors write; src/server reads when somebody asks.
 * Neither imports the other, and writing costs an addition. No clock is in here: moments are given by whoever writes them.
 */

/** Bounds of a tally, seconds: 1, 2, 5 from a microsecond to fifty seconds. */
export const TALLY_BOUNDS: readonly number[] = Object.freeze(
  Array.from({ length: 8 }, (_, k) => k - 6).flatMap((k) => [1, 2, 5].map((m) => Number(`${m}e${k}`))),
);

/** How often a duration fell between two bounds. Weights say how many like it one sample stands for. */
export class Tally {
  /** One more than there are bounds: the last counts what is above all of them. */
  readonly counts = new Float64Array(TALLY_BOUNDS.length + 1);
  count = 0;
  sum = 0;

  observe(seconds: number, weight = 1): void {
    let b = 0;
    while (b < TALLY_BOUNDS.length && seconds > TALLY_BOUNDS[b]) b++;
    this.counts[b] += weight;
    this.count += weight;
    this.sum += seconds * weight;
  }

  /** The duration that a share `q` stayed below, of what came since `before` was copied from `counts`; NaN where nothing came. */
  quantile(q: number, before: Float64Array | null = null): number {
    const at = (b: number): number => this.counts[b] - (before === null ? 0 : before[b]);
    let total = 0;
    for (let b = 0; b < this.counts.length; b++) total += at(b);
    if (total <= 0) return NaN;
    let below = 0;
    for (let b = 0; b < TALLY_BOUNDS.length; b++) {
      const here = at(b);
      if (below + here >= q * total) {
        const low = b === 0 ? 0 : TALLY_BOUNDS[b - 1];
        return low + (TALLY_BOUNDS[b] - low) * (here === 0 ? 1 : Math.max(0, q * total - below) / here);
      }
      below += here;
    }
    return TALLY_BOUNDS[TALLY_BOUNDS.length - 1];
  }
}

export interface NodeTelemetry {
  readonly id: string;
  readonly operator: string;
  in: number;
  out: number;
  late: number;
  errors: number;
  stateBytes: number;
}

/** Why rows of a source never reached the graph: a full subscription, a graph slower than its sources, a symbol not in the universe. */
export type DropReason = 'queue_full' | 'overrun' | 'outside_universe';

export interface SourceTelemetry {
  readonly id: string;
  /** Rows come from outside as they happen, so that their age means something. */
  readonly live: boolean;
  connected: boolean;
  /** Event time that the source has passed, microseconds since 1970; -Infinity before its first row. */
  watermark: number;
  /** Messages there that have not been read; NaN where that cannot be known. */
  lagMessages: number;
  /** Messages or rows read and not yet taken by the graph. */
  queue: number;
  readonly dropped: Record<DropReason, number>;
  /** Messages, or rows of them, that could not be read, by code. */
  readonly bad: Map<string, number>;
}

/** One stage of the graph: an operator, or several that are fused, named by their nodes. Estimated from epochs that were measured. */
export interface StageTelemetry {
  readonly name: string;
  busySeconds: number;
  readonly durations: Tally;
}

/** A virtual partition that this process owns, or is about to. */
export interface PartitionTelemetry {
  readonly p: number;
  state: string;
  lagMessages: number;
  rows: number;
}

export interface RunCounts {
  rows: number;
  epochs: number;
  replayed: number;
  suppressed: number;
  gaps: number;
  leaseChanges: number;
  fenced: number;
  recordingBytes: number;
}

/** Values that go up and down; NaN where there is none. */
export interface RunLevels {
  /** When the newest checkpoint was stored, milliseconds since 1970; NaN before the first. */
  checkpointAt: number;
  checkpointBytes: number;
  /** Appended to the outputs and not yet known to be stored. */
  outputsPending: number;
  /** Rows that wait for an epoch which is under way. */
  held: number;
  /** Share of the rows that windows and indicators need before they say something; 1 when all have had theirs. */
  warm: number;
}

export type RunState = 'starting' | 'running' | 'draining';

export class Telemetry {
  readonly pipeline: string;
  state: RunState = 'starting';
  /** True for a run that stores checkpoints: only then is their age judged. */
  durable = false;
  nodes: NodeTelemetry[] = [];
  sources: SourceTelemetry[] = [];
  stages: StageTelemetry[] = [];
  partitions: PartitionTelemetry[] = [];
  readonly counts: RunCounts = {
    rows: 0, epochs: 0, replayed: 0, suppressed: 0, gaps: 0, leaseChanges: 0, fenced: 0, recordingBytes: 0,
  };
  /** What happened on the bus: links lost and found, messages lost on either side, by name. */
  readonly bus = new Map<string, number>();
  readonly levels: RunLevels = { checkpointAt: NaN, checkpointBytes: NaN, outputsPending: NaN, held: 0, warm: 1 };
  readonly signals = { buy: 0, sell: 0, hold: 0 };
  readonly deadLetters = new Map<string, number>();
  /** Seconds from the arrival of a row to the moment its signal was handed on. */
  readonly latency = new Tally();
  readonly checkpointSeconds = new Tally();
  private readonly readers = new Set<() => void>();

  constructor(pipeline: string) {
    this.pipeline = pipeline;
  }

  /** Calls `reader` before values are read, for what is cheaper to look up than to keep. Returns how to stop it. */
  onRead(reader: () => void): () => void {
    this.readers.add(reader);
    return () => void this.readers.delete(reader);
  }

  /** Brings everything up to date. Whoever shows values calls it first. */
  read(): this {
    for (const reader of this.readers) reader();
    return this;
  }

  get signalCount(): number {
    return this.signals.buy + this.signals.sell + this.signals.hold;
  }

  sum(field: 'late' | 'errors' | 'stateBytes'): number {
    return this.nodes.reduce((total, n) => total + n[field], 0);
  }
}

/** Adds to a counter by name. */
export const bump = (counters: Map<string, number>, name: string, by = 1): void => void counters.set(name, (counters.get(name) ?? 0) + by);

export const sourceTelemetry = (id: string, live: boolean): SourceTelemetry => ({
  id, live, connected: false, watermark: -Infinity, lagMessages: NaN, queue: 0,
  dropped: { queue_full: 0, overrun: 0, outside_universe: 0 }, bad: new Map(),
});
