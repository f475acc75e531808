import type { Chunk } from '../../src/core/connector.ts';
import type { KeyTable } from '../../src/core/keys.ts';
import type { Stream } from './market.ts';

/** The rows of all sources of a pipeline in one order, merged as a replay merges them: by the time of the next row, then the source. */
export interface Feed {
  readonly n: number;
  readonly sources: readonly { readonly id: string; readonly stream: Stream; readonly chunk: Chunk }[];
  /** Source of each row, and its place in that source. */
  readonly source: Int32Array;
  readonly row: Int32Array;
}

const chunkOf = (s: Stream): Chunk => ({
  n: s.ts.length, ts: Float64Array.from(s.ts), key: new Int32Array(s.ts.length).fill(-1),
  cols: s.cols.map((c, k) => (s.schema[k].type === 'text' ? (c.slice() as (string | null)[]) : Float64Array.from(c as number[]))),
});

export function feedOf(streams: readonly (readonly [id: string, stream: Stream])[]): Feed {
  const sources = streams.map(([id, stream]) => ({ id, stream, chunk: chunkOf(stream) }));
  const n = streams.reduce((sum, [, s]) => sum + s.ts.length, 0);
  const source = new Int32Array(n);
  const row = new Int32Array(n);
  const at = streams.map(() => 0);
  for (let i = 0; i < n; i++) {
    let best = -1;
    for (let s = 0; s < streams.length; s++) {
      const { ts } = streams[s][1];
      if (at[s] < ts.length && (best < 0 || ts[at[s]] < streams[best][1].ts[at[best]])) best = s;
    }
    source[i] = best;
    row[i] = at[best]++;
  }
  return { n, sources, source, row };
}

/** Gives the symbol of a row its number when the row is taken, as a reader does. */
export function intern(feed: Feed, source: number, row: number, keys: KeyTable): void {
  const { stream, chunk } = feed.sources[source];
  const symbol = stream.symbol[row];
  chunk.key[row] = symbol === null ? -1 : keys.intern(symbol);
}

export const timeOf = (feed: Feed, i: number): number => feed.sources[feed.source[i]].stream.ts[feed.row[i]];
