import type { Random } from '../../src/core/random.ts';
import { enumType, SCHEMAS, type Schema } from '../../src/core/types.ts';

export const SECOND = 1_000_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
/** A Thursday on which the New York session opens half an hour later. */
export const START = Date.UTC(2025, 0, 2, 14, 0) * 1000;

/** Rows of one source in order of arrival. Numbers are NaN where there is none; a row without a symbol is a heartbeat. */
export interface Stream {
  readonly schema: Schema;
  readonly ts: number[];
  readonly symbol: (string | null)[];
  readonly cols: (number | string | null)[][];
}

export interface MarketOptions {
  readonly rows: number;
  /** Usual event time between two moments, microseconds. */
  readonly pace: number;
  readonly symbols?: readonly string[];
  /** Longest that a row arrives behind its time; 0 keeps everything in order. */
  readonly disorder?: number;
  /** Share of rows that come even later, up to three times `disorder`. */
  readonly stragglers?: number;
  readonly heartbeats?: boolean;
  /** False leaves every column of every row filled. */
  readonly nulls?: boolean;
  readonly start?: number;
}

/** The pair of the examples, and symbols that are not there from the start. */
export const SYMBOLS: readonly string[] = ['KO', 'PEP', 'AAPL', 'LATER', 'LAST'];

/** Trades as a venue of one's own would send them: text, whole numbers, bools and an enum beside the prices. */
export const TICK: Schema = [
  { name: 'px', type: 'f64' }, { name: 'qty', type: 'i64' }, { name: 'venue', type: 'text' }, { name: 'auction', type: 'bool' },
  { name: 'tier', type: enumType('tier', 'low', 'mid', 'top') },
];

interface Walker {
  readonly random: Random;
  readonly price: Map<string, number>;
  readonly nulls: boolean;
}

const pick = <T>(random: Random, list: readonly T[]): T => list[random.int(0, list.length - 1)];
const chance = (random: Random, p: number): boolean => random.next() < p;
const cents = (x: number): number => Math.round(x * 100) / 100;
const orNull = (w: Walker, share: number, x: number): number => (chance(w.random, share) && w.nulls ? NaN : x);

function walk(w: Walker, symbol: string): number {
  const price = (w.price.get(symbol) ?? 60 + 60 * w.random.next()) * Math.exp(0.004 * w.random.normal());
  w.price.set(symbol, price);
  return cents(price);
}

type Make = (w: Walker, symbol: string) => (number | string | null)[];

const MAKE: Readonly<Record<string, Make>> = {
  trade(w, symbol) {
    const { random } = w;
    return [orNull(w, 0.01, walk(w, symbol)), orNull(w, 0.02, random.int(1, 3000)), orNull(w, 0.15, random.int(0, 1))];
  },
  quote(w, symbol) {
    const { random } = w;
    const bid = walk(w, symbol);
    const size = (): number => orNull(w, 0.1, 100 * random.int(1, 20));
    return [bid, cents(bid + 0.01 * random.int(1, 5)), size(), size()];
  },
  bar(w, symbol) {
    const { random } = w;
    const open = walk(w, symbol);
    const close = walk(w, symbol);
    const range = [open, close, walk(w, symbol)];
    return [open, Math.max(...range), Math.min(...range), close, orNull(w, 0.01, random.int(0, 20_000))];
  },
  tick(w, symbol) {
    const { random } = w;
    const venue = chance(random, 0.1) && w.nulls ? null : pick(random, ['N', 'Q', 'ARCA']);
    return [orNull(w, 0.05, walk(w, symbol)), random.int(0, 500), venue, orNull(w, 0.1, random.int(0, 1)), random.int(0, 2)];
  },
};

export type StreamKind = 'trade' | 'quote' | 'bar' | 'tick';

/** Seeded rows of a market: equal times, times just on the edges of windows, long silences, repeated rows, symbols that come late. */
export function market(kind: StreamKind, random: Random, o: MarketOptions): Stream {
  const schema = kind === 'tick' ? TICK : SCHEMAS[kind];
  const w: Walker = { random, price: new Map(), nulls: o.nulls !== false };
  const symbols = o.symbols ?? SYMBOLS;
  const out: Stream = { schema, ts: [], symbol: [], cols: schema.map(() => []) };
  const last = new Map<string, (number | string | null)[]>();
  let ts = o.start ?? START;
  const put = (symbol: string | null, row: readonly (number | string | null)[]): void => {
    out.ts.push(ts);
    out.symbol.push(symbol);
    row.forEach((x, c) => out.cols[c].push(x));
  };
  const put1 = (symbol: string): void => {
    const before = last.get(symbol);
    const row = before !== undefined && chance(random, 0.06) ? before : MAKE[kind](w, symbol);
    last.set(symbol, row);
    put(symbol, row);
  };
  while (out.ts.length < o.rows) {
    ts = later(random, ts, o.pace, kind === 'bar');
    const share = out.ts.length / o.rows;
    const here = symbols.slice(0, Math.max(1, Math.ceil(symbols.length * Math.min(1, 0.6 + share))));
    if (o.heartbeats === true && chance(random, 0.03)) put(null, schema.map((f) => (f.type === 'text' ? null : NaN)));
    else if (kind === 'bar') here.filter(() => chance(random, 0.92)).forEach(put1);
    else for (let n = chance(random, 0.3) ? random.int(2, 4) : 1; n > 0; n--) put1(pick(random, here));
  }
  return o.disorder === undefined || o.disorder === 0 ? out : disordered(out, random, o.disorder, o.stragglers ?? 0);
}

/** The next moment: the same one, soon, on the grid, or after a silence. Bars stay on their grid. */
function later(random: Random, ts: number, pace: number, grid: boolean): number {
  const u = random.next();
  if (grid) return (Math.floor(ts / pace) + (u < 0.95 ? 1 : random.int(2, 5))) * pace;
  if (u < 0.15) return ts;
  if (u < 0.3) return (Math.floor(ts / pace) + 1) * pace;
  if (u < 0.96) return ts + 1000 * random.int(0, Math.ceil(pace / 500));
  return ts + 1000 * random.int(1, Math.ceil(((u < 0.99 ? 15 : 60) * pace) / 1000));
}

/** The same rows as they arrive when each is held up by its own delay. */
export function disordered(s: Stream, random: Random, most: number, stragglers: number): Stream {
  const delay = (): number => (chance(random, stragglers) ? random.int(0, 3 * most) : chance(random, 0.5) ? random.int(0, most) : 0);
  const arrival = s.ts.map((t) => t + delay());
  const order = s.ts.map((_, i) => i).sort((a, b) => arrival[a] - arrival[b] || a - b);
  return select(s, order);
}

export const select = (s: Stream, rows: readonly number[]): Stream => ({
  schema: s.schema, ts: rows.map((i) => s.ts[i]), symbol: rows.map((i) => s.symbol[i]), cols: s.cols.map((c) => rows.map((i) => c[i])),
});
