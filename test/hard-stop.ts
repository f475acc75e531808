import { Script } from 'node:vm';

const work = new Script('globalThis.underHardStop()');
const slot = globalThis as { underHardStop?: () => void };
let stopped: Error | null = null;

/**
 * Runs `what` and ends it, wherever it is, when it has not come back within `ms`: a loop without an end becomes a failure that names the
 * text, in place of a suite that hangs. The bound is far above what the slowest machine needs for work that is linear in the text. Once
 * it was met, later calls fail at once, so that a property that shrinks its counterexample ends as well.
 */
export function hardStop(text: string, what: () => void, ms = 15_000): void {
  if (stopped !== null) throw stopped;
  slot.underHardStop = what;
  try {
    work.runInThisContext({ timeout: ms });
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
    stopped = new Error(`no answer within ${ms} ms to ${text.length} characters: ${JSON.stringify(text.slice(0, 2000))}`);
    throw stopped;
  }
}

/** For tests of the stop itself. */
export const resume = (): void => void (stopped = null);
