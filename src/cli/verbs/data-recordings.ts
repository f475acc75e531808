import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { FileOptions } from '../../connect/infer.ts';
import { Refusal } from '../../core/diagnostic.ts';
import { formatTime } from '../../core/time.ts';
import { typeName } from '../../core/types.ts';
import { HOW_TO_GET_SQLITE, sqliteFrom } from '../../store/sqlite.ts';
import type { RecordingCheck, StreamCheck } from '../../recording/check.ts';
import type { Repaired } from '../../recording/repair.ts';
import { Progress, short } from '../progress.ts';
import { isRecordingPath } from '../recorded-path.ts';
import { rotation } from '../record-flags.ts';
import type { Paint } from '../terminal.ts';
import { aligned } from '../test-report.ts';
import { EXIT, verb, type Call } from '../verb.ts';

/** `1.2 GB`, `34 kB`. */
const size = (bytes: number): string => {
  const [unit, by] = bytes >= 1e9 ? ['GB', 1e9] : bytes >= 1e6 ? ['MB', 1e6] : bytes >= 1e3 ? ['kB', 1e3] : ['B', 1];
  return `${(bytes / by).toFixed(by === 1 ? 0 : 1)} ${unit}`;
};

export const LS = verb<{ readonly json?: boolean }>({
  name: 'ls',
  summary: 'recordings below a folder: streams, rows, times, whether they are whole',
  examples: [['millrace data ls', 'of this folder'], ['millrace data ls archive --json', 'of another, as one object']],
  declare: (c) => void c.argument('[dir]', 'folder to look through', '.').option('--json', 'one object'),
  run: ls,
});

async function ls(call: Call, flags: { readonly json?: boolean }): Promise<number> {
  const root = resolve(call.cwd, call.args[0] ?? '.');
  if (!existsSync(root) || !statSync(root).isDirectory()) {
    throw new Refusal('E902', `no folder \`${call.args[0]}\``, { exit: EXIT.data, help: ['millrace data ls takes a folder'] });
  }
  const { listRecordings } = await import('../../recording/catalogue.ts');
  const { recordings, kept } = listRecordings(root);
  if (flags.json === true) {
    call.terminal.print(JSON.stringify({ version: 1, folder: root, catalogue: kept, recordings }, null, 2));
    return EXIT.ok;
  }
  if (recordings.length === 0) call.terminal.say(`no recordings below ${call.args[0] ?? '.'}`);
  else {
    const head = ['recording', 'stream', 'kind', 'rows', 'from', 'to', 'files', 'size', 'state'];
    const time = (ts: number | null): string => (ts === null ? '–' : formatTime(ts));
    const rows = recordings.flatMap((r) => r.streams.map((s) => [
      r.path, s.id, s.kind, String(s.rows), time(s.from), time(s.to), String(s.files), size(s.bytes), s.damaged > 0 ? 'damaged' : r.state,
    ]));
    call.terminal.print(aligned([head, ...rows]).join('\n'));
  }
  if (!kept && recordings.length > 0) {
    const how = sqliteFrom() === null ? HOW_TO_GET_SQLITE.map((h) => `\n  = ${h}`) : ['\n  = the folder cannot be written'];
    call.terminal.say(`looked through the folder: no catalogue is kept${how.join('')}`);
  }
  return EXIT.ok;
}

interface ImportFlags {
  readonly out: string;
  readonly stream?: string;
  readonly schema?: string;
  readonly rotate?: string;
  readonly json?: boolean;
}

/** Stream names by the schema that rows are read with: what sources are called by habit. */
const streamOf = ({ stream, schema }: ImportFlags): string =>
  stream ?? (schema === undefined || schema === 'news' ? schema ?? 'rows' : `${schema}s`);

export async function importData(call: Call, flags: ImportFlags, options: FileOptions): Promise<number> {
  const { importFiles } = await import('../../recording/import.ts');
  const progress = new Progress(call.terminal);
  const stream = streamOf(flags);
  const { rotateBytes } = rotation(flags.rotate);
  const r = await importFiles(call.args, {
    ...options, folder: resolve(call.cwd, flags.out), stream, ...(rotateBytes === undefined ? {} : { rotateBytes }),
    onRows: (n) => progress.update(n, NaN),
  });
  progress.clear();
  if (flags.json === true) {
    const columns = r.schema.map((f) => ({ name: f.name, type: typeName(f.type) }));
    const { rows, bytes, symbols, from, to } = r;
    const found = { recording: flags.out, stream, rows, bytes, symbols, bad: r.bad.count, from, to, columns };
    call.terminal.print(JSON.stringify({ version: 1, ...found }));
  }
  const span = r.rows === 0 ? '' : `, ${formatTime(r.from)} to ${formatTime(r.to)}`;
  const bad = r.bad.count > 0 ? `, ${r.bad.count} bad rows left out` : '';
  call.terminal.say(`imported ${r.rows} rows of ${r.symbols} symbols into ${flags.out} as ${stream}${span}${bad}`);
  for (const b of r.bad.first.slice(0, 5)) call.terminal.warn(`  line ${b.at}: ${b.code} ${b.message}`);
  return EXIT.ok;
}

/** A recording checked, repaired before where that is asked for. */
export async function checkOne(path: string, call: Call, repair: boolean): Promise<{ found: RecordingCheck; repaired: Repaired[] } | null> {
  const folder = resolve(call.cwd, path);
  if (!isRecordingPath(folder)) return null;
  let repaired: Repaired[] = [];
  if (repair) {
    const { isBeingWritten, readManifest } = await import('../../recording/manifest.ts');
    const manifest = readManifest(folder);
    if (isBeingWritten(manifest)) {
      throw new Refusal('E784', `process ${manifest.writer?.pid} is writing ${path}`, {
        exit: EXIT.data, help: ['repair it when that has ended'],
      });
    }
    repaired = (await import('../../recording/repair.ts')).repairRecording(folder);
  }
  const { checkRecording } = await import('../../recording/check.ts');
  const progress = new Progress(call.terminal);
  const found = await checkRecording(folder, (n) => progress.update(n, NaN));
  progress.clear();
  return { found: { ...found, path }, repaired };
}

/** What must not be overlooked: rows that cannot be read any more. An end that was torn is what a kill leaves. */
export const isUnusable = (c: RecordingCheck): boolean => c.streams.some((s) => s.damage.length > 0);

export function shownRepair(r: Repaired): string {
  const left = r.left > 0 ? `, ${r.left} damaged chunks left out of its footer` : '';
  return `repaired ${r.path}: ${r.rows} rows in ${r.chunks} chunks, ${r.cut} bytes cut off${left}`;
}

export function recordingReport(c: RecordingCheck, paint: Paint, table: (s: StreamCheck) => string[]): string {
  const state = c.complete ? 'complete' : c.closed ? 'closed, cut at its end' : paint.note('not closed: --repair closes it');
  const gaps = c.seqGaps === null ? '' : `, ${c.seqGaps === 0 ? '0' : paint.note(String(c.seqGaps))} numbers without a row`;
  return [
    `${paint.bold(c.path)}  ${state}${gaps}`,
    ...c.streams.flatMap((s) => [
      `  ${paint.bold(s.id)} (${s.kind}): ${s.rows} rows, ${s.heartbeats} heartbeats, ${s.symbols.length} symbols, ${s.chunks} chunks in `
        + `${s.files} file${s.files === 1 ? '' : 's'}, ${s.outOfOrder} out of order`
        + `${s.torn > 0 ? `, ${short(s.torn)} torn bytes at the end` : ''}`,
      ...s.damage.map((d) => `  ${paint.bad('damaged')} ${d.path} at byte ${d.offset}: ${d.what}`),
      ...(s.missing > 0 ? [`  ${paint.bad('missing')} ${s.missing} rows of damaged chunks`] : []),
      ...table(s),
    ]),
  ].join('\n');
}
