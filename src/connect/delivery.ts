import type { Delivery } from '../core/delivery.ts';

/** What a reader of `explain` has to know of a source or an output on the bus. */
export const DELIVERY_NOTE: Readonly<Record<'source' | 'output', Readonly<Record<Delivery, string>>>> = Object.freeze({
  source: Object.freeze({
    best_effort: 'best effort: a slow or cut-off subscriber loses rows',
    durable: 'durable: read from a stream by sequence, nothing is lost',
  }),
  output: Object.freeze({
    best_effort: 'best effort: who is not listening when a row is published never sees it',
    durable: 'durable: every row is in the stream once',
  }),
});

/** What follows from several streams that feed one pipeline; null for one, or none. */
export function mergeNote(streams: readonly string[]): string | null {
  if (streams.length < 2) return null;
  return `streams ${streams.slice(0, -1).join(', ')} and ${streams.at(-1)} are merged by event time: `
    + `the one that is slow or quiet holds the other${streams.length > 2 ? 's' : ''}`;
}
