import type { Chunk, SourceReader } from '../../src/core/connector.ts';
import type { KeyTable } from '../../src/core/keys.ts';
import type { Feed } from '../harness/feed.ts';

/** The rows of one source of a feed, a few hundred at a time. */
class FeedReader implements SourceReader {
  readonly bad = { count: 0, first: [] };
  readonly total: number;
  private at = 0;
  private readonly feed: Feed;
  private readonly source: number;
  private readonly keys: KeyTable;

  constructor(feed: Feed, source: number, keys: KeyTable) {
    this.feed = feed;
    this.source = source;
    this.keys = keys;
    this.total = feed.sources[source].chunk.n;
  }

  async next(): Promise<Chunk | null> {
    const { stream, chunk } = this.feed.sources[this.source];
    const [from, to] = [this.at, Math.min(this.at + 500, chunk.n)];
    if (from === to) return null;
    this.at = to;
    const key = Int32Array.from(stream.symbol.slice(from, to), (s) => (s === null ? -1 : this.keys.intern(s)));
    return { n: to - from, ts: chunk.ts.slice(from, to), key, cols: chunk.cols.map((c) => c.slice(from, to) as typeof c) };
  }

  async close(): Promise<void> {
    this.at = this.total;
  }
}

export const openFeed = (feed: Feed) => (keys: KeyTable): SourceReader[] => feed.sources.map((_, s) => new FeedReader(feed, s, keys));
