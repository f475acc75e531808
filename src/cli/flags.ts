import type { Command } from 'commander';
import { collect } from './verb.ts';

/** Flags of every verb that compiles a pipeline. */
export const pipelineFlags = (c: Command): Command => c
  .option('-p, --param <name=value>', 'set a parameter of the pipeline (again for more)', collect)
  .option('--operators <path>', 'a file or folder of your own operators (again for more)', collect);

/** Flags of every verb that runs one over bounded data. */
export const dataFlags = (c: Command, from = 'only rows from this time on'): Command => pipelineFlags(c)
  .option('--source <id=file>', 'take the rows of a source from a .csv, .jsonl or .arrow file, or `synthetic` (again for more)', collect)
  .option('--symbols <list>', 'only these symbols, parted by commas')
  .option('--from <time>', from)
  .option('--to <time>', 'only rows before this time');
