/** Codes of a run and of the command line itself: E80x of a run, E90x of the command. */
export const RUN_CODES: Readonly<Record<string, { readonly title: string; readonly doc: string }>> = Object.freeze({
  E610: { title: 'several accounts',
    doc: 'The pipeline has several trading groups. `backtest: { account: NODE }` says which one a backtest is about.' },
  E611: { title: 'nothing that trades',
    doc: 'A backtest needs an account: a `broker`, `risk`, `rebalance` or `size` node, or exactly one `signal`, which a paper account then '
      + 'follows with equal weights.' },
  E612: { title: 'a backtest without a price',
    doc: 'No price came within the span: the sources have no rows there, or `from` and `to` leave nothing.' },
  E775: { title: 'a checkpoint of another pipeline',
    doc: 'The pipeline computes something else than at its last checkpoint. `--from-checkpoint` goes on with the state that both have and '
      + 'says what is dropped; `--fresh` begins anew. The number given to `--from-checkpoint` may also name none that can be used.' },
  E776: { title: 'an output came out differently than before',
    doc: 'After a restart, rows are computed again and compared with what is stored (`runtime.checkpoint.verify`). A difference means that '
      + 'an operator keeps something outside its declared state, looks at how rows are batched, or that code or model has changed.' },
  E777: { title: 'sources that cannot be read in one order',
    doc: 'A run goes on from a checkpoint only when the order of its rows can be had again: all of its '
      + 'sources come from streams, or none.' },
  E778: { title: 'no checkpoint could be written for too long',
    doc: 'The store of checkpoints is full or away. The run went on for `runtime.checkpoint.max_age`, and ends before a crash would cost '
      + 'more. It resumes where it was.' },
  W775: { title: 'a checkpoint is left aside',
    doc: 'It cannot be read, or does not fit what the logs hold: after a power cut a broker may have forgotten outputs that it had '
      + 'acknowledged. An older one is taken, and what is missing is made again.' },
  E801: { title: 'an operator failed on a row',
    doc: 'An operator of your own threw. `on_error: skip` leaves such rows out and counts them, `on_error: dead_letter` keeps them with '
      + 'the error, `stop` (the default) ends the run.' },
  E802: { title: 'a snapshot of another version',
    doc: 'The snapshot was written by a version with another format. Replay from the start.' },
  E804: { title: 'the name is taken', doc: 'An operator of your own has the name of one that ships. Give it another name.' },
  E805: { title: 'no operators there', doc: '`--operators` takes a .ts or .js file, or a folder of them, that exports what `kernel`, `row` '
    + 'or `timed` made.' },
  E806: { title: 'TypeScript cannot be run',
    doc: 'Node runs TypeScript by itself from 22.18 on. Before, install `tsx`, or write the operators as .js files.' },
  E807: { title: 'a file of operators cannot be loaded',
    doc: 'The file has a fault of its own, or imports something that is not there. `-v` shows the stack trace.' },
  E808: { title: 'parity is broken', doc: '`--check parity` ran the same rows cut otherwise and unfused, and a node came out differently. '
    + 'An operator of your own keeps something outside its declared state, or looks at how rows are batched.' },
  E809: { title: 'the project file cannot be used',
    doc: '`millrace.yaml` in the working folder has a fault; the frame below the message shows it.' },
  E820: { title: 'a snapshot of another plan',
    doc: 'The pipeline computes something else than the one that wrote the snapshot. Started as an upgrade it keeps the state that both '
      + 'have and says what it drops; otherwise it starts anew.' },
  E822: { title: 'bytes that are no snapshot',
    doc: 'What should be a checkpoint cannot be read: it was cut short, changed, or is something else. Take an older one.' },
  E900: { title: 'a fault inside millrace',
    doc: 'Something that should not happen. `-v` shows the stack trace; report it with the command and the pipeline.' },
  E901: { title: 'the command line does not fit',
    doc: 'A flag or an operand has a value it cannot take. `millrace <verb> --help` shows what it takes.' },
  E902: { title: 'a file is missing or not allowed', doc: 'The file system refused: the path is wrong, is a folder, or may not be read.' },
  E903: { title: 'a connection is refused', doc: 'A port is taken, or nobody listens at the address.' },
  E904: { title: 'no market for this example',
    doc: 'The demo plays trades; the pipeline reads something else. `millrace replay` runs it over data of its kind.' },
  W905: { title: 'a test file without its pipeline',
    doc: '`name.test.yaml` holds tests of `name.yaml` in the same folder, and there is none.' },
});
