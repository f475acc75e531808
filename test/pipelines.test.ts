import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { targetsOf } from '../src/cli/targets.ts';
import { runTests } from '../src/cli/test-runner.ts';
import { Random } from '../src/core/random.ts';
import { errorsOf } from '../src/language/check.ts';
import { compile } from '../src/plan/compile.ts';
import { PIPELINES, read, REGISTRY, ROOT, rowsOf, run, shipped, type Feed, type Rows } from './shipped.ts';

const DATA = join(ROOT, '../shared/data');

interface Real {
  readonly file: string;
  readonly fields?: Readonly<Record<string, string>>;
  readonly params?: Readonly<Record<string, string>>;
  readonly symbols?: RegExp;
  /** Rows for the cuts; all of them run once at two sizes of batch. */
  readonly most: number;
}

const TRADES: Real = { file: 'ticks/lean_us_equity_trades.csv.gz', symbols: /^(BAC|IBM)$/, most: 40_000 };
const MINUTES: Real = { file: 'minute/lean_us_equity_1m_trades.csv.gz', most: 40_000 };
/** Adjusted for splits, as a comparison over a year must be. */
const DAILY: Real = { file: 'daily/us_sp500_daily_2015_2019.csv.gz', fields: { close: 'adjusted_close' }, most: 40_000 };

/** Real data of the kind that each pipeline is written for. */
const REAL: Readonly<Record<string, Real>> = {
  'bollinger-squeeze': MINUTES,
  'dollar-bars': TRADES,
  'ema-cross': TRADES,
  'momentum-rank': { ...DAILY, symbols: /^[A-C]/ },
  'multi-timeframe-trend': TRADES,
  'opening-range-breakout': { ...TRADES, most: 60_000 },
  // Five minutes of the book: windows of a second instead of ten.
  'order-flow-imbalance': { file: 'book/binance_usdm_btcusdt_20240808.bbo.csv.gz', params: { every: '1s' }, most: 40_000 },
  'pairs-z-score': { ...DAILY, symbols: /^(CVX|KO|MA|PEP|V|XOM)$/ },
  'rsi-mean-reversion': MINUTES,
  'trend-portfolio': { ...DAILY, symbols: /^A[A-D]/ },
};

/** Synthetic bars carry the stamp that the pipeline declares, so what ships and what is read in its place look alike. */
const feedOf = (real: Real): Feed => ({
  connector: 'csv',
  args: {
    path: [join(DATA, real.file)], delimiter: ',', header: true, order: 'time',
    ...(real.fields === undefined ? {} : { fields: real.fields }),
  },
});

const names = shipped();

describe('the pipelines that ship', () => {
  it('are the ten of the gallery', () => {
    expect(names).toEqual(Object.keys(REAL).sort());
  });

  describe.each(names)('%s', (name) => {
    const file = join(PIPELINES, `${name}.yaml`);

    it('is short, has the editor line, and validates without a word', () => {
      const doc = read(file);
      expect(compile(doc, REGISTRY).diagnostics).toEqual([]);
      const lines = doc.text.split('\n').filter((l) => l.trim() !== '');
      expect(lines[0]).toBe('# yaml-language-server: $schema=../config/pipeline.schema.json');
      expect(lines.length).toBeLessThanOrEqual(60);
      expect(doc.name).toBe(name);
      expect(errorsOf(doc)).toEqual([]);
    });

    it('passes its tests, at least one that finds something and one that does not', async () => {
      const world = { registry: REGISTRY, env: {}, custom: [] };
      const { cases, broken } = await runTests(targetsOf([`pipelines/${name}.yaml`], ROOT), world, ROOT, null);
      expect(broken).toEqual([]);
      expect(cases.length).toBeGreaterThanOrEqual(2);
      expect(cases.filter((c) => c.failures.length > 0)).toEqual([]);
    });

    it('gives signals out of the box', { timeout: 60_000 }, async () => {
      const rows = await rowsOf(read(file), null, Infinity);
      const whole = await run(rows, { next: () => 4096 });
      expect(whole.signals).toBeGreaterThan(5);
    });

    it('is the same on real data however it is cut, killed and restored', { timeout: 240_000 }, async () => {
      const real = REAL[name];
      if (!existsSync(join(DATA, real.file))) {
        console.log(`skipped ${name} on real data: ../shared/data/${real.file} is not here`);
        return;
      }
      const doc = read(file, undefined, real.params);
      const rows = await rowsOf(doc, feedOf(real), real.most, (symbol) => real.symbols?.test(symbol) !== false);
      await holdsTheLaw(rows);
    });
  });
});

async function holdsTheLaw(rows: Rows): Promise<void> {
  const whole = await run(rows, { next: () => 4096 });
  expect(rows.chunk.n).toBeGreaterThan(1000);
  expect(whole.signals).toBeGreaterThan(2);
  for (const batch of [1, 7, 256]) expect(await run(rows, { next: () => batch }), `batch ${batch}`).toEqual(whole);
  expect(await run(rows, { next: () => 512, fuse: false }), 'unfused').toEqual(whole);
  for (let seed = 1; seed <= 20; seed++) {
    const random = new Random(seed);
    // Lengths spread over all sizes, from single rows to whole chunks.
    const next = (): number => Math.floor(Math.exp(random.next() * Math.log(8192)));
    const kills = [random.int(1, rows.chunk.n - 1)];
    expect(await run(rows, { next }), `cut by seed ${seed}`).toEqual(whole);
    expect(await run(rows, { next, kills }), `killed after row ${kills[0]}`).toEqual(whole);
  }
}
