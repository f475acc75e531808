import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BacktestRun } from '../../src/backtest/model.ts';
import { prepareBacktest } from '../../src/cli/backtest-prepare.ts';
import { runBacktest } from '../../src/cli/backtest-run.ts';
import { openReaders } from '../../src/cli/wire.ts';
import { callOf } from '../harness/call.ts';
import { ROOT } from '../shipped.ts';

export type Row = Readonly<Record<string, string>>;
export type Table = readonly Row[];

/** A CSV file as rows by column; `first` names a column that has no name, `symbol` adds one. */
export function csvOf(path: string, more: { readonly first?: string; readonly symbol?: string } = {}): Table {
  const [head, ...lines] = readFileSync(path, 'utf8').trim().split(/\r?\n/);
  const names = head.split(',').map((n) => (n === '' ? more.first ?? 'first' : n));
  return lines.map((line) => {
    const cells = line.split(',');
    return { ...Object.fromEntries(names.map((n, i) => [n, cells[i]])), ...(more.symbol === undefined ? {} : { symbol: more.symbol }) };
  });
}

/** Runs a pipeline of `pipelines/reference` over rows in place of those of one source. */
export async function backtestOf(pipeline: string, source: string, rows: Table, params: Readonly<Record<string, string>> = {}): Promise<BacktestRun> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-reference-'));
  try {
    const names = Object.keys(rows[0]).filter((n) => /^(date|symbol|open|high|low|close|volume|adj_close)$/i.test(n));
    const file = join(folder, 'rows.csv');
    writeFileSync(file, [names.map((n) => n.toLowerCase()).join(','), ...rows.map((r) => names.map((n) => r[n]).join(','))].join('\n'));
    const call = callOf(ROOT);
    const path = pipeline.includes('/') ? pipeline : join(ROOT, 'pipelines/reference', `${pipeline}.yaml`);
    const p = await prepareBacktest(path, { source: [`${source}=${file}`] }, call, new Map(Object.entries(params)));
    return await runBacktest({
      doc: p.doc, plan: p.plan, node: p.node, universe: p.universe, span: p.span, hashes: true,
      open: (engine) => openReaders(p, engine.graph.keys[0], { from: null, to: p.span.to }),
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
