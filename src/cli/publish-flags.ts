import type { Command } from 'commander';
import { busFlags, type BusFlags } from './bus-flags.ts';

export interface PublishFlags extends BusFlags {
  readonly until?: string;
  readonly step?: boolean;
  readonly loop?: boolean;
  readonly stream?: string;
  readonly schema?: string;
}

/** Flags of `replay DATA --to SUBJECT`, which publishes. */
export const publishFlags = (c: Command): Command => busFlags(c)
  .option('--until <time>', 'published: only rows before this time, where --to is the subject')
  .option('--step', 'published: a message for every Enter')
  .option('--loop', 'published: begin again at the end')
  .option('--stream <id>', 'published: only this stream of the recording')
  .option('--schema <name>', 'published: trade, quote, bar or another, where it is a file');
