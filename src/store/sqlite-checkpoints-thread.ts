import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { Refusal } from '../core/diagnostic.ts';
import { notWritten } from './file-checkpoints.ts';
import { SqliteCheckpointFile } from './sqlite-checkpoint-file.ts';

/** The thread of `SqliteCheckpoints`: answers one question after the other. */
export interface Begin {
  readonly path: string;
  readonly strict: boolean;
}

export type Ask =
  | { readonly do: 'open' | 'list' | 'close' }
  | { readonly do: 'get'; readonly number: number }
  | { readonly do: 'put'; readonly number: number; readonly bytes: Uint8Array }
  | { readonly do: 'remove'; readonly numbers: readonly number[] };

export type Question = Ask & { readonly id: number };

export interface Answer {
  readonly id: number;
  readonly numbers?: readonly number[];
  readonly bytes?: Uint8Array | null;
  readonly refusal?: { readonly code: string; readonly message: string; readonly exit: number; readonly help: readonly string[] };
  /** Beside what was asked for. */
  readonly warning?: string;
}

const { path, strict } = workerData as Begin;
const port = parentPort as MessagePort;
let file: SqliteCheckpointFile | null = null;

function answer(q: Question): Omit<Answer, 'id'> {
  if (q.do === 'open') {
    file = new SqliteCheckpointFile(path, { strict, warn: (warning) => port.postMessage({ id: 0, warning } satisfies Answer) });
    return {};
  }
  if (file === null) throw new TypeError('not open');
  switch (q.do) {
    case 'list': return { numbers: file.list() };
    case 'get': {
      const bytes = file.get(q.number);
      // A copy of its own, as what SQLite gives may not be moved to another thread.
      return { bytes: bytes === null ? null : Uint8Array.from(bytes) };
    }
    case 'put': file.put(q.number, q.bytes); return {};
    case 'remove': file.remove(q.numbers); return {};
    case 'close': file.close(); return {};
  }
}

port.on('message', (q: Question) => {
  try {
    const found = answer(q);
    port.postMessage({ id: q.id, ...found }, found.bytes ? [found.bytes.buffer as ArrayBuffer] : []);
  } catch (error) {
    const r = error instanceof Refusal ? error : notWritten(path, error);
    port.postMessage({ id: q.id, refusal: { code: r.code, message: r.message, exit: r.exit, help: r.help } });
  }
});
