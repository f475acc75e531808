import { terminal } from '../../src/cli/terminal.ts';
import type { Call } from '../../src/cli/verb.ts';

/** A call of a verb from a test: quiet, in a folder. */
export const callOf = (cwd: string, args: readonly string[] = []): Call => ({
  terminal: terminal({ quiet: true, color: 'never', progress: false }), args, cwd, env: {},
});
