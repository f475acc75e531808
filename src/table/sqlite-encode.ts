import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Column } from '../core/frame.ts';
import type { Block, TableEncoder } from '../core/table.ts';
import { formatTime } from '../core/time.ts';
import type { Schema, Type } from '../core/types.ts';
import type { Database, SqlValue } from '../store/database.ts';
import { openDatabase } from '../store/sqlite.ts';
import { partOf, removeStale, unwritable } from './byte-file.ts';

const name = (text: string): string => `"${text.replaceAll('"', '""')}"`;

/** Names of columns, which SQLite does not tell apart by their case: a later one gets a number. */
function columnNames(schema: Schema): string[] {
  const taken = new Set<string>();
  return schema.map((f) => {
    let own = f.name;
    for (let i = 2; taken.has(own.toLowerCase()); i++) own = `${f.name}_${i}`;
    taken.add(own.toLowerCase());
    return name(own);
  });
}

/** Affinity by which SQLite keeps a value as it is: text that looks like a number stays text. */
function affinity(type: Type): string {
  if (type === 'f64') return 'real';
  return type === 'text' || type === 'time' || typeof type === 'object' ? 'text' : 'integer';
}

/** Six decimals always, so that the order of the texts is the order of the times. */
const sortable = (micros: number): string =>
  formatTime(micros).replace(/(?:\.(\d+))?Z$/, (_, below: string | undefined) => `.${(below ?? '').padEnd(6, '0')}Z`);

function cell(col: Column, i: number, type: Type): SqlValue {
  const value = col[i];
  if (value === null || typeof value === 'string') return value;
  if (value !== value) return null;
  if (typeof type === 'object') return type.values[value] ?? null;
  return type === 'time' ? sortable(value) : value;
}

/** One table of a database; a block is a transaction. */
class SqliteEncoder implements TableEncoder {
  private readonly db: Database;
  private readonly schema: Schema;
  private readonly insert: string;

  constructor(db: Database, table: string, schema: Schema) {
    this.db = db;
    this.schema = schema;
    const columns = columnNames(schema).map((column, c) => `${column} ${affinity(schema[c].type)}`);
    db.exec(`create table ${name(table)} (${columns.join(', ')});`);
    this.insert = `insert into ${name(table)} values (${schema.map(() => '?').join(', ')})`;
  }

  write({ n, cols }: Block): void {
    const { db, schema, insert } = this;
    db.transaction(() => {
      for (let i = 0; i < n; i++) db.run(insert, ...cols.map((col, c) => cell(col, i, schema[c].type)));
    });
  }

  finish(): void {}
}

/** A new database of tables, which has its name only once it is whole. Times are ISO-8601 texts in UTC with six decimals. */
export class SqliteFile {
  readonly path: string;
  private readonly part: string;
  private readonly db: Database;

  constructor(path: string) {
    this.path = path;
    this.part = partOf(path);
    try {
      mkdirSync(dirname(path), { recursive: true });
      removeStale(path);
      rmSync(this.part, { force: true });
    } catch (cause) {
      throw unwritable(path, cause);
    }
    this.db = openDatabase(this.part, { exclusive: true });
  }

  table(table: string, schema: Schema): TableEncoder {
    return new SqliteEncoder(this.db, table, schema);
  }

  commit(): void {
    // A database in WAL mode cannot be read where its folder cannot be written.
    this.db.exec('pragma journal_mode = delete;');
    this.db.close();
    renameSync(this.part, this.path);
  }

  discard(): void {
    this.db.close();
    for (const tail of ['', '-wal', '-shm', '-journal']) rmSync(`${this.part}${tail}`, { force: true });
  }
}
