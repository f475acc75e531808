import { existsSync, statSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import type { FileOptions } from '../connect/infer.ts';
import { contextOf } from '../connect/infer.ts';
import { stemOf } from '../connect/files.ts';
import { readerFor } from '../connect/open.ts';
import type { SourceReader } from '../core/connector.ts';
import { Refusal } from '../core/diagnostic.ts';
import { KeyTable } from '../core/keys.ts';
import type { TableReader } from '../core/table.ts';
import { suggest } from '../language/suggest.ts';
import { isRunFolder, ownFiles, readRunFile } from '../runs/run-folder.ts';
import { openRunTable } from '../runs/run-read.ts';
import { ChunkTable } from '../table/chunk-table.ts';
import type { Selection } from '../table/select.ts';
import { warnOfMissing } from './recorded.ts';
import { isRecordingPath } from './recorded-path.ts';
import type { Terminal } from './terminal.ts';
import { EXIT } from './verb.ts';

/** What an export takes its tables from. */
export interface ExportSource {
  readonly tables: readonly string[];
  open(table: string): Promise<TableReader>;
  /** Says what could not be read, once all is. */
  warn(terminal: Terminal): void;
}

export interface SourceOptions extends FileOptions {
  readonly allowGaps: boolean;
  /** Chunks of a recording that hold nothing of it are not read at all. */
  readonly selection: Selection;
}

/** Refuses (E731) a table that there is not, with the one that was meant. */
export function mustHave(source: ExportSource, table: string, from: string): void {
  if (source.tables.includes(table)) return;
  const near = suggest(table, source.tables);
  throw new Refusal('E731', `${from} has no table \`${table}\``, {
    exit: EXIT.usage, help: [...(near === null ? [] : [`did you mean \`${near}\`?`]), `its tables: ${source.tables.join(', ') || 'none'}`],
  });
}

function runSource(folder: string): ExportSource {
  const document = readRunFile(folder);
  return { tables: document.tables.map((t) => t.name), open: (table) => openRunTable(folder, table, document), warn: () => undefined };
}

async function recordingSource(folder: string, { allowGaps, selection }: SourceOptions): Promise<ExportSource> {
  const { openRecording, readStream } = await import('../recording/recording.ts');
  const recording = openRecording(folder);
  const read: { readonly id: string; readonly reader: SourceReader }[] = [];
  return {
    tables: recording.streams.map((s) => s.info.id),
    open: async (id) => {
      const keys = new KeyTable();
      const reader = readStream(recording, id, keys, { allowGaps, from: selection.from ?? null, to: selection.until ?? null });
      read.push({ id, reader });
      const { schema } = (recording.streams.find((s) => s.info.id === id) as (typeof recording.streams)[number]).info;
      return new ChunkTable(reader, schema, keys, ['seq', 'received']);
    },
    warn: (terminal) => warnOfMissing(read.map((r) => r.reader), read.map((r) => r.id), terminal),
  };
}

function fileSource(path: string, options: SourceOptions): ExportSource {
  let bad = (): SourceReader['bad'] => ({ count: 0, first: [] });
  return {
    tables: [stemOf(path)],
    open: async () => {
      // Rows keep their order: an export is no replay.
      const { connector, ctx } = await contextOf(path, { ...options, order: 'arrival' });
      const reader = readerFor(ctx, connector);
      bad = () => reader.bad;
      return new ChunkTable(reader, ctx.schema, ctx.keys);
    },
    warn: (terminal) => {
      const { count, first } = bad();
      if (count > 0) terminal.warn(`${terminal.paint.note('warning')}: ${count} rows could not be read and were left out`);
      for (const b of first.slice(0, 5)) terminal.warn(`  line ${b.at}: ${b.code} ${b.message}`);
    },
  };
}

/** Opens what an operand names: the folder of a run or a recording, or a file. A file of a run is read as the table that it is. */
export async function exportSource(given: string, cwd: string, options: SourceOptions): Promise<ExportSource> {
  const path = resolve(cwd, given);
  if (existsSync(path) && statSync(path).isDirectory()) {
    if (isRunFolder(path)) return runSource(path);
    if (isRecordingPath(path)) return recordingSource(path, options);
    throw new Refusal('E902', `${given} is neither a run nor a recording`, {
      exit: EXIT.data, help: ['a run has a run.json, a recording a recording.json', 'millrace data ls lists recordings'],
    });
  }
  const folder = dirname(path);
  if (existsSync(path) && ownFiles(folder).has(basename(path))) {
    const table = readRunFile(folder).files.find((f) => f.file === basename(path))?.table;
    if (table !== undefined) return { ...runSource(folder), tables: [table] };
  }
  return fileSource(given, options);
}
