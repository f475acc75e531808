/** Codes of the files of a backtest: E690 to E692. */
export const RUN_FILE_CODES: Readonly<Record<string, { readonly title: string; readonly doc: string }>> = Object.freeze({
  E690: {
    title: 'no run',
    doc: 'A run is a folder with a `run.json` that `millrace backtest --out` wrote, or the id of one that is listed.',
  },
  E691: {
    title: 'a run is damaged',
    doc: 'A file of the run is missing, was changed, or is not what `run.json` says: every file has its SHA-256 there. Run the backtest '
      + 'again: the same pipeline, data and seed give the same files.',
  },
  E692: {
    title: 'files are in the way',
    doc: 'The folder holds files of the names that a run has, and they belong to no run. `--force` replaces them; a run that lies there '
      + 'already is replaced without it.',
  },
});
