import { describe, expect, it } from 'vitest';
import { errorsOf, readPipeline, type ReadOptions } from './check.ts';
import type { Document } from './document.ts';
import { renderDiagnostic } from './frame.ts';
import { REGISTRY } from './registry.fixture.ts';

const options: ReadOptions = { file: 'p.yaml', base: '.', registry: REGISTRY, env: {}, params: {}, readFile: () => null };
const read = (text: string, more: Partial<ReadOptions> = {}): Document => readPipeline(text, { ...options, ...more });

const HEAD = 'apiVersion: 1\npipeline: p\n';
const TRADES = 'sources:\n  trades: { csv: trades.csv, schema: trade }\n';
const OUT = 'outputs:\n  out: { from: bars, stdout: {} }\n';
const BARS = 'nodes:\n  bars: { from: trades, bars: { every: 1m } }\n';

/** Code, text at the place, and suggestion of everything found. */
const found = (text: string, more: Partial<ReadOptions> = {}): string[] =>
  read(text, more).diagnostics.map(({ code, start, end, suggestion }) =>
    [code, text.slice(start, end).replace(/\n/g, '\\n'), ...(suggestion === undefined ? [] : ['->', suggestion])].join(' '));

const EXAMPLE = `${HEAD}description: Buy low.
params:
  fast: 12
  wait: 5m
  share: 1%
  cash: 100000 USD
  long: { default: 26, min: 2, max: 400, description: Slow. }
universe: [AAPL, "005930"]
time: { lateness: 2s, late: side_output, calendar: XNYS }
sources:
  trades:
    nats: { subject: "md.trades.{symbol}" }
    schema: { ts: time, symbol: text, px: f64, sev: info < warning < critical, note?: text }
nodes:
  bars: { from: trades, bars: 1m }
  features:
    from: bars
    compute:
      fast: ema(close, $fast)
      slow: ema(close, $long)
  cross:
    from: features
    signal: { buy: fast > slow, sell: fast < slow, cooldown: $wait }
  router: { from: bars, split: { big: volume > 10 } }
  both: { from: [features, router.big], join: { how: asof, tolerance: $wait, share: $share } }
  late: { from: bars.late, filter: true }
outputs:
  signals: { from: cross, nats: { subject: "signals.{pipeline}.{symbol}" } }
  rest: { from: router.rest, stdout: { format: table } }
  both: { from: both, csv: out.csv }
  late: { from: late, stdout: {} }
`;

describe('a pipeline without faults', () => {
  const doc = read(EXAMPLE);

  it('is read without a word', () => expect(doc.diagnostics).toEqual([]));

  it('keeps what was declared', () => {
    expect(doc).toMatchObject({ name: 'p', description: 'Buy low.', universe: ['AAPL', '005930'], base: '.', file: 'p.yaml' });
    expect(doc.time).toMatchObject({ lateness: 2_000_000, late: 'side_output', calendar: 'XNYS', idle: null, field: 'ts' });
    expect(doc.params.map((p) => [p.name, p.type, p.value, p.unit])).toEqual([
      ['fast', 'i64', 12, 'none'], ['wait', 'duration', 300_000_000, 'duration'], ['share', 'f64', 0.01, 'ratio'],
      ['cash', 'f64', 100_000, 'money'], ['long', 'i64', 26, 'none'],
    ]);
    expect(doc.sources[0]).toMatchObject({ id: 'trades', connector: 'nats', schemaName: 'inline', optional: ['note'], key: 'symbol',
      poisoned: false });
    expect(doc.sources[0].schema).toEqual([
      { name: 'px', type: 'f64' }, { name: 'sev', type: { kind: 'enum', name: 'sev', values: ['info', 'warning', 'critical'] } },
        { name: 'note', type: 'text' },
    ]);
  });

  it('fills settings from shorthand, parameters and defaults', () => {
    const by = new Map(doc.nodes.map((n) => [n.id, n]));
    expect(by.get('bars')?.args).toMatchObject({ every: { value: { micros: 60_000_000 } }, type: { value: 'time' },
      price: { formula: { text: 'price' } } });
    expect(by.get('cross')?.args.cooldown.value).toBe(300_000_000);
    expect(by.get('both')?.args.share.value).toBe(0.01);
    expect(by.get('both')?.from).toMatchObject([{ id: 'features', branch: null }, { id: 'router', branch: 'big' }]);
    expect(by.get('features')?.args.columns.formulas?.map((f) => f.name)).toEqual(['fast', 'slow']);
    expect(doc.nodes.some((n) => n.poisoned)).toBe(false);
  });

  it('gives formulas their places in the file', () => {
    const formula = doc.nodes.find((n) => n.id === 'features')?.args.columns.formulas?.[0];
    expect(EXAMPLE.slice(formula?.ast.start, formula?.ast.end)).toBe('ema(close, $fast)');
    expect(EXAMPLE.slice(formula?.nameSpan.start, formula?.nameSpan.end)).toBe('fast');
  });

  it('takes values from outside for parameters', () => {
    expect(read(EXAMPLE, { params: { fast: '8', wait: '1h' } }).params.slice(0, 2).map((p) => p.value)).toEqual([8, 3_600_000_000]);
    expect(found(EXAMPLE, { params: { fst: '8' } })).toEqual(['E113 params -> fast']);
    expect(found(EXAMPLE, { params: { fast: 'x' } })).toEqual(['E113 fast']);
    expect(found(EXAMPLE, { params: { long: '1' } })).toEqual(['E113 long']);
  });
});

describe('one fault, one message', () => {
  const base = HEAD + TRADES + BARS + OUT;
  const swap = (from: string, to: string): string => {
    expect(base).toContain(from);
    return base.replace(from, to);
  };

  it('is clean to begin with', () => expect(found(base)).toEqual([]));

  it.each([
    ['apiVersion', 'apiVerson', ['E102 apiVerson -> apiVersion']],
    ['pipeline: p', 'pipelin: p', ['E102 pipelin -> pipeline']],
    ['sources:', 'source:', ['E102 source -> sources']],
    ['nodes:', 'noodes:', ['E102 noodes -> nodes']],
    ['outputs:', 'ouputs:', ['E102 ouputs -> outputs']],
    ['csv:', 'cvs:', ['E101 cvs -> csv']],
    ['schema:', 'shema:', ['E102 shema -> schema']],
    ['schema: trade', 'schema: trad', ['E101 trad -> trade']],
    ['from: trades', 'from: tades', ['E201 tades -> trades']],
    ['from: trades', 'form: trades', ['E102 form -> from']],
    ['bars: { every', 'bras: { every', ['E101 bras -> bars']],
    ['every: 1m', 'evry: 1m', ['E102 evry -> every']],
    ['every: 1m', 'every: 1 min', ['E108 1 min -> 1m']],
    ['every: 1m', 'every: 1m, type: tme', ['E108 tme -> time']],
    ['every: 1m', 'type: time', ['E107 bars']],
    ['every: 1m', 'every: $m', ['E304 $m']],
    ['from: bars', 'from: bas', ['E201 bas -> bars']],
    ['stdout', 'stdot', ['E101 stdot -> stdout']],
    ['  trades: {', '  tradse: {', ['E201 tradse -> trades']],
    ['apiVersion: 1', 'apiVersion: 3', ['E112 3 -> 1']],
    ['pipeline: p', 'pipeline: My P', ['E111 My P -> my-p']],
    ['  bars: {', '  my-bars: {', ['E111 my-bars -> my_bars', 'E201 bars']],
  ])('%s as %s', (from, to, wanted) => expect(found(swap(from, to))).toEqual(wanted));

  it('sees the slip in a declaration that several places read', () => {
    const text = `${HEAD}sources:\n  tradse: { csv: a.csv, schema: trade }\n`
      + 'nodes:\n  a: { from: trades, filter: price > 0 }\n  b: { from: trades, filter: size > 0 }\n'
      + 'outputs:\n  x: { from: a, stdout: {} }\n  y: { from: b, stdout: {} }\n';
    expect(found(text)).toEqual(['E201 tradse -> trades']);
  });

  it.each([
    ['  bars:\n    from: trades\n    bars:\n    every: 1m\n', ['E104 every']],
    ['  bars:\n    bars:\n      from: trades\n      every: 1m\n', ['E104 from']],
    ['  bars:\n    from: trades\n', ['E103 bars']],
    ['  bars:\n', ['E103 bars']],
    ['  bars: { from: trades, bars: 1m, filter: price > 0 }\n', ['E106 filter']],
    ['  bars: { from: trades, predict: { model: m } }\n', ['E110 predict']],
    ['  bars: { from: trades, bars: 1m, wat: 1 }\n', ['E102 wat']],
    ['  bars: { from: trades, wat: 1 }\n', ['E101 wat']],
    ['  bars: { from: [trades, trades], bars: 1m }\n', ['E204 trades, trades']],
    ['  bars: { from: trades.big, bars: 1m }\n', ['E205 trades.big']],
    ['  bars: { from: bars, bars: 1m }\n', ['E202 bars']],
    ['  bars: { from: trades, bars: { every: 100, type: time } }\n', ['E109 100']],
    ['  bars: { from: trades, bars: { every: -1, type: tick } }\n', ['E108 -1']],
    ['  bars: { from: trades, compute: { x: "1 +" } }\n', ['E300 ']],
    ['  bars: { from: trades, across: univers, bars: 1m }\n', ['E108 univers -> universe']],
    ['  bars: { from: trades, on_error: skp, bars: 1m }\n', ['E108 skp -> skip']],
    ['  bars: { from: trades, bars: 1m }\n  trades: { from: bars, filter: true }\n', ['E203 trades']],
    ['  bars: { from: trades, bars: 1m }\n  idle: { from: bars, filter: true }\n', ['W201 idle']],
    ['  bars: { from: other, filter: true }\n  other: { from: bars, filter: true }\n', ['E202 bars']],
    ['  bars: { from: trades, bars: 1m }\nbig:\n  from: bars\n  filter: true\n', ['E104 big', 'W201 big']],
  ])('nodes:\n%s', (nodes, wanted) => {
    const text = HEAD + TRADES + 'nodes:\n' + nodes + OUT;
    expect(found(text).map((f) => (f.startsWith('E300') ? 'E300 ' : f))).toEqual(wanted);
  });

  it('lifts a section out of the one before it', () => {
    const text = `${HEAD}${TRADES}nodes:\n  bars: { from: trades, bars: 1m }\n  outputs:\n    out: { from: bars, stdout: {} }\n`;
    expect(found(text)).toEqual(['E104 outputs']);
    expect(read(text).outputs).toHaveLength(1);
  });

  it.each([
    ['{ csv: a.csv, schema: bar }', ['E401 trades']],
    ['{ csv: a.csv, schema: bar, stamp: open }', ['E402 stamp']],
    ['{ csv: a.csv, schema: bar, stamp: opne, every: 1m }', ['E108 opne -> open']],
    ['{ csv: a.csv, schema: trade, stamp: close }', ['E404 stamp']],
    ['{ csv: a.csv, schema: { px: f46 } }', ['E101 f46 -> f64']],
    ['{ csv: a.csv, path: b.csv, schema: trade }', ['E104 path']],
    ['{ csv: a.csv, schema: trade, time: { unt: ms } }', ['E102 unt -> unit']],
    ['{ schema: trade }', ['E103 trades']],
    ['{ csv: { path: a.csv }, synthetic: {}, schema: trade }', ['E106 synthetic']],
    ['{ websocket: { url: "ws://x" }, schema: trade }', ['W110 websocket']],
    ['{ nats: md..x, schema: trade }', ['E711 ']],
    ['{ nats: "md.{symbl}", schema: trade }', ['E712 {symbl} -> {symbol}']],
    ['{ nats: "md.*.{symbol}.>", schema: trade }', []],
    ['{ synthetic: { rate: fast }, schema: trade }', ['E108 fast']],
  ])('a source %s', (source, wanted) => expect(found(`${HEAD}sources:\n  trades: ${source}\n${BARS}${OUT}`)).toEqual(wanted));
});

describe('sections', () => {
  const base = HEAD + TRADES + BARS + OUT;

  it.each([
    ['universe: [AAPL, 005930, TRUE, 1E5, NO, "7203", BRK.B]', ['W120 005930 -> "005930"', 'W120 TRUE -> "TRUE"', 'W120 1E5 -> "1E5"',
      'W120 NO -> "NO"']],
    ['universe: [A, A]', ['W121 A']],
    ['universe: ./no.txt', ['E114 ./no.txt']],
    ['universe: { file: ./no.txt, as_off: false }', ['E102 as_off -> as_of']],
    ['time: { late: drp }', ['E108 drp -> drop']],
    ['time: { calendar: XNSY }', ['E108 XNSY -> XNYS']],
    ['time: { lateness: 2 }', ['E108 2']],
    ['time: { timezone: "new york" }', ['E403 "new york"']],
    ['runtime: { workers: 4 }', ['W110 workers']],
    ['params_by: { KO: { a: 1 } }', ['W110 params_by']],
    ['alerts: { a: { from: bas } }', ['W110 alerts', 'E201 bas -> bars']],
    ['params: { a: { min: 1 } }', ['E107 a']],
    ['params: { a: { default: 5m, max: 3 } }', ['E113 3']],
    ['x-anything: { a: [1, 2] }', []],
    ['description: "${HOST} ${PORT:-80} $${X}"', ['E105 ${HOST}']],
  ])('%s', (section, wanted) => expect(found(`${base}${section}\n`)).toEqual(wanted));

  it('reads a universe from a file', () => {
    const files: Record<string, string> = { 'dir/u.txt': '# all\nAAPL\n005930\n', 'dir/u.yaml': '- AAPL\n- 005930\n' };
    const readFile = (path: string): string | null => files[path] ?? null;
    for (const file of ['u.txt', './u.yaml']) {
      expect(read(`${base}universe: ${file}\n`, { base: 'dir', readFile })).toMatchObject({ universe: ['AAPL', '005930'],
        diagnostics: [] });
    }
  });

  it('puts environment variables into values after parsing, so that they cannot add YAML', () => {
    const doc = read(`${base}description: \${X}\n`, { env: { X: 'a: b\nnodes: {}' } });
    expect(doc).toMatchObject({ description: 'a: b\nnodes: {}', diagnostics: [] });
  });

  it('reads a list parameter as universe', () => {
    const text = `${base}params: { symbols: [A, B] }\nuniverse: $symbols\n`;
    expect(read(text).universe).toEqual(['A', 'B']);
    expect(read(text, { params: { symbols: 'C, D' } }).universe).toEqual(['C', 'D']);
  });

  it('reads a function as a node', () => {
    const doc = read(`${HEAD}${TRADES}nodes:\n  bars: { from: trades, macd: { of: price, period: 12 } }\n${OUT}`);
    expect(doc.diagnostics).toEqual([]);
    expect(doc.nodes[0]).toMatchObject({ operator: 'compute', args: { columns: { formulas: [{ name: 'macd' }, { name: 'macd_hist' }] } } });
  });

  it('says where an empty file begins and what a template is', () => {
    expect(found('')).toEqual(['E100 ']);
    expect(found('- a')).toEqual(['E100 - a']);
    expect(found('template: x\n')).toEqual(['E115 template']);
  });

  it('sorts what it finds by place and poisons what is wrong', () => {
    const doc = read(`${HEAD}${TRADES}nodes:\n  bars: { from: trades, bars: { evry: 1m } }\n  b: { from: bars, filter: close > 0 }\n`
      + 'outputs:\n  o: { form: b, stdout: {} }\n');
    expect(doc.nodes.map((n) => n.poisoned)).toEqual([true, false]);
    expect(doc.diagnostics.map((d) => d.start)).toEqual([...doc.diagnostics.map((d) => d.start)].sort((a, b) => a - b));
    expect(errorsOf(doc)).toHaveLength(2);
    expect(renderDiagnostic(doc.diagnostics[0], doc.text, doc.file, { color: false })).toContain('did you mean `every`?');
  });
});
