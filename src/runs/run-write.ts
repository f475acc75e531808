import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { BacktestRun } from '../backtest/model.ts';
import type { TableEncoder } from '../core/table.ts';
import type { Schema } from '../core/types.ts';
import { ByteFile, unwritable } from '../table/byte-file.ts';
import { encoderOf } from '../table/formats.ts';
import { TableWriter } from '../table/table-writer.ts';
import { mustBeFree, ownFiles, removeLeft, writeRunFile } from './run-folder.ts';
import { RUN_FILE, bare, type RunDocument, type RunFile } from './run-json.ts';
import { EQUITY, FILLS, ORDERS, RowTable, TRADES, curveBlock } from './run-tables.ts';

/** Characters that are gathered before they are hashed. */
const HELD_TEXT = 1 << 16;

/** Every table is written in these forms. */
const FORMATS = ['csv', 'arrow'] as const;
type RunFormat = (typeof FORMATS)[number];

export interface WriteRunOptions {
  /** Replaces files that belong to no run. */
  readonly force?: boolean;
  /** Rows that are held at most for each table. */
  readonly blockRows?: number;
}

interface OpenTable {
  readonly name: string;
  readonly writer: TableWriter;
  readonly files: readonly ByteFile[];
}

type Encoders = Readonly<Record<RunFormat, (schema: Schema, out: ByteFile) => TableEncoder>>;

/**
 * Files of a run that is going on. Tables that grow with it, such as its equity at every moment, are opened before and take rows as they
 * come, in bounded memory; `finish` adds the others and gives all files their names, `run.json` last: until then the folder is as it was.
 */
export class RunWriter {
  private readonly folder: string;
  private readonly encoders: Encoders;
  private readonly options: WriteRunOptions;
  private readonly tables: OpenTable[] = [];

  private constructor(folder: string, encoders: Encoders, options: WriteRunOptions) {
    this.folder = folder;
    this.encoders = encoders;
    this.options = options;
  }

  static async open(folder: string, options: WriteRunOptions = {}): Promise<RunWriter> {
    mustBeFree(folder, ['trades', 'orders', 'fills', 'equity', 'curve'].flatMap((t) => FORMATS.map((f) => `${t}.${f}`)).concat(RUN_FILE),
      options.force === true);
    try {
      mkdirSync(folder, { recursive: true });
    } catch (cause) {
      throw unwritable(folder, cause);
    }
    return new RunWriter(folder, { csv: await encoderOf('csv'), arrow: await encoderOf('arrow') }, options);
  }

  /** A table that takes rows while the run goes on, such as `signals`. Its name becomes that of its files. */
  table(name: string, schema: Schema): TableWriter {
    if (!/^[a-z][a-z0-9_-]*$/i.test(name) || this.tables.some((t) => t.name === name)) throw new Error(`no name for a table: ${name}`);
    mustBeFree(this.folder, FORMATS.map((f) => `${name}.${f}`), this.options.force === true);
    const files = FORMATS.map((f) => new ByteFile(join(this.folder, `${name}.${f}`)));
    const writer = new TableWriter(bare(schema), files.map((file, i) => this.encoders[FORMATS[i]](schema, file)), this.options.blockRows);
    this.tables.push({ name, writer, files });
    return writer;
  }

  /** Account values at every moment, in the order of `EQUITY`. Without it the table `equity` is the curve of the run. */
  equity(): TableWriter {
    return this.table('equity', EQUITY);
  }

  /** Writes the other tables and `run.json`. */
  finish(run: BacktestRun): RunDocument {
    const { curve, orders, fills, trades, ...facts } = run;
    try {
      // The curve has fewer rows than an equity that was written at every moment, and is kept beside it.
      this.table(this.tables.some((t) => t.name === 'equity') ? 'curve' : 'equity', EQUITY).write(curveBlock(curve));
      this.add('trades', TRADES, trades);
      this.add('orders', ORDERS, orders);
      this.add('fills', FILLS, fills);
      const files = this.tables.flatMap(({ name, writer, files: of }): RunFile[] => {
        writer.finish();
        return of.map((file, i) => ({ table: name, file: `${name}.${FORMATS[i]}`, ...file.finish() }));
      });
      const tables = this.tables.map(({ name, writer }) => ({ name, rows: writer.rows, columns: writer.schema }));
      const document = { run: facts, tables, files };
      const before = ownFiles(this.folder);
      for (const { files: of } of this.tables) for (const file of of) file.commit();
      writeRunFile(this.folder, document);
      removeLeft(this.folder, before, files.map((f) => f.file));
      return document;
    } catch (fault) {
      this.discard();
      throw fault;
    }
  }

  /** Gives the run up and leaves nothing behind. */
  discard(): void {
    for (const { files } of this.tables) for (const file of files) file.discard();
  }

  private add<R>(name: string, table: RowTable<R>, rows: readonly R[]): void {
    const writer = this.table(name, table.schema);
    for (const row of rows) writer.append(table.cells(row));
  }
}

/** Writes a run that has ended: trades, orders, fills and equity as .csv and .arrow, and what it was in `run.json`. */
export async function writeRun(run: BacktestRun, folder: string, options: WriteRunOptions = {}): Promise<RunDocument> {
  return (await RunWriter.open(folder, options)).finish(run);
}

/** SHA-256 over orders, fills and equity as `writeRun` would write them as CSV: the same run has the same one on every machine. */
export async function hashRun({ orders, fills, curve }: Pick<BacktestRun, 'orders' | 'fills' | 'curve'>): Promise<string> {
  const hash = createHash('sha256');
  // Many lines at a time: a call for each costs more than the hash itself.
  let held = '';
  const settle = (): void => {
    hash.update(held);
    held = '';
  };
  const out = {
    text: (text: string) => {
      held += text;
      if (held.length > HELD_TEXT) settle();
    },
    bytes: (bytes: Uint8Array) => {
      settle();
      hash.update(bytes);
    },
  };
  const encoder = await encoderOf('csv');
  const write = <R>(table: RowTable<R>, rows: readonly R[]): void => {
    const writer = new TableWriter(table.schema, [encoder(table.schema, out)]);
    for (const row of rows) writer.append(table.cells(row));
    writer.finish();
  };
  write(ORDERS, orders);
  write(FILLS, fills);
  encoder(EQUITY, out).write(curveBlock(curve));
  settle();
  return hash.digest('hex');
}
