import { mkdirSync } from 'node:fs';
import { contextOf, type FileOptions } from '../connect/infer.ts';
import { readerFor } from '../connect/open.ts';
import type { BadRow } from '../core/connector.ts';
import { Refusal } from '../core/diagnostic.ts';
import type { Schema } from '../core/types.ts';
import { isRecording, newManifest, writeManifest } from './manifest.ts';
import { cannotWrite, StreamWriter } from './stream-writer.ts';

export interface Imported {
  readonly rows: number;
  readonly bytes: number;
  readonly schema: Schema;
  readonly symbols: number;
  readonly bad: { readonly count: number; readonly first: readonly BadRow[] };
  readonly from: number;
  readonly to: number;
}

/** Makes a recording of files: one stream, in order of event time, without times of arrival. */
export async function importFiles(files: readonly string[], o: FileOptions & { readonly folder: string; readonly stream: string;
  readonly rotateBytes?: number; readonly onRows?: (rows: number) => void }): Promise<Imported> {
  const { folder, stream } = o;
  if (isRecording(folder)) {
    throw new Refusal('E784', `${folder} holds a recording already`, { exit: 7, help: ['import into another folder'] });
  }
  const { connector, ctx } = await contextOf(files[0], o);
  const reader = readerFor({ ...ctx, args: { ...ctx.args, path: files } }, connector);
  const schema = ctx.schema.map(({ name, type }) => ({ name, type }));
  try {
    mkdirSync(folder, { recursive: true });
  } catch (cause) {
    throw cannotWrite(folder, cause);
  }
  const rotate = o.rotateBytes === undefined ? {} : { rotateBytes: o.rotateBytes };
  const writer = new StreamWriter(folder, { id: stream, kind: 'source', schema }, rotate);
  const manifest = newManifest({ pipeline: '', plan: null, universe: null, created: new Date().toISOString(), streams: [] });
  const describe = (ended: number | null): void =>
    writeManifest(folder, {
      ...manifest, writer: null, closed: ended === null ? null : new Date().toISOString(), complete: ended !== null,
      streams: [{ ...writer.info, ended, files: writer.closed }],
    });
  describe(null);
  let from = NaN;
  let to = NaN;
  try {
    for (let chunk = await reader.next(); chunk !== null; chunk = await reader.next()) {
      if (writer.rows === 0) from = chunk.ts[0];
      to = chunk.ts[chunk.n - 1];
      writer.addRun(chunk, 0, chunk.n, writer.rows + 1, NaN, ctx.keys);
      o.onRows?.(writer.rows);
    }
    writer.close();
    // A file ends, and lets windows close: the end has the seq after its last row.
    describe(writer.rows + 1);
  } catch (error) {
    writer.abandon();
    throw error;
  } finally {
    await reader.close();
  }
  return { rows: writer.rows, bytes: writer.bytes, schema, symbols: ctx.keys.size, bad: reader.bad, from, to };
}
