import { Refusal } from '../core/diagnostic.ts';
import type { JsonLog } from './log.ts';
import { version } from './program.ts';
import { paints, type Paint } from './terminal.ts';
import { EXIT } from './verb.ts';

/** Ends a verb whose messages are written already. */
export class Halt extends Error {
  readonly exit: number;

  constructor(exit: number) {
    super(`exit ${exit}`);
    this.name = 'Halt';
    this.exit = exit;
  }
}

/** What the command line itself refuses: a flag that does not fit. */
export const usage = (message: string, ...help: string[]): Refusal => new Refusal('E901', message, { exit: EXIT.usage, help });

/** An expected failure as text: coded, with how to mend it. */
export function renderRefusal(r: Refusal, paint: Paint = paints(false)): string {
  const head = `${paint.bad(`error[${r.code}]`)}: ${r.message}`;
  return [head, ...r.help.map((h) => `  = ${h}`)].join('\n');
}

const SYSTEM: Readonly<Record<string, readonly [code: string, exit: number, what: string]>> = {
  ENOENT: ['E902', EXIT.data, 'no such file or folder'], EACCES: ['E902', EXIT.data, 'not allowed'],
    EISDIR: ['E902', EXIT.data, 'a folder, not a file'],
  ENOSPC: ['E902', EXIT.failed, 'no space left on the disk'], EROFS: ['E902', EXIT.failed, 'the disk is read-only'],
  EADDRINUSE: ['E903', EXIT.unreachable, 'the port is taken'], ECONNREFUSED: ['E903', EXIT.unreachable, 'nobody listens there'],
};

/** What the file system says, in the form of a refusal; null for anything else. */
function asRefusal(error: unknown): Refusal | null {
  if (error instanceof Refusal) return error;
  const { code, path } = error as NodeJS.ErrnoException;
  const known = code === undefined ? undefined : SYSTEM[code];
  return known === undefined ? null : new Refusal(known[0], `${path ?? 'the system'}: ${known[2]}`, { exit: known[1], cause: error });
}

/** Says what went wrong and returns the exit code. Anything that is no refusal is a fault of the program itself. */
export function report(error: unknown, verbose: boolean, paint: Paint, log: JsonLog | null = null): number {
  if (error instanceof Halt) return error.exit;
  const refusal = asRefusal(error);
  if (log !== null) return logged(error, refusal, verbose, log);
  if (refusal !== null) {
    const stack = verbose && refusal.cause instanceof Error ? `\n${refusal.cause.stack ?? ''}` : '';
    process.stderr.write(`${renderRefusal(refusal, paint)}${stack}\n`);
    return refusal.exit;
  }
  const text = error instanceof Error ? error.message : String(error);
  process.stderr.write(`${paint.bad('error[E900]')}: a fault inside millrace ${version()}: ${text}\n`
    + '  = this should not happen: please report it, with the command and the pipeline\n');
  process.stderr.write(verbose && error instanceof Error ? `${error.stack ?? ''}\n` : '  = run again with -v for the stack trace\n');
  return EXIT.failed;
}

function logged(error: unknown, refusal: Refusal | null, verbose: boolean, log: JsonLog): number {
  const stack = (e: unknown): { stack?: string | undefined } => (verbose && e instanceof Error ? { stack: e.stack } : {});
  if (refusal !== null) {
    log.write('error', refusal.message, {
      code: refusal.code, exit: refusal.exit, ...(refusal.help.length > 0 ? { help: refusal.help } : {}), ...stack(refusal.cause),
    });
    return refusal.exit;
  }
  log.write('fatal', `a fault inside millrace ${version()}: ${error instanceof Error ? error.message : String(error)}`,
    { code: 'E900', exit: EXIT.failed, ...stack(error) });
  return EXIT.failed;
}
