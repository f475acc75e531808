import { existsSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { BacktestRun } from '../../backtest/model.ts';
import type { Cell } from '../../backtest/research/difference.ts';
import { Refusal } from '../../core/diagnostic.ts';
import { formatTime } from '../../core/time.ts';
import { findRun } from '../../runs/run-index.ts';
import { isRunFolder } from '../../runs/run-folder.ts';
import { readRows, readRun } from '../../runs/run-read.ts';
import { usage } from '../fail.ts';
import { differences, differingSettings, metricTable, type TableDifference } from '../run-difference.ts';
import { aligned } from '../test-report.ts';
import { EXIT, verb, type Call } from '../verb.ts';

interface CompareFlags {
  readonly runs: string;
  readonly json?: boolean;
  readonly html?: string;
  readonly force?: boolean;
}

export const VERB = verb<CompareFlags>({
  name: 'compare',
  summary: 'backtests side by side: settings, metrics, and the first signal, order, fill or trade that differs',
  examples: [
    ['millrace compare runs/before runs/after', 'two runs by their folders'],
    ['millrace compare 3f2a 91bc 77d0 --runs archive', 'by the beginning of their ids, below a folder'],
    ['millrace compare before after --json', 'one object'],
  ],
  declare: (c) => void c.argument('<run...>', 'folders, ids or beginnings of ids')
    .option('--runs <dir>', 'folder below which ids are looked for', 'runs')
    .option('--html <file>', 'a page with the curves of all of them')
    .option('--force', 'replace a file that exists')
    .option('--json', 'one object'),
  run: compare,
});

const folderOf = (name: string, root: string, cwd: string): string => {
  const folder = resolve(cwd, name);
  return isRunFolder(folder) ? folder : findRun(resolve(cwd, root), name);
};

async function compare(call: Call, flags: CompareFlags): Promise<number> {
  if (call.args.length < 2) throw usage('a comparison needs two runs or more', 'millrace compare runs/before runs/after');
  const folders = call.args.map((name) => folderOf(name, flags.runs, call.cwd));
  const runs: BacktestRun[] = [];
  for (const folder of folders) runs.push(await readRun(folder));
  const signals = await Promise.all(folders.map(signalsOf));
  const parted = runs.slice(1).map((run, i) => differences(runs[0], run, [signals[0], signals[i + 1]]));
  if (flags.html !== undefined) await writeHtml(call, flags, runs, parted[0]);
  const settings = differingSettings(runs);
  const metrics = metricTable(runs);
  if (flags.json === true) {
    call.terminal.print(JSON.stringify({
      version: 1, runs: runs.map((r) => ({ id: r.id, pipeline: r.pipeline, hash: r.hash })), settings, metrics,
      differences: parted.map((found, i) => ({ a: runs[0].id, b: runs[i + 1].id, tables: found })),
    }, null, 2));
    return EXIT.ok;
  }
  const { outPaint: paint } = call.terminal;
  const heads = call.args.map((name) => name.replace(/\/+$/, ''));
  const section = (title: string, lines: readonly string[]): string[] => [paint.bold(title), ...lines.map((l) => `  ${l}`), ''];
  call.terminal.print([
    ...section('Settings', settings.length === 0 ? ['the same'] : aligned([['', ...heads], ...settings.map((s) =>
      [s.name, ...s.values.map((v) => shown(s.name, v))])])),
    ...section('Metrics', aligned([['', ...heads, ...(runs.length === 2 ? ['change'] : [])], ...metrics.map(({ name, values }) =>
      [name, ...values.map(number), ...(runs.length === 2 ? [change(values)] : [])])])),
    ...parted.flatMap((found, i) =>
      section(`First difference of ${heads[0]} and ${heads[i + 1]}`, partedLines(found, heads[0], heads[i + 1]))),
  ].join('\n').trimEnd());
  return EXIT.ok;
}

/** Signals of a run. Their reasons hold values that differ with every parameter: they are not compared. */
const signalsOf = async (folder: string): Promise<Record<string, number | string | null>[]> =>
  (await readRows(folder, 'signals')).map((row) => ({ ...row, reason: null }));

/** The comparison as one page. */
async function writeHtml(call: Call, flags: CompareFlags, runs: readonly BacktestRun[], parted: readonly TableDifference[]): Promise<void> {
  const path = resolve(call.cwd, String(flags.html));
  if (existsSync(path) && flags.force !== true) {
    throw new Refusal('E710', `${flags.html} exists already`, { exit: EXIT.data, help: ['--force replaces it'] });
  }
  const { renderComparison } = await import('../../backtest/report/comparison.ts');
  const { METRIC_DOCS } = await import('../backtest-extras.ts');
  const first = parted.find((d) => d.table === 'signals' || d.table === 'orders');
  const side = (run: 'a' | 'b'): string | null => (first === undefined || first.missing === run ? null
    : first.columns.length === 0 ? `row ${first.row + 1}` : first.columns.map((c) => `${c.name} ${value(c.name, c[run])}`).join(', '));
  const difference = first === undefined ? null
    : { kind: first.table === 'signals' ? 'signal' as const : 'order' as const, ts: first.ts, left: side('a'), right: side('b') };
  writeFileSync(path, renderComparison(runs, { metricDocs: METRIC_DOCS, difference }));
}

const LONGEST = 40;

function shown(name: string, value: string | number | boolean | null): string {
  if (value === null) return '–';
  if (typeof value === 'number') return name === 'from' || name === 'to' ? formatTime(value) : String(value);
  const text = name.endsWith('hash') ? String(value).slice(0, 12) : String(value);
  return text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text;
}

/** Six digits, which is more than any statistic is worth. */
const number = (x: number | null): string => (x === null ? '–' : String(Number(x.toPrecision(6))));

function change([a, b]: readonly (number | null)[]): string {
  if (a === null || b === null || !Number.isFinite(b - a)) return '–';
  return b === a ? '=' : `${b > a ? '+' : ''}${number(b - a)}`;
}

function partedLines(found: readonly TableDifference[], a: string, b: string): string[] {
  if (found.length === 0) return ['none: the same orders, fills, trades and equity, to the last bit'];
  return found.map(({ table, row, ts, missing, columns }) => {
    const what = missing !== null ? `only ${missing === 'a' ? b : a} has it`
      : columns.map((c) => `${c.name} ${value(c.name, c.a)} and ${value(c.name, c.b)}`).join(', ');
    return `${table}, row ${row + 1}, ${formatTime(ts)}: ${what}`;
  });
}

function value(name: string, cell: Cell): string {
  if (cell === null || cell === undefined) return 'nothing';
  return typeof cell === 'number' && /^(ts|updated|entryTs|exitTs)$/.test(name) ? formatTime(cell) : String(cell);
}
