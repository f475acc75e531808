import type { Connector } from '../core/connector.ts';
import { choice, int, map, text } from '../core/field.ts';
import { CODECS } from './codec-names.ts';

const STREAM = 'names a JetStream stream of a server; the embedded bus has none and does not use it.';

const CODEC_DOC = '`json` is one JSON object a row. `arrow` is one Arrow IPC stream a message, uncompressed: `ts` timestamp[us], `symbol` '
  + 'utf8 or a dictionary, then the columns; a row without a symbol and without values is a heartbeat. `compact` is a fixed layout, '
  + 'little-endian, made for speed: ';

/** The layout, for whoever writes a producer. */
const COMPACT_DOC = '4 bytes `MRCB`; u8 version 1; u8 bytes of an index, 2 or 4; u16 0; u64 hash of the layout; u32 rows; u32 symbols, at '
  + 'most as many; u32 bytes of their texts; u32 0. Then sections, each filled up with zeros to a multiple of 8 bytes: f64 a row, '
  + 'microseconds since 1970; the index of the symbol of each row, all bits set for a heartbeat; u32 a symbol, the length of its text, and '
  + 'then the texts in UTF-8 (none at all: every row, with index 0, is of the symbol that the subject names). Then a section for each '
  + 'column of the schema, in order: f64 a row for numbers, times and durations, NaN for null; u8 a row for bool and words, their number '
  + 'from 0, 255 for null (f64 where there are more than 254 words); for text i32 a row, its length or -1 for null, and then the texts. '
  + 'The hash is FNV-1a of 64 bits of the columns and types, such as `ts:time,symbol:text,price:f64,size:f64,side:sell|buy`, which is '
  + '8f3cb634a1a1332f. Two trades of A at 2^41 and 2^41 + 2^37, 1.5 x 3 buy and 2.5 x 4, and a heartbeat at 2^42, in hexadecimal: '
  + '`4d524342 01 02 0000 2f33a1a134b63c8f 03000000 01000000 01000000 00000000 0000000000008042 0000000000008142 0000000000009042 '
  + '0000 0000 ffff 0000 01000000 41 000000 000000000000f83f 0000000000000440 000000000000f87f 0000000000000840 0000000000001040 '
  + '000000000000f87f 01 ff ff 0000000000`.';

export const natsSource: Connector = Object.freeze({
  kind: 'connector', name: 'nats', role: 'source', shorthand: 'subject',
  summary: 'Rows from the messages of a subject.',
  doc: '`{symbol}` captures one token of the subject, `{partition}` one that is not looked at; `*` and `>` match without capturing. '
    + 'A message holds one row or many, in the codec that its header `Millrace-Codec` names, else in that of the source. In JSON it is an '
    + 'object or a list of them, and `{"heartbeat": time}` moves event time without a row. A message that cannot be read is counted and '
    + `left out. ${CODEC_DOC}${COMPACT_DOC}`,
  fields: Object.freeze({
    subject: text({ doc: 'Tokens parted by `.`, such as `md.trades.{symbol}`.' }),
    fields: map({ doc: 'Column of the schema (or `ts`, `symbol`) to the name in the message, where the names do not tell.',
      optional: true }),
    codec: choice(CODECS, { default: 'json', doc: 'Codec of messages that name none.' }),
    stream: text({ optional: true, doc: `The log that is read: it ${STREAM}` }),
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
    + 'subject. The headers `Millrace-Schema` and `Millrace-Codec` say what is inside; the source of the same name tells the codecs.',
  fields: Object.freeze({
    subject: text({ doc: 'Tokens parted by `.`, such as `signals.{pipeline}.{symbol}`.' }),
    codec: choice(CODECS, { default: 'json', doc: 'What a message is made of.' }),
    stream: text({ optional: true, doc: `The log that messages are stored in: it ${STREAM}` }),
    delivery: choice(['durable', 'best_effort'], { optional: true, doc: '`durable` stores every message once, through crashes; '
      + '`best_effort` publishes to whoever listens. Default: `durable` where a stream is named.' }),
  }),
  examples: [{ title: 'signals by symbol', yaml: 'nats: { subject: "signals.{pipeline}.{symbol}" }' }],
});
