/** Codes of tables and their export: E730 to E733. */
export const TABLE_CODES: Readonly<Record<string, { readonly title: string; readonly doc: string }>> = Object.freeze({
  E730: {
    title: 'an unknown format',
    doc: '`millrace export --to` takes csv, jsonl, arrow, parquet or sqlite. Without `--to` the ending of `--out` tells the format.',
  },
  E731: {
    title: 'no such table',
    doc: 'A run has the tables trades, orders, fills and equity, and others that its pipeline wrote; a recording has a table for every '
      + 'stream; a file has one.',
  },
  E732: {
    title: 'no library for Parquet',
    doc: 'Parquet is written by the package hyparquet-writer, which comes with Millrace and is loaded only for that. '
      + '`npm install hyparquet-writer` brings it back.',
  },
  E733: {
    title: 'a value that its column cannot hold',
    doc: 'A recording may hold half an i64 or an infinite time, as a source sent it. Arrow, Parquet and SQLite have no place for that; '
      + 'csv and jsonl write every value as it is.',
  },
});
