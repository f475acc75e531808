import type { Connector } from '../core/connector.ts';
import { choice, int, map, text } from '../core/field.ts';
import { CODECS } from './codec-names.ts';
import { CODECS_DOC } from './message-doc.ts';

const STREAM = 'a JetStream stream of a server. The embedded bus has none and does not use it.';

export const natsSource: Connector = Object.freeze({
  kind: 'connector', name: 'nats', role: 'source', shorthand: 'subject',
  summary: 'Rows from the messages of a subject.',
  doc: '`{symbol}` captures one token of the subject, `{partition}` one that is not looked at; `*` and `>` match without capturing. '
    + 'A message holds one row or many, in the codec that its header `Millrace-Codec` names, else in that of the source; one that cannot '
    + `be read is counted and left out.\n\n${CODECS_DOC}`,
  fields: Object.freeze({
    subject: text({ doc: 'Tokens parted by `.`, such as `md.trades.{symbol}`.' }),
    fields: map({ doc: 'Column of the schema (or `ts`, `symbol`) to the name in the message, where the names do not tell.',
      optional: true }),
    codec: choice(CODECS, { default: 'json', doc: 'Codec of messages that name none.' }),
    stream: text({ optional: true, doc: `The log that is read, ${STREAM}` }),
    replay: text({ default: 'all', doc: 'Where the stream is begun: `all`, `new`, `last_2h`, or a time such as `2024-01-02T09:30:00Z`. '
      + 'A run that goes on from a checkpoint begins there instead.' }),
    delivery: choice(['durable', 'best_effort'], { optional: true, doc: '`durable` reads the stream by position: nothing is lost and '
      + 'nothing is read twice. `best_effort` takes what is published while the run is up. Default: `durable` where a stream is named.' }),
    on_gap: choice(['stop', 'continue'], { default: 'stop', doc: 'What to do when the stream no longer has messages that were not read '
      + 'yet: stop, or go on behind the gap and say so.' }),
    max_bytes: int({ default: 1_048_576, min: 256, max: 67_108_864, unit: 'bytes',
      doc: 'Longest message that is read; longer ones are counted as bad.' }),
    buffer: int({ default: 65_536, min: 1, max: 16_777_216, unit: 'messages', doc: 'Messages held while the pipeline is busy.' }),
    when_full: choice(['wait', 'drop'],
      { default: 'wait', doc: '`wait` holds the publisher up, on the embedded bus; `drop` loses the newest message and counts it, as a '
        + 'server\'s subjects always do.' }),
  }),
  examples: [
    { title: 'trades of every symbol', yaml: 'nats: { subject: "md.trades.{symbol}" }' },
    { title: 'the last two hours of a stream, then what comes',
      yaml: 'nats: { subject: "md.trades.{symbol}", stream: MD, replay: last_2h, codec: arrow }' },
  ],
});

export const natsOutput: Connector = Object.freeze({
  kind: 'connector', name: 'nats', role: 'output', shorthand: 'subject',
  summary: 'Rows as messages of a subject.',
  doc: '`{pipeline}`, `{symbol}` and any column of the node fill one token each; `.`, `*`, `>`, `%` and blanks in them are '
    + 'percent-encoded. In JSON a message is one row; the other codecs put the rows that came about together into one message for each '
    + 'subject. The headers `Millrace-Schema` and `Millrace-Codec` say what is inside. The codecs are told at the source of the same name.',
  fields: Object.freeze({
    subject: text({ doc: 'Tokens parted by `.`, such as `signals.{pipeline}.{symbol}`.' }),
    codec: choice(CODECS, { default: 'json', doc: 'What a message is made of.' }),
    stream: text({ optional: true, doc: `The log that messages are stored in, ${STREAM}` }),
    delivery: choice(['durable', 'best_effort'], { optional: true, doc: '`durable` stores every message once, through crashes; '
      + '`best_effort` publishes to whoever listens. Default: `durable` where a stream is named.' }),
  }),
  examples: [{ title: 'signals by symbol', yaml: 'nats: { subject: "signals.{pipeline}.{symbol}" }' }],
});
