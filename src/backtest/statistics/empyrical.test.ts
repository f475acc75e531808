import { describe, expect, it } from 'vitest';
import { dayOf, weekdayOf, yearOf } from '../../core/calendars/civil.ts';
import { DAY } from '../../core/time.ts';
import * as factor from './factor.ts';
import { aggregateReturns, cumReturns, cumReturnsFinal, simpleReturns, type Span } from './growth.ts';
import { empyricalTail } from './pareto-tail.ts';
import * as performance from './performance.ts';
import { json, PRESENT, timeOf } from './reference.fixture.ts';
import { rolling } from './rolling.ts';

interface Stored {
  readonly series: readonly (number | null)[];
  readonly index0: string | null;
  readonly freq: string;
}

type Frame = Readonly<Record<string, Stored>>;
type Value = number | 'NaN' | 'Infinity' | null | Stored | Frame | string | readonly Value[];

interface Vector {
  readonly test: string;
  readonly args: readonly string[];
  readonly values: readonly Value[];
}

const PERIODS: Readonly<Record<string, number>> = { daily: 252, weekly: 52, monthly: 12, quarterly: 4, yearly: 1 };

const isStored = (v: unknown): v is Stored => typeof v === 'object' && v !== null && 'series' in v && Array.isArray((v as Stored).series);
const column = (s: Stored): Float64Array => Float64Array.from(s.series, (x) => x ?? NaN);

/** Days on which pandas puts the rows of a series. */
function dates({ series, index0, freq }: Stored): Float64Array {
  let day = index0 === null ? 0 : timeOf(index0) / DAY;
  const monthEnd = (d: number): number => {
    const year = yearOf(d);
    let month = 1;
    while (month < 12 && dayOf(year, month + 1, 1) <= d) month++;
    return month === 12 ? dayOf(year, 12, 31) : dayOf(year, month + 1, 1) - 1;
  };
  if (freq === 'W-SUN') while (weekdayOf(day) !== 0) day++;
  return Float64Array.from(series, (_, i) => {
    if (i > 0) day = freq === 'D' ? day + 1 : freq === 'W-SUN' ? day + 7 : freq === 'ME' ? monthEnd(day + 1) : dayOf(yearOf(day) + 1, 12, 31);
    return day * DAY;
  });
}

interface Call {
  readonly returns: Float64Array;
  readonly stored: Stored;
  readonly benchmark: Float64Array;
  /** Numbers and words by the name of the argument. */
  readonly is: (name: string) => number;
  readonly word: (name: string) => string;
  readonly rate: (name: string) => number | Float64Array;
  readonly window: number;
  readonly periods: number;
}

const cut = (...parts: Float64Array[]): [Float64Array, Float64Array] => [parts[0], parts[1]];

/** How each test of empyrical calls its function. */
const CALLS: Readonly<Record<string, (c: Call) => unknown>> = {
  test_simple_returns: (c) => simpleReturns(c.returns),
  test_cum_returns: (c) => cumReturns(c.returns, c.is('starting_value')),
  test_cum_returns_df: (c) => cumReturns(c.returns, c.is('starting_value')),
  test_cum_returns_final: (c) => cumReturnsFinal(c.returns, c.is('starting_value')),
  test_cum_returns_final_df: (c) => cumReturnsFinal(c.returns, c.is('starting_value')),
  test_aggregate_returns: (c) => aggregateReturns(dates(c.stored), c.returns, c.word('convert_to') as Span).map((a) => a.value),
  test_max_drawdown: (c) => performance.maxDrawdown(c.returns),
  test_annual_ret: (c) => performance.annualReturn(c.returns, c.periods),
  test_cagr: (c) => performance.annualReturn(c.returns, c.periods),
  test_annual_volatility: (c) => performance.annualVolatility(c.returns, c.periods),
  test_calmar: (c) => performance.calmar(c.returns, c.periods),
  test_omega: (c) => performance.omega(c.returns, { riskFree: c.rate('risk_free'), requiredReturn: c.is('required_return') }),
  test_sharpe_ratio: (c) => performance.sharpe(c.returns, { riskFree: c.rate('risk_free') }),
  test_downside_risk: (c) => performance.downsideRisk(c.returns, { riskFree: c.rate('required_return'), periods: c.periods }),
  test_sortino: (c) => performance.sortino(c.returns, { riskFree: c.rate('required_return'), periods: c.periods }),
  test_excess_sharpe: (c) => performance.excessSharpe(c.returns, c.rate('factor_returns')),
  test_alpha_beta: (c) => factor.alphaBeta(c.returns, c.benchmark),
  test_alpha: (c) => factor.alpha(c.returns, c.benchmark),
  test_beta: (c) => factor.beta(c.returns, c.benchmark),
  test_up_alpha_beta: (c) => factor.upAlphaBeta(c.returns, c.benchmark),
  test_down_alpha_beta: (c) => factor.downAlphaBeta(c.returns, c.benchmark),
  test_stability_of_timeseries: (c) => performance.stability(c.returns),
  test_tail_ratio: (c) => performance.tailRatio(c.returns),
  test_beta_fragility_heuristic: (c) => factor.betaFragility(c.returns, c.benchmark),
  test_gpd_risk_estimates: (c) => Object.values(empyricalTail(c.returns)),
  test_capture_ratio: (c) => factor.capture(c.returns, c.benchmark),
  test_up_capture: (c) => factor.upCapture(c.returns, c.benchmark),
  test_down_capture: (c) => factor.downCapture(c.returns, c.benchmark),
  test_up_down_capture: (c) => factor.upDownCapture(c.returns, c.benchmark),
  test_roll_max_drawdown: (c) => rolling(c.window, (r) => performance.maxDrawdown(r), c.returns),
  test_roll_sharpe_ratio: (c) => rolling(c.window, (r) => performance.sharpe(r), c.returns),
  test_roll_alpha_beta: (c) => rolling(c.window, (...p) => factor.alphaBeta(...cut(...p)), c.returns, c.benchmark),
  test_roll_up_capture: (c) => rolling(c.window, (...p) => factor.upCapture(...cut(...p)), c.returns, c.benchmark),
  test_roll_down_capture: (c) => rolling(c.window, (...p) => factor.downCapture(...cut(...p)), c.returns, c.benchmark),
  test_roll_up_down_capture: (c) => rolling(c.window, (...p) => factor.upDownCapture(...cut(...p)), c.returns, c.benchmark),
};

function callOf(v: Vector, pick: (value: Value) => Value): Call {
  const named = new Map(v.args.map((name, i) => [name, pick(v.values[i])]));
  const at = (name: string): Value => named.get(name) ?? null;
  const seriesAt = (...names: string[]): Stored => {
    const found = names.map(at).find((x) => x !== null);
    if (isStored(found)) return found;
    // One vector stores its benchmark as a table of one column.
    const inner = typeof found === 'object' && found !== null ? Object.values(found)[0] : null;
    return isStored(inner) ? inner : { series: [], index0: null, freq: 'D' };
  };
  const stored = seriesAt('returns', 'prices');
  const rate = (name: string): number | Float64Array => {
    const value = at(name);
    return isStored(value) ? column(value) : Number(value);
  };
  return {
    returns: column(stored), stored, benchmark: column(seriesAt('benchmark', 'factor_returns')), is: (name) => Number(at(name)), rate,
    word: (name) => String(at(name)), window: Number(at('window')), periods: PERIODS[String(at('period'))] ?? 252,
  };
}

/** Tests of empyrical that round more than to eight places. */
const PLACES: Readonly<Record<string, number>> = { test_cum_returns: 4, test_cum_returns_df: 4, test_cum_returns_final: 4,
  test_cum_returns_final_df: 4, test_roll_max_drawdown: 4, test_tail_ratio: 1 };

function same(got: unknown, want: unknown, places: number): void {
  if (Array.isArray(want)) {
    const list = [...(got as ArrayLike<unknown> & Iterable<unknown>)];
    // A list of four zeros stands for the five of no fit.
    expect(list.length).toBeGreaterThanOrEqual(want.length);
    want.forEach((w, i) => same(list[i], w, places));
    return;
  }
  if (want === 'NaN' || want === null) expect(got).toBeNaN();
  else if (want === 'Infinity') expect(got).toBe(Infinity);
  else expect(Math.abs((got as number) - (want as number))).toBeLessThan(1.5 * 10 ** -places);
}

const vectors = PRESENT ? json<{ vectors: readonly Vector[] }>('metrics/empyrical_vectors.json').vectors : [];

describe.skipIf(!PRESENT)('empyrical 0.5.5', () => {
  it('has vectors, and every one is tried', () => {
    expect(vectors.length).toBe(127);
    expect(vectors.filter((v) => CALLS[v.test] === undefined)).toEqual([]);
  });

  it.each(vectors.map((v, i) => [`${v.test} ${i}`, v] as const))('%s', (_, v) => {
    const run = CALLS[v.test];
    const expected = v.values[v.args.indexOf('expected')];
    const decimals = v.args.indexOf('decimal_places');
    const places = Number(decimals < 0 ? PLACES[v.test] ?? 8 : v.values[decimals] ?? 8);
    const first = v.values[0];
    if (isStored(first)) {
      same(run(callOf(v, (x) => x)), expected, places);
      return;
    }
    const wanted = expected as Readonly<Record<string, unknown>>;
    Object.keys(first as Frame).forEach((name, i) => {
      const own = isStored(wanted) ? wanted.series[i] : Array.isArray(wanted) ? wanted[i] as unknown : wanted[name];
      const picked = run(callOf(v, (x) => (typeof x === 'object' && x !== null && name in x ? (x as Frame)[name] : x)));
      same(picked, isStored(own) ? own.series : own, places);
    });
  });
});
