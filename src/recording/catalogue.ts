import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Database } from '../store/database.ts';
import { openDatabase, sqliteFrom } from '../store/sqlite.ts';
import { isBeingWritten, readManifest } from './manifest.ts';
import { findRecordings, stampOf, summarise, type RecordingSummary, type StreamSummary } from './summary.ts';

const FILE = '.millrace-catalogue.db';
const VERSION = 1;

const TABLES = `
  create table if not exists recording (path text primary key, stamp text not null, pipeline text not null, plan text,
    created text not null, state text not null);
  create table if not exists stream (path text not null references recording on delete cascade, place integer not null,
    id text not null, kind text not null, files integer not null, chunks integer not null, rows integer not null,
    bytes integer not null, first real, last real, first_seq real, last_seq real, damaged integer not null, primary key (path, id));
`;

export interface Listing {
  readonly recordings: readonly RecordingSummary[];
  /** True when an index is kept beside the recordings. */
  readonly kept: boolean;
  /** Recordings that had to be looked at again. */
  readonly fresh: number;
}

/**
 * The recordings below a folder. Where there is SQLite an index beside them remembers what was found: it is derived from the sidecars,
 * follows them, and may be deleted at any time.
 */
export function listRecordings(root: string): Listing {
  const folders = findRecordings(root);
  if (sqliteFrom() === null || folders.length === 0) {
    return { recordings: folders.map((f) => summarise(root, f)), kept: false, fresh: folders.length };
  }
  const db = openIndex(join(root, FILE));
  if (db === null) return { recordings: folders.map((f) => summarise(root, f)), kept: false, fresh: folders.length };
  try {
    return refresh(db, root, folders);
  } finally {
    db.close();
  }
}

/** A folder that may only be read, or an index that is damaged, costs the index and not the listing. */
function openIndex(path: string): Database | null {
  try {
    const db = openDatabase(path);
    if (db.get('pragma user_version')?.user_version !== VERSION) {
      db.exec(`drop table if exists stream; drop table if exists recording; ${TABLES} pragma user_version = ${VERSION};`);
    }
    return db;
  } catch {
    return null;
  }
}

function refresh(db: Database, root: string, folders: readonly string[]): Listing {
  let fresh = 0;
  const recordings = folders.map((folder): RecordingSummary => {
    const stamp = createHash('sha256').update(stampOf(folder)).digest('hex');
    const known = stored(db, folder, stamp);
    // Whether a process still writes it is no matter of files.
    if (known !== null && !isBeingWritten(readManifest(folder)) && known.state !== 'recording') return known;
    fresh++;
    const made = summarise(root, folder);
    db.transaction(() => store(db, folder, stamp, made));
    return made;
  });
  const there = new Set(folders);
  for (const { path } of db.all('select path from recording')) {
    if (!there.has(String(path))) db.run('delete from recording where path = ?', path);
  }
  return { recordings: recordings.map((r, i) => ({ ...r, path: summaryPath(root, folders[i]) })), kept: true, fresh };
}

const summaryPath = (root: string, folder: string): string => (folder === root ? '.' : folder.slice(root.length).replace(/^\/+/, ''));

function stored(db: Database, path: string, stamp: string): RecordingSummary | null {
  const r = db.get('select * from recording where path = ? and stamp = ?', path, stamp);
  if (r === undefined) return null;
  const streams = db.all('select * from stream where path = ? order by place', path).map((s) => ({
    id: s.id, kind: s.kind, files: s.files, chunks: s.chunks, rows: s.rows, bytes: s.bytes, from: s.first, to: s.last,
    firstSeq: s.first_seq, lastSeq: s.last_seq, damaged: s.damaged,
  }) as unknown as StreamSummary);
  return { path, pipeline: r.pipeline, plan: r.plan, created: r.created, state: r.state, streams } as unknown as RecordingSummary;
}

function store(db: Database, path: string, stamp: string, r: RecordingSummary): void {
  db.run('delete from recording where path = ?', path);
  db.run('insert into recording values (?, ?, ?, ?, ?, ?)', path, stamp, r.pipeline, r.plan, r.created, r.state);
  const insert = 'insert into stream values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)';
  r.streams.forEach((s, place) => db.run(insert, path, place, s.id, s.kind, s.files, s.chunks, s.rows, s.bytes, s.from, s.to, s.firstSeq,
    s.lastSeq, s.damaged));
}
