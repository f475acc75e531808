import { existsSync, mkdirSync, renameSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { Refusal } from '../core/diagnostic.ts';
import type { Database } from './database.ts';
import { notWritten } from './file-checkpoints.ts';
import { inUse, ownerOf, ownText } from './process-lock.ts';
import { openDatabase } from './sqlite.ts';

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
  readonly warning?: string;
}

const { path, strict } = workerData as Begin;
const port = parentPort as MessagePort;
const OWNER = `${path}.owner`;
/** What the log may keep of the disk between checkpoints of SQLite's own. */
const LOG_BYTES = 8 << 20;
/** Room for pages that are no bytes of a checkpoint. */
const SPARE_BYTES = 256 << 10;
let db: Database | null = null;

const messageOf = (error: unknown): string => {
  const { cause } = error as { cause?: unknown };
  return `${error instanceof Error ? error.message : String(error)} ${cause instanceof Error ? cause.message : ''}`;
};
const isLocked = (error: unknown): boolean => /database is locked|SQLITE_BUSY/i.test(messageOf(error));
const DAMAGED = /malformed|not a database|corrupt|unsupported file format|no such table/i;
const isDamaged = (error: unknown): boolean => DAMAGED.test(messageOf(error));

/**
 * Opens the file and keeps it: the lock is SQLite's own, which the system takes back from a process that dies. The file beside names the
 * owner for those who are refused.
 */
function open(): Database {
  mkdirSync(dirname(path), { recursive: true });
  const made = openDatabase(path, { synchronous: strict ? 'full' : 'normal', timeoutMs: 50, exclusive: true });
  try {
    made.exec(`PRAGMA journal_size_limit = ${LOG_BYTES}; BEGIN EXCLUSIVE; COMMIT;`);
    made.exec('CREATE TABLE IF NOT EXISTS checkpoint (number INTEGER PRIMARY KEY, bytes BLOB NOT NULL)');
    made.all('SELECT number FROM checkpoint');
  } catch (error) {
    made.close();
    throw error;
  }
  try {
    writeFileSync(OWNER, ownText());
  } catch {
    // A full disk: others are refused all the same, only not told by whom.
  }
  return made;
}

/** A file that cannot be read any more is put aside for whoever wants to look at it; the run starts without a checkpoint. */
function openOrAside(): { readonly db: Database; readonly warning?: string } {
  try {
    return { db: open() };
  } catch (error) {
    if (isLocked(error)) throw inUse(path, ownerOf(OWNER));
    if (!isDamaged(error)) throw error;
    return { db: (putAside(), open()), warning: `${path} was damaged (${messageOf(error).trim()}); it is kept as ${path}.damaged` };
  }
}

function putAside(): void {
  rmSync(`${path}.damaged`, { force: true });
  if (existsSync(path)) renameSync(path, `${path}.damaged`);
  for (const end of ['-wal', '-shm']) rmSync(`${path}${end}`, { force: true });
}

/**
 * The log takes the bytes first, the file later. A log that fills the disk with a commit that fails is not given back until there is room
 * for both, so that the next commits would fail too, however small: what may not fit is refused before.
 */
function mustFit(bytes: number): void {
  const { bavail, bsize } = statfsSync(dirname(path));
  if (bavail * bsize < 2 * bytes + SPARE_BYTES) throw notWritten(path, `${bytes} bytes to write, ${bavail * bsize} free on the disk`);
}

function put(number: number, bytes: Uint8Array): string | undefined {
  mustFit(bytes.length);
  const insert = (): void => void db?.run('INSERT OR REPLACE INTO checkpoint (number, bytes) VALUES (?, ?)', number, bytes);
  try {
    insert();
    return undefined;
  } catch (error) {
    if (!isDamaged(error)) throw notWritten(path, error);
    db?.close();
    putAside();
    db = open();
    insert();
    return `${path} was damaged (${messageOf(error).trim()}); it is kept as ${path}.damaged`;
  }
}

/** A damaged page hides what is on it and nothing else. */
function unlessDamaged<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch (error) {
    if (isDamaged(error)) return otherwise;
    throw error;
  }
}

function answer(q: Question): Omit<Answer, 'id'> {
  switch (q.do) {
    case 'open': {
      const opened = openOrAside();
      ({ db } = opened);
      return opened.warning === undefined ? {} : { warning: opened.warning };
    }
    case 'list': {
      const rows = unlessDamaged(() => db?.all('SELECT number FROM checkpoint ORDER BY number DESC') ?? [], []);
      return { numbers: rows.map((r) => Number(r.number)) };
    }
    case 'get': {
      const row = unlessDamaged(() => db?.get('SELECT bytes FROM checkpoint WHERE number = ?', q.number), undefined);
      // A copy of its own, as what SQLite gives may not be moved to another thread.
      return { bytes: row?.bytes instanceof Uint8Array ? Uint8Array.from(row.bytes) : null };
    }
    case 'put': {
      const warning = put(q.number, q.bytes);
      return warning === undefined ? {} : { warning };
    }
    case 'remove':
      for (const n of q.numbers) unlessDamaged(() => db?.run('DELETE FROM checkpoint WHERE number = ?', n), 0);
      return {};
    case 'close':
      rmSync(OWNER, { force: true });
      db?.close();
      db = null;
      return {};
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
