import { describe, expect, it } from 'vitest';
import { backtestPage } from '../cli/reference.ts';
import { costsFault, fillsFault, profileOf, type Costs, type Fills } from '../core/trading-fields.ts';
import { BACKTEST_DEFAULTS, BACKTEST_FIELDS } from './backtest.ts';
import { readPipeline } from './check.ts';
import type { BacktestDecl, Document } from './document.ts';
import { renderDiagnostic } from './frame.ts';
import { REGISTRY } from './registry.fixture.ts';
import { jsonSchema } from './schema.ts';

const HEAD = `apiVersion: 1
pipeline: p
params:
  fast: 12
  slow: { default: 26, min: 2, max: 400 }
  wait: 5m
  share: 1%
  word: calm
  cash: 5000 EUR
  start: 2024-03-01
  some: [A, B]
sources:
  trades: { csv: t.csv, schema: trade }
  quotes: { csv: q.csv, schema: quote }
nodes:
  bars: { from: trades, bars: 1m }
outputs:
  o: { from: bars, stdout: {} }
  q: { from: quotes, stdout: {} }
`;

const read = (section: string, params: Readonly<Record<string, string>> = {}): Document =>
  readPipeline(`${HEAD}${section}\n`, { file: 'p.yaml', base: '.', registry: REGISTRY, env: { DIR: 'days' }, params, readFile: () => null });

const backtest = (section: string, params: Readonly<Record<string, string>> = {}): BacktestDecl => {
  const doc = read(section, params);
  expect(doc.diagnostics.map((d) => `${d.code} ${d.message}`), section).toEqual([]);
  expect(doc.backtest?.poisoned).toBe(false);
  return doc.backtest as BacktestDecl;
};

/** Code, the text pointed at, and what was meant. */
const found = (section: string): string[] => {
  const doc = read(section);
  return doc.diagnostics.map((d) => `${d.code} ${doc.text.slice(d.start, d.end)}${d.suggestion === undefined ? '' : ` -> ${d.suggestion}`}`);
};

describe('the section backtest', () => {
  it('is null where there is none, and the defaults where it is empty', () => {
    expect(read('description: x').backtest).toBeNull();
    const { start, end, ...rest } = backtest('backtest:');
    expect([start, end - start]).toEqual([HEAD.length, 'backtest'.length]);
    const { start: _s, end: _e, ...defaults } = BACKTEST_DEFAULTS;
    expect(rest).toEqual(defaults);
    const { start: _a, end: _b, ...braces } = backtest('backtest: {}');
    expect(braces).toEqual(defaults);
  });

  it('is read as a whole', () => {
    const b = backtest(`backtest:
  data: { trades: "data/\${DIR}/trades-*.csv", quotes: recorded/quotes }
  from: 2024-01-02
  to: 2024-12-31T10:00:00Z
  capital: 250_000 EUR
  costs: { commission: 0.5bps, slippage: { model: participation, max: 5%, impact: 0.2 }, borrow: 50bps/year, interest: 2% }
  fills: { at: quote, latency: 25ms, partial: true }
  benchmark: SPY
  walk_forward: { train: 252d, test: 63d, embargo: 1d }
  require: { sharpe: ">= 1.0", max_drawdown: "<= 15%", trades: between 20 and 500 }
  monte_carlo: { runs: 500, method: blocks, block: 10 }
  seed: 7
  risk_free: 2%/year
  periods_per_year: 252
  account: bars`);
    expect(b.data.map((d) => [d.source, d.path])).toEqual([['trades', 'data/days/trades-*.csv'], ['quotes', 'recorded/quotes']]);
    expect([b.from, b.to]).toEqual([Date.UTC(2024, 0, 2) * 1000, Date.UTC(2024, 11, 31, 10) * 1000]);
    expect(b.capital).toEqual({ amount: 250_000, currency: 'EUR' });
    expect(b.costs).toMatchObject({ commission: { percent: 0.00005 }, slippage: { model: 'participation', max: 0.05, impact: 0.2 },
      borrow: 0.005, funding: 0, interest: 0.02 });
    expect(b.fills).toMatchObject({ at: 'quote', profile: 'next-open', latency: 25_000, partial: true, queue: 'none' });
    expect(profileOf(b.fills as Fills)).toBe('quote');
    expect(b).toMatchObject({ benchmark: 'SPY', seed: 7, riskFree: 0.02, periodsPerYear: 252, account: { id: 'bars', branch: null } });
    expect(b.walkForward).toEqual({ train: { micros: 252 * 86_400_000_000 }, test: { micros: 63 * 86_400_000_000 },
      embargo: { micros: 86_400_000_000 }, mode: 'sliding' });
    expect(b.monteCarlo).toEqual({ runs: 500, method: 'blocks', block: 10 });
    expect(b.require.map((r) => [r.metric, r.text])).toEqual([['sharpe', '>= 1.0'], ['max_drawdown', '<= 15%'], ['trades', 'between 20 and 500']]);
    const doc = read('backtest: { require: { sharpe: ">= 1.0" } }');
    const [r] = (doc.backtest as BacktestDecl).require;
    expect([doc.text.slice(r.metricSpan.start, r.metricSpan.end), doc.text.slice(r.start, r.end)]).toEqual(['sharpe', '">= 1.0"']);
  });

  it('takes a bare value for the setting that says most', () => {
    expect(backtest('backtest: { fills: lean-daily }').fills).toMatchObject({ profile: 'lean-daily', latency: 0 });
    const commission = (b: BacktestDecl): unknown => (b.costs as Costs).commission;
    expect(commission(backtest('backtest: { costs: { commission: 10bps } }'))).toEqual({ percent: 0.001, min_wins: false });
    const tiers = 'tiers: [{ volume: 0, maker: -0.5bps, taker: 5bps }, { volume: 1e6, maker: 0, taker: 2bps }]';
    expect(commission(backtest(`backtest: { costs: { commission: { per_share: 0.005, min: 1, max_percent: 0.5%, ${tiers} } } }`))).toEqual({
      per_share: 0.005, min: 1, max_percent: 0.005, min_wins: false,
      tiers: [{ volume: 0, maker: -0.00005, taker: 0.0005 }, { volume: 1e6, maker: 0, taker: 0.0002 }],
    });
  });

  it('reads money and times through parameters', () => {
    expect(backtest('backtest: { capital: $cash, from: $start }')).toMatchObject({ capital: { amount: 5000, currency: 'EUR' },
      from: Date.UTC(2024, 2, 1) * 1000 });
    expect(backtest('backtest: { capital: $cash }', { cash: '7 USD' }).capital).toEqual({ amount: 7, currency: 'USD' });
    expect(backtest('backtest: { capital: 100 }').capital).toEqual({ amount: 100, currency: 'USD' });
  });

  it('reads what a search tries, each value as its parameter', () => {
    const { sweep } = backtest(`backtest:
  sweep:
    params: { fast: [8, 12], slow: { min: 20, max: 60, step: 5 }, wait: [1m, 2h], share: { min: 0.1%, max: 10%, points: 5, scale: log }, word: [a, b] }
    search: random
    trials: 50`);
    expect(sweep).toEqual({
      search: 'random', trials: 50, objective: 'sharpe',
      params: [
        { name: 'fast', values: [8, 12] }, { name: 'slow', min: 20, max: 60, step: 5, scale: 'linear', integer: true },
        { name: 'wait', values: [60_000_000, 7_200_000_000] },
        { name: 'share', min: 0.001, max: 0.1, points: 5, scale: 'log', integer: false }, { name: 'word', values: ['a', 'b'] },
      ],
    });
  });

  it.each<[string, string[]]>([
    ['5', ['E100 5']],
    ['{ anything: 1 }', ['E102 anything']],
    ['{ capitl: 1 USD }', ['E102 capitl -> capital']],
    ['{ data: { trade: a.csv } }', ['E201 trade -> trades']],
    ['{ data: { trades: a.csv, zzz: b.csv } }', ['E201 zzz']],
    ['{ data: { bars: a.csv } }', ['E108 bars']],
    ['{ data: a.csv }', ['E100 a.csv']],
    ['{ data: { trades: } }', ['E108 trades']],
    ['{ data: { trades: [a] } }', ['E108 [a]']],
    ['{ data: { trades: a.xlsx } }', ['E108 a.xlsx']],
    ['{ data: { trades: data/a.parquet } }', ['W110 data/a.parquet']],
    ['{ data: { trades: "${NO}/a.csv" } }', ['E105 ${NO}']],
    ['{ from: 2024-1-2 }', ['E108 2024-1-2 -> 2024-01-02']],
    ['{ from: yesterday }', ['E108 yesterday']],
    ['{ from: 2024-02-30 }', ['E108 2024-02-30']],
    ['{ from: 2024-02-01, to: 2024-01-01 }', ['E109 2024-01-01']],
    ['{ capital: lots }', ['E108 lots']],
    ['{ capital: 5usd }', ['E108 5usd -> 5 USD']],
    ['{ capital: 0 USD }', ['E108 0 USD']],
    ['{ capital: $share }', ['E108 $share']],
    ['{ capital: $csah }', ['E304 $csah -> $cash']],
    ['{ capital: [1] }', ['E108 [1]']],
    ['{ costs: 1bps }', ['E100 1bps']],
    ['{ costs: { comission: 1bps } }', ['E102 comission -> commission']],
    ['{ costs: { commission: 1 bp } }', ['E108 1 bp -> 1bps']],
    ['{ costs: { commission: free } }', ['E108 free']],
    ['{ costs: { commission: 1bps/year } }', ['E108 1bps/year -> 1bps']],
    ['{ costs: { commission: 200% } }', ['E108 200%']],
    ['{ costs: { commission: { fixd: 1 } } }', ['E102 fixd -> fixed']],
    ['{ costs: { commission: { tiers: 5 } } }', ['E100 5']],
    ['{ costs: { commission: { tiers: [{ volume: 1, maker: 0 }] } } }', ['E107 { volume: 1, maker: 0 }']],
    ['{ costs: { borrow: 1%/yr } }', ['E108 1%/yr -> 1%/year']],
    ['{ costs: { borrow: 5bps/yaer } }', ['E108 5bps/yaer -> 5bps/year']],
    ['{ costs: { borrow: x/year } }', ['E108 x/year']],
    ['{ costs: { slippage: { model: bsp } } }', ['E108 bsp -> bps']],
    ['{ costs: { slippage: { ticks: 2 } } }', ['E109 2']],
    ['{ costs: { slippage: { model: sqrt, percent: 1bps } } }', ['E109 1bps']],
    ['{ costs: { slippage: { model: bps } } }', ['E109 { model: bps }']],
    ['{ fills: next-opn }', ['E108 next-opn -> next-open']],
    ['{ fills: { profile: quote, at: next_trade } }', ['E109 next_trade']],
    ['{ fills: { latency: 25 } }', ['E108 25']],
    ['{ fills: { queue: sometimes } }', ['E108 sometimes']],
    ['{ walk_forward: { train: 252d } }', ['E107 walk_forward']],
    ['{ walk_forward: { train: 252d, test: 63 } }', ['E109 63']],
    ['{ walk_forward: { train: 0, test: 63 } }', ['E108 0']],
    ['{ walk_forward: { train: 9d, test: 1d, mode: slidng } }', ['E108 slidng -> sliding']],
    ['{ sweep: { objective: sharpe } }', ['E107 sweep']],
    ['{ sweep: { params: { fasst: [1] } } }', ['E304 fasst -> fast']],
    ['{ sweep: { params: { fast: [] } } }', ['E108 []']],
    ['{ sweep: { params: { fast: 8 } } }', ['E108 8']],
    ['{ sweep: { params: { fast: [8, 1.5] } } }', ['E113 1.5']],
    ['{ sweep: { params: { fast: [8, [9]] } } }', ['E108 [9]']],
    ['{ sweep: { params: { slow: [8, 500] } } }', ['E113 500']],
    ['{ sweep: { params: { slow: { min: 1, max: 50 } } } }', ['E113 1']],
    ['{ sweep: { params: { slow: { min: 50, max: 20 } } } }', ['E109 20']],
    ['{ sweep: { params: { slow: { min: 5, mx: 20 } } } }', ['E102 mx -> max']],
    ['{ sweep: { params: { slow: { min: 5 } } } }', ['E107 slow']],
    ['{ sweep: { params: { slow: { min: 5, max: 9, step: 0 } } } }', ['E108 0']],
    ['{ sweep: { params: { slow: { min: 5, max: 9, step: 0.5 } } } }', ['E108 0.5']],
    ['{ sweep: { params: { slow: { min: 5, max: 9, step: 1, points: 3 } } } }', ['E109 3']],
    ['{ sweep: { params: { slow: { min: 5, max: 9, points: 1 } } } }', ['E108 1']],
    ['{ sweep: { params: { slow: { min: 5, max: 9, scale: lgo } } } }', ['E108 lgo -> log']],
    ['{ sweep: { params: { slow: { min: 5, max: [9] } } } }', ['E108 [9]']],
    ['{ sweep: { params: { word: { min: 1, max: 2 } } } }', ['E113 { min: 1, max: 2 }']],
    ['{ sweep: { params: { some: [A] } } }', ['E113 some']],
    ['{ sweep: { params: { fast: [1] }, search: tree } }', ['E108 tree']],
    ['{ require: { sharpe: 1.0 } }', ['E108 1.0 -> >= 1.0']],
    ['{ require: { sharpe: "=> 1" } }', ['E108 "=> 1" -> >= 1']],
    ['{ require: { sharpe: "at most 5%" } }', ['E108 "at most 5%" -> <= 5%']],
    ['{ require: { sharpe: ">= good" } }', ['E108 ">= good"']],
    ['{ require: { sharpe: high } }', ['E108 high']],
    ['{ require: { sharpe: } }', ['E108 sharpe']],
    ['{ require: { sharpe: between 1 and x } }', ['E108 between 1 and x']],
    ['{ require: [sharpe] }', ['E100 [sharpe]']],
    ['{ monte_carlo: { runs: 0 } }', ['E108 0']],
    ['{ seed: -1 }', ['E108 -1']],
    ['{ risk_free: much }', ['E108 much']],
    ['{ account: bras }', ['E201 bras -> bars']],
    ['{ account: bars.equity }', ['E205 bars.equity']],
  ])('says once what is wrong with %s', (section, wanted) => {
    expect(found(`backtest: ${section}`)).toEqual(wanted);
    const doc = read(`backtest: ${section}`);
    for (const d of doc.diagnostics) expect(renderDiagnostic(d, doc.text, 'p.yaml', { color: false })).toMatch(/p\.yaml:\d+:\d+\n/);
  });

  it('keeps the account node in use', () => {
    const text = HEAD.replace('  o: { from: bars, stdout: {} }\n', '');
    const codes = (more: string): string[] => readPipeline(text + more, { file: 'p', base: '.', registry: REGISTRY, env: {}, params: {},
      readFile: () => null }).diagnostics.map((d) => d.code);
    expect(codes('')).toEqual(['W201']);
    expect(codes('backtest: { account: bars }\n')).toEqual([]);
  });

  it('has a default, or words on what holds without one, for every setting', () => {
    for (const [name, f] of Object.entries(BACKTEST_FIELDS)) {
      expect(f.default !== undefined || (f as { optional?: boolean }).optional === true, name).toBe(true);
      expect(f.doc, name).toMatch(/\.$/);
    }
    const page = backtestPage().join('\n');
    for (const text of ['`capital` | money | 100000 USD |', '`costs.commission` | object, or its percent alone |', '`costs.commission.tiers[].maker`',
      '`fills.profile` | next-open \\| same-close']) expect(page).toContain(text);
  });

  it('is in the JSON Schema with all its settings', () => {
    const schema = jsonSchema(REGISTRY) as { properties: { backtest: { properties: Record<string, { anyOf?: { properties?: object }[] }> } } };
    const { properties } = schema.properties.backtest;
    expect(Object.keys(properties)).toEqual(Object.keys(BACKTEST_FIELDS));
    expect(JSON.stringify(properties.fills)).toContain('"nautilus-bar"');
    expect(JSON.stringify(properties.costs)).toContain('"per_share"');
    expect(properties.fills.anyOf).toHaveLength(2);
  });
});

describe('settings of trading', () => {
  it('know the profile that is meant, and a second one beside it', () => {
    expect(profileOf({ profile: 'book', at: undefined })).toBe('book');
    expect(profileOf({ profile: 'next-open', at: 'same_close' })).toBe('same-close');
    expect(fillsFault({ profile: 'quote', at: 'quote' })).toBeNull();
    expect(fillsFault({ profile: 'book', at: 'quote' })).toMatchObject({ field: 'at' });
  });

  it('know which settings a model of slippage has', () => {
    expect(costsFault({})).toBeNull();
    expect(costsFault({ slippage: { model: 'percent', fixed: 0.02, slip_open: true } })).toBeNull();
    expect(costsFault({ slippage: { model: 'none', percent: 0.1 } })).toMatchObject({ field: 'slippage.percent' });
  });
});
