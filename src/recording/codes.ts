/** Codes of recordings and of the database beside them: E780 to E789. */
export const RECORDING_CODES: Readonly<Record<string, { readonly title: string; readonly doc: string }>> = Object.freeze({
  E780: {
    title: 'no SQLite',
    doc: 'Checkpoints and the catalogue of recordings are kept in SQLite. It comes from better-sqlite3 in the project, from what '
      + '`npm run sqlite:get` fetched in a clone, or from Node 22.13 and newer.',
  },
  E781: {
    title: 'a database cannot be opened',
    doc: 'The file is damaged or no SQLite database, its folder is missing, or another program holds it.',
  },
  E782: {
    title: 'no recording',
    doc: 'A recording is a folder with a `recording.json` that `millrace record`, `run --record` or `data import` made.',
  },
  E783: {
    title: 'a recording is damaged',
    doc: 'A chunk of a data file does not have the length or the checksum that was written down when it was recorded. Everything before it '
      + 'is used; `--allow-gaps` skips it and goes on, and counts what is missing.',
  },
  E784: {
    title: 'a recording cannot be written',
    doc: 'The disk is full, or the folder cannot be written. What was written before is whole and stays readable; the pipeline runs on '
      + 'without the recording.',
  },
  E785: {
    title: 'a recording does not fit',
    doc: 'The recording lacks a stream that the pipeline reads, or holds it with other columns.',
  },
  E786: {
    title: 'live and replay differ',
    doc: '`--check parity` replayed a recording and a node came out otherwise than it was recorded. The message shows the first row that '
      + 'differs and the rows that led to it. The pipeline, its operators or the version of Millrace are others than they were.',
  },
  E787: {
    title: 'the order cannot be repeated',
    doc: 'The engine numbered a row otherwise than it was recorded: rows of the recording are missing, or the universe of the pipeline is '
      + 'another.',
  },
});
