/** Codes of checkpoints and of runs that are shared among processes. `millrace docs E771` prints them. */
export const SCALE_CODES: Readonly<Record<string, { readonly title: string; readonly doc: string }>> = Object.freeze({
  E770: {
    title: 'checkpoints in use by another process',
    doc: 'Two processes may not write the checkpoints of one run. End the one that the message names, or give this run another folder.',
  },
  E771: {
    title: 'a pipeline that looks across symbols',
    doc: '`--partitions` parts the symbols among workers, so each of them sees some of the symbols only. A node that ranks, pairs or '
      + 'aggregates over symbols needs all of them: run the pipeline in one process, or move that node to a pipeline of its own that reads '
      + 'the signals of this one.',
  },
  E772: {
    title: 'a checkpoint cannot be written',
    doc: 'The disk is full, or the broker does not answer. The run goes on and tries again with the next checkpoint; the older ones stay '
      + 'readable. Until one succeeds, a restart has to replay more.',
  },
  E773: {
    title: 'workers that do not agree',
    doc: 'All workers of a run must have been started with the same pipeline and the same `--partitions`: another number would send '
      + 'symbols elsewhere. End the others first, or start this one as they were. The number of partitions stays when all have ended, as '
      + 'checkpoints and outputs go by it; `--name` makes another run.',
  },
  E774: {
    title: 'workers crash again and again',
    doc: 'A worker was restarted five times within a minute. The lines of the worker above the message say why it ended; `-v` shows more.',
  },
});
