import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { Refusal } from '../core/diagnostic.ts';
import type { CheckpointStore } from '../core/log.ts';
import { notWritten } from './file-checkpoints.ts';
import type { Answer, Ask, Begin, Question } from './sqlite-checkpoints-thread.ts';

export interface SqliteCheckpointsOptions {
  /** `strict`: a checkpoint survives a loss of power. Else it survives the process, and after a loss of power an older one is used. */
  readonly durability?: 'strict' | 'process';
  /** Told when a damaged file was put aside. */
  readonly onWarning?: (text: string) => void;
}

interface Waiting {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

/** Starts the thread's program, stored beside this one. Where it is TypeScript that this Node does not run by itself, tsx helps. */
function startThread(workerData: Begin): Worker {
  const typescript = import.meta.url.endsWith('.ts');
  const url = new URL(`./sqlite-checkpoints-thread.${typescript ? 'ts' : 'js'}`, import.meta.url);
  const runs = !typescript || (process.features as { typescript?: unknown }).typescript !== undefined;
  if (runs) return new Worker(url, { workerData, execArgv: [] });
  const tsx = createRequire(import.meta.url).resolve('tsx/package.json');
  const api = new URL('./dist/esm/api/index.mjs', pathToFileURL(tsx)).href;
  const code = `import(${JSON.stringify(api)}).then((tsx) => { tsx.register(); return import(${JSON.stringify(url.href)}); })`;
  return new Worker(code, { eval: true, workerData, execArgv: [] });
}

/**
 * Checkpoints of a run in one SQLite file, written by a thread of its own: a commit takes up to some ten milliseconds, which the rows must
 * not wait for. `put` takes its bytes over: they are moved to the thread, not copied, and are empty here afterwards.
 */
export class SqliteCheckpoints implements CheckpointStore {
  private readonly path: string;
  private readonly thread: Worker;
  private readonly waiting = new Map<number, Waiting>();
  private asked = 0;
  private dead: unknown = null;

  private constructor(path: string, thread: Worker, warn: (text: string) => void) {
    this.path = path;
    this.thread = thread;
    thread.on('message', (answer: Answer) => {
      if (answer.warning !== undefined) warn(answer.warning);
      const w = this.waiting.get(answer.id);
      if (w === undefined) return;
      this.waiting.delete(answer.id);
      // An idle store does not keep the process from ending.
      if (this.waiting.size === 0) thread.unref();
      if (answer.refusal === undefined) w.resolve(answer);
      else w.reject(this.refusal(answer.refusal));
    });
    thread.on('error', (error) => this.end(error));
    thread.on('exit', () => this.end(new Error('the thread that writes checkpoints has ended')));
  }

  /** Opens or makes the file. Refused: E770 while another process has it, E780 without SQLite. */
  static async open(path: string, options: SqliteCheckpointsOptions = {}): Promise<SqliteCheckpoints> {
    const thread = startThread({ path, strict: options.durability === 'strict' });
    const store = new SqliteCheckpoints(path, thread, options.onWarning ?? (() => undefined));
    try {
      await store.ask({ do: 'open' });
    } catch (error) {
      await store.thread.terminate();
      throw error;
    }
    return store;
  }

  async list(): Promise<readonly number[]> {
    return (await this.ask({ do: 'list' })).numbers ?? [];
  }

  async get(number: number): Promise<Uint8Array | null> {
    return (await this.ask({ do: 'get', number })).bytes ?? null;
  }

  async put(number: number, bytes: Uint8Array): Promise<void> {
    const whole = bytes.byteOffset === 0 && bytes.byteLength === bytes.buffer.byteLength;
    const own = whole ? bytes as Uint8Array<ArrayBuffer> : Uint8Array.from(bytes);
    await this.ask({ do: 'put', number, bytes: own }, [own.buffer]);
  }

  async remove(numbers: readonly number[]): Promise<void> {
    await this.ask({ do: 'remove', numbers });
  }

  async close(): Promise<void> {
    if (this.dead !== null) return;
    await this.ask({ do: 'close' });
    await this.thread.terminate();
  }

  private ask(question: Ask, move: readonly ArrayBuffer[] = []): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (this.dead !== null) {
        reject(notWritten(this.path, this.dead));
        return;
      }
      const id = ++this.asked;
      this.waiting.set(id, { resolve, reject });
      this.thread.ref();
      this.thread.postMessage({ id, ...question } satisfies Question, [...move]);
    });
  }

  private refusal(r: NonNullable<Answer['refusal']>): Refusal {
    return new Refusal(r.code, r.message, { exit: r.exit, help: r.help });
  }

  private end(error: unknown): void {
    this.dead ??= error;
    for (const w of this.waiting.values()) w.reject(notWritten(this.path, error));
    this.waiting.clear();
  }
}
