import type {
  Chunk, Connector, OutputContext, OutputRows, OutputWriter, SourceContext, SourceFeed, SourceReader,
} from '../core/connector.ts';
import { Refusal } from '../core/diagnostic.ts';
import type { BadMessage } from '../core/message.ts';
import type { BusPort } from './bus-port.ts';
import { OUTPUTS, SOURCES } from './catalogue.ts';
import { CsvReader } from './csv-read.ts';
import { CsvWriter } from './csv-write.ts';
import { resolvePaths } from './files.ts';
import { JsonlReader } from './jsonl-read.ts';
import { JsonlWriter } from './jsonl-write.ts';
import { NatsFeed } from './nats-feed.ts';
import { NatsWriter } from './nats-write.ts';
import { OrderedReader } from './ordered.ts';
import type { RawReader } from './ordered.ts';
import { StdoutWriter } from './stdout-write.ts';
import { SyntheticReader } from './synthetic-read.ts';

/** What outputs reach the world by. */
export interface OutputIo {
  readonly stdout: NodeJS.WritableStream;
  readonly bus: BusPort | null;
}

/** What live sources come by. */
export interface FeedIo {
  readonly bus: BusPort | null;
  /** Given every message that could not be read whole. */
  readonly onBad?: (bad: BadMessage) => void;
}

const LIVE = new Set(['nats', 'websocket']);

/** True for a source that pushes rows (`feedFor`), false for one that is pulled (`readerFor`). */
export const isLive = (connector: string): boolean => LIVE.has(connector);

function unavailable(name: string, all: readonly Connector[]): Refusal {
  const known = all.find((c) => c.name === name);
  const reason = known?.reserved ?? (known === undefined ? `there is no connector \`${name}\`` : `\`${name}\` cannot be opened here`);
  const open = all.filter((c) => c.reserved === undefined).map((c) => c.name);
  return new Refusal('E704', reason, { exit: 3, help: [`available: ${open.join(', ')}`] });
}

/** Loads the Arrow library on the first read: it costs more than the rest of a start-up together. */
class LazyArrow implements RawReader {
  private readonly ctx: SourceContext;
  private raw: RawReader | null = null;

  constructor(ctx: SourceContext) {
    this.ctx = { ...ctx, args: { ...ctx.args, path: resolvePaths(ctx.args.path, ctx.base) } };
  }

  get symbols(): readonly string[] {
    return this.raw?.symbols ?? [];
  }

  get bad(): RawReader['bad'] {
    return this.raw?.bad ?? { count: 0, first: [] };
  }

  async next(): Promise<Chunk | null> {
    if (this.raw === null) {
      const { ArrowReader } = await import('./arrow-read.ts');
      this.raw = new ArrowReader(this.ctx);
    }
    return this.raw.next();
  }

  async close(): Promise<void> {
    await this.raw?.close();
  }
}

/** The same for writing: rows wait for the library, which is there before the first flush has ended. */
class LazyArrowWriter implements OutputWriter {
  private readonly ready: Promise<OutputWriter>;
  private readonly early: OutputRows[] = [];
  private writer: OutputWriter | null = null;

  constructor(ctx: OutputContext) {
    this.ready = import('./arrow-write.ts').then(({ ArrowWriter }) => {
      const writer = new ArrowWriter(ctx);
      for (const rows of this.early.splice(0)) writer.write(rows);
      return (this.writer = writer);
    });
    // A failure shows at the next flush, which awaits the same promise.
    this.ready.catch(() => undefined);
  }

  write(rows: OutputRows): void {
    if (this.writer !== null) return this.writer.write(rows);
    this.early.push({
      n: rows.n, sel: rows.sel === null ? null : rows.sel.slice(0, rows.n), seq: rows.seq.slice(), ts: rows.ts.slice(),
      key: rows.key.slice(),
      keys: rows.keys, cols: rows.cols.map((c) => c.slice()),
    });
  }

  async flush(): Promise<void> {
    await (await this.ready).flush();
  }

  async close(): Promise<void> {
    await (await this.ready).close();
  }
}

/** Opens a bounded source. Faults of its settings are refused here, those of its data on the first `next()`. */
export function readerFor(ctx: SourceContext, connector: string): SourceReader {
  switch (connector) {
    case 'csv': return new OrderedReader(new CsvReader(ctx), ctx);
    case 'jsonl': return new OrderedReader(new JsonlReader(ctx), ctx);
    case 'arrow': return new OrderedReader(new LazyArrow(ctx), ctx);
    case 'synthetic': return new SyntheticReader(ctx);
    default: throw unavailable(connector, SOURCES);
  }
}

/** Opens a live source. */
export function feedFor(ctx: SourceContext, connector: string, io: FeedIo): SourceFeed {
  if (connector === 'nats' && io.bus !== null) return new NatsFeed(ctx, io.bus, io.onBad);
  throw unavailable(connector, SOURCES);
}

/** Opens an output. */
export function writerFor(connector: string, ctx: OutputContext, io: OutputIo): OutputWriter {
  switch (connector) {
    case 'stdout': return new StdoutWriter(ctx, io.stdout);
    case 'csv': return new CsvWriter(ctx);
    case 'jsonl': return new JsonlWriter(ctx);
    case 'arrow': return new LazyArrowWriter(ctx);
    case 'nats':
      if (io.bus !== null) return new NatsWriter(ctx, io.bus);
      throw new Refusal('E704', 'this run has no bus for `nats`', { exit: 3 });
    default: throw unavailable(connector, OUTPUTS);
  }
}
