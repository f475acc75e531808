import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { VERB } from '../../src/cli/verbs/backtest.ts';
import { ran, type Ran } from '../runs/support.ts';
import { ROOT } from '../shipped.ts';

/** Two symbols, some weeks of half-hour bars, a moving average of the user's own making. */
const PIPELINE = (backtest: string, market: string, length: string) => `apiVersion: 1
pipeline: small
params:
  fast: { default: 4, min: 2, max: 60 }
  slow: 12
  market: 7
sources:
  bars:
    synthetic: { symbols: [AAA, BBB], seed: ${market}, every: 30m, length: ${length}, volatility: 60% }
    schema: bar
    stamp: open
    every: 30m
nodes:
  features: { from: bars, compute: { fast: "own_mean(close, $fast)", slow: "sma(close, $slow)" } }
  cross: { from: features, signal: { buy: "crosses_above(fast, slow)", sell: "crosses_below(fast, slow)" } }
outputs:
  signals: { from: cross, stdout: text }
backtest:
  capital: 50000 USD
  benchmark: universe
${backtest}`;

/** An exponential mean over `n` rows that fails for n = 13 at its hundredth row. */
const OWN = `import { kernel, cell, int } from '${pathToFileURL(join(ROOT, 'src/operator.ts')).href}';
export const ownMean = kernel({
  name: 'own_mean', family: 'average', summary: 'A mean of one\\'s own.', doc: 'An exponential mean.', source: 'Own.',
  inputs: [{ name: 'x', doc: 'Value.', column: 'close' }], params: { n: int({ doc: 'Rows.', min: 1 }) },
  outputs: [{ name: 'value', doc: 'Mean.' }], warmup: () => 1, state: () => ({ mean: cell(), rows: cell() }),
  step: ({ n }, { mean, rows }) => (S, b, x) => {
    if (n === 13 && S[b + rows] === 99) throw new RangeError('13 brings no luck');
    S[b + mean] = S[b + rows] === 0 ? x : S[b + mean] + (x - S[b + mean]) * 2 / (n + 1);
    S[b + rows] += 1;
    return S[b + mean];
  },
  examples: [{ title: 'two', params: { n: 3 }, in: [1, 3], out: [1, 2] }],
});
`;

export interface Market {
  readonly cwd: string;
  /** Runs the verb on the pipeline with flags beside its operators; `json` is what it printed. */
  backtest(flags: object): Promise<Ran & { readonly json: Found }>;
}

/** What `--json` prints, as far as tests look at it. */
export interface Found {
  readonly hash: string;
  readonly pipeline_hash: string;
  readonly data_hash: string;
  readonly trials: number;
  readonly params: Readonly<Record<string, unknown>>;
  readonly metrics: Readonly<Record<string, number | null>>;
  readonly start_equity: number;
  readonly final_equity: number;
  readonly files: readonly string[];
  readonly [name: string]: unknown;
}

export function smallMarket(backtest = '', { market = '7', length = '50d' } = {}): Market {
  const cwd = mkdtempSync(join(tmpdir(), 'millrace-search-'));
  writeFileSync(join(cwd, 'p.yaml'), PIPELINE(backtest, market, length));
  writeFileSync(join(cwd, 'own.mjs'), OWN);
  return {
    cwd,
    async backtest(flags) {
      const done = await ran(VERB, cwd, ['p.yaml'], { operators: ['own.mjs'], json: true, ...flags });
      return { ...done, json: (done.out.startsWith('{') ? JSON.parse(done.out) : {}) as Found };
    },
  };
}
