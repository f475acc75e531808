import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hardStop } from '../../test/hard-stop.ts';
import { readPipeline, type ReadOptions } from './check.ts';
import { renderDiagnostic } from './frame.ts';
import { REGISTRY } from './registry.fixture.ts';
import { readTests } from './test-file.ts';

/** MILLRACE_FUZZ=100000 for the long run. */
const runs = Number(process.env.MILLRACE_FUZZ ?? 400);

const GOOD = `# a pipeline
apiVersion: 1
pipeline: ema-cross
description: "Buy \\"low\\""
params:
  fast: 12
  slow: { default: 26, min: 2, max: 400 }
  wait: 5m
universe: [AAPL, "005930"]
time: { lateness: 2s, late: side_output, calendar: XNYS }
sources:
  trades:
    nats: { subject: "md.trades.{symbol}" }
    schema: trade
  daily: { csv: a.csv, schema: bar, stamp: open, every: 1d }
x-all: &all { every: 1m, type: time }
nodes:
  bars:
    from: trades
    bars: *all
  features:
    from: bars
    compute:
      fast: ema(close, $fast)
      slow: >-
        ema(close, $slow) -
        asof(daily.close)
  router: { from: features, split: { up: fast > slow, down: fast < slow } }
  gate: { from: [router.up], use: ./gate.yaml, with: { least: 3 } }
  cross:
    from: gate
    signal: { buy: "crosses_above(fast, slow) and fast < 70", sell: fast < slow, cooldown: $wait }
outputs:
  signals: { from: cross, nats: { subject: "signals.{pipeline}.{symbol}" } }
  down: { from: router.down, stdout: { format: jsonl } }
backtest:
  data: { trades: data/trades-*.csv }
  from: 2024-01-02
  to: "2024-12-31T10:00:00Z"
  capital: 100000 USD
  costs:
    commission: { percent: 1bps, maker: -0.5bps, tiers: [{ volume: 1e6, maker: 0, taker: 2bps }] }
    slippage: { model: participation, max: 5%, impact: 0.1 }
    borrow: 50bps/year
  fills: { profile: quote, latency: 25ms, partial: true }
  benchmark: universe
  walk_forward: { train: 252d, test: 63d, embargo: 1d }
  sweep:
    params: { fast: [8, 12], slow: { min: 20, max: 60, step: 5 } }
    search: bayes
  require: { sharpe: ">= 1.0", max_drawdown: "<= 15%" }
  account: cross
tests:
  - name: crossing is one buy
    given:
      features: { symbol: AAPL, every: 1m, fast: "1x3 3+1x3", slow: "2~0.1x6" }
      trades:
        csv: |
          ts,price
          1s,2
    expect:
      cross: [{ row: 3, side: buy }]
`;
const GATE = 'template: gate\nparams: { least: 1 }\ninputs: [rows]\nnodes:\n  big: { from: rows, filter: fast > $least }\noutputs: big\n';

const options: ReadOptions = {
  file: 'p.yaml', base: '.', registry: REGISTRY, env: { HOME: 'x: y' }, params: {}, readFile: (path) =>
    (path.endsWith('gate.yaml') ? GATE : null),
};

/** Whatever the text is: an answer, whose places lie in the text and can be shown. */
const survives = (text: string): void => hardStop(text, () => answered(text));

function answered(text: string): void {
  const doc = readPipeline(text, options);
  const tests = readTests(text, 't.yaml', doc, options);
  for (const d of [...doc.diagnostics, ...tests.diagnostics]) {
    expect(d.start).toBeGreaterThanOrEqual(0);
    expect(d.end).toBeGreaterThanOrEqual(d.start);
    expect(d.end).toBeLessThanOrEqual(text.length);
    expect(renderDiagnostic(d, text, 'p.yaml', { color: false })).toContain(d.code);
  }
  expect(({} as Record<string, unknown>).polluted).toBeUndefined();
}

const scrap = fc.constantFrom(
  ':', ': ', '- ', '? ', '{', '}', '[', ']', ',', '\n', '\n  ', '\t', '"', "'", '|', '>', '&a ', '*a', '*all', '<<: *all', '!!int ', '#',
    '%', '@', '`', '---\n', '...\n',
  '${', '${HOME}', '${X:-', '$fast', '$', '\\', '\r\n', '\u0000', '\uFEFF', '\u202e', '😀', '__proto__', 'constructor', 'null', '~',
    '1e999', '-1', '0x', '1m', '5 min', '%d',
  'from: ', 'bars', 'nodes:\n', 'use: ./gate.yaml', 'x'.repeat(300), '{'.repeat(40), '1x99999999', '~0.1x1000', '\ud800', '/year', ' USD', 'bps', '>= ', 'between 1 and ', 'backtest:\n  ', 'sweep: ',
);
const edit = fc.tuple(fc.nat(GOOD.length), fc.nat(12), fc.oneof(fc.constant(''), scrap, fc.string({ maxLength: 4 })));
const mutated = fc.array(edit, { minLength: 1, maxLength: 6 }).map((edits) =>
  edits.reduce((text, [at, cut, put]) => text.slice(0, at) + put + text.slice(at + cut), GOOD));
const lines = fc.array(fc.tuple(fc.nat(8), fc.constantFrom(...GOOD.split('\n').map((l) => l.trim()))), { maxLength: 40 })
  .map((all) => all.map(([indent, line]) => ' '.repeat(indent) + line).join('\n'));
const words = fc.array(fc.oneof(scrap, fc.constantFrom(...(GOOD.match(/\w+/g) ?? []))), { maxLength: 60 }).map((all) => all.join(''));

describe('fuzz', () => {
  it('has a good pipeline to begin with', () => {
    expect(readPipeline(GOOD, options).diagnostics).toEqual([]);
  });

  it.each([['edits of a good pipeline', mutated], ['its lines in disorder', lines], ['its words in disorder', words],
    ['any text', fc.string({ maxLength: 300 })]])(
    'never throws: %s', (_, texts) => {
      fc.assert(fc.property(texts, survives), { numRuns: runs });
    }, 600_000);

  it('finds single slips of a letter: one error, on the right line, with the right word', () => {
    let hits = 0;
    const misses: string[] = [];
    // Values that may be anything, and words of formulas, whose faults the planner finds.
    const free = /description|name:|ema\(|asof|signal:|split:|compute|csv: \||ts,price|x-all|subject|given|data:|benchmark|require|fast:|slow:|features: \{/;
    const targets = [...GOOD.matchAll(/[A-Za-z_]{4,}/g)].filter((m) => {
      const from = GOOD.lastIndexOf('\n', m.index) + 1;
      const line = GOOD.slice(from, GOOD.indexOf('\n', m.index));
      return !free.test(line) && !/^(AAPL|ema|cross|csv|default|crossing|daily|gate|yaml|down|side|rest)$/.test(m[0])
        && !line.startsWith('#') && !line.includes('pipeline: ema');
    });
    for (const [i, m] of targets.entries()) {
      const at = m.index + 1 + (i % (m[0].length - 2));
      const slip = GOOD.slice(0, at) + GOOD[at + 1] + GOOD[at] + GOOD.slice(at + 2);
      if (slip === GOOD) continue;
      const errors = readPipeline(slip, options).diagnostics.filter((d) => d.severity === 'error');
      const [only] = errors;
      const right = errors.length === 1 && only.suggestion !== undefined && only.suggestion.includes(m[0])
        && slip.slice(0, only.start).split('\n').length === slip.slice(0, at).split('\n').length;
      if (right) hits += 1;
      else misses.push(`${m[0]} at ${m.index}: ${errors.map((e) => `${e.code} ${e.message} ${e.suggestion ?? ''}`).join(' | ')}`);
    }
    expect(targets.length).toBeGreaterThan(35);
    expect(hits / (hits + misses.length), misses.join('\n')).toBeGreaterThanOrEqual(0.95);
  });
});
