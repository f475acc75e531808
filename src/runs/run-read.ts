import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { join } from 'node:path';
import type { BacktestRun } from '../backtest/model.ts';
import { Refusal } from '../core/diagnostic.ts';
import type { Block, TableReader } from '../core/table.ts';
import { CsvTableReader } from '../table/csv-read.ts';
import { readRunFile } from './run-folder.ts';
import type { RunDocument, RunFile } from './run-json.ts';
import { FILLS, ORDERS, RowTable, TRADES, curveOf } from './run-tables.ts';

const damaged = (path: string, what: string): Refusal => new Refusal('E691', `${path} ${what}`, {
  exit: 7, help: ['run the backtest again: the same pipeline, data and seed give the same files'],
});

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const bytes of createReadStream(path)) hash.update(bytes as Uint8Array);
  return hash.digest('hex');
}

/** The file to read a table from: Arrow where it is still there. Refused (E691) where its bytes are not those that were written. */
async function fileOf(folder: string, document: RunDocument, table: string): Promise<RunFile> {
  const all = document.files.filter((f) => f.table === table);
  const there = all.filter((f) => existsSync(join(folder, f.file)));
  const file = there.find((f) => f.file.endsWith('.arrow')) ?? there.find((f) => f.file.endsWith('.csv'));
  if (file === undefined) throw damaged(join(folder, all[0]?.file ?? table), 'is missing');
  if ((await sha256Of(join(folder, file.file))) !== file.sha256) throw damaged(join(folder, file.file), 'was changed since it was written');
  return file;
}

/** Opens a table of a run, its checksum verified before the first row. Refused (E731) where the run has no such table. */
export async function openRunTable(folder: string, table: string, document = readRunFile(folder)): Promise<TableReader> {
  const found = document.tables.find((t) => t.name === table);
  if (found === undefined) {
    throw new Refusal('E731', `the run ${folder} has no table \`${table}\``, {
      exit: 2, help: [`its tables: ${document.tables.map((t) => t.name).join(', ')}`],
    });
  }
  const { file } = await fileOf(folder, document, table);
  const path = join(folder, file);
  if (file.endsWith('.csv')) return new CsvTableReader(path, found.columns);
  const { ArrowTableReader } = await import('../table/arrow-read.ts');
  return new ArrowTableReader(path, found.columns);
}

async function each(reader: TableReader, take: (block: Block) => void): Promise<void> {
  try {
    for (let block = await reader.next(); block !== null; block = await reader.next()) take(block);
  } finally {
    await reader.close();
  }
}

/** Rows of any table of a run as objects by column, such as its `signals`; none where it has no such table. */
export async function readRows(folder: string, table: string): Promise<Record<string, number | string | null>[]> {
  const document = readRunFile(folder);
  if (!document.tables.some((t) => t.name === table)) return [];
  const reader = await openRunTable(folder, table, document);
  const rows: Record<string, number | string | null>[] = [];
  await each(reader, ({ n, cols }) => {
    for (let i = 0; i < n; i++) rows.push(Object.fromEntries(reader.schema.map((f, c) => [f.name, cols[c][i]])));
  });
  return rows;
}

const copied = ({ n, cols }: Block): Block => ({ n, cols: cols.map((c) => c.slice(0, n)) });

/** Reads a run back as it was written. Refused where the folder is no run (E690) or one of its files was changed (E691). */
export async function readRun(folder: string): Promise<BacktestRun> {
  const document = readRunFile(folder);
  const rowsOf = async <R>(name: string, table: RowTable<R>): Promise<R[]> => {
    const rows: R[] = [];
    await each(await openRunTable(folder, name, document), (b) => {
      for (const row of table.rows(b)) rows.push(row);
    });
    return rows;
  };
  const blocks: Block[] = [];
  const curve = document.tables.some((t) => t.name === 'curve') ? 'curve' : 'equity';
  await each(await openRunTable(folder, curve, document), (b) => void blocks.push(copied(b)));
  return {
    ...document.run, curve: curveOf(blocks), orders: await rowsOf('orders', ORDERS), fills: await rowsOf('fills', FILLS),
    trades: await rowsOf('trades', TRADES),
  };
}
