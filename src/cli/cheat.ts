/** The language on one page. */
export const CHEAT = `A pipeline
  apiVersion: 1
  pipeline: name                    small letters, digits, -
  params: { fast: 12, memory: 2h }  used as $fast; set with -p fast=8
  universe: [AAPL, MSFT]            or a file of symbols; without it all pass
  time: { lateness: 2s, late: drop, calendar: XNYS }
  sources:
    trades: { csv: trades.csv, schema: trade }
  nodes:
    bars: { from: trades, bars: { every: 1m } }
    features:
      from: bars
      compute: { fast: "ema(close, $fast)", slow: "ema(close, 26)" }
    cross:
      from: features
      signal: { buy: "crosses_above(fast, slow)", sell: "crosses_below(fast, slow)" }
  outputs:
    signals: { from: cross, stdout: text }
  tests:
    - name: a cross is one buy
      given: { features: { symbol: A, every: 1m, fast: "1x3 3x3", slow: 2 } }
      expect: { cross: [{ row: 3, side: buy }] }

Formulas
  + - * /   < <= > >= == !=   and or not   if(c, a, b)   x in [a, b]
  x[n]            the value n rows ago, n from 0 on; the future cannot be read
  node.column     another node on the same row clock
  asof(node.x)    the last complete value of another clock; asof(node.x, 5m) at most that old
  macd(close).hist    an output of a function with several
  null            not known (yet): it goes through arithmetic, and a condition that is null does not fire
  5m 250ms 1h30m  durations    10bps 0.5%  ratios    2024-01-02  a date

Series in tests
  1x3   1 1 1        1+2x3   1 3 5        100~0.5x20   a seeded random walk        _   a missing value

Commands
  millrace validate FILE       millrace explain FILE        millrace graph FILE
  millrace test FILE           millrace replay FILE --source trades=trades.csv
  millrace docs NAME           a function, an operator or a code such as E301`;
