import type { Command } from 'commander';
import type { FileOptions } from '../connect/infer.ts';
import { pairs } from './overrides.ts';
import { collect } from './verb.ts';

/** Flags of verbs that read a file of which nothing is said but its name. */
export interface ReadFlags {
  readonly schema?: string;
  readonly field?: readonly string[];
  readonly symbol?: string;
  readonly timezone?: string;
  readonly unit?: string;
  readonly json?: boolean;
}

export const readFlags = (c: Command): Command => c
  .option('--schema <name>', 'trade, quote, bar or another known schema; without it every column is kept as it is')
  .option('--field <column=name>', 'the name in the file of a column (again for more)', collect)
  .option('--symbol <symbol>', 'symbol of every row, for a file without that column')
  .option('--timezone <zone>', 'zone of times that are written without one')
  .option('--unit <unit>', 'of times that are numbers: s, ms, us or ns')
  .option('--json', 'one object');

export const fileOptions = (flags: ReadFlags, cwd: string): FileOptions => ({
  base: cwd, ...(flags.schema === undefined ? {} : { schema: flags.schema }), ...(flags.symbol === undefined ? {}
    : { symbol: flags.symbol }),
  ...(flags.timezone === undefined ? {} : { timezone: flags.timezone }), ...(flags.unit === undefined ? {} : { unit: flags.unit }),
  ...(flags.field === undefined ? {} : { fields: Object.fromEntries(pairs('--field', flags.field)) }),
});
