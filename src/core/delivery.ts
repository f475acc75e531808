/** What a subject's source or output promises: `durable` reads or writes a stream, `best_effort` is the bare subject. */
export type Delivery = 'best_effort' | 'durable';

/** As it is written, or what follows from it: who names a stream wants it used. */
export function deliveryOf(args: Readonly<Record<string, unknown>>): Delivery {
  if (args.delivery === 'best_effort' || args.delivery === 'durable') return args.delivery;
  return args.stream === undefined ? 'best_effort' : 'durable';
}

/** True for a source or an output that is kept in a stream. */
export const isDurable = (x: { readonly connector: string; readonly args: Readonly<Record<string, unknown>> }): boolean =>
  x.connector === 'nats' && deliveryOf(x.args) === 'durable';
