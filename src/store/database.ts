/** A value that SQLite stores: number, text, bytes or NULL. Whole numbers beyond 2^53 are for nobody here. */
export type SqlValue = number | string | Uint8Array | null;

export type SqlRow = Readonly<Record<string, SqlValue>>;

/** What is needed of SQLite, whichever package provides it. All of it is synchronous: keep it off the path of rows. */
export interface Database {
  /** Which package it came from. */
  readonly engine: 'better-sqlite3' | 'node:sqlite';
  /** One statement that returns no rows; says how many it changed. */
  run(sql: string, ...params: readonly SqlValue[]): number;
  all(sql: string, ...params: readonly SqlValue[]): SqlRow[];
  get(sql: string, ...params: readonly SqlValue[]): SqlRow | undefined;
  /** Several statements without parameters. */
  exec(sql: string): void;
  /** Everything `work` does, or nothing of it where it throws. Not nested. */
  transaction<T>(work: () => T): T;
  close(): void;
}

export interface DatabaseOptions {
  /** `full`: what is committed survives a loss of power. `normal`: it survives the process, and the newest commits perhaps no more. */
  readonly synchronous?: 'full' | 'normal';
  /** Nobody else may open the file while it is open here; no memory is then shared through a file beside it, so a full disk still opens. */
  readonly exclusive?: boolean;
  /** How long another process that writes is waited for. */
  readonly timeoutMs?: number;
}
