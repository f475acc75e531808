import { formulas } from './pipeline/formulas.ts';
import { tenOperators } from './pipeline/ten-operators.ts';
import { checkpoints } from './pipeline/checkpoints.ts';
import { collections } from './pipeline/collections.ts';
import { books } from './kernel/book.ts';
import { kernels } from './kernel/kernels.ts';
import { backtests } from './end-to-end/backtest.ts';
import { codecs } from './end-to-end/codecs.ts';
import { files } from './end-to-end/files.ts';
import { commands } from './end-to-end/commands.ts';
import { jetStream } from './end-to-end/jetstream.ts';
import { streams } from './end-to-end/streams.ts';
import { latency } from './end-to-end/latency.ts';
import { recovery } from './end-to-end/recovery.ts';
import { recordings } from './end-to-end/recording.ts';
import { sweeps } from './end-to-end/sweep.ts';
import type { Result } from './measure.ts';

/** Every suite by name; `--quick` runs each with tiny inputs, as the tests do, so that none of them rots. */
const SUITES: Readonly<Record<string, (quick: boolean) => Result[] | Promise<Result[]>>> = {
  pipeline: (quick) => tenOperators(quick ? 20_000 : 2_000_000, quick ? 1 : 5),
  formulas: (quick) => formulas(quick ? 20_000 : 2_000_000, quick ? 1 : 5),
  collections: (quick) => collections(quick ? 20_000 : 2_000_000),
  checkpoints: (quick) => checkpoints(quick ? 20_000 : 500_000, quick ? 1 : 40),
  kernels: (quick) => kernels(quick ? 2_000 : 300_000, quick ? 1 : 3),
  book: (quick) => books(quick ? 20_000 : 2_000_000, quick ? 1 : 5),
  files: (quick) => files(quick ? 5_000 : 1_000_000),
  codecs: (quick) => codecs(quick ? 4_096 : 16_384, quick ? 1 : 40),
  jetstream: (quick) => jetStream(quick ? 500 : 300_000, quick ? 1 : 3),
  streams: (quick) => streams(quick ? 2_000 : 300_000, quick ? 1 : 3),
  latency: (quick) => latency(quick ? { rate: 1000, seconds: 0.2, rounds: 1 } : { rate: 10_000, seconds: 8, rounds: 3 }),
  recovery: (quick) => recovery(quick ? 1 : 10),
  recording: (quick) => recordings(quick ? 10_000 : 2_000_000, quick ? 1 : 5),
  backtest: (quick) => backtests(quick ? 20_000 : 1_000_000, quick ? 1 : 5, quick),
  sweep: (quick) => (quick ? sweeps(3, 4, 1) : sweeps(90, 100)),
  commands: (quick) => (quick ? [] : commands()),
};

export async function enterMain(options: { readonly quick: boolean; readonly only: readonly string[] }): Promise<Result[]> {
  const out: Result[] = [];
  for (const [name, run] of Object.entries(SUITES)) {
    if (options.only.length === 0 || options.only.includes(name)) out.push(...(await run(options.quick)));
  }
  return out;
}
