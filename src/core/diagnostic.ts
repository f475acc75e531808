/** One fault of a pipeline file, placed by character offsets into its text. */
export interface Diagnostic {
  readonly code: string;
  readonly severity: 'error' | 'warning';
  /** What was found: `unknown field \`evry\` in \`bars\``. */
  readonly message: string;
  readonly start: number;
  readonly end: number;
  /** Under the caret: the nearest right thing, or what is wrong here. */
  readonly label?: string;
  /** Lines below the frame: what is allowed, how to fix it. */
  readonly help?: readonly string[];
  /** The replacement that a tool may apply, where there is exactly one. */
  readonly suggestion?: string;
}

/** An expected failure that a user can mend: coded, with the fix in its text. Anything else that is thrown is a bug. */
export class Refusal extends Error {
  readonly code: string;
  /** Exit code of the command line (docs/reference/errors.md). */
  readonly exit: number;
  readonly help: readonly string[];

  constructor(code: string, message: string, options: { exit?: number; help?: readonly string[]; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'Refusal';
    this.code = code;
    this.exit = options.exit ?? 1;
    this.help = options.help ?? [];
  }
}
