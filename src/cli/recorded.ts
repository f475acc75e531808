import { resolve } from 'node:path';
import type { SourceReader } from '../core/connector.ts';
import { Refusal } from '../core/diagnostic.ts';
import type { KeyTable } from '../core/keys.ts';
import type { Schema } from '../core/types.ts';
import type { SourceDecl } from '../language/document.ts';
import { openRecording, readStream, streamOf, type Recording } from '../recording/recording.ts';
import type { ReadOptions, StreamReader } from '../recording/stream-reader.ts';
import { usage } from './fail.ts';
import { moment } from './overrides.ts';
import type { Terminal } from './terminal.ts';
import { EXIT, type Call } from './verb.ts';
import type { Prepared } from './wire.ts';

export function mustFit(recording: Recording, s: Pick<SourceDecl, 'id' | 'schema'>, schema: Schema): void {
  const shape = (x: Schema): string => JSON.stringify(x.map((f) => [f.name, f.type]));
  if (shape(schema) === shape(s.schema)) return;
  const names = (x: Schema): string => x.map((f) => f.name).join(', ');
  throw new Refusal('E785', `stream \`${s.id}\` of ${recording.folder} has other columns than source \`${s.id}\``, {
    exit: EXIT.data, help: [`recorded: ${names(schema)}`, `the pipeline reads: ${names(s.schema)}`],
  });
}

interface DataFlags {
  readonly from?: string;
  readonly to?: string;
  readonly fromSeq?: string;
  readonly toSeq?: string;
  readonly allowGaps?: boolean;
}

const count = (flag: string, text: string | undefined): number | null => {
  if (text === undefined) return null;
  if (!/^\d{1,15}$/.test(text)) throw usage(`${flag} takes the number of a row, not \`${text}\``);
  return Number(text);
};

/** What `--data DIR` of a replay names. */
export class RecordedData {
  readonly recording: Recording;
  readonly read: ReadOptions;
  private readonly call: Call;

  constructor(folder: string, flags: DataFlags, call: Call) {
    this.recording = openRecording(resolve(call.cwd, folder));
    this.call = call;
    this.read = {
      from: moment('--from', flags.from), to: moment('--to', flags.to), fromSeq: count('--from-seq', flags.fromSeq),
      toSeq: count('--to-seq', flags.toSeq), allowGaps: flags.allowGaps === true,
    };
  }

  readers(p: Pick<Prepared, 'doc'>, keys: KeyTable): StreamReader[] {
    return openSources(this.recording, p, keys, this.read);
  }

  /** Recorded nodes that the pipeline has too. */
  nodes(p: Pick<Prepared, 'plan'>): string[] {
    return recordedNodes(this.recording, p.plan.nodes.map((n) => n.id));
  }

  warn(p: Pick<Prepared, 'doc'>, readers: readonly SourceReader[]): void {
    warnOfMissing(readers, p.doc.sources.map((s) => s.id), this.call.terminal);
  }
}

/** Readers of all sources of a pipeline, in the order of the plan, from one recording. */
export function openSources(recording: Recording, p: Pick<Prepared, 'doc'>, keys: KeyTable, options: ReadOptions = {}): StreamReader[] {
  return p.doc.sources.map((s) => {
    mustFit(recording, s, streamOf(recording, s.id).info.schema);
    return readStream(recording, s.id, keys, options);
  });
}

/** One source from a recording, as from a file: in the order it was ingested in, and it ends where the recording ends. */
export class RecordedSource implements SourceReader {
  private readonly inner: StreamReader;

  constructor(folder: string, s: Pick<SourceDecl, 'id' | 'schema'>, keys: KeyTable, options: ReadOptions = {}) {
    const recording = openRecording(folder);
    const only = recording.streams.length === 1 ? recording.streams[0].info.id : s.id;
    mustFit(recording, { id: only, schema: s.schema }, streamOf(recording, only).info.schema);
    this.inner = readStream(recording, only, keys, options);
  }

  get total(): number | null {
    return this.inner.total;
  }

  get bad(): SourceReader['bad'] {
    return this.inner.bad;
  }

  async next(): ReturnType<SourceReader['next']> {
    const chunk = await this.inner.next();
    // Without the recorded seq: beside other sources the rows are numbered anew.
    return chunk === null ? null : { n: chunk.n, ts: chunk.ts, key: chunk.key, cols: chunk.cols };
  }

  close(): Promise<void> {
    return this.inner.close();
  }
}

/** Says what a replay left out, so that nothing is missing silently. */
export function warnOfMissing(readers: readonly SourceReader[], ids: readonly string[], terminal: Terminal): void {
  readers.forEach((r, i) => {
    const missing = (r as Partial<StreamReader>).missing;
    if (missing === undefined) return;
    for (const d of missing.damage) {
      terminal.warn(`${terminal.paint.note('warning')}: stream ${ids[i]}: ${d.path} is damaged at byte ${d.offset}: ${d.what}`);
    }
    const stream = `stream ${ids[i]}`;
    if (missing.rows > 0) terminal.warn(`${terminal.paint.note('warning')}: ${stream}: ${missing.rows} rows of damaged chunks left out`);
    if (missing.torn > 0) terminal.say(`${stream}: its recording was not closed; ${missing.torn} torn bytes at its end are left out`);
  });
}

/** Nodes of a recording that the pipeline has too. */
export const recordedNodes = (recording: Recording, known: readonly string[]): string[] =>
  recording.streams.filter((s) => s.info.kind === 'node' && known.includes(s.info.id)).map((s) => s.info.id);
