import type { Command } from 'commander';
import type { Terminal } from './terminal.ts';

/** What a verb gets to work with beside its own flags. */
export interface Call {
  readonly terminal: Terminal;
  /** Operands, in order. */
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** A verb of the command line: its flags, its examples and what it does. The result is the exit code. */
export interface Verb<O = Readonly<Record<string, unknown>>> {
  readonly name: string;
  readonly alias?: string;
  readonly summary: string;
  /** Shown first in its help: what somebody would really type. */
  readonly examples: readonly (readonly [command: string, what: string])[];
  /** Adds operands and flags. */
  declare(command: Command): void;
  run?(call: Call, options: O): Promise<number>;
  /** Verbs below this one (`data gen`). */
  readonly verbs?: readonly AnyVerb[];
}

// Each verb knows the type of its own flags; the table of verbs does not have to.
export type AnyVerb = Verb<never>;

export const verb = <O>(v: Verb<O>): AnyVerb => v as unknown as AnyVerb;

/** Exit codes (docs/reference/command-line.md). */
export const EXIT = Object.freeze({
  ok: 0, failed: 1, usage: 2, pipeline: 3, tests: 4, threshold: 5, unreachable: 6, data: 7, interrupted: 130, terminated: 143,
});

/** Adds `value` to what a flag that may be given several times has so far. */
export const collect = (value: string, before: readonly string[] | undefined): string[] => [...(before ?? []), value];
