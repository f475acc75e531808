import type { CodeEntry } from './codes.ts';

/** E1xx shape, E2xx graph, E4xx time, E7xx subjects and streams, and warnings. Examples are whole sections of a pipeline. */
export const SHAPE_ENTRIES: Readonly<Record<string, CodeEntry>> = Object.freeze({
  E100: {
    title: 'another kind of value',
    explanation: 'A map, a list or a single value stands where another of them is needed.',
    wrong: 'sources: trades.csv',
    right: 'sources:\n  trades: { csv: trades.csv, schema: trade }',
  },
  E101: {
    title: 'an unknown kind',
    explanation: 'No operator, connector, schema or type has this name. `millrace operators` lists the operators.',
    wrong: 'nodes:\n  bars: { from: trades, barz: { every: 1m } }',
    right: 'nodes:\n  bars: { from: trades, bars: { every: 1m } }',
  },
  E102: {
    title: 'an unknown field',
    explanation: 'The key is not one of those that are read here. The message lists them.',
    wrong: 'nodes:\n  bars: { from: trades, bars: { evry: 1m } }',
    right: 'nodes:\n  bars: { from: trades, bars: { every: 1m } }',
  },
  E103: {
    title: 'something is missing from a node, source or output',
    explanation: 'A node has exactly one operator, a source and an output exactly one connector.',
    wrong: 'nodes:\n  bars: { from: trades }',
    right: 'nodes:\n  bars: { from: trades, bars: { every: 1m } }',
  },
  E104: {
    title: 'a wrong level of indentation',
    explanation: 'The key exists, but belongs inside or beside the key that is named.',
    wrong: 'nodes:\n  bars:\n    from: trades\n    bars:\n    every: 1m',
    right: 'nodes:\n  bars:\n    from: trades\n    bars:\n      every: 1m',
  },
  E105: {
    title: 'an environment variable that is not set',
    explanation:
      '`${NAME}` is replaced by a variable of the environment, after the file was read. `${NAME:-value}` has a default, '
      + '`$${NAME}` stays as it is.',
    wrong: 'sources:\n  trades: { csv: "${DATA}/trades.csv", schema: trade }',
    right: 'sources:\n  trades: { csv: "${DATA:-data}/trades.csv", schema: trade }',
  },
  E106: {
    title: 'two operators',
    explanation: 'A node does one thing. Give the second operator a node of its own that reads the first.',
    wrong: 'nodes:\n  a: { from: trades, filter: price > 0, select: [price] }',
    right: 'nodes:\n  a: { from: trades, filter: price > 0 }\n  b: { from: a, select: [price] }',
  },
  E107: {
    title: 'a required field is missing',
    explanation: 'The field has no default.',
    wrong: 'nodes:\n  bars: { from: trades, bars: { type: time } }',
    right: 'nodes:\n  bars: { from: trades, bars: { every: 1m } }',
  },
  E108: {
    title: 'a value that does not fit',
    explanation:
      'The value has the wrong kind, unit or size. Durations have a unit (`250ms`, `5m`, `1h30m`), ratios may have one '
      + '(`0.5%`, `10bps`).',
    wrong: 'nodes:\n  bars: { from: trades, bars: { every: 5 min } }',
    right: 'nodes:\n  bars: { from: trades, bars: { every: 5m } }',
  },
  E109: {
    title: 'settings that do not fit together',
    explanation: 'Each value is right by itself, but not with the others.',
    wrong: 'nodes:\n  bars: { from: trades, bars: { every: 1000, type: time } }',
    right: 'nodes:\n  bars: { from: trades, bars: { every: 1000, type: tick } }',
  },
  E110: {
    title: 'not available in this version',
    explanation: 'The operator belongs to the language, but this version does not have it, and the pipeline cannot run without.',
    wrong: 'nodes:\n  p: { from: trades, predict: { model: m@1 } }',
    right: 'nodes:\n  p: { from: trades, compute: { edge: price - price[1] } }',
  },
  E111: {
    title: 'a name that cannot be used',
    explanation:
      'Ids and columns have letters, digits and _, and begin with a letter, so that formulas can name them. A pipeline\'s '
      + 'name has small letters, digits and -.',
    wrong: 'pipeline: EMA Cross',
    right: 'pipeline: ema-cross',
  },
  E112: {
    title: 'another version of the language',
    explanation: '`apiVersion` is the version of the language that the file is written in. This program reads 1.',
    wrong: 'apiVersion: 2',
    right: 'apiVersion: 1',
  },
  E113: {
    title: 'a parameter that does not fit',
    explanation:
      'A parameter has the type of its default. A value from the command line, a bound or `with:` must have it too, and lie '
      + 'within min and max.',
    wrong: 'params:\n  fast: { default: 1, min: 2 }',
    right: 'params:\n  fast: { default: 2, min: 2 }',
  },
  E114: {
    title: 'a file that cannot be read',
    explanation: 'Paths are relative to the folder of the pipeline.',
    wrong: 'universe: ./no-such-file.txt',
    right: 'universe: [AAPL, MSFT]',
  },
  E115: {
    title: 'a template that cannot be used',
    explanation: 'A template begins with `template: name`, has `inputs`, `nodes` and `outputs`, and does not use other templates.',
    wrong: 'template: gate',
    right: 'pipeline: gate',
  },
  E116: {
    title: 'a test that cannot be read',
    explanation:
      'Rows are series (`VxN`, `V+SxN`, `V~SxN`, `_`), `rows:`, `csv: |` or `file:`. Counts are exact, and columns have '
      + 'equal numbers of rows.',
    wrong: 'tests:\n  - name: t\n    given: { trades: { price: "1x3", size: "1x4" } }\n    expect: { trades: { count: 3 } }',
    right: 'tests:\n  - name: t\n    given: { trades: { price: "1x3", size: "1x3" } }\n    expect: { trades: { count: 3 } }',
  },
  E201: {
    title: 'an unknown id',
    explanation: 'No source or node has this id.',
    wrong: 'outputs:\n  o: { from: trads, stdout: {} }',
    right: 'outputs:\n  o: { from: trades, stdout: {} }',
  },
  E202: {
    title: 'a loop',
    explanation: 'Rows flow one way. What a node must remember is `x[1]` or a function with state.',
    wrong: 'nodes:\n  a: { from: b, filter: price > 0 }\n  b: { from: a, filter: size > 0 }',
    right: 'nodes:\n  a: { from: trades, filter: price > 0 }\n  b: { from: a, filter: size > 0 }',
  },
  E203: {
    title: 'an id twice',
    explanation: 'Sources and nodes share one set of ids.',
    wrong: 'nodes:\n  trades: { from: trades, filter: price > 0 }',
    right: 'nodes:\n  large: { from: trades, filter: price > 0 }',
  },
  E204: {
    title: 'a wrong number of inputs',
    explanation: 'The operator reads another number of streams than `from` names.',
    wrong: 'nodes:\n  a: { from: trades, filter: price > 0 }\n  b: { from: [trades, a], filter: price > 0 }',
    right: 'nodes:\n  a: { from: trades, filter: price > 0 }\n  b: { from: a, filter: price > 0 }',
  },
  E205: {
    title: 'an unknown branch',
    explanation: '`router.big` is the branch `big` of a `split`; `bars.late` has the late rows of bars under `late: side_output`; some '
      + 'operators have further streams of their own, which their page of the reference names.',
    wrong: 'nodes:\n  s: { from: trades, split: { big: size > 9 } }\n  b: { from: s.bigg, filter: price > 0 }',
    right: 'nodes:\n  s: { from: trades, split: { big: size > 9 } }\n  b: { from: s.big, filter: price > 0 }',
  },
  E401: {
    title: 'bars without a stamp',
    explanation:
      'A bar made elsewhere carries the time it began or the time it was complete; the data does not say which. Taken for '
      + 'the wrong one, every bar would be seen before it happened, and a backtest would look far too good. There is therefore '
      + 'no default.',
    wrong: 'sources:\n  trades: { csv: bars.csv, schema: bar }',
    right: 'sources:\n  trades: { csv: bars.csv, schema: bar, stamp: open, every: 1m }',
  },
  E402: {
    title: 'an opening stamp without a length',
    explanation: 'A bar is complete at its opening time plus its length.',
    wrong: 'sources:\n  trades: { csv: bars.csv, schema: bar, stamp: open }',
    right: 'sources:\n  trades: { csv: bars.csv, schema: bar, stamp: open, every: 1m }',
  },
  E403: {
    title: 'an unknown time zone',
    explanation: 'Zones are UTC, an offset such as +02:00, or a name such as America/New_York.',
    wrong: 'time: { timezone: "new york" }',
    right: 'time: { timezone: America/New_York }',
  },
  E404: {
    title: 'a stamp on rows that are no bars',
    explanation: '`stamp` says what the time of a bar means; the time of a trade or quote is when it happened.',
    wrong: 'sources:\n  trades: { csv: trades.csv, schema: trade, stamp: close }',
    right: 'sources:\n  trades: { csv: trades.csv, schema: trade }',
  },
  E711: {
    title: 'a malformed subject',
    explanation: 'A subject is words between dots. `*` and `>` stand alone, `>` only at the end, and only in sources.',
    wrong: 'outputs:\n  o: { from: trades, nats: { subject: "md..x" } }',
    right: 'outputs:\n  o: { from: trades, nats: { subject: "md.x" } }',
  },
  E712: {
    title: 'an unknown token in a subject',
    explanation: '`{symbol}` and `{pipeline}` are filled in; an output may also name a column.',
    wrong: 'outputs:\n  o: { from: trades, nats: { subject: "md.{symbl}" } }',
    right: 'outputs:\n  o: { from: trades, nats: { subject: "md.{symbol}" } }',
  },
  E713: {
    title: 'a replay that begins nowhere',
    explanation: '`replay` says where a stream is begun: `all`, `new`, `last_` and a duration, or a time. `codec` is `json`, `arrow` or '
      + '`compact`.',
    wrong: 'sources:\n  s: { schema: trade, nats: { subject: md.x, replay: yesterday } }',
    right: 'sources:\n  s: { schema: trade, nats: { subject: md.x, replay: last_1d } }',
  },
  W110: {
    title: 'read, but not run',
    explanation: 'This part of the language is read and left alone by this version. The rest of the pipeline runs.',
    wrong: 'params_by: { KO: { fast: 8 } }',
    right: 'tags: [demo]',
  },
  W120: {
    title: 'a symbol that other tools would misread',
    explanation:
      'Symbols are kept as written: 005930, TRUE and 1E5 are text here. A plain YAML parser would make a number or true of '
      + 'them, so quotes make every tool agree.',
    wrong: 'universe: [AAPL, 005930]',
    right: 'universe: [AAPL, "005930"]',
  },
  W121: {
    title: 'a symbol twice',
    explanation: 'The symbol is listed twice and counts once.',
    wrong: 'universe: [AAPL, AAPL]',
    right: 'universe: [AAPL]',
  },
  W201: {
    title: 'an unused node',
    explanation: 'No output, alert or other node reads the node.',
    wrong: 'nodes:\n  idle: { from: trades, filter: price > 0 }',
    right: 'nodes:\n  idle: { from: trades, filter: price > 0 }\noutputs:\n  o: { from: idle, stdout: {} }',
  },
  W711: {
    title: 'several streams feed one pipeline',
    explanation:
      'A run that goes on after a crash has to read its rows in the same order again. Of one stream that order is known; of several it is '
      + 'made by event time, and the next row can only be told when every stream shows one: a quiet stream holds the others. Let one '
      + 'stream take all the subjects, or publish heartbeats (`{"heartbeat": <event time>}`) on the quiet one.',
    wrong: 'sources:\n  trades: { schema: trade, nats: { subject: "md.trades.{symbol}", stream: TRADES } }\n'
      + '  quotes: { schema: quote, nats: { subject: "md.quotes.{symbol}", stream: QUOTES } }',
    right: 'sources:\n  trades: { schema: trade, nats: { subject: "md.trades.{symbol}", stream: MD } }\n'
      + '  quotes: { schema: quote, nats: { subject: "md.quotes.{symbol}", stream: MD } }',
  },
  W712: {
    title: 'a source that is kept nowhere beside one that is',
    explanation:
      'One source is read from a stream, so that nothing is lost, and another is not: the order in which their rows met is gone with a '
      + 'crash. `millrace run` on a server refuses this (E777). Give both a stream, or set `delivery: best_effort` in both.',
    wrong: 'sources:\n  trades: { schema: trade, nats: { subject: "md.trades.{symbol}", stream: MD } }\n'
      + '  quotes: { schema: quote, nats: { subject: "md.quotes.{symbol}" } }',
    right: 'sources:\n  trades: { schema: trade, nats: { subject: "md.trades.{symbol}" } }\n'
      + '  quotes: { schema: quote, nats: { subject: "md.quotes.{symbol}" } }',
  },
});
