import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { isBeingWritten, isRecording } from './manifest.ts';
import { openRecording } from './recording.ts';

/** A stream of a recording in numbers, all from its sidecars. Times and seqs are null where it has no rows. */
export interface StreamSummary {
  readonly id: string;
  readonly kind: 'source' | 'node';
  readonly files: number;
  readonly chunks: number;
  readonly rows: number;
  readonly bytes: number;
  readonly from: number | null;
  readonly to: number | null;
  readonly firstSeq: number | null;
  readonly lastSeq: number | null;
  readonly damaged: number;
}

export interface RecordingSummary {
  /** Relative to the folder that was looked through; `.` for that itself. */
  readonly path: string;
  readonly pipeline: string;
  readonly plan: string | null;
  readonly created: string;
  /** `recording`: a process is writing it; `torn`: it was not closed, and wants a repair. */
  readonly state: 'complete' | 'cut' | 'torn' | 'recording';
  readonly streams: readonly StreamSummary[];
}

const DEEPEST = 4;

/** Folders of recordings below a folder, itself included. Nothing inside a recording is one. */
export function findRecordings(folder: string, deep = 0): string[] {
  if (isRecording(folder)) return [folder];
  if (deep === DEEPEST || !existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true }).filter((e) => e.isDirectory() && !e.name.startsWith('.') && e.name !== 'node_modules')
    .sort((a, b) => (a.name < b.name ? -1 : 1)).flatMap((e) => findRecordings(join(folder, e.name), deep + 1));
}

/** What a recording holds, without a look at its rows. */
export function summarise(root: string, folder: string): RecordingSummary {
  const { manifest, streams } = openRecording(folder);
  const state = isBeingWritten(manifest) ? 'recording' : manifest.closed === null ? 'torn' : manifest.complete ? 'complete' : 'cut';
  return {
    path: relative(root, folder) || '.', pipeline: manifest.pipeline, plan: manifest.plan, created: manifest.created, state,
    streams: streams.map(({ info, files, rows, damage }) => {
      const chunks = files.flatMap((f) => f.chunks);
      const least = (of: (c: (typeof chunks)[number]) => number): number | null =>
        (chunks.length === 0 ? null : chunks.reduce((m, c) => Math.min(m, of(c)), Infinity));
      const most = (of: (c: (typeof chunks)[number]) => number): number | null =>
        (chunks.length === 0 ? null : chunks.reduce((m, c) => Math.max(m, of(c)), -Infinity));
      return {
        id: info.id, kind: info.kind, files: files.length, chunks: chunks.length, rows, bytes: files.reduce((s, f) => s + f.size, 0),
        from: least((c) => c.minTs), to: most((c) => c.maxTs), firstSeq: least((c) => c.firstSeq), lastSeq: most((c) => c.lastSeq),
        damaged: damage.length,
      };
    }),
  };
}

/** Changes whenever a summary may: what the folder's files are called, how long they are and when they were written. */
export const stampOf = (folder: string): string => readdirSync(folder).filter((f) => /\.(json|arrow|sums)$/.test(f)).sort()
  .map((f) => {
    const { size, mtimeMs } = statSync(join(folder, f));
    return `${f}:${size}:${Math.round(mtimeMs * 1000)}`;
  }).join();
