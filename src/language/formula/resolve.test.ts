import { describe, expect, it } from 'vitest';
import { formulaScope } from '../../../test/formula-scope.ts';
import type { Diagnostic } from '../../core/diagnostic.ts';
import { SEVERITY, type Type } from '../../core/types.ts';
import { parseFormula } from './parse.ts';
import { resolveFormula, type Expected } from './resolve.ts';
import type { FormulaScope } from './scope.ts';
import { printExpr } from './text.ts';
import type { Expr } from './typed.ts';

const OFFSET = 50;
type Answer = { expr: Expr | null; diagnostics: Diagnostic[] };
const check = (text: string, expected: Expected = null, changes: Partial<FormulaScope> = {}): Answer => {
  const parsed = parseFormula(text, OFFSET);
  expect(parsed.diagnostics).toEqual([]);
  return resolveFormula(parsed.ast, formulaScope(changes), expected);
};
const good = (text: string, expected: Expected = null, changes: Partial<FormulaScope> = {}): Expr => {
  const { expr, diagnostics } = check(text, expected, changes);
  expect(diagnostics, text).toEqual([]);
  return expr as Expr;
};
const bad = (text: string, expected: Expected = null, changes: Partial<FormulaScope> = {}): Diagnostic & { at: string } => {
  const { expr, diagnostics } = check(text, expected, changes);
  expect(expr, text).toBeNull();
  expect(diagnostics.length, `${text}: ${diagnostics.map((d) => d.message).join('; ')}`).toBe(1);
  const [d] = diagnostics;
  return { ...d, at: text.slice(d.start - OFFSET, d.end - OFFSET) };
};
const AGG = { aggregates: true };

describe('types', () => {
  it.each<[string, Type]>([
    ['close + 1', 'f64'], ['level + level', 'i64'], ['level / level', 'f64'], ['close > open and not up', 'bool'],
    ['ts - ts[1]', 'duration'],
    ['ts + 5m', 'time'], ['(ts - ts[1]) / 1s', 'f64'], ['2 * age', 'duration'], ['age % 1m', 'duration'], ['if(up, 1, 0)', 'f64'],
    ['if(up, null, age)', 'duration'], ['side == buy', 'bool'], ['severity >= warning', 'bool'], ['side[1]', good('side').type],
    ['symbol == "AAPL"', 'bool'], ['side == $mode', 'bool'], ['symbol in $names', 'bool'], ['max(age, 5m)', 'duration'],
    ['abs(close)', 'f64'],
    ['hour()', 'i64'], ['is_open(ts)', 'bool'], ['crosses_above(close, 70)', 'bool'], ['coalesce(side, hold) == buy', 'bool'],
    ['is_null(side)', 'bool'],
    ['min(level, close)', 'f64'], ['asof(quotes.ask - quotes.bid)', 'f64'], ['anomaly.severity', SEVERITY], ['$edge * $budget', 'f64'],
    ['ts > "2024-01-02T09:30:00Z"', 'bool'], ['sma(close > open, 10)', 'f64'], ['null', 'f64'], ['severity in [info, critical]', 'bool'],
  ])('%s', (text, type) => expect(good(text).type).toEqual(type));
});

describe('canonical text', () => {
  it.each([
    ['ema(close,$fast)', 'ema(close, 12)'], ['atr()', 'atr(14)'], ['atr(20)', 'atr(20)'], ['rsi(14)', 'rsi(close, 14)'], ['obv()', 'obv()'],
    ['macd(close, fast: 8).hist', 'macd(close, 8, 26, 9).hist'], ['macd(close)', 'macd(close, 12, 26, 9)'],
    ['vwma(open, 5)', 'vwma(open, volume, 5)'],
    ['zscore(close, $memory)', 'zscore(close, 2h)'], ['zscore(close, 120, robust: true)', 'zscore(close, 120, robust: true)'],
    ['smooth(close, power: 2, by: ema)', 'smooth(close, by: ema, power: 2)'], ['lag(close, 3)', 'close[3]'], ['close[0]', 'close'],
    ['bars.close', 'close'], ['decay(close, 90s, 5%)', 'decay(close, 1m30s, 0.05)'], ['ema(close, 2 * $fast + 1)', 'ema(close, 25)'],
    ['asof(bars5.volume, 5m)', 'asof(bars5.volume, max_age: 5m)'], ['asof(atr(bars5.high, bars5.low, bars5.close, 3))[1]',
      'asof(atr(bars5.high, bars5.low, bars5.close, 3))[1]'], ['asof(rsi(bars.close))', 'asof(rsi(bars.close, 14))'],
      ['asof(anomaly.score)', 'anomaly.score'],
    ['asof(bars5.close - obv())', 'asof(bars5.close - obv(bars5.close, bars5.volume))'], ['ema(of: open, period: 3)', 'ema(open, 3)'],
    ['5m * 2', '10m'], ['-(3)', '-3'], ['100000 USD * 10bps', '100'], ['1 / 0', '1 / 0'], ['nz(close)', 'nz(close, 0)'],
    ['not (side in [buy])', 'side not in [buy]'], ['-(-close)', '--close'],
    ['(close - open) - (high - low)', 'close - open - (high - low)'],
    ['crosses_above(rsi(14), 70)', 'crosses_above(rsi(close, 14), 70)'], ['ema(5, 3)', 'ema(5, 3)'],
  ])('%s', (text, canonical) => {
    expect(printExpr(good(text))).toBe(canonical);
    expect(printExpr(good(canonical))).toBe(canonical);
  });

  it('has every setting in params, defaults included', () => {
    expect(good('macd(close, slow: 30)')).toMatchObject({ k: 'kernel', params: { fast: 12, slow: 30, signal: 9 }, output: 0 });
    expect(good('zscore(close, 2h)')).toMatchObject({ params: { over: { micros: 7_200_000_000 }, robust: false } });
  });
});

describe('messages of the specification, word by word', () => {
  it('E301', () => expect(bad('close[-1] / close')).toMatchObject({
    code: 'E301', message: '`close[-1]` reads a row that has not happened yet', label: 'the future', at: '-1',
    help: ['`close[1]` is the previous row; negative offsets would look ahead and are never allowed'],
  }));

  it('E310', () => expect(bad('bars5.volume / volume')).toMatchObject({
    code: 'E310', message: '`bars5.volume` ticks on bars5@5m, but `feat` ticks on bars@1m', label: 'wrap it: asof(bars5.volume)',
    at: 'bars5.volume',
    help: ["asof() takes the last value that was complete at this row's time, so nothing leaks from the future"],
  }));

  it('every misspelt name of one formula at once', () => {
    expect(check('emaa(clsoe, $fst)').diagnostics.map((d) => [d.code, d.label])).toEqual([
      ['E302', 'did you mean `ema`?'], ['E305', 'did you mean `close`?'], ['E304', 'did you mean `$fast`?'],
    ]);
  });
});

describe('faults', () => {
  it.each([
    ['clsoe', 'E305', 'clsoe', 'close'], ['fast + 1', 'E305', 'fast', '$fast'], ['score', 'E305', 'score', 'anomaly.score'],
    ['TRUE', 'E305', 'TRUE', 'true'],
    ['symbol == AAPL', 'E305', 'AAPL', '"AAPL"'], ['bars.clsoe', 'E305', 'bars.clsoe', 'bars.close'],
    ['barss.close', 'E306', 'barss', 'bars'],
    ['bars.lat.close', 'E306', 'bars.lat', 'bars.late'], ['close.hist', 'E306', 'close.hist', undefined],
    ['side == buuy', 'E313', 'buuy', 'buy'],
    ['side == "buuy"', 'E313', '"buuy"', 'buy'], ['severity in [warnin]', 'E313', 'warnin', 'warning'],
    ['stdevv(close, 3)', 'E302', 'stdevv', 'stdev'],
    ['ln(close)', 'E302', 'ln', 'log'], ['ta.ema(close)', 'E302', 'ta.ema', 'ema'], ['macd(close).hits', 'E307', 'hits', 'hist'],
    ['macd(close, fats: 3)', 'E307', 'fats', 'fast'], ['smooth(close, by: wildr)', 'E308', 'wildr', 'wilder'],
    ['abs(close).x', 'E307', 'x', undefined],
    ['close == null', 'E309', 'close == null', 'is_null(close)'], ['close + fats', 'E305', 'fats', undefined],
    ['ema(close, $fsat)', 'E304', '$fsat', '$fast'],
  ])('%s', (text, code, at, suggestion) => {
    const d = bad(text);
    expect({ code: d.code, at: d.at, suggestion: d.suggestion }).toEqual({ code, at, suggestion });
  });

  it.each([
    ['stdev(close)', 'E303', '`stdev` takes 2 arguments, got 1'], ['ema(close, 1, 2)', 'E303', '`ema` takes 0 to 2 arguments, got 3'],
    ['abs()', 'E303', '`abs` takes 1 argument, got 0'], ['if(up, 1)', 'E303', '`if` takes 3 arguments, got 2'],
    ['max(close)', 'E303', '`max` takes at least 2 arguments, got 1'],
    ['atr(close, 14)', 'E303', '`atr` reads high, low, close: give all of them or none'],
    ['macd(close, 5, fast: 3, fast: 4)', 'E303', '`fast` is given twice'],
    ['ema(close, 0)', 'E308', '`period` of `ema` must be from 1 to 1000, found `0`'],
    ['ema(close, $edge)', 'E308', '`period` of `ema` must be a whole number, found `$edge`'],
    ['ema(close, 2h)', 'E308', '`ema` counts rows, but `2h` is a length of time'],
    ['ema(close, level)', 'E308', '`period` of `ema` must be the same for every row'],
    ['macd(close, 26, 12)', 'E308', '`macd`: fast must be shorter than slow'],
    ['decay(close, 5)', 'E308', '`half` of `decay` must be a length of time with a unit, say 5m, found `5`'],
    ['zscore(close, 0)', 'E308', '`over` of `zscore` must be at least 1, found `0`'],
    ['close[1.5]', 'E308', '`n` of `close[n]` must be a whole number, found `1.5`'],
    ['asof(quotes.bid, 5)', 'E308', '`max_age` of `asof` must be a length of time with a unit, say 5m, found `5`'],
    ['close + symbol', 'E309', '`+` needs numbers, but `symbol` is text'],
    ['up * 2', 'E309', '`*` needs numbers, but `up` is a condition (true or false)'],
    ['up and close', 'E309', '`and` needs a condition, but `close` is a number'],
    ['age > 5', 'E309', '`age` is a length of time, but `5` is a number'],
    ['symbol < "B"', 'E309', '`<` needs an order, but `symbol` is text'], ['ts + 5', 'E309', '`ts + 5` combines a time and a number'],
    ['if(up, 1, "a")', 'E309', '`if` gives a number or text'],
    ['bars_since(close)', 'E309', '`condition` of `bars_since` is a condition (true or false), but `close` is a number'],
    ['$names + 1', 'E309', '`$names` is a list'], ['note[1]', 'E309', '`note` is text, and only numbers keep a history'],
    ['log(symbol)', 'E309', '`log` needs a number, but `symbol` is text'],
    ['asof(close)', 'E312', 'asof() reads another node, but `close` is of this row'],
    ['asof(quotes.bid - close)', 'E312', '`close` is a column of this row, but asof() reads `quotes`'],
    ['asof(quotes.bid - bars5.close)', 'E312', 'asof() reads one node, but here are `quotes` and `bars5`'],
    ['asof(asof(quotes.bid))', 'E312', 'asof() inside asof()'],
    ['mean(close)', 'E314', '`mean` works only where many rows become one'], ['abs(age: 5)', 'E307', '`abs` has no named arguments'],
  ])('%s', (text, code, message) => expect(bad(text)).toMatchObject({ code, message }));

  it('a calendar function without a calendar', () => expect(bad('is_open(ts)', null, { calendar: null })).toMatchObject({ code: 'E302' }));
  it('a column that a call would read by itself', () => {
    expect(bad('atr(14)', null, { columns: new Map([['close', 'f64']]) }).code).toBe('E305');
  });
});

describe('poison', () => {
  it.each(['ghost + 1', 'broken.close', 'asof(broken.close)', 'ema(close, $ghost)', 'side == ghost', 'ghost == buy', 'broken.side == buy',
    'broken.x.y', 'ghost[1]',
    'broken.side in [buy, sell]', 'if(up, ghost, buy)', 'max(ghost, close)', 'macd(ghost).hist'])('%s is silent', (text) => {
    expect(check(text)).toEqual({ expr: null, diagnostics: [] });
  });
});

describe('expected type', () => {
  it('is enforced with a way out', () => {
    expect(good('close > open', 'bool').type).toBe('bool');
    expect(good('null', 'bool').type).toBe('bool');
    expect(good('critical', SEVERITY)).toMatchObject({ k: 'number', value: 2, type: SEVERITY });
    expect(good('if(up, critical, severity)', SEVERITY).type).toEqual(SEVERITY);
    expect(bad('close', 'bool')).toMatchObject({ code: 'E309', help: ['compare it, say close > 0'] });
    expect(bad('up', 'number')).toMatchObject({ code: 'E309', help: ['as a number: if(up, 1, 0)'] });
    expect(bad('symbol', 'number').code).toBe('E309');
  });
});

describe('aggregates', () => {
  it.each<[string, Type]>([
    ['count()', 'i64'], ['count(severity >= warning)', 'i64'], ['mean(severity >= warning)', 'f64'], ['sum(volume) / count()', 'f64'],
    ['quantile(close, 0.9)', 'f64'],
    ['last(severity)', SEVERITY], ['first(symbol)', 'text'], ['max(close) - min(close)', 'f64'], ['max(first(close), last(close))', 'f64'],
    ['mean(ema(close, 3))', 'f64'], ['vwap(close, volume)', 'f64'], ['distinct(symbol)', 'i64'], ['mean(age)', 'duration'],
    ['last(close)[1]', 'f64'],
    ['if(count() > 0, mean(close), null)', 'f64'], ['max(abs(close - open))', 'f64'], ['mean(stdev(close, 20))', 'f64'],
  ])('%s', (text, type) => {
    const e = good(text, null, AGG);
    expect(e.type).toEqual(type);
    expect(printExpr(good(printExpr(e), null, AGG))).toBe(printExpr(e));
  });

  it.each([
    ['close', 'E314', 'close'], ['mean(sum(close))', 'E314', 'sum(close)'], ['count(close)', 'E309', 'close'],
    ['sum(symbol)', 'E309', 'symbol'], ['vwap()', 'E305', 'vwap()'],
    ['quantile(close, 2)', 'E308', '2'], ['mean()', 'E303', 'mean()'], ['atr(14)', 'E314', 'atr(14)'],
    ['asof(quotes.bid)', 'E314', 'asof(quotes.bid)'],
    ['meann(close)', 'E302', 'meann'], ['mean(clsoe)', 'E305', 'clsoe'], ['vwap(close)', 'E303', 'vwap(close)'],
  ])('%s', (text, code, at) => expect(bad(text, null, AGG)).toMatchObject({ code, at }));
});
