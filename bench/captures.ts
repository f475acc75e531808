import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';

const FOLDER = fileURLToPath(new URL('../../shared/data/book/', import.meta.url));
export const CAPTURES = ['binance_spot_btcusdt_20240808', 'binance_spot_ethusdt_20240808', 'binance_usdm_btcusdt_20240808'] as const;
export const hasCapture = (name: string): boolean => existsSync(`${FOLDER}${name}.raw.jsonl.gz`);

export interface BookEvents {
  readonly n: number;
  /** 1 for a trade, whose `side` is the aggressor; 0 for a level, whose `side` is that of the book. */
  readonly trade: Uint8Array;
  readonly side: Int8Array;
  readonly price: Float64Array;
  readonly size: Float64Array;
  /** Update id on the last level of a message, when the book is whole again; 0 on all other rows. */
  readonly ends: Float64Array;
}

export interface Capture extends BookEvents {
  readonly snapshot: { readonly id: number; readonly bids: Side; readonly asks: Side };
  /** Messages that did not follow their predecessor. */
  readonly gaps: number;
  /** Recorded best bid and offer by update id. */
  readonly best: { readonly id: Float64Array; readonly bid: Float64Array; readonly bidSize: Float64Array; readonly ask: Float64Array; readonly askSize: Float64Array };
}

interface Side { readonly price: Float64Array; readonly size: Float64Array }
type Pairs = readonly (readonly [string, string])[];

interface Message {
  readonly stream?: string;
  readonly data: { U: number; u: number; pu?: number; b: Pairs; a: Pairs; p: string; q: string; m: boolean };
  readonly lastUpdateId: number;
  readonly bids: Pairs;
  readonly asks: Pairs;
}

const columns = (pairs: Pairs): Side => ({ price: Float64Array.from(pairs, (p) => Number(p[0])), size: Float64Array.from(pairs, (p) => Number(p[1])) });
const lines = (file: string): string[] => gunzipSync(readFileSync(FOLDER + file)).toString().trim().split('\n');

/**
 * A recorded Binance stream as rows in order of arrival: the snapshot, then every change of a level after it and every trade. As the
 * exchange says, messages that end before the snapshot are left out, and each begins where its predecessor ended
 * (developers.binance.com, "How to manage a local order book correctly"). A line is `<receive time in ns> <JSON>`.
 */
export function readCapture(name: string): Capture {
  const messages = lines(`${name}.raw.jsonl.gz`).map((l) => JSON.parse(l.slice(l.indexOf(' ') + 1)) as Message);
  const start = messages.find((m) => m.stream === undefined);
  if (start === undefined) throw new TypeError(`${name} has no snapshot`);
  const rows: (readonly [trade: number, side: number, price: number, size: number, ends: number])[] = [];
  let gaps = 0;
  let last = start.lastUpdateId;
  let first = true;
  for (const { stream, data: d } of messages) {
    if (stream?.includes('@trade')) rows.push([1, d.m ? -1 : 1, Number(d.p), Number(d.q), 0]);
    if (!stream?.includes('@depth') || d.u < start.lastUpdateId || (d.pu === undefined && d.u === last)) continue;
    const follows = first ? d.U <= last + 1 && last <= d.u : d.pu === undefined ? d.U === last + 1 : d.pu === last;
    if (!follows) gaps++;
    first = false;
    last = d.u;
    const from = rows.length;
    for (const [p, q] of d.b) rows.push([0, 1, Number(p), Number(q), 0]);
    for (const [p, q] of d.a) rows.push([0, -1, Number(p), Number(q), 0]);
    if (rows.length > from) rows[rows.length - 1] = [...rows[rows.length - 1].slice(0, 4), d.u] as unknown as typeof rows[number];
  }
  const best = lines(`${name}.bbo.csv.gz`).slice(1).map((l) => l.split(',').slice(4).map(Number)).sort((a, b) => a[0] - b[0]);
  const column = (i: number): Float64Array => Float64Array.from(best, (r) => r[i]);
  return {
    n: rows.length, trade: Uint8Array.from(rows, (r) => r[0]), side: Int8Array.from(rows, (r) => r[1]),
    price: Float64Array.from(rows, (r) => r[2]), size: Float64Array.from(rows, (r) => r[3]), ends: Float64Array.from(rows, (r) => r[4]),
    snapshot: { id: start.lastUpdateId, bids: columns(start.bids), asks: columns(start.asks) }, gaps,
    best: { id: column(0), bid: column(1), bidSize: column(2), ask: column(3), askSize: column(4) },
  };
}
