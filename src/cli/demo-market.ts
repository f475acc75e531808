import type { MemoryBus } from '../bus/memory.ts';
import { readerFor } from '../connect/open.ts';
import type { Chunk, SourceReader } from '../core/connector.ts';
import { KeyTable } from '../core/keys.ts';
import type { SourceDecl } from '../language/document.ts';

const NAP_MS = 15;

export interface MarketOptions {
  /** Event time over wall time once `ahead` is over. */
  readonly speed: number;
  /** Event time that is published at once, microseconds, so that indicators are warm when the watching begins. */
  readonly ahead: number;
  readonly signal: AbortSignal;
  readonly onWarm: (ts: number) => void;
}

/** Plays a source's rows onto subjects of the bus, one JSON message a row, as a feed handler would. */
export class DemoMarket {
  private readonly reader: SourceReader;
  private readonly keys = new KeyTable();
  private readonly source: SourceDecl;
  private readonly bus: MemoryBus;
  private readonly names: readonly string[];
  published = 0;

  constructor(source: SourceDecl, base: string, bus: MemoryBus) {
    this.source = source;
    this.bus = bus;
    this.names = source.schema.map((f) => f.name);
    const { id, schema, args, time, optional } = source;
    this.reader = readerFor({ id, schema, keys: this.keys, args, base, time, optional }, source.connector);
  }

  async play(prefix: string, o: MarketOptions): Promise<void> {
    let first = NaN;
    let warmAt = NaN;
    const napped = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, NAP_MS));
    for (let chunk = await this.reader.next(); chunk !== null && !o.signal.aborted; chunk = await this.reader.next()) {
      if (Number.isNaN(first)) first = chunk.ts[0];
      for (let i = 0; i < chunk.n && !o.signal.aborted; i++) {
        const ahead = chunk.ts[i] - first - o.ahead;
        if (ahead > 0) {
          if (Number.isNaN(warmAt)) {
            warmAt = performance.now();
            o.onWarm(chunk.ts[i]);
          }
          while (!o.signal.aborted && (performance.now() - warmAt) * 1000 * o.speed < ahead) await napped();
        }
        await this.bus.publish(`${prefix}.${this.keys.names[chunk.key[i]]}`, this.message(chunk, i));
        this.published += 1;
      }
    }
    await this.reader.close();
  }

  private message(chunk: Chunk, i: number): string {
    const row: Record<string, unknown> = { ts: chunk.ts[i] };
    this.names.forEach((name, c) => {
      const { type } = this.source.schema[c];
      const value = chunk.cols[c][i];
      row[name] = typeof type === 'object' ? (type.values[value as number] ?? null) : value;
    });
    return JSON.stringify(row);
  }
}
