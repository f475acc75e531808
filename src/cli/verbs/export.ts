import { existsSync, statSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { Refusal } from '../../core/diagnostic.ts';
import type { TableEncoder } from '../../core/table.ts';
import type { Schema } from '../../core/types.ts';
import { ownFiles } from '../../runs/run-folder.ts';
import { ByteFile } from '../../table/byte-file.ts';
import { ENDING, FORMATS, encoderOf, formatNamed, formatOfName, type Format } from '../../table/formats.ts';
import { SelectedRows, copyTable, symbolColumn, type Selection } from '../../table/select.ts';
import { SqliteFile } from '../../table/sqlite-encode.ts';
import { TableWriter } from '../../table/table-writer.ts';
import { exportSource, mustHave, type ExportSource } from '../export-source.ts';
import { usage } from '../fail.ts';
import { moment } from '../overrides.ts';
import { Progress } from '../progress.ts';
import { fileOptions, readFlags, type ReadFlags } from '../read-flags.ts';
import { EXIT, collect, verb, type Call } from '../verb.ts';

interface ExportFlags extends ReadFlags {
  readonly to?: string;
  readonly out: string;
  readonly table?: readonly string[];
  readonly symbols?: string;
  readonly from?: string;
  readonly until?: string;
  readonly allowGaps?: boolean;
  readonly force?: boolean;
}

/** Where a table goes. */
interface Target {
  readonly table: string;
  readonly file: string;
}

/** A file that is being written, whatever its format. */
interface OpenFile {
  commit(): void;
  discard(): void;
}

const list = (text: string): string[] => text.split(',').map((s) => s.trim()).filter((s) => s !== '');

export const VERB = verb<ExportFlags>({
  name: 'export',
  summary: 'tables of a run, a recording or a file as csv, jsonl, arrow, parquet or sqlite',
  examples: [
    ['millrace export runs/ema-cross --to parquet --out notebook/', 'every table of a run, a file each'],
    ['millrace export runs/ema-cross --table trades --out trades.csv', 'one table; the ending tells the format'],
    ['millrace export runs/ema-cross --out run.db', 'all tables in one SQLite database'],
    ['millrace export monday --table trades --symbols AAPL,MSFT --out aapl.parquet', 'a stream of a recording'],
    ['millrace export ticks.csv.gz --schema trade --from 2024-05-01 --out may.arrow', 'a file, from a time on'],
  ],
  declare: (c) => void readFlags(c.argument('<from>', 'folder of a run or a recording, or a .csv, .jsonl or .arrow file')
    .requiredOption('--out <path>', 'file, or folder for several tables')
    .option('--to <format>', `${FORMATS.join(', ')} (default: as the ending of --out tells)`)
    .option('--table <name>', 'trades, orders, fills, equity, or a stream of a recording (again for more; default: all)', collect)
    .option('--symbols <list>', 'only rows of these symbols, parted by commas')
    .option('--from <time>', 'only rows from this time on')
    .option('--until <time>', 'only rows before this time')
    .option('--allow-gaps', 'of a recording: skip what is damaged, and say how much is missing')
    .option('--force', 'replace files that exist')),
  run: exportTables,
});

const isFolder = (path: string): boolean => existsSync(path) && statSync(path).isDirectory();

/** The format asked for: by name, or by the ending of the file. */
function formatOf({ to, out }: ExportFlags): Format {
  if (to !== undefined) return formatNamed(to);
  const found = formatOfName(out);
  if (found !== null) return found;
  throw new Refusal('E730', `the format of \`${out}\` cannot be told from its name`, {
    exit: EXIT.usage, help: [`--to takes ${FORMATS.join(', ')}`],
  });
}

/** The file of every table. All tables of a database share one. */
function targetsOf(tables: readonly string[], format: Format, { out }: ExportFlags, cwd: string, stem: string): Target[] {
  const path = resolve(cwd, out);
  const into = /[/\\]$/.test(out) || isFolder(path);
  if (format === 'sqlite') return tables.map((table) => ({ table, file: into ? join(path, `${stem}${ENDING.sqlite}`) : path }));
  if (tables.length === 1 && !into) return [{ table: tables[0], file: path }];
  if (!into && formatOfName(out) !== null) {
    throw usage(`${tables.length} tables do not go into one file of ${format}`, `--out DIR/ writes a file each: ${tables.join(', ')}`,
      '--table NAME picks one', '--to sqlite writes all into one database');
  }
  return tables.map((table) => ({ table, file: join(path, `${table}${ENDING[format]}`) }));
}

/** Refuses to write over files that exist, and always over those of a run, whose checksums would no longer be right. */
function mustBeFree(targets: readonly Target[], force: boolean, cwd: string): void {
  for (const { file } of targets) {
    if (ownFiles(dirname(file)).has(basename(file))) {
      throw new Refusal('E710', `${relative(cwd, file)} belongs to a run`, { exit: EXIT.data, help: ['write to another folder'] });
    }
    if (!existsSync(file) || (force && !isFolder(file))) continue;
    throw new Refusal('E710', `${relative(cwd, file)} exists already`, { exit: EXIT.data, help: ['--force replaces it'] });
  }
}

/** The tables that were asked for; all of them without a word. */
function chosen(source: ExportSource, from: string, flags: ExportFlags): string[] {
  const tables = [...new Set((flags.table ?? []).flatMap(list))];
  for (const table of tables) mustHave(source, table, from);
  if (tables.length > 0) return tables;
  if (source.tables.length === 0) throw new Refusal('E731', `${from} has no tables`, { exit: EXIT.data });
  return [...source.tables];
}

const selectionOf = (flags: ExportFlags): Selection => ({
  symbols: flags.symbols === undefined ? null : new Set(list(flags.symbols)), from: moment('--from', flags.from),
  until: moment('--until', flags.until),
});

/** Makes the encoder of a table, in a file of its own or in the database that all share. */
async function opener(format: Format): Promise<{ open(t: Target, schema: Schema): TableEncoder; readonly files: readonly OpenFile[] }> {
  const files: OpenFile[] = [];
  if (format === 'sqlite') {
    let db: SqliteFile | null = null;
    return {
      files, open: ({ table, file }, schema) => {
        if (db === null) files.push(db = new SqliteFile(file));
        return db.table(table, schema);
      },
    };
  }
  const encoder = await encoderOf(format);
  return {
    files, open: ({ file: path }, schema) => {
      const file = new ByteFile(path);
      files.push(file);
      return encoder(schema, file);
    },
  };
}

async function exportTables(call: Call, flags: ExportFlags): Promise<number> {
  const [from] = call.args;
  const { terminal, cwd } = call;
  const format = formatOf(flags);
  const selection = selectionOf(flags);
  const source = await exportSource(from, cwd, { ...fileOptions(flags, cwd), allowGaps: flags.allowGaps === true, selection });
  const tables = chosen(source, from, flags);
  const targets = targetsOf(tables, format, flags, cwd, basename(resolve(cwd, from)));
  mustBeFree(targets, flags.force === true, cwd);
  const { open, files } = await opener(format);
  const progress = new Progress(terminal);
  const written: (Target & { readonly rows: number })[] = [];
  try {
    for (const target of targets) {
      const reader = new SelectedRows(await source.open(target.table), selection);
      try {
        mayChoose(reader.schema, target.table, flags);
        const writer = new TableWriter(reader.schema, [open(target, reader.schema)]);
        await copyTable(reader, writer, (rows, ts) => progress.update(rows, ts));
        writer.finish();
        written.push({ ...target, rows: writer.rows });
      } finally {
        await reader.close();
      }
    }
    for (const file of files) file.commit();
  } catch (fault) {
    for (const file of files) file.discard();
    throw fault;
  } finally {
    progress.clear();
  }
  source.warn(terminal);
  report(call, written, format, flags.json === true);
  return EXIT.ok;
}

/** A table that was named and has no symbols cannot be narrowed to some; among all tables it is taken whole. */
function mayChoose(schema: Schema, table: string, { symbols, table: named }: ExportFlags): void {
  if (symbols === undefined || named === undefined || symbolColumn(schema) >= 0) return;
  throw usage(`the table \`${table}\` has no symbols`, 'leave out --symbols');
}

function report(call: Call, written: readonly (Target & { readonly rows: number })[], format: Format, json: boolean): void {
  const tables = written.map(({ table, file, rows }) => ({ table, file: relative(call.cwd, file), rows, bytes: statSync(file).size }));
  if (json) {
    call.terminal.print(JSON.stringify({ version: 1, format, tables }));
    return;
  }
  for (const { table, file, rows } of tables) call.terminal.say(`written: ${file}: ${rows} rows of ${table}`);
}
