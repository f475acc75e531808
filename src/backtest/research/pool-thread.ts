import { parentPort, workerData } from 'node:worker_threads';

/** What a module that a pool runs must export under the name `openWorker`. */
export type OpenWorker<Init, Task, Result> = (init: Init) => Handle<Task, Result> | Promise<Handle<Task, Result>>;
export type Handle<Task, Result> = (task: Task) => Result | Promise<Result>;

export interface Begin {
  readonly module: string;
  readonly init: unknown;
}

export interface Told {
  readonly message: string;
  readonly stack: string | undefined;
  readonly code: string | undefined;
}

/** First `ready` or `refused`, then one answer for each task. */
export type Answer =
  | { readonly kind: 'ready' }
  | { readonly kind: 'refused'; readonly error: Told }
  | { readonly kind: 'done'; readonly value: unknown }
  | { readonly kind: 'failed'; readonly error: Told };

const told = (error: unknown): Told => (error instanceof Error
  ? { message: error.message, stack: error.stack, code: 'code' in error && typeof error.code === 'string' ? error.code : undefined }
  : { message: String(error), stack: undefined, code: undefined });

async function serve({ module, init }: Begin): Promise<void> {
  const say = (answer: Answer): void => parentPort?.postMessage(answer);
  let handle: Handle<unknown, unknown>;
  try {
    const loaded = await import(module) as { readonly openWorker?: OpenWorker<unknown, unknown, unknown> };
    if (typeof loaded.openWorker !== 'function') throw new Error(`${module} does not export a function \`openWorker\``);
    handle = await loaded.openWorker(init);
  } catch (error) {
    say({ kind: 'refused', error: told(error) });
    return;
  }
  parentPort?.on('message', async (task: unknown) => {
    try {
      const value = await handle(task);
      say({ kind: 'done', value });
    } catch (error) {
      say({ kind: 'failed', error: told(error) });
    }
  });
  say({ kind: 'ready' });
}

await serve(workerData as Begin);
