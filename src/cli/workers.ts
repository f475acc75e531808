import { spawn, type ChildProcess } from 'node:child_process';
import { Refusal } from '../core/diagnostic.ts';
import { EXIT } from './verb.ts';

/** Restarts of one worker within `BUDGET_MS`; one more is too many. */
const BUDGET = 5;
const BUDGET_MS = 60_000;
const BACKOFF_MS = 100;
const MOST_BACKOFF_MS = 5000;
/** How long workers may take to drain when the run ends because one of them cannot be kept up. */
const DRAIN_MS = 10_000;

export interface SuperviseOptions {
  readonly workers: number;
  /** What a worker is called with, such as `['run', 'p.yaml', '--worker', ...]`. */
  readonly args: readonly string[];
  /** Node, its flags and the script; this process's own when left out. */
  readonly command?: readonly string[];
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Asks for a drain. */
  readonly signal: AbortSignal;
  /** Takes a line of a worker's standard error, and lines about workers. */
  readonly line: (text: string) => void;
  /** False leaves lines of workers as they are, as JSON logs must stay. */
  readonly prefix?: boolean;
  /** First wait before a restart, milliseconds; doubles with every restart. */
  readonly backoffMs?: number;
}

/** Flags of this process that belong to its supervisor: a worker is called with `--worker` in their place. */
export function workerArgs(argv: readonly string[]): string[] {
  const out: string[] = [];
  for (let i = 0; i < argv.length; i++) {
    if (argv[i] === '--workers') i += 1;
    else if (!argv[i].startsWith('--workers=')) out.push(argv[i]);
  }
  return [...out, '--worker'];
}

/** Calls `work` with every whole line of a stream that holds something, and with what is left at its end. */
function eachLine(child: ChildProcess, work: (line: string) => void): void {
  let rest = '';
  child.stderr?.setEncoding('utf8');
  child.stderr?.on('data', (text: string) => {
    const lines = `${rest}${text}`.split('\n');
    rest = lines.pop() ?? '';
    for (const l of lines) if (l !== '') work(l);
  });
  child.stderr?.on('end', () => { if (rest !== '') work(rest); });
}

/** How a worker's process ended; signals count as crashes. */
interface End {
  readonly code: number;
  readonly how: string;
  readonly signal: NodeJS.Signals | null;
}

/** Ends that another start would only repeat: a wrong command line, a pipeline with a fault. */
const isFinal = (code: number): boolean => code === EXIT.ok || code === EXIT.usage || code === EXIT.pipeline;

/**
 * Runs worker processes of this program and keeps them up: a worker that crashes is started again after a growing wait, five times a minute
 * at most, then all are drained and the run ends (E774). Workers are processes of a group of their own, so that Ctrl-C reaches them once,
 * through here; a worker whose supervisor is gone drains by itself (`onSupervisorGone`). Resolves with the exit code.
 */
export async function supervise(options: SuperviseOptions): Promise<number> {
  const children = new Set<ChildProcess>();
  const giveUp = new AbortController();
  const stopping = AbortSignal.any([options.signal, giveUp.signal]);
  const kill = (signal: NodeJS.Signals): void => { for (const c of children) c.kill(signal); };
  const onExit = (): void => kill('SIGKILL');
  const onStop = (): void => kill('SIGTERM');
  process.once('exit', onExit);
  stopping.addEventListener('abort', onStop);
  let refusal: Refusal | null = null;
  const keep = async (n: number): Promise<number> => {
    const restarts: number[] = [];
    while (!stopping.aborted) {
      const { code, how, signal } = await runOne(n, options, children);
      // Asked to drain before it had begun: there was nothing to.
      if (stopping.aborted && signal === 'SIGTERM') return EXIT.ok;
      if (stopping.aborted || isFinal(code)) {
        // What is wrong with one command line is wrong with all of them.
        if (code !== EXIT.ok) giveUp.abort();
        return code;
      }
      const now = performance.now();
      while (restarts.length > 0 && now - restarts[0] > BUDGET_MS) restarts.shift();
      if (restarts.length === BUDGET) {
        refusal ??= tooOften(n, how);
        giveUp.abort();
        return EXIT.failed;
      }
      const wait = Math.min(MOST_BACKOFF_MS, (options.backoffMs ?? BACKOFF_MS) * 2 ** restarts.length);
      restarts.push(now);
      options.line(`worker ${n} ${how}; starting it again in ${wait} ms (${restarts.length} of ${BUDGET})`);
      await pauseOr(wait, stopping);
    }
    return EXIT.ok;
  };
  const all = Promise.all(Array.from({ length: options.workers }, (_, i) => keep(i + 1)));
  giveUp.signal.addEventListener('abort', () => void pauseOr(DRAIN_MS, null).then(() => kill('SIGKILL')));
  try {
    const codes = await all;
    if (refusal !== null) throw refusal as Refusal;
    return codes.find((c) => c !== EXIT.ok) ?? EXIT.ok;
  } finally {
    process.off('exit', onExit);
  }
}

const tooOften = (n: number, how: string): Refusal =>
  new Refusal('E774', `worker ${n} ${how} again, after ${BUDGET} restarts within a minute`, {
    exit: EXIT.failed, help: ['its last lines above say why', 'run one with --workers 1 -v to see more'],
  });

/** Waits, until `signal` says not to. Does not keep the process from ending. */
function pauseOr(ms: number, signal: AbortSignal | null): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    if (signal === null) timer.unref();
    signal?.addEventListener('abort', done);
  });
}

function runOne(n: number, options: SuperviseOptions, children: Set<ChildProcess>): Promise<End> {
  const [node, ...before] = options.command ?? [process.execPath, ...process.execArgv, process.argv[1]];
  const child = spawn(node, [...before, ...options.args], {
    stdio: ['ignore', 'inherit', 'pipe', 'ipc'], detached: true, env: { ...process.env, ...options.env, MILLRACE_WORKER: String(n) },
  });
  children.add(child);
  eachLine(child, (text) => options.line(options.prefix === false ? text : `[worker ${n}] ${text}`));
  return new Promise((resolve) => {
    const end = (e: End): void => {
      children.delete(child);
      resolve(e);
    };
    child.once('error', (error) => end({ code: EXIT.failed, signal: null, how: `could not be started (${error.message})` }));
    // `close` and not `exit`: its last lines come first.
    child.once('close', (code, signal) =>
      end({ code: code ?? EXIT.failed, signal, how: signal === null ? `ended with exit code ${code}` : `was ended by ${signal}` }));
  });
}

/** In a worker: calls `stop` when the supervisor has died. Does not keep the process from ending. */
export function onSupervisorGone(stop: () => void): void {
  if (process.send === undefined) return;
  process.once('disconnect', stop);
  process.channel?.unref();
}
