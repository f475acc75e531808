import { closeSync, existsSync, fsyncSync, openSync, readFileSync, readdirSync, renameSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { Refusal } from '../core/diagnostic.ts';
import { RUN_FILE, parseRun, renderRun, type RunDocument } from './run-json.ts';

export const isRunFolder = (folder: string): boolean => existsSync(join(folder, RUN_FILE));

/** What a folder says of its run. Refused (E690) where it has none. */
export function readRunFile(folder: string): RunDocument {
  const path = join(folder, RUN_FILE);
  if (!existsSync(path)) {
    throw new Refusal('E690', `${folder} is no run: it has no ${RUN_FILE}`, { exit: 7, help: ['millrace backtest --out DIR writes one'] });
  }
  return parseRun(readFileSync(path, 'utf8'), path);
}

/** Written beside and renamed, so that it is always whole. */
export function writeRunFile(folder: string, document: RunDocument): void {
  const path = join(folder, RUN_FILE);
  const fd = openSync(`${path}.new`, 'w');
  try {
    writeSync(fd, renderRun(document));
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(`${path}.new`, path);
}

/** Files that the run which lies in a folder has written; none where it is no run, or one that cannot be read. */
export function ownFiles(folder: string): ReadonlySet<string> {
  if (!isRunFolder(folder)) return new Set();
  try {
    return new Set([RUN_FILE, ...readRunFile(folder).files.map((f) => f.file)]);
  } catch {
    return new Set();
  }
}

/** Refuses (E692) to write files over others that belong to no run. */
export function mustBeFree(folder: string, names: readonly string[], force: boolean): void {
  if (force) return;
  const own = ownFiles(folder);
  const taken = names.filter((name) => !own.has(name) && existsSync(join(folder, name)));
  if (taken.length === 0) return;
  throw new Refusal('E692', `${folder} has ${taken.join(', ')} of no run`, {
    exit: 7, help: ['--force replaces them', 'name another folder'],
  });
}

/** Takes away what the run before had written and the one now does not. */
export function removeLeft(folder: string, before: ReadonlySet<string>, now: readonly string[]): void {
  const kept = new Set([RUN_FILE, ...now]);
  for (const name of before) if (!kept.has(name)) rmSync(join(folder, name), { force: true });
}

/** Folders below `root` that are runs, in order of their names; a run holds no others. */
export function findRuns(root: string): string[] {
  if (!existsSync(root)) return [];
  if (isRunFolder(root)) return [root];
  return readdirSync(root, { withFileTypes: true }).filter((e) => e.isDirectory() && !e.name.startsWith('.') && e.name !== 'node_modules')
    .sort((a, b) => (a.name < b.name ? -1 : 1)).flatMap((e) => findRuns(join(root, e.name)));
}
