import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { convertFile, generateFile, type CopyResult } from '../../connect/convert.ts';
import { checkFile, type FileCheck, type RowsCheck } from '../../connect/inspect.ts';
import { Refusal } from '../../core/diagnostic.ts';
import { formatDuration, formatTime, parseDuration } from '../../core/time.ts';
import { usage } from '../fail.ts';
import { Progress } from '../progress.ts';
import { fileOptions, readFlags, type ReadFlags } from '../read-flags.ts';
import type { Paint } from '../terminal.ts';
import { aligned } from '../test-report.ts';
import { EXIT, verb, type Call } from '../verb.ts';
import { typeName } from '../../core/types.ts';
import type { RecordingCheck } from '../../recording/check.ts';
import { checkOne, importData, isUnusable, LS, recordingReport, shownRepair } from './data-recordings.ts';

interface CheckFlags extends ReadFlags {
  readonly repair?: boolean;
}

interface WriteFlags extends ReadFlags {
  readonly force?: boolean;
}

interface GenFlags {
  readonly schema: string;
  readonly symbols?: string;
  readonly seed: string;
  readonly rate?: string;
  readonly length?: string;
  readonly every?: string;
  readonly start?: string;
  readonly force?: boolean;
  readonly json?: boolean;
}

export const VERB = verb({
  name: 'data',
  summary: 'make, check and convert data',
  examples: [
    ['millrace data gen trades.csv --length 2h', 'a seeded synthetic market'],
    ['millrace data check trades.csv', 'gaps, duplicates, order, outliers, bad rows'],
    ['millrace data ls', 'the recordings of this folder'],
    ['millrace data convert trades.csv trades.arrow', 'another format, by the ending of the name'],
  ],
  declare: () => undefined,
  verbs: [
    verb<GenFlags>({
      name: 'gen',
      summary: 'write a seeded synthetic market to a file',
      examples: [
        ['millrace data gen trades.csv --symbols AAPL,MSFT --length 2h --seed 9', 'trades of two symbols'],
        ['millrace data gen bars.arrow --schema bar --every 5m --length 30d', 'bars of a month'],
      ],
      declare: (c) => void c.argument('<file>', '.csv, .jsonl (both also with .gz) or .arrow')
        .option('--schema <name>', 'trade, quote or bar', 'trade')
        .option('--symbols <list>', 'symbols, parted by commas')
        .option('--seed <n>', 'another seed is another market', '7')
        .option('--rate <n>', 'trades or quotes a second and symbol')
        .option('--length <time>', 'length of the market, such as 2h or 5d')
        .option('--every <time>', 'length of a bar')
        .option('--start <time>', 'the first moment')
        .option('--force', 'replace a file that exists')
        .option('--json', 'one object'),
      run: gen,
    }),
    LS,
    verb<CheckFlags>({
      name: 'check',
      summary: 'what a replay would stumble over: gaps, duplicates, order, outliers, bad rows',
      examples: [
        ['millrace data check trades.csv.gz --schema trade', 'a report; exit code 7 when rows cannot be read'],
        ['millrace data check monday --repair', 'a recording: its end cut to the last whole chunk, every checksum verified'],
      ],
      declare: (c) => void readFlags(c.argument('<path...>', 'files or recordings to read'))
        .option('--repair', 'of a recording: cut what a killed process left, so that other tools open its files'),
      run: check,
    }),
    verb<ReadFlags & { readonly out: string; readonly stream?: string; readonly rotate?: string }>({
      name: 'import',
      summary: 'make a recording of files',
      examples: [['millrace data import ticks.csv.gz --schema trade --out ticks', 'replay it with --data ticks or --source trades=ticks']],
      declare: (c) => void readFlags(c.argument('<file...>', '.csv, .jsonl or .arrow, all of one schema')
        .requiredOption('--out <dir>', 'the folder of the recording')
        .option('--stream <id>', 'name of the stream, which sources are matched by (default: trades, quotes, bars, …)')
        .option('--rotate <size>', 'a new file after so much, such as 1GB')),
      run: (call, flags) => importData(call, flags, fileOptions(flags, call.cwd)),
    }),
    verb<WriteFlags>({
      name: 'convert',
      summary: 'rewrite a file in another format',
      examples: [['millrace data convert ticks.csv.gz ticks.arrow --schema trade', 'by the endings of the names']],
      declare: (c) => void readFlags(c.argument('<from>', 'file to read').argument('<to>', 'file to write')).option('--force',
        'replace a file that exists'),
      run: convert,
    }),
  ],
});

const mayWrite = (file: string, call: Call, force: boolean | undefined): void => {
  if (!existsSync(resolve(call.cwd, file)) || force === true) return;
  throw new Refusal('E710', `${file} exists already`, { exit: EXIT.data, help: ['--force replaces it'] });
};

const micros = (flag: string, text: string): number => {
  const value = parseDuration(text);
  if (value === null) throw usage(`${flag} takes a duration such as 2h, not \`${text}\``);
  return value;
};

async function gen(call: Call, flags: GenFlags): Promise<number> {
  const [file] = call.args;
  const { schema } = flags;
  if (schema !== 'trade' && schema !== 'quote' && schema !== 'bar') throw usage(`--schema takes trade, quote or bar, not \`${schema}\``);
  mayWrite(file, call, flags.force);
  const settings = {
    seed: Number(flags.seed), ...(flags.symbols === undefined ? {} : { symbols: flags.symbols.split(',').map((s) => s.trim()) }),
    ...(flags.rate === undefined ? {} : { rate: Number(flags.rate) }), ...(flags.start === undefined ? {} : { start: flags.start }),
    ...(flags.length === undefined ? {} : { length: micros('--length', flags.length) }),
    ...(flags.every === undefined ? {} : { every: micros('--every', flags.every) }),
  };
  const progress = new Progress(call.terminal);
  const result = await generateFile({ to: file, schema, settings, base: call.cwd, replace: flags.force === true, onRows: (n) =>
    progress.update(n, NaN) });
  progress.clear();
  written(call, file, result, flags.json === true);
  return EXIT.ok;
}

async function convert(call: Call, flags: WriteFlags): Promise<number> {
  const [from, to] = call.args;
  mayWrite(to, call, flags.force);
  const progress = new Progress(call.terminal);
  const result = await convertFile({ ...fileOptions(flags, call.cwd), from, to, replace: flags.force === true, onRows: (n) =>
    progress.update(n, NaN) });
  progress.clear();
  written(call, to, result, flags.json === true);
  for (const b of result.bad.first.slice(0, 5)) call.terminal.warn(`  line ${b.at}: ${b.code} ${b.message}`);
  return EXIT.ok;
}

function written(call: Call, file: string, r: CopyResult, json: boolean): void {
  const columns = r.schema.map((f) => ({ name: f.name, type: typeName(f.type) }));
  if (json) {
    call.terminal.print(JSON.stringify({ version: 1, file, rows: r.rows, symbols: r.symbols, bad: r.bad.count, from: r.from, to: r.to,
      columns }));
    return;
  }
  const span = r.rows === 0 ? '' : `, ${formatTime(r.from)} to ${formatTime(r.to)}`;
  const bad = r.bad.count > 0 ? `, ${r.bad.count} bad rows left out` : '';
  call.terminal.say(`written: ${file}: ${r.rows} rows of ${r.symbols} symbols${span}${bad}`);
}

async function check(call: Call, flags: CheckFlags): Promise<number> {
  let unusable = false;
  const all: (FileCheck | RecordingCheck)[] = [];
  for (const file of call.args) {
    const recording = await checkOne(file, call, flags.repair === true);
    if (recording !== null) {
      for (const r of recording.repaired) call.terminal.say(shownRepair(r));
      unusable ||= isUnusable(recording.found);
      const { outPaint } = call.terminal;
      if (flags.json === true) all.push(recording.found);
      else call.terminal.print(recordingReport(recording.found, outPaint, (s) => symbolTable(s).map((l) => `    ${l}`)));
      continue;
    }
    const progress = new Progress(call.terminal);
    const found = await checkFile(file, { ...fileOptions(flags, call.cwd), onRows: (n) => progress.update(n, NaN) });
    progress.clear();
    unusable ||= found.bad.count > 0 || found.rows === 0;
    if (flags.json === true) all.push(found);
    else call.terminal.print(report(found, call.terminal.outPaint));
  }
  if (flags.json === true) call.terminal.print(JSON.stringify({ version: 1, files: all }, null, 2));
  return unusable ? EXIT.data : EXIT.ok;
}

function symbolTable(f: RowsCheck): string[] {
  const head = ['symbol', 'rows', 'first', 'last', 'every', 'gaps', 'missing', 'duplicates', 'out of order', 'outliers'];
  const rows = f.symbols.map((s) => [
    s.symbol, String(s.rows), formatTime(s.first), formatTime(s.last), s.every === null ? '–' : formatDuration(s.every), String(s.gaps),
      String(s.missing),
    String(s.duplicates), String(s.outOfOrder), String(s.outliers),
  ]);
  const shown = rows.slice(0, 40);
  return [...aligned([head, ...shown]), ...(rows.length > shown.length ? [`… ${rows.length - shown.length} more symbols`] : [])];
}

function report(f: FileCheck, paint: Paint): string {
  const mark = (n: number): string => (n === 0 ? '0' : paint.note(String(n)));
  const columns = f.columns.map((c) => `${c.name} ${typeName(c.type)}${c.nulls > 0 ? ` (${c.nulls} null)` : ''}`).join(', ');
  return [
    paint.bold(f.path), `  ${f.rows} rows, ${f.symbols.length} symbols, ${mark(f.bad.count)} bad, ${mark(f.outOfOrder)} out of order`,
      `  columns: ${columns}`,
    ...symbolTable(f).map((l) => `  ${l}`),
    ...f.bad.first.slice(0, 5).map((b) => `  ${paint.bad('bad')} line ${b.at}: ${b.code} ${b.message}: ${b.raw}`),
  ].join('\n');
}
