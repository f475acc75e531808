import { existsSync, mkdirSync, renameSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Database } from './database.ts';
import { notWritten } from './file-checkpoints.ts';
import { ownIdentity } from './process-identity.ts';
import { inUse, ownerOf } from './process-lock.ts';
import { openDatabase } from './sqlite.ts';

/** What the log may keep of the disk between checkpoints of SQLite's own. */
const LOG_BYTES = 8 << 20;
/** Room for pages that are no bytes of a checkpoint. */
const SPARE_BYTES = 256 << 10;

const messageOf = (error: unknown): string => {
  const { cause } = error as { cause?: unknown };
  return `${error instanceof Error ? error.message : String(error)} ${cause instanceof Error ? cause.message : ''}`.trim();
};
const isLocked = (error: unknown): boolean => /database is locked|SQLITE_BUSY/i.test(messageOf(error));
const DAMAGED = /malformed|not a database|corrupt|unsupported file format|no such table/i;
const isDamaged = (error: unknown): boolean => DAMAGED.test(messageOf(error));

/** A damaged page hides what is on it and nothing else. */
function unlessDamaged<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch (error) {
    if (isDamaged(error)) return otherwise;
    throw error;
  }
}

/**
 * Checkpoints in one SQLite file, synchronously. The lock is SQLite's own, which the system takes back from a process that dies; a file
 * beside names the owner for those who are refused. A file that cannot be read any more is put aside for whoever wants to look at it, and
 * a new one begun: a run without a checkpoint replays, which is better than one that does not run.
 */
export class SqliteCheckpointFile {
  private readonly path: string;
  private readonly strict: boolean;
  private readonly warn: (text: string) => void;
  private db: Database;

  constructor(path: string, options: { readonly strict: boolean; readonly warn: (text: string) => void }) {
    this.path = path;
    this.strict = options.strict;
    this.warn = options.warn;
    mkdirSync(dirname(path), { recursive: true });
    try {
      this.db = this.open();
    } catch (error) {
      if (isLocked(error)) throw inUse(path, ownerOf(this.owner));
      if (!isDamaged(error)) throw error;
      this.putAside(error);
      this.db = this.open();
    }
    try {
      writeFileSync(this.owner, ownIdentity());
    } catch {
      // A full disk: others are refused all the same, only not told by whom.
    }
  }

  /** Newest first. */
  list(): number[] {
    const rows = unlessDamaged(() => this.db.all('SELECT number FROM checkpoint ORDER BY number DESC'), []);
    return rows.map((r) => Number(r.number));
  }

  get(number: number): Uint8Array | null {
    const row = unlessDamaged(() => this.db.get('SELECT bytes FROM checkpoint WHERE number = ?', number), undefined);
    return row?.bytes instanceof Uint8Array ? row.bytes : null;
  }

  put(number: number, bytes: Uint8Array): void {
    this.mustFit(bytes.length);
    try {
      this.insert(number, bytes);
    } catch (error) {
      if (!isDamaged(error)) throw notWritten(this.path, error);
      this.db.close();
      this.putAside(error);
      this.db = this.open();
      this.insert(number, bytes);
    }
  }

  remove(numbers: readonly number[]): void {
    for (const n of numbers) unlessDamaged(() => this.db.run('DELETE FROM checkpoint WHERE number = ?', n), 0);
  }

  close(): void {
    rmSync(this.owner, { force: true });
    this.db.close();
  }

  private get owner(): string {
    return `${this.path}.owner`;
  }

  private open(): Database {
    const db = openDatabase(this.path, { synchronous: this.strict ? 'full' : 'normal', timeoutMs: 50, exclusive: true });
    try {
      db.exec(`PRAGMA journal_size_limit = ${LOG_BYTES}; BEGIN EXCLUSIVE; COMMIT;`);
      db.exec('CREATE TABLE IF NOT EXISTS checkpoint (number INTEGER PRIMARY KEY, bytes BLOB NOT NULL)');
      db.all('SELECT number FROM checkpoint');
      return db;
    } catch (error) {
      db.close();
      throw error;
    }
  }

  private insert(number: number, bytes: Uint8Array): void {
    this.db.run('INSERT OR REPLACE INTO checkpoint (number, bytes) VALUES (?, ?)', number, bytes);
  }

  private putAside(why: unknown): void {
    const aside = `${this.path}.damaged`;
    rmSync(aside, { force: true });
    if (existsSync(this.path)) renameSync(this.path, aside);
    for (const end of ['-wal', '-shm']) rmSync(`${this.path}${end}`, { force: true });
    this.warn(`${this.path} was damaged (${messageOf(why)}); it is kept as ${aside}`);
  }

  /**
   * The log takes the bytes first, the file later. A log that fills the disk with a commit that fails is not given back until there is
   * room for both, so that the next commits would fail too, however small: what may not fit is refused before.
   */
  private mustFit(bytes: number): void {
    const { bavail, bsize } = statfsSync(dirname(this.path));
    const free = bavail * bsize;
    if (free < 2 * bytes + SPARE_BYTES) throw notWritten(this.path, `${bytes} bytes to write, ${free} free on the disk`);
  }
}
