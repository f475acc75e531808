import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { Refusal } from '../../core/diagnostic.ts';
import { formatTime } from '../../core/time.ts';
import { listRuns, type RunEntry } from '../../runs/run-index.ts';
import { HOW_TO_GET_SQLITE, sqliteFrom } from '../../store/sqlite.ts';
import { usage } from '../fail.ts';
import { mustKnow } from '../overrides.ts';
import { aligned } from '../test-report.ts';
import { EXIT, verb, type Call } from '../verb.ts';

interface RunsFlags {
  readonly pipeline?: string;
  readonly sort?: string;
  readonly limit: string;
  readonly metrics: string;
  readonly json?: boolean;
}

export const VERB = verb<RunsFlags>({
  name: 'runs',
  summary: 'backtests below a folder, newest first',
  examples: [
    ['millrace runs', 'those below runs/'],
    ['millrace runs --pipeline ema-cross --sort sharpe --limit 10', 'the best of a pipeline'],
    ['millrace runs archive --json', 'of another folder, as one object'],
  ],
  declare: (c) => void c.argument('[dir]', 'folder to look through', 'runs')
    .option('--pipeline <name>', 'only runs of this pipeline')
    .option('--sort <what>', 'created or a metric, the greatest first; -NAME the other way round')
    .option('--limit <n>', 'how many', '20')
    .option('--metrics <list>', 'metrics to show', 'total_return,sharpe,max_drawdown')
    .option('--json', 'one object'),
  run: list,
});

async function list(call: Call, flags: RunsFlags): Promise<number> {
  const root = resolve(call.cwd, call.args[0] ?? 'runs');
  if (!existsSync(root) || !statSync(root).isDirectory()) {
    throw new Refusal('E902', `no folder \`${call.args[0] ?? 'runs'}\``, {
      exit: EXIT.data, help: ['millrace backtest --out DIR writes runs'],
    });
  }
  if (!/^\d{1,9}$/.test(flags.limit)) throw usage(`--limit takes a number, not \`${flags.limit}\``);
  const { runs: all, kept } = listRuns(root, {
    ...(flags.pipeline === undefined ? {} : { pipeline: flags.pipeline }), ...(flags.sort === undefined ? {} : { sort: flags.sort }),
  });
  const metrics = [...new Set(all.flatMap((r) => Object.keys(r.metrics)))];
  if (flags.sort !== undefined && all.length > 0) mustKnow(flags.sort.replace(/^-/, ''), ['created', ...metrics], 'metric');
  const runs = all.slice(0, Number(flags.limit));
  if (flags.json === true) {
    call.terminal.print(JSON.stringify({ version: 1, folder: root, index: kept, runs }, null, 2));
    return EXIT.ok;
  }
  if (runs.length === 0) call.terminal.say(`no runs below ${call.args[0] ?? 'runs'}`);
  else call.terminal.print(table(runs, flags.metrics.split(',').map((m) => m.trim()).filter((m) => metrics.includes(m))));
  if (!kept && runs.length > 0) {
    const how = sqliteFrom() === null ? HOW_TO_GET_SQLITE : ['the folder cannot be written'];
    call.terminal.say(`read every run.json: no index is kept${how.map((h) => `\n  = ${h}`).join('')}`);
  }
  return EXIT.ok;
}

const shown = (x: number | null | undefined): string => (x === null || x === undefined ? '–' : String(Number(x.toPrecision(4))));

function table(runs: readonly RunEntry[], metrics: readonly string[]): string {
  const head = ['id', 'pipeline', 'written', 'from', 'to', 'trades', ...metrics, 'met', 'folder'];
  return aligned([head, ...runs.map((r) => [
    r.id, r.pipeline, formatTime(Math.floor(r.created / 1e6) * 1e6), formatTime(r.from).slice(0, 10), formatTime(r.to).slice(0, 10),
    String(r.trades), ...metrics.map((m) => shown(r.metrics[m])), r.passed ? 'yes' : 'no', r.folder,
  ])]).join('\n');
}
