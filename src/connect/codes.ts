/**
 * Codes of sources and outputs: E701 to E713 stop a run, the others are counted per row or message and stop nothing. `millrace docs E702`
 * prints them.
 */
export const CONNECT_CODES: Readonly<Record<string, { readonly title: string; readonly doc: string }>> = Object.freeze({
  E701: {
    title: 'a file is missing',
    doc: 'No file matches `path`. Paths are relative to the folder of the pipeline; `*` matches within one folder.',
  },
  E702: {
    title: 'a column is missing',
    doc: 'The data has no column that fits one of the schema. Name it under `fields:`: `fields: { price: last_px }`.',
  },
  E703: {
    title: 'a file is unreadable',
    doc: 'The file is damaged, truncated, or of another format than its connector expects.',
  },
  E704: {
    title: 'not available in this version',
    doc: 'The connector is part of the language already, but this version cannot open it.',
  },
  E705: {
    title: 'an unknown time zone',
    doc: '`time.timezone` takes an IANA name such as `America/New_York`, or `UTC`.',
  },
  E706: {
    title: 'a column of time is missing',
    doc: 'Every row needs an event time. Name its column under `fields:` (`ts: when`) or as `time.field`.',
  },
  E707: {
    title: '`fields` names an absent column',
    doc: '`fields:` maps a column of the schema to a column of the file.',
  },
  E708: {
    title: 'a setting does not fit',
    doc: 'A setting of a source or output has a value it cannot take.',
  },
  E709: {
    title: 'too long to be sorted',
    doc: 'The file is out of order beyond what is held in memory. Use `order: arrival`, or sort it first.',
  },
  E710: {
    title: 'an output cannot be written',
    doc: 'The file exists and `exists: refuse` is set, or its folder cannot be written.',
  },
  E711: {
    title: 'a subject is malformed',
    doc: 'Tokens are parted by `.`, are never empty and hold no blanks; `*` and `>` stand alone, `>` only at the end.',
  },
  E712: {
    title: 'an unknown token in a subject',
    doc: '`{symbol}`, `{pipeline}` and, in an output, the columns of its node are filled in; nothing else is.',
  },
  E713: {
    title: 'a setting of messages does not fit',
    doc: '`codec` is `json`, `arrow` or `compact`; `replay` is `all`, `new`, `last_` and a duration, or a time.',
  },
  E714: {
    title: 'an unknown codec of a message',
    doc: 'The header `Millrace-Codec` names a codec that is not known here; the message is counted as bad and left out.',
  },
  E715: {
    title: 'a message is too large',
    doc: 'A message is longer than `max_bytes`, or holds more than 65,536 rows, an object of more than 512 keys, or a symbol of more than '
      + '256 characters; it is counted as bad and left out. The bounds keep the memory of a run bounded.',
  },
  E716: {
    title: 'not a compact message',
    doc: 'The message is no complete one of the codec `compact`, or of another version of it; it is counted as bad and left out. The '
      + 'reference of the source `nats` tells the layout.',
  },
  E717: {
    title: 'another layout of a compact message',
    doc: 'The message was made for other columns or types than the source has; it is counted as bad and left out. Give the source the '
      + 'schema of the producer: names, types and order have to be the same.',
  },
  E718: {
    title: 'not an Arrow stream',
    doc: 'The message is no complete Arrow IPC stream of plain columns; it is counted as bad and left out. Write it uncompressed, without '
      + 'nested columns and views of text.',
  },
  E719: {
    title: 'a message without rows',
    doc: 'The message is empty, or a list or batch of no rows; it is counted as bad.',
  },
  E751: {
    title: 'wrong number of fields',
    doc: 'The row has another number of fields than the header; it is counted as bad and left out.',
  },
  E752: {
    title: 'not a number',
    doc: 'A numeric column holds other text; the row is counted as bad and left out.',
  },
  E753: {
    title: 'a value is missing',
    doc: 'A column that the schema needs is empty; the row is counted as bad and left out.',
  },
  E754: {
    title: 'not a finite number',
    doc: 'A numeric column holds NaN or Infinity; the row is counted as bad and left out.',
  },
  E755: {
    title: 'not a time',
    doc: 'The event time cannot be read; the row is counted as bad and left out.',
  },
  E756: {
    title: 'an unknown word',
    doc: 'A column of an enumeration or bool holds another word; the row is counted as bad and left out.',
  },
  E757: {
    title: 'not a JSON object',
    doc: 'The line or message is no JSON object; it is counted as bad and left out.',
  },
  E758: {
    title: 'unbalanced quotes',
    doc: 'A quoted field does not end, or goes on after its closing quote; reading resumes on the next line.',
  },
  E759: {
    title: 'not UTF-8',
    doc: 'A message, or a text in it, has bytes that are no UTF-8; it is counted as bad and left out.',
  },
});
