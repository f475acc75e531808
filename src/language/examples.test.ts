import { describe, expect, it } from 'vitest';
import { readPipeline, type ReadOptions } from './check.ts';
import { renderDiagnostic } from './frame.ts';
import { REGISTRY } from './registry.fixture.ts';

const options: ReadOptions = { file: 'bad/broken.yaml', base: '.', registry: REGISTRY, env: {}, params: {}, readFile: (p) =>
  (p.includes('us-500') ? '- AAPL\n- SPY\n' : null) };
const frames = (text: string): string =>
  readPipeline(text, options).diagnostics.map((d) => renderDiagnostic(d, text, options.file, { color: false })).join('\n\n');

const BROKEN = `apiVersion: 1
pipeline: broken
params: { fast: 12 }
universe: [AAPL, TRUE, 005930]
sources:
  trades:
    nats: { subject: "md.trades.{symbol}", url: "\${NATS_URL}" }
    schema: trade
nodes:
  bars:
    from: trade
    bars: { evry: 1m }
  bars5:
    from: trades
    bars:
    every: 5m
  feat:
    from: bars
    compute:
      fast: ema(close, $fast)
      wide: rsi(bars5.close)
  cross:
    from: feat
    signl: { buy: fast > wide, sell: fast < wide }
outputs:
  out:
    from: crosss
    nats: { subject: "signals.{symbol}" }
`;

describe('a file with many faults', () => {
  it('has all of them said at once, each once', () => expect(frames(BROKEN)).toMatchInlineSnapshot(`
    "warning[W120]: symbol TRUE would be read as boolean by a plain YAML parser
     --> bad/broken.yaml:4:18
      |
    3 | params: { fast: 12 }
    4 | universe: [AAPL, TRUE, 005930]
      |                  ^^^^ kept as the text "TRUE"
      = quote it, so that every tool agrees: "TRUE"

    warning[W120]: symbol 005930 would be read as number by a plain YAML parser
     --> bad/broken.yaml:4:24
      |
    3 | params: { fast: 12 }
    4 | universe: [AAPL, TRUE, 005930]
      |                        ^^^^^^ kept as the text "005930"
      = quote it, so that every tool agrees: "005930"

    error[E105]: environment variable NATS_URL is not set
     --> bad/broken.yaml:7:50
      |
    6 |   trades:
    7 |     nats: { subject: "md.trades.{symbol}", url: "\${NATS_URL}" }
      |                                                  ^^^^^^^^^^^ needed here
      = set it, put it in .env, or give a default: \${NATS_URL:-value}

    error[E201]: unknown input \`trade\`
      --> bad/broken.yaml:11:11
       |
    10 |   bars:
    11 |     from: trade
       |           ^^^^^ did you mean \`trades\`?
       = known ids: trades, bars, bars5, feat, cross

    error[E102]: unknown field \`evry\` in \`bars\`
      --> bad/broken.yaml:12:13
       |
    11 |     from: trade
    12 |     bars: { evry: 1m }
       |             ^^^^ did you mean \`every\`?
       = \`bars\` accepts: every, type, price, size, grace

    error[E104]: \`every\` is at the wrong level
      --> bad/broken.yaml:16:5
       |
    15 |     bars:
    16 |     every: 5m
       |     ^^^^^ indented too little
       = \`every\` belongs inside \`bars:\` — indent it by two more spaces

    error[E101]: unknown operator \`signl\`
      --> bad/broken.yaml:24:5
       |
    23 |     from: feat
    24 |     signl: { buy: fast > wide, sell: fast < wide }
       |     ^^^^^ did you mean \`signal\`?
       = list them: millrace operators

    error[E201]: unknown input \`crosss\`
      --> bad/broken.yaml:27:11
       |
    26 |   out:
    27 |     from: crosss
       |           ^^^^^^ did you mean \`cross\`?
       = known ids: trades, bars, bars5, feat, cross"
  `));
});

const CROSS = `# yaml-language-server: $schema=../pipeline.schema.json
apiVersion: 1
pipeline: ema-cross
description: Buy when the fast average crosses above the slow one, unless overbought.

params:
  fast: 12
  slow: 26

universe: [AAPL, MSFT, NVDA, SPY]

sources:
  trades:
    nats: { subject: "md.trades.{symbol}" }
    schema: trade

nodes:
  bars:
    from: trades
    bars: { every: 1m }

  features:
    from: bars
    compute:
      fast: ema(close, $fast)
      slow: ema(close, $slow)
      rsi: rsi(close, 14)

  cross:
    from: features
    signal:
      buy: crosses_above(fast, slow) and rsi < 70
      sell: crosses_below(fast, slow)

outputs:
  signals:
    from: cross
    nats: { subject: "signals.{pipeline}.{symbol}" }

backtest:
  data: { trades: data/sample/trades-*.parquet }
  capital: 100000 USD
  costs: { commission: 1bps, slippage: 1bps }
  fills: { at: next_trade, latency: 50ms }
  benchmark: SPY
  require: { trades: ">= 20", max_drawdown: "<= 20%" }
  sweep:
    params: { fast: [8, 12, 16], slow: [26, 34, 50] }
    objective: sharpe

tests:
  - name: the fast line crossing above the slow line is exactly one buy
    given:
      features: { symbol: AAPL, every: 1m, fast: "1x3 3x3", slow: "2x6", rsi: "50x6" }
    expect:
      cross: [{ row: 3, side: buy }]
  - name: overbought means no buy
    given:
      features: { symbol: AAPL, every: 1m, fast: "1x3 3x3", slow: "2x6", rsi: "75x6" }
    expect:
      cross: { none: "side == buy" }
`;

describe('the examples of the specification', () => {
  it('reads the crossover with a word on the format of its data alone', () => {
    const doc = readPipeline(CROSS, options);
    expect(doc.diagnostics.map((d) => `${d.severity} ${d.code}`)).toEqual(['warning W110']);
    expect(doc.tests.map((t) => t.given[0].rows.length)).toEqual([6, 6]);
    expect(doc.nodes.map((n) => n.poisoned)).toEqual([false, false, false]);
  });

  it('says of what is reserved whether the pipeline runs without it', () => {
    const text = CROSS.replace('  signals:\n', '  live:\n    from: cross\n    websocket: { path: /live, rate: 20/s }\n  signals:\n')
      .replace('backtest:\n', 'alerts:\n  spike:\n    from: cross\n    when: rsi > 70\n    message: "{symbol}"\nbacktest:\n')
      .replace('universe: [AAPL, MSFT, NVDA, SPY]', 'universe: ./universes/us-500.yaml');
    expect(readPipeline(text, options).diagnostics.map((d) => `${d.severity} ${d.code}`)).toEqual(['warning W110', 'warning W110',
      'warning W110']);
    const anomaly = text.replace('    signal:\n      buy: crosses_above(fast, slow) and rsi < 70\n      sell: crosses_below(fast, slow)',
      '    anomaly:\n      detectors: { volume: { zscore: { of: volume } } }');
    expect(readPipeline(anomaly, options).diagnostics.map((d) => d.code)).toEqual(['E110', 'W110', 'W110', 'W110']);
  });

  it('reads two hundred lines in no time', () => {
    const nodes = Array.from({ length: 60 }, (_, i) =>
      `  n${i}:\n    from: ${i === 0 ? 'features' : `n${i - 1}`}\n    compute: { a${i}: "ema(close, $fast) + ${i}" }\n`).join('');
    const text = CROSS.replace('  cross:\n    from: features', `${nodes}  cross:\n    from: n59`);
    readPipeline(text, options);
    const start = performance.now();
    expect(readPipeline(text, options).diagnostics).toHaveLength(1);
    // The goal is 100 ms; this bound only notices what has become quadratic, on any machine.
    expect(performance.now() - start).toBeLessThan(1000);
  });
});
