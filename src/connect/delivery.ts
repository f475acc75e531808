/** What a subject's source or output promises: `durable` reads or writes a stream, `best_effort` is the bare subject. */
export type Delivery = 'best_effort' | 'durable';

/** As it is written, or what follows from it: who names a stream wants it used. */
export function deliveryOf(args: Readonly<Record<string, unknown>>): Delivery {
  if (args.delivery === 'best_effort' || args.delivery === 'durable') return args.delivery;
  return args.stream === undefined ? 'best_effort' : 'durable';
}

/** What a reader of `explain` has to know of it. */
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
