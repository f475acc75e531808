import { describe, expect, it } from 'vitest';
import { statistics } from './catalogue/index.ts';
import { statisticsInput, type StatisticsInput } from './input.ts';
import { cumReturns } from './growth.ts';
import { kurtosis, skewness } from './moments.ts';
import { sharpe } from './performance.ts';
import { column, json, PRESENT, table, times } from './reference.fixture.ts';
import { probabilisticSharpeExcess } from './sharpe-confidence.ts';

interface Metrics {
  readonly 'empyrical_0.5.5': Readonly<Record<string, number>>;
  readonly quantstats: Readonly<Record<string, number>> & { readonly greeks: { readonly alpha: number; readonly beta: number } };
  readonly n: number;
}

/** Which statistic is meant by a name of empyrical, and what its sign is there. */
const EMPYRICAL: Readonly<Record<string, readonly [string, number?]>> = {
  total_return: ['total_return'], annual_return: ['annual_return'], annual_volatility: ['volatility'], sharpe: ['sharpe'],
  sortino: ['sortino'], calmar: ['calmar'], max_drawdown: ['max_drawdown', -1], omega: ['omega'], stability: ['stability'],
  tail_ratio: ['tail_ratio'], downside_risk: ['downside_risk'], var_5pct: ['var_95'], cvar_5pct: ['cvar_95'], alpha: ['alpha'],
  beta: ['beta'], up_capture: ['up_capture'], down_capture: ['down_capture'], excess_sharpe: ['excess_sharpe'],
};

const QUANTSTATS: Readonly<Record<string, readonly [string, number?]>> = {
  cagr: ['annual_return'], sharpe: ['sharpe'], sortino: ['sortino'], calmar: ['calmar'], volatility: ['volatility'],
  max_drawdown: ['max_drawdown', -1], ulcer_index: ['ulcer_index'], serenity_index: ['serenity'], gain_to_pain: ['gain_to_pain'],
  skew: ['skew'], kurtosis: ['kurtosis'], win_rate: ['win_rate_periods'], profit_factor: ['profit_factor_periods'],
  payoff_ratio: ['payoff_periods'], kelly: ['kelly_periods'], var: ['var_95_normal'], cvar: ['cvar_95_below_normal'],
  tail_ratio: ['tail_ratio'], recovery_factor: ['recovery_factor'], smart_sharpe: ['smart_sharpe'], adjusted_sortino: ['adjusted_sortino'],
  risk_of_ruin: ['risk_of_ruin'], consecutive_wins: ['consecutive_win_periods'], consecutive_losses: ['consecutive_loss_periods'],
  information_ratio: ['excess_sharpe'], r_squared: ['r_squared'], treynor: ['treynor_total'],
};

const near = (got: number | null, want: number): void => {
  expect(got).not.toBeNull();
  expect(Math.abs((got as number) - want)).toBeLessThanOrEqual(1e-8 * Math.max(1, Math.abs(want)));
};

const equityOf = (returns: Float64Array): Float64Array => Float64Array.from([1, ...cumReturns(returns, 1)]);

function stock(name: string): { input: StatisticsInput; want: Metrics } {
  const rows = table(`metrics/${name}_2015_2019.csv`);
  const ts = times(rows);
  return {
    input: statisticsInput({ ts: Float64Array.from([ts[0] - 1, ...ts]), equity: equityOf(column(rows, 'return')),
      benchmark: equityOf(column(rows, 'benchmark')) }),
    want: json<Metrics>(`metrics/${name}_2015_2019.json`),
  };
}

describe.skipIf(!PRESENT).each(['AAPL', 'XOM'])('%s against empyrical and quantstats', (name) => {
  const { input, want } = PRESENT ? stock(name) : { input: statisticsInput({ ts: new Float64Array(), equity: new Float64Array() }),
    want: {} as Metrics };
  const got = statistics(input);

  it.each(Object.keys(EMPYRICAL))('empyrical %s', (key) => {
    const [statistic, sign = 1] = EMPYRICAL[key];
    near((got[statistic] ?? NaN) * sign, want['empyrical_0.5.5'][key]);
  });

  it.each(Object.keys(QUANTSTATS))('quantstats %s', (key) => {
    const [statistic, sign = 1] = QUANTSTATS[key];
    near((got[statistic] ?? NaN) * sign, want.quantstats[key]);
  });

  it('the rest of their keys', () => {
    near(sharpe(input.returns, { riskFree: 0.0001 }), want['empyrical_0.5.5'].sharpe_rf_0_0001_per_day);
    near(got.beta, want.quantstats.greeks.beta);
    near(got.alpha_linear, want.quantstats.greeks.alpha);
    const { returns } = input;
    near(probabilisticSharpeExcess(sharpe(returns, { periods: 1 }), want.n, skewness(returns), kurtosis(returns)),
      want.quantstats.probabilistic_sharpe);
    const known = (keys: Readonly<Record<string, unknown>>, more: readonly string[]): string[] => [...Object.keys(keys), ...more].sort();
    expect(Object.keys(want['empyrical_0.5.5']).sort()).toEqual(known(EMPYRICAL, ['sharpe_rf_0_0001_per_day']));
    expect(Object.keys(want.quantstats).sort()).toEqual(known(QUANTSTATS, ['greeks', 'probabilistic_sharpe']));
  });
});
