import type { Connector } from '../core/connector.ts';
import { choice, int, map, text } from '../core/field.ts';

export const natsSource: Connector = Object.freeze({
  kind: 'connector', name: 'nats', role: 'source', shorthand: 'subject',
  summary: 'Rows from the messages of a subject.',
  doc: '`{symbol}` captures one token of the subject; `*` and `>` match without capturing. A message is one JSON object, or a list of '
    + 'them. `millrace run --bus` says what carries the messages: the embedded bus of the process, or a NATS server.',
  fields: Object.freeze({
    subject: text({ doc: 'Tokens parted by `.`, such as `md.trades.{symbol}`.' }),
    fields: map({ doc: 'Column of the schema (or `ts`, `symbol`) to the name in the message, where the names do not tell.',
      optional: true }),
    buffer: int({ default: 65_536, min: 1, max: 16_777_216, unit: 'messages', doc: 'Messages held while the pipeline is busy.' }),
    when_full: choice(['wait', 'drop'],
      { default: 'wait', doc: '`wait` holds the publisher up, on the embedded bus; `drop` loses the newest message and counts it, as a '
        + 'server\'s subjects always do.' }),
    delivery: choice(['best_effort', 'durable'], { optional: true, doc: '`best_effort` listens to the bare subject: a slow or cut-off '
      + 'subscriber loses rows. `durable` reads a stream by sequence and loses nothing. Left out: `durable` where `stream` is named.' }),
    stream: text({ optional: true, doc: 'JetStream stream; unused by the embedded bus.' }),
    replay: text({ optional: true, doc: 'How far back to begin in the stream, such as `last_2h`; unused by the embedded bus.' }),
  }),
  examples: [{ title: 'trades of every symbol', yaml: 'nats: { subject: "md.trades.{symbol}" }' }],
});

export const natsOutput: Connector = Object.freeze({
  kind: 'connector', name: 'nats', role: 'output', shorthand: 'subject',
  summary: 'A message for every row.',
  doc: '`{pipeline}`, `{symbol}` and any column of the node fill one token each; `.`, `*`, `>`, `%` and blanks in them are '
    + 'percent-encoded. The message is the row as one JSON object.',
  fields: Object.freeze({
    subject: text({ doc: 'Tokens parted by `.`, such as `signals.{pipeline}.{symbol}`.' }),
    delivery: choice(['best_effort', 'durable'], { optional: true, doc: '`best_effort` publishes on the bare subject: who does not listen '
      + 'never sees the row. `durable` writes each row to a stream once. Left out: `durable` where `stream` is named.' }),
    stream: text({ optional: true, doc: 'JetStream stream; unused by the embedded bus.' }),
  }),
  examples: [{ title: 'signals by symbol', yaml: 'nats: { subject: "signals.{pipeline}.{symbol}" }' }],
});
