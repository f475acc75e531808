import { existsSync, statSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { Refusal } from '../core/diagnostic.ts';
import type { Database, SqlRow } from '../store/database.ts';
import { openDatabase, sqliteFrom } from '../store/sqlite.ts';
import { findRuns, isRunFolder, readRunFile } from './run-folder.ts';
import { RUN_FILE, type RunDocument } from './run-json.ts';

export const INDEX_FILE = 'runs.db';
const VERSION = 1;

const TABLES = `
  create table run (folder text primary key, stamp text not null, id text not null, pipeline text not null, params text not null,
    pipeline_hash text not null, data_hash text not null, hash text not null, seed real not null, first real, last real, rows real not null,
    capital real, currency text not null, trades real not null, trials real not null, passed integer not null, created real not null);
  create table metric (folder text not null references run on delete cascade, name text not null, value real, primary key (folder, name));
  create index run_created on run (created desc);
  create index run_id on run (id);
`;

/** A run as a list shows it. */
export interface RunEntry {
  readonly id: string;
  /** Where it lies, relative to the folder that was listed. */
  readonly folder: string;
  readonly pipeline: string;
  readonly params: Readonly<Record<string, string | number | boolean>>;
  readonly pipelineHash: string;
  readonly dataHash: string;
  readonly hash: string;
  readonly seed: number;
  readonly from: number;
  readonly to: number;
  readonly rows: number;
  readonly capital: number;
  readonly currency: string;
  readonly trades: number;
  readonly trials: number;
  /** Every requirement and every check was met. */
  readonly passed: boolean;
  /** Wall-clock time at which it was written, microseconds since 1970 UTC. */
  readonly created: number;
  readonly metrics: Readonly<Record<string, number | null>>;
}

export interface ListOptions {
  /** Only runs of this pipeline. */
  readonly pipeline?: string;
  /** `created` (the default) or a metric, the greatest first and runs without it last; `-` in front turns the order round. */
  readonly sort?: string;
  readonly limit?: number;
}

export interface RunListing {
  readonly runs: readonly RunEntry[];
  /** False where no index is kept, because there is no SQLite or the folder cannot be written: every `run.json` was read. */
  readonly kept: boolean;
}

const shownPath = (root: string, folder: string): string => relative(root, folder) || '.';

const stampOf = (folder: string): string => {
  const { mtimeMs, size } = statSync(join(folder, RUN_FILE));
  return `${mtimeMs}/${size}`;
};

function entryOf(root: string, folder: string, { run, tables }: RunDocument, created: number): RunEntry {
  const { id, pipeline, params, pipelineHash, dataHash, hash, seed, from, to, rows, capital, currency, trials, metrics } = run;
  return {
    id, folder: shownPath(root, folder), pipeline, params, pipelineHash, dataHash, hash, seed, from, to, rows, capital, currency,
    trades: tables.find((t) => t.name === 'trades')?.rows ?? 0, trials,
    passed: run.requirements.every((r) => r.ok) && run.checks.every((c) => c.ok), created, metrics,
  };
}

/** The time of its file where nobody has said when it was written. */
const writtenAt = (folder: string): number => Math.round(statSync(join(folder, RUN_FILE)).mtimeMs * 1000);

/** A run that cannot be read is not listed; opening it says why. */
function readEntry(root: string, folder: string, created: number): RunEntry | null {
  try {
    return entryOf(root, folder, readRunFile(folder), created);
  } catch (fault) {
    if (fault instanceof Refusal) return null;
    throw fault;
  }
}

/** A folder that may only be read, or an index that is damaged, costs the index and not the listing. */
function openIndex(root: string): Database | null {
  if (sqliteFrom() === null || !existsSync(root)) return null;
  try {
    const db = openDatabase(join(root, INDEX_FILE));
    if (db.get('pragma user_version')?.user_version !== VERSION) {
      db.exec(`drop table if exists metric; drop table if exists run; ${TABLES} pragma user_version = ${VERSION};`);
    }
    return db;
  } catch {
    return null;
  }
}

function store(db: Database, folder: string, stamp: string, e: RunEntry): void {
  const finite = (x: number): number | null => (Number.isFinite(x) ? x : null);
  db.run('delete from run where folder = ?', folder);
  db.run(`insert into run values (${new Array(18).fill('?').join(', ')})`, folder, stamp, e.id, e.pipeline, JSON.stringify(e.params),
    e.pipelineHash, e.dataHash, e.hash, e.seed, finite(e.from), finite(e.to), e.rows, finite(e.capital), e.currency, e.trades, e.trials,
    Number(e.passed), e.created);
  for (const [name, value] of Object.entries(e.metrics)) db.run('insert into metric values (?, ?, ?)', folder, name, value);
}

/**
 * Puts a run that was just written into the index of `root`; `created` is the wall-clock time in microseconds. False where no index is
 * kept: the run is then found by its `run.json`.
 */
export function indexRun(root: string, folder: string, created: number): boolean {
  const db = openIndex(root);
  if (db === null) return false;
  try {
    const entry = entryOf(root, folder, readRunFile(folder), created);
    db.transaction(() => store(db, entry.folder, stampOf(folder), entry));
    return true;
  } finally {
    db.close();
  }
}

/** Makes the index say what lies below the root: new and changed runs are read, those that are gone forgotten. */
function refresh(db: Database, root: string): void {
  const known = new Map(db.all('select folder, stamp from run').map((r) => [String(r.folder), r.stamp]));
  db.transaction(() => {
    for (const folder of findRuns(root)) {
      const path = shownPath(root, folder);
      const stamp = stampOf(folder);
      const same = known.get(path) === stamp;
      known.delete(path);
      if (same) continue;
      const entry = readEntry(root, folder, writtenAt(folder));
      if (entry === null) db.run('delete from run where folder = ?', path);
      else store(db, path, stamp, entry);
    }
    for (const path of known.keys()) db.run('delete from run where folder = ?', path);
  });
}

function fromRow(db: Database, r: SqlRow): RunEntry {
  const metrics = db.all('select name, value from metric where folder = ? order by rowid', r.folder);
  return {
    id: r.id, folder: r.folder, pipeline: r.pipeline, params: JSON.parse(String(r.params)) as unknown, pipelineHash: r.pipeline_hash,
    dataHash: r.data_hash, hash: r.hash, seed: r.seed, from: r.first ?? NaN, to: r.last ?? NaN, rows: r.rows, capital: r.capital ?? NaN,
    currency: r.currency, trades: r.trades, trials: r.trials, passed: r.passed === 1, created: r.created,
    metrics: Object.fromEntries(metrics.map((m) => [String(m.name), m.value])),
  } as unknown as RunEntry;
}

function order(sort: string): { readonly by: string; readonly down: boolean } {
  return sort.startsWith('-') ? { by: sort.slice(1), down: false } : { by: sort, down: true };
}

function select(db: Database, { pipeline, sort = 'created', limit }: ListOptions): RunEntry[] {
  const { by, down } = order(sort);
  const key = by === 'created' ? 'r.created' : 'm.value';
  const rows = db.all(`select r.* from run r left join metric m on m.folder = r.folder and m.name = ?
    where ? is null or r.pipeline = ? order by ${key} is null, ${key} ${down ? 'desc' : 'asc'}, r.created desc, r.folder limit ?`,
  by, pipeline ?? null, pipeline ?? null, limit ?? -1);
  return rows.map((r) => fromRow(db, r));
}

/** The same order as that of the index, by what was read. */
function sorted(entries: readonly RunEntry[], { pipeline, sort = 'created', limit }: ListOptions): RunEntry[] {
  const { by, down } = order(sort);
  const value = (e: RunEntry): number | null => {
    const x = by === 'created' ? e.created : e.metrics[by] ?? null;
    return x === null || Number.isNaN(x) ? null : x;
  };
  const compare = (a: RunEntry, b: RunEntry): number => {
    const [x, y] = [value(a), value(b)];
    if (x !== y) {
      if (x === null || y === null) return x === null ? 1 : -1;
      return (x < y ? -1 : 1) * (down ? -1 : 1);
    }
    return b.created - a.created || (a.folder < b.folder ? -1 : 1);
  };
  return entries.filter((e) => pipeline === undefined || e.pipeline === pipeline).sort(compare).slice(0, limit);
}

/** Runs below a folder, newest first. Where there is SQLite an index (`runs.db`) remembers them; it may be deleted at any time. */
export function listRuns(root: string, options: ListOptions = {}): RunListing {
  const db = openIndex(root);
  if (db === null) {
    const found = findRuns(root).map((folder) => readEntry(root, folder, writtenAt(folder)));
    return { runs: sorted(found.filter((e) => e !== null), options), kept: false };
  }
  try {
    refresh(db, root);
    return { runs: select(db, options), kept: true };
  } finally {
    db.close();
  }
}

/** The folder of a run by its path, its id or the beginning of its id. Refused (E690) where none or several fit. */
export function findRun(root: string, name: string): string {
  const folder = resolve(root, name);
  if (isRunFolder(folder)) return folder;
  const { runs } = listRuns(root);
  const exact = runs.filter((r) => r.id === name);
  const found = exact.length > 0 ? exact : runs.filter((r) => name.length >= 4 && r.id.startsWith(name));
  // The same run may lie in several folders: the newest of them is as good as any.
  if (new Set(found.map((r) => r.id)).size === 1) return resolve(root, found[0].folder);
  throw new Refusal('E690', found.length === 0 ? `there is no run \`${name}\`` : `several runs begin with \`${name}\``, {
    exit: 7, help: found.length > 0 ? found.map((r) => `${r.id} in ${r.folder}`) : [
      runs.length === 0 ? `no runs lie below ${root}` : `newest: ${runs.slice(0, 5).map((r) => r.id).join(', ')}`,
    ],
  });
}
