import type { Chunk, SourceFeed } from '../core/connector.ts';
import type { Telemetry } from '../core/telemetry.ts';
import type { Engine } from './engine.ts';

export interface LiveOptions {
  /** Most rows held while an epoch waits for something outside; more are dropped and counted. */
  readonly capacity?: number;
  /** Called after every epoch with its rows and the milliseconds since the first of them arrived. */
  readonly onEpoch?: (rows: number, latencyMs: number) => void;
  /** Awaited between epochs: the place to hand output on and to wait for slow takers. */
  readonly settle?: () => Promise<void> | void;
  /** When it fires, sources are closed, what has arrived is worked off, and open windows stay open. */
  readonly signal?: AbortSignal;
  /** Told what the driver alone knows: sources that are open, rows held and lost, the way from arrival to signal. */
  readonly telemetry?: Telemetry;
}

export interface LiveResult {
  readonly rows: number;
  readonly epochs: number;
  /** Rows lost because the graph was slower than its sources. */
  readonly dropped: number;
  readonly aborted: boolean;
}

/** Rows after which an epoch runs at once, in the source's own turn: that is what holds a fast source up. */
const LARGEST = 65_536;

/** Runs live sources: what has arrived since the last turn is one epoch. Resolves when every source has ended, or after a stop. */
export async function live(engine: Engine, feeds: readonly SourceFeed[], options: LiveOptions = {}): Promise<LiveResult> {
  return new Live(engine, feeds, options).run();
}

class Live {
  private readonly engine: Engine;
  private readonly feeds: readonly SourceFeed[];
  private readonly options: LiveOptions;
  private readonly capacity: number;
  private rows = 0;
  private epochs = 0;
  private dropped = 0;
  /** Rows taken into the coming epoch, and when the first of them came. */
  private taken = 0;
  private since = 0;
  /** True while an epoch or its output is under way, when rows have to wait in `held`. */
  private busy = false;
  private held: { readonly source: number; readonly chunk: Chunk | null }[] = [];
  private heldRows = 0;
  private open: number;
  private failure: unknown = null;
  private scheduled = false;
  private finish: () => void = () => undefined;

  constructor(engine: Engine, feeds: readonly SourceFeed[], options: LiveOptions) {
    this.engine = engine;
    this.feeds = feeds;
    this.options = options;
    this.capacity = options.capacity ?? 4 * LARGEST;
    this.open = feeds.length;
  }

  async run(): Promise<LiveResult> {
    const { signal } = this.options;
    const done = new Promise<void>((resolve) => { this.finish = resolve; });
    let aborted = signal?.aborted === true;
    const stop = (): void => {
      aborted = true;
      Promise.all(this.feeds.map((f) => f.close())).then(() => this.schedule(), (error: unknown) => this.fail(error));
    };
    signal?.addEventListener('abort', stop, { once: true });
    try {
      // Every source starts before any may end, so that the first to start does not run the others' time forward.
      await Promise.all(this.feeds.map((feed, source) => feed.start((c) => this.arrive(source, c), (failure) => {
        if (failure !== undefined) this.fail(failure);
        else this.end(source, aborted);
      })));
      this.opened();
      if (aborted) stop();
      this.schedule();
      await done;
    } finally {
      signal?.removeEventListener('abort', stop);
    }
    if (this.failure !== null) throw this.failure;
    await this.options.settle?.();
    return { rows: this.rows, epochs: this.epochs, dropped: this.dropped, aborted };
  }

  private arrive(source: number, chunk: Chunk): void {
    if (this.busy) {
      if (this.heldRows + chunk.n > this.capacity) this.drop(source, chunk.n);
      else {
        this.heldRows += chunk.n;
        this.held.push({ source, chunk: copy(chunk) });
      }
      return;
    }
    this.take(source, chunk);
    if (this.taken >= LARGEST) this.now();
    else this.schedule();
  }

  private opened(): void {
    const { telemetry } = this.options;
    if (telemetry === undefined) return;
    for (const s of telemetry.sources) s.connected = true;
    telemetry.onRead(() => { telemetry.levels.held = this.heldRows; });
  }

  private drop(source: number, rows: number): void {
    this.dropped += rows;
    const told = this.options.telemetry?.sources[source];
    if (told !== undefined) told.dropped.overrun += rows;
  }

  private take(source: number, chunk: Chunk): void {
    if (this.taken === 0) this.since = performance.now();
    this.engine.take(source, chunk);
    this.taken += chunk.n;
    this.rows += chunk.n;
  }

  /** A source that ends by itself lets windows close; one that was closed by a stop does not. */
  private end(source: number, aborted: boolean): void {
    this.open -= 1;
    const told = this.options.telemetry?.sources[source];
    if (told !== undefined) told.connected = false;
    if (!aborted) {
      if (this.busy) this.held.push({ source, chunk: null });
      else this.engine.end(source);
    }
    this.schedule();
  }

  private schedule(): void {
    if (this.scheduled || this.busy) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      if (!this.busy) this.now();
    });
  }

  private now(): void {
    this.busy = true;
    this.epoch().then(() => {
      this.busy = false;
      const { held } = this;
      this.held = [];
      this.heldRows = 0;
      for (const { source, chunk } of held) {
        if (chunk === null) this.engine.end(source);
        else this.take(source, chunk);
      }
      if (held.length > 0) this.schedule();
      else if (this.open === 0) this.finish();
    }, (error: unknown) => this.fail(error));
  }

  private async epoch(): Promise<void> {
    const { taken, since } = this;
    const { telemetry } = this.options;
    const signals = telemetry?.signalCount ?? 0;
    this.taken = 0;
    const running = this.engine.epoch();
    if (running !== undefined) await running;
    this.epochs += 1;
    if (taken > 0) this.options.onEpoch?.(taken, performance.now() - since);
    await this.options.settle?.();
    if (telemetry !== undefined && telemetry.signalCount > signals) telemetry.latency.observe((performance.now() - since) / 1000);
  }

  private fail(error: unknown): void {
    this.failure ??= error;
    Promise.allSettled(this.feeds.map((f) => f.close())).then(() => this.finish());
  }
}

const copy = (c: Chunk): Chunk => ({
  n: c.n, ts: c.ts.slice(0, c.n), key: c.key.slice(0, c.n), cols: c.cols.map((column) => column.slice(0, c.n)),
});
