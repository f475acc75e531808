import type { Bus } from '../bus/bus.ts';
import type { DeadLetterPublisher } from '../bus/dead-letters.ts';
import { feedFor, isLive, readerFor } from '../connect/open.ts';
import type { Chunk, SourceFeed, SourceReader } from '../core/connector.ts';
import type { KeyTable } from '../core/keys.ts';
import type { Document } from '../language/document.ts';
import { usage } from './fail.ts';
import { contextOf, openReaders } from './wire.ts';

/** Sources of a live run, in the order of the plan: subjects as they are, files and synthetic markets paced by the wall clock. */
export function openFeeds(doc: Document, keys: KeyTable, bus: Bus, speed: number, dead?: DeadLetterPublisher): SourceFeed[] {
  return doc.sources.map((s) => {
    const ctx = contextOf(s, doc, keys);
    if (isLive(s.connector)) return feedFor(ctx, s.connector, { bus, onBad: (bad) => dead?.publish(s.id, bad) });
    if (s.connector === 'recording') return new PacedFeed(openReaders({ doc: { ...doc, sources: [s] } }, keys)[0], speed);
    if (['csv', 'jsonl', 'arrow', 'synthetic'].includes(s.connector)) return new PacedFeed(readerFor(ctx, s.connector), speed);
    throw usage(`source \`${s.id}\` (${s.connector}) is not available in this version`,
      `--source ${s.id}=FILE, or --source ${s.id}=synthetic`);
  });
}

/** True when every source is bounded: such a run is a paced replay, whose rows keep their order across sources. */
export const isBounded = (doc: Document): boolean => doc.sources.every((s) => !isLive(s.connector));

const NAP_MS = 20;

/** A bounded source as a live one: rows come when their event time, counted from the first, has come on the wall clock. */
class PacedFeed implements SourceFeed {
  private readonly reader: SourceReader;
  private readonly speed: number;
  private closed = false;
  private done: Promise<void> = Promise.resolve();

  constructor(reader: SourceReader, speed: number) {
    this.reader = reader;
    this.speed = speed;
  }

  get bad(): SourceReader['bad'] {
    return this.reader.bad;
  }

  async start(onChunk: (chunk: Chunk) => void, onEnd: () => void): Promise<void> {
    this.done = this.run(onChunk).finally(onEnd);
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.done;
    await this.reader.close();
  }

  private async run(onChunk: (chunk: Chunk) => void): Promise<void> {
    let base = NaN;
    const begun = performance.now();
    for (let chunk = await this.reader.next(); chunk !== null && !this.closed; chunk = await this.reader.next()) {
      if (Number.isNaN(base)) base = chunk.ts[0];
      for (let at = 0; at < chunk.n && !this.closed;) {
        const now = base + (performance.now() - begun) * 1000 * this.speed;
        let to = at;
        while (to < chunk.n && chunk.ts[to] <= now) to++;
        if (to > at) onChunk(slice(chunk, at, to));
        at = to;
        if (at < chunk.n) await new Promise((resolve) => setTimeout(resolve, NAP_MS));
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

const slice = (c: Chunk, from: number, to: number): Chunk => ({
  n: to - from, ts: c.ts.subarray(from, to), key: c.key.subarray(from, to),
  cols: c.cols.map((col) => (col instanceof Float64Array ? col.subarray(from, to) : col.slice(from, to))),
});
