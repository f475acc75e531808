import { JsonLog, type LogFields } from './log.ts';

/** Where a verb writes: data to `out`, everything else to `err`. */
export interface Terminal {
  readonly out: NodeJS.WritableStream;
  /** Writes data, ended by a line break where it has none. */
  print(text: string): void;
  /** Writes a line for the person in front of the screen; silent with `--quiet`. */
  say(text: string, fields?: LogFields): void;
  /** Like `say`, but not silenced: warnings and errors. */
  warn(text: string, fields?: LogFields): void;
  /** Fields of every JSON line from now on, such as the pipeline. */
  about(fields: Readonly<Record<string, unknown>>): void;
  readonly paint: Paint;
  /** Colour of data on standard output, which may go elsewhere than standard error. */
  readonly outPaint: Paint;
  readonly quiet: boolean;
  readonly verbose: number;
  readonly progress: boolean;
  readonly isTty: boolean;
  readonly json: boolean;
  readonly jsonLog: boolean;
}

export interface TerminalOptions {
  readonly quiet?: boolean;
  readonly verbose?: number;
  readonly color?: string;
  readonly progress?: boolean;
  readonly json?: boolean;
  readonly logFormat?: string;
}

type Tint = (text: string) => string;

/** Colours by meaning; they never carry meaning alone. */
export interface Paint {
  readonly enabled: boolean;
  readonly bad: Tint;
  readonly good: Tint;
  readonly note: Tint;
  readonly dim: Tint;
  readonly bold: Tint;
}

export function paints(enabled: boolean): Paint {
  const tint = (code: number): Tint => (text) => (enabled && text !== '' ? `\x1b[${code}m${text}\x1b[0m` : text);
  return { enabled, bad: tint(31), good: tint(32), note: tint(33), dim: tint(2), bold: tint(1) };
}

/** `--color` wins over `FORCE_COLOR`, that over `NO_COLOR`, that over what the stream is. */
export function wantsColor(choice: string | undefined, isTty: boolean, env: Readonly<Record<string, string | undefined>>): boolean {
  if (choice === 'always') return true;
  if (choice === 'never') return false;
  if (env.FORCE_COLOR !== undefined && env.FORCE_COLOR !== '') return env.FORCE_COLOR !== '0' && env.FORCE_COLOR !== 'false';
  if (env.NO_COLOR !== undefined && env.NO_COLOR !== '') return false;
  return isTty && env.TERM !== 'dumb';
}

/** The log, if any, is the one that the process writes to as well; without it one is made where `logFormat` asks for it. */
export function terminal(options: TerminalOptions, given: JsonLog | null = null): Terminal {
  const { stdout, stderr, env } = process;
  const quiet = options.quiet === true;
  const line = (text: string): string => (text.endsWith('\n') ? text : `${text}\n`);
  const json = given ?? (options.logFormat === 'json' ? new JsonLog((text) => void stderr.write(text)) : null);
  const jsonLog = json !== null;
  const log = (level: 'info' | 'warn', text: string, fields?: LogFields): void => {
    if (json !== null) json.write(level, text, fields);
    else stderr.write(line(text));
  };
  return {
    out: stdout,
    print: (text) => void (text !== '' && stdout.write(line(text))),
    say: (text, fields) => void (quiet || log('info', text, fields)),
    warn: (text, fields) => log('warn', text, fields),
    about: (fields) => json?.about(fields),
    paint: paints(wantsColor(options.color, stderr.isTTY === true, env) && !jsonLog),
    outPaint: paints(wantsColor(options.color, stdout.isTTY === true, env)),
    quiet,
    verbose: options.verbose ?? 0,
    progress: options.progress !== false && !quiet,
    isTty: stderr.isTTY === true && !jsonLog,
    json: options.json === true,
    jsonLog,
  };
}

/** A reader that has seen enough (`| head`) is no fault: the process ends quietly. */
export function endQuietlyOnClosedPipe(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') process.exit(0);
      throw error;
    });
  }
}
