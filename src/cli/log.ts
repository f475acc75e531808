export type Level = 'debug' | 'info' | 'warn' | 'error' | 'fatal';

/** What a line says beside its text. `msg` stands for the text where that was made for people to look at. */
export interface LogFields {
  readonly level?: Level;
  readonly code?: string;
  readonly msg?: string;
  readonly [name: string]: unknown;
}

/** The same line again within this time is counted, not written. */
const REPEAT_MS = 10_000;
/** Lines remembered for that; beyond, the oldest is forgotten. */
const REMEMBERED = 512;

interface Seen {
  readonly line: Readonly<Record<string, unknown>>;
  readonly since: number;
  again: number;
}

/** Lines as JSON objects, each a line of its own: `time`, `level`, `msg`, `code` and `pipeline` where there are any, then fields. */
export class JsonLog {
  private readonly out: (line: string) => void;
  private readonly now: () => number;
  private readonly seen = new Map<string, Seen>();
  private context: Readonly<Record<string, unknown>> = {};
  private timer: NodeJS.Timeout | null = null;

  constructor(out: (line: string) => void, now: () => number = Date.now) {
    this.out = out;
    this.now = now;
  }

  /** Fields of every line from now on. */
  about(fields: Readonly<Record<string, unknown>>): void {
    this.context = { ...this.context, ...fields };
  }

  write(level: Level, text: string, fields: LogFields = {}): void {
    const { level: given, code, msg, ...rest } = fields;
    const line = { level: given ?? level, msg: (msg ?? text).trim(), ...(code === undefined ? {} : { code }), ...this.context, ...rest };
    if (line.msg === '') return;
    const key = JSON.stringify(line);
    const now = this.now();
    this.expire(now);
    const before = this.seen.get(key);
    if (before !== undefined) {
      before.again += 1;
      return;
    }
    if (this.seen.size >= REMEMBERED) this.forget(this.seen.entries().next().value as [string, Seen]);
    this.seen.set(key, { line, since: now, again: 0 });
    this.put(now, line);
    this.later();
  }

  /** Writes how often lines came again that have not been written since. */
  flush(): void {
    for (const entry of [...this.seen]) this.forget(entry);
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
  }

  private put(now: number, line: Readonly<Record<string, unknown>>): void {
    this.out(`${JSON.stringify({ time: new Date(now).toISOString(), ...line })}\n`);
  }

  private expire(now: number): void {
    for (const entry of this.seen) {
      if (now - entry[1].since < REPEAT_MS) return;
      this.forget(entry);
    }
  }

  private forget([key, { line, again }]: [string, Seen]): void {
    this.seen.delete(key);
    if (again > 0) this.put(this.now(), { ...line, repeated: again });
  }

  private later(): void {
    if (this.timer !== null) return;
    this.timer = setTimeout(() => {
      this.timer = null;
      this.expire(this.now());
      if (this.seen.size > 0) this.later();
    }, REPEAT_MS);
    this.timer.unref();
  }
}

/** Whether a command line asks for JSON on standard error; needed before its flags are read, as reading them may fail. */
export function wantsJsonLog(argv: readonly string[], env: Readonly<Record<string, string | undefined>>): boolean {
  for (let i = argv.length - 1; i >= 0; i--) {
    if (argv[i].startsWith('--log-format=')) return argv[i] === '--log-format=json';
    if (argv[i] === '--log-format') return argv[i + 1] === 'json';
  }
  return env.MILLRACE_LOG_FORMAT === 'json';
}

/** Everything that Node itself would write to standard error goes through the log too. */
export function captureProcess(log: JsonLog): void {
  process.removeAllListeners('warning');
  process.on('warning', (w: Error & { readonly code?: string }) => log.write('warn', w.message, { code: w.code ?? w.name }));
  process.on('uncaughtException', (error: Error) => {
    log.write('fatal', error.message, { code: 'E900', stack: error.stack });
    process.exit(1);
  });
  process.on('exit', () => log.flush());
}
