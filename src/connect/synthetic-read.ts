import type { BadRow, Chunk, SourceContext, SourceReader } from '../core/connector.ts';
import type { Type } from '../core/types.ts';
import { CHUNK_ROWS, ChunkBuffer } from './chunk-buffer.ts';
import { Bars } from './synthetic-bars.ts';
import type { BarRows } from './synthetic-bars.ts';
import { Events } from './synthetic-events.ts';
import type { CellRows } from './synthetic-events.ts';
import { settingsOf } from './synthetic-settings.ts';
import type { MarketSettings } from './synthetic-settings.ts';

const VALUES: Readonly<Record<MarketSettings['kind'], readonly string[]>> = {
  trade: ['price', 'size', 'side'],
  quote: ['bid', 'ask', 'bid_size', 'ask_size'],
  bar: ['open', 'high', 'low', 'close', 'volume'],
};

/** What is stored for a sale and a purchase: the place of the word, or -1 and 1 where the column is a number. */
function sidesOf(type: Type): readonly [number, number] {
  if (typeof type !== 'object') return type === 'text' ? [NaN, NaN] : [-1, 1];
  const at = (word: string): number => (type.values.includes(word) ? type.values.indexOf(word) : NaN);
  return [at('sell'), at('buy')];
}

/** Rows of a synthetic market; the same for every size of chunk. */
export class SyntheticReader implements SourceReader {
  readonly bad: { count: number; readonly first: BadRow[] } = { count: 0, first: [] };
  readonly total = null;
  readonly settings: MarketSettings;
  private readonly ctx: SourceContext;
  private readonly out: ChunkBuffer;
  private readonly events: Events | null;
  private readonly bars: Bars | null;
  private readonly ids: Int32Array;
  /** Which value fills a column; -1 leaves it null. */
  private readonly values: readonly number[];
  private readonly sides: readonly [number, number];
  private cell: CellRows | null = null;
  private bar: BarRows | null = null;
  private at = 0;

  constructor(ctx: SourceContext, rows = CHUNK_ROWS) {
    this.ctx = ctx;
    this.settings = settingsOf(ctx);
    const { kind, symbols } = this.settings;
    this.out = new ChunkBuffer(ctx.schema, rows);
    this.events = kind === 'bar' ? null : new Events(this.settings);
    this.bars = kind === 'bar' ? new Bars(this.settings) : null;
    this.ids = new Int32Array(symbols.length).fill(-1);
    this.values = ctx.schema.map((f) => (f.type === 'text' ? -1 : VALUES[kind].indexOf(f.name)));
    this.sides = sidesOf(ctx.schema.find((f) => f.name === 'side')?.type ?? 'text');
    this.values.forEach((value, c) => {
      const col = this.out.cols[c];
      if (value < 0 && col instanceof Float64Array) col.fill(NaN);
    });
  }

  async next(): Promise<Chunk | null> {
    const { out } = this;
    out.n = 0;
    if (this.events !== null) this.fillEvents(this.events);
    else this.fillBars(this.bars!);
    return out.n === 0 ? null : out;
  }

  async close(): Promise<void> {
    this.cell = null;
  }

  private keyOf(symbol: number): number {
    let id = this.ids[symbol];
    if (id < 0) id = this.ids[symbol] = this.ctx.keys.intern(this.settings.symbols[symbol]);
    return id;
  }

  private fillEvents(events: Events): void {
    const { out, values } = this;
    const isTrade = this.settings.kind === 'trade';
    while (!out.full) {
      if (this.cell === null || this.at === this.cell.n) {
        this.cell = events.next();
        this.at = 0;
        if (this.cell === null) return;
      }
      const { cell } = this;
      const r = this.at++;
      const n = out.n++;
      out.ts[n] = cell.ts[r];
      out.key[n] = this.keyOf(cell.symbol[r]);
      for (let c = 0; c < values.length; c++) {
        const v = values[c];
        if (v >= 0) (out.cols[c] as Float64Array)[n] = isTrade && v === 2 ? this.sides[cell.values[2][r]] : cell.values[v][r];
      }
    }
  }

  private fillBars(bars: Bars): void {
    const { out, values } = this;
    const symbols = this.settings.symbols.length;
    // `stamp` is the engine's to shift; rows carry the end of the bar unless it says that they carry the start.
    const shift = this.ctx.args.stamp === 'open' ? 0 : this.settings.every;
    while (!out.full) {
      if (this.bar === null || this.at === symbols) {
        this.bar = bars.next();
        this.at = 0;
        if (this.bar === null) return;
      }
      const { bar } = this;
      const i = this.at++;
      const n = out.n++;
      out.ts[n] = bar.from + shift;
      out.key[n] = this.keyOf(i);
      const row = [bar.open, bar.high, bar.low, bar.close, bar.volume];
      for (let c = 0; c < values.length; c++) if (values[c] >= 0) (out.cols[c] as Float64Array)[n] = row[values[c]][i];
    }
  }
}
