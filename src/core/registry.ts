import type { Connector } from './connector.ts';
import type { Kernel } from './kernel.ts';
import type { Operator } from './operator.ts';

/** Everything a pipeline can name. Built once from plain lists; custom operators are added by making a larger one. */
export interface Registry {
  readonly kernels: ReadonlyMap<string, Kernel>;
  readonly operators: ReadonlyMap<string, Operator>;
  readonly sources: ReadonlyMap<string, Connector>;
  readonly outputs: ReadonlyMap<string, Connector>;
  /** Names of kernels and operators that came from the user's own files: they may throw, and are guarded. */
  readonly custom: ReadonlySet<string>;
  /** Text of the files that they came from, by name, where they came from files. */
  readonly code?: ReadonlyMap<string, string>;
}
