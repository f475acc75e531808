import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Refusal } from '../core/diagnostic.ts';
import { SQLITE_VERSION, sqliteFolder } from './cache.ts';
import type { Database, DatabaseOptions, SqlRow, SqlValue } from './database.ts';

/** The little that better-sqlite3 and node:sqlite have in common is all that is used. */
interface Statement {
  run(...params: readonly SqlValue[]): { readonly changes: number | bigint };
  all(...params: readonly SqlValue[]): unknown[];
  get(...params: readonly SqlValue[]): unknown;
}

interface Connection {
  prepare(sql: string): Statement;
  exec(sql: string): unknown;
  close(): void;
}

type Opener = (path: string) => Connection;

interface Driver {
  readonly engine: Database['engine'];
  readonly open: Opener;
  /** Where it was found, for `millrace doctor`. */
  readonly from: string;
}

const require = createRequire(import.meta.url);

/** Major versions that load on the Node which is running: 13 and later need Node 22 and crash the process before it. */
function fits(version: string): boolean {
  const [major] = version.split('.').map(Number);
  return major < 13 || Number(process.versions.node.split('.')[0]) >= 22;
}

/** Loads better-sqlite3 by a name or path; null when it is not there, does not fit, or its binary is missing. */
function better(spec: string): Driver | null {
  try {
    const { version } = require(`${spec}/package.json`) as { readonly version: string };
    if (!fits(version)) return null;
    const Constructor = require(spec) as new (path: string) => Connection;
    // The binary is loaded by the first database, not by the module.
    new Constructor(':memory:').close();
    return { engine: 'better-sqlite3', from: `better-sqlite3 ${version}`, open: (path) => new Constructor(path) };
  } catch {
    return null;
  }
}

/** node:sqlite, where this Node has it; its warning that it may change is of no use to a user. */
function builtIn(): Driver | null {
  const { emitWarning } = process;
  try {
    process.emitWarning = () => undefined;
    const { DatabaseSync } = require('node:sqlite') as { readonly DatabaseSync: new (path: string) => Connection };
    return { engine: 'node:sqlite', from: `node:sqlite of Node ${process.versions.node}`, open: (path) => new DatabaseSync(path) };
  } catch {
    return null;
  } finally {
    process.emitWarning = emitWarning;
  }
}

let found: Driver | null | undefined;

/** The first that is there: the project's better-sqlite3, the one that `npm run sqlite:get` fetched, Node's own. */
function driver(): Driver | null {
  if (found === undefined) {
    found = better('better-sqlite3') ?? better(join(sqliteFolder(), 'node_modules', 'better-sqlite3')) ?? builtIn();
  }
  return found;
}

/** What provides SQLite here, or null when nothing does. */
export const sqliteFrom = (): string | null => driver()?.from ?? null;

/** How to get SQLite where there is none, as lines of help. */
export const HOW_TO_GET_SQLITE: readonly string[] = Object.freeze([
  '`npm run sqlite:get` in a clone of Millrace fetches it once, which takes about a minute where it has to be compiled',
  `elsewhere: npm install better-sqlite3@${SQLITE_VERSION}, or Node 22.13 or newer, which has its own`,
]);

/** Opens or makes a database in WAL mode. Refused (E780) where no SQLite is installed, and (E781) where the file is none. */
export function openDatabase(path: string, options: DatabaseOptions = {}): Database {
  const sqlite = driver();
  if (sqlite === null) {
    throw new Refusal('E780', `SQLite is needed for ${path}, and this Node ${process.versions.node} has none`, {
      exit: 6, help: HOW_TO_GET_SQLITE,
    });
  }
  let connection: Connection | null = null;
  try {
    connection = sqlite.open(path);
    connection.exec(`PRAGMA busy_timeout = ${Math.round(options.timeoutMs ?? 5000)};`);
    // Before the log is looked at for the first time, or SQLite shares memory for it.
    if (options.exclusive === true) connection.exec('PRAGMA locking_mode = EXCLUSIVE;');
    connection.exec('PRAGMA journal_mode = WAL;');
    connection.exec(`PRAGMA synchronous = ${options.synchronous === 'full' ? 'FULL' : 'NORMAL'}; PRAGMA foreign_keys = ON;`);
  } catch (cause) {
    connection?.close();
    throw new Refusal('E781', `cannot open the database ${path}: ${cause instanceof Error ? cause.message : String(cause)}`, {
      exit: 7, cause, help: ['another program may hold it, its folder may be missing, or the file is damaged or no database'],
    });
  }
  return new OpenDatabase(sqlite.engine, connection);
}

/** Statements are prepared once and kept by their text. */
class OpenDatabase implements Database {
  readonly engine: Database['engine'];
  private readonly connection: Connection;
  private readonly statements = new Map<string, Statement>();
  private closed = false;

  constructor(engine: Database['engine'], connection: Connection) {
    this.engine = engine;
    this.connection = connection;
  }

  private statement(sql: string): Statement {
    let made = this.statements.get(sql);
    if (made === undefined) {
      made = this.connection.prepare(sql);
      this.statements.set(sql, made);
    }
    return made;
  }

  run(sql: string, ...params: readonly SqlValue[]): number {
    return Number(this.statement(sql).run(...params).changes);
  }

  all(sql: string, ...params: readonly SqlValue[]): SqlRow[] {
    return this.statement(sql).all(...params) as SqlRow[];
  }

  get(sql: string, ...params: readonly SqlValue[]): SqlRow | undefined {
    return this.statement(sql).get(...params) as SqlRow | undefined;
  }

  exec(sql: string): void {
    this.connection.exec(sql);
  }

  transaction<T>(work: () => T): T {
    this.connection.exec('BEGIN IMMEDIATE');
    let result: T;
    try {
      result = work();
      this.connection.exec('COMMIT');
    } catch (error) {
      // A full disk may have rolled it back already.
      try {
        this.connection.exec('ROLLBACK');
      } catch {
        // Nothing is left to roll back.
      }
      throw error;
    }
    return result;
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.statements.clear();
    this.connection.close();
  }
}
