import type { Worker } from 'node:worker_threads';
import type { Answer, Begin, Told } from './pool-thread.ts';
import { beside, startThread } from './thread-start.ts';

export interface PoolOptions<Init> {
  /** Module that each thread loads; it exports `openWorker(init)`, which gives the function that answers tasks (`OpenWorker`). */
  readonly module: URL;
  /** Goes to every thread. It is copied, but a `SharedArrayBuffer` in it is shared: that is how all read one recording. */
  readonly init: Init;
  readonly workers: number;
  /** Ends the pool: running tasks are broken off, and all of them reject with its reason. */
  readonly signal?: AbortSignal;
}

/** What a task came to. `crashed` says that its thread ended, twice. */
export type Outcome<Result> =
  | { readonly ok: true; readonly value: Result }
  | { readonly ok: false; readonly error: PoolError; readonly crashed: boolean };

/** What went wrong in a thread, with the stack and the code that it had there. */
export class PoolError extends Error {
  readonly code: string | undefined;

  constructor(told: Told) {
    super(told.message);
    this.name = 'PoolError';
    this.code = told.code;
    if (told.stack !== undefined) this.stack = told.stack;
  }
}

/** Threads that may end under one task: the second time the fault is the task's. */
const MOST_CRASHES = 2;

interface Job {
  readonly task: unknown;
  readonly resolve: (outcome: Outcome<unknown>) => void;
  readonly reject: (reason: unknown) => void;
  crashes: number;
}

interface Seat {
  readonly thread: Worker;
  ready: boolean;
  job: Job | null;
}

/**
 * Threads that answer tasks, one at a time each. Threads start with the first tasks, and no more than there are tasks for. A task that
 * throws fails and its thread goes on; a thread that ends (out of memory, `process.exit`) is replaced and its task tried once more, then
 * reported as crashed. A module that cannot be opened fails every task at once. An idle pool does not keep the process from ending.
 */
export class Pool<Init, Task, Result> {
  private readonly options: PoolOptions<Init>;
  private readonly queue: Job[] = [];
  private readonly seats = new Set<Seat>();
  private ended: { readonly reason: unknown } | null = null;
  private readonly onAbort = (): void => void this.end(this.options.signal?.reason);

  constructor(options: PoolOptions<Init>) {
    if (!Number.isInteger(options.workers) || options.workers < 1) throw new RangeError(`a pool of ${options.workers} workers`);
    this.options = options;
    if (options.signal?.aborted === true) this.ended = { reason: options.signal.reason };
    else options.signal?.addEventListener('abort', this.onAbort, { once: true });
  }

  /** Runs one task. Rejects only when the pool ends before it is done. */
  submit(task: Task): Promise<Outcome<Result>> {
    return new Promise((resolve, reject) => {
      if (this.ended !== null) {
        reject(this.ended.reason);
        return;
      }
      this.queue.push({ task, resolve: resolve as Job['resolve'], reject, crashes: 0 });
      this.dispatch();
    });
  }

  /** Outcomes in the order of the tasks, whichever thread was faster. */
  run(tasks: Iterable<Task>): Promise<Outcome<Result>[]> {
    return Promise.all([...tasks].map((task) => this.submit(task)));
  }

  /** Ends all threads; what still runs rejects. */
  async close(): Promise<void> {
    await this.end(new Error('the pool was closed'));
  }

  private async end(reason: unknown): Promise<void> {
    this.options.signal?.removeEventListener('abort', this.onAbort);
    this.ended ??= { reason };
    const seats = [...this.seats];
    this.seats.clear();
    for (const job of [...seats.flatMap((s) => (s.job === null ? [] : [s.job])), ...this.queue.splice(0)]) job.reject(reason);
    await Promise.all(seats.map((s) => s.thread.terminate()));
  }

  private dispatch(): void {
    for (const seat of this.seats) if (seat.ready && seat.job === null) this.give(seat);
    const starting = [...this.seats].filter((s) => !s.ready).length;
    for (let free = this.queue.length - starting; free > 0 && this.seats.size < this.options.workers; free--) this.start();
  }

  private give(seat: Seat): void {
    const job = this.queue.shift();
    if (job === undefined) {
      seat.thread.unref();
      return;
    }
    seat.thread.ref();
    seat.job = job;
    try {
      seat.thread.postMessage(job.task);
    } catch (error) {
      // A task that cannot be copied, such as one that holds a function.
      seat.job = null;
      job.resolve(failed({ message: String(error), stack: undefined, code: undefined }, false));
      this.give(seat);
    }
  }

  private start(): void {
    const begin: Begin = { module: this.options.module.href, init: this.options.init };
    const seat: Seat = { thread: startThread(beside('pool-thread'), begin), ready: false, job: null };
    this.seats.add(seat);
    let why = 'the thread ended';
    seat.thread.on('message', (answer: Answer) => this.hear(seat, answer));
    seat.thread.on('error', (error: unknown) => { why = error instanceof Error ? error.message : String(error); });
    seat.thread.on('exit', (code) => this.lose(seat, `${why} (exit code ${code})`));
  }

  private hear(seat: Seat, answer: Answer): void {
    if (!this.seats.has(seat)) return;
    if (answer.kind === 'refused') {
      this.refuse(answer.error);
      return;
    }
    seat.ready = true;
    const { job } = seat;
    seat.job = null;
    if (answer.kind === 'done') job?.resolve({ ok: true, value: answer.value });
    if (answer.kind === 'failed') job?.resolve(failed(answer.error, false));
    this.give(seat);
  }

  /** No thread can open the module: what waits, and what would be submitted later, could wait for ever. */
  private refuse(error: Told): void {
    for (const job of this.queue.splice(0)) job.resolve(failed(error, false));
  }

  private lose(seat: Seat, why: string): void {
    if (!this.seats.delete(seat)) return;
    const { job } = seat;
    const end: Told = { message: why, stack: undefined, code: undefined };
    // A thread that ended before it was ready would only do so again.
    if (!seat.ready) this.refuse(end);
    if (job !== null) {
      job.crashes += 1;
      if (job.crashes < MOST_CRASHES) this.queue.unshift(job);
      else job.resolve(failed(end, true));
    }
    this.dispatch();
  }
}

const failed = (told: Told, crashed: boolean): Outcome<never> => ({ ok: false, error: new PoolError(told), crashed });
