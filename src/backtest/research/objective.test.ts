import { expect, it } from 'vitest';
import { suggest } from '../../language/suggest.ts';
import { parseObjective, scoreOf } from './objective.ts';
import { checkRequirements, parseRequirement } from './requirement.ts';

const KNOWN = ['sharpe', 'max_drawdown', 'max_drawdown_duration', 'trades', 'win_rate', 'signals_match_live', 'slippage', 'cagr', 'volatility'];
const near = (word: string, known: readonly string[]) => suggest(word, known);
const holds = (metric: string, text: string, value: number | null): boolean =>
  checkRequirements([parseRequirement(metric, text, KNOWN, near)], { [metric]: value })[0].ok;

it.each<[string, string, number, boolean]>([
  ['sharpe', '>= 1.0', 1, true], ['sharpe', '>= 1.0', 0.999, false], ['sharpe', '>1', 1, false], ['sharpe', '< 1', 0.5, true],
  ['win_rate', '> 40%', 0.41, true], ['win_rate', '> 40 %', 0.4, false], ['slippage', '<= 5bps', 0.0005, true], ['slippage', '<= 5 bps', 0.0006, false],
  ['signals_match_live', '== 100%', 0.9999999999999998, true], ['signals_match_live', '== 100%', 0.999, false],
  ['trades', '!= 0', 0, false], ['trades', '!= 0', 3, true], ['trades', 'between 20 and 1_000', 20, true], ['trades', 'between 20 and 1_000', 1001, false],
  ['cagr', 'between 5% and 10%', 0.07, true], ['cagr', '>= -5%', -0.04, true], ['cagr', '>= -5%', -0.06, false], ['sharpe', '> 1e-3', 0.01, true],
])('%s %s of %d: %s', (metric, text, value, ok) => expect(holds(metric, text, value)).toBe(ok));

it('a drawdown of either sign meets a bound of either sign', () => {
  for (const value of [0.18, -0.18]) {
    for (const text of ['<= 20%', '< 0.2', '>= -20%', 'between 10% and 20%', 'between -20% and 0']) expect(holds('max_drawdown', text, value)).toBe(true);
    for (const text of ['<= 15%', '>= -15%', 'between -15% and 0']) expect(holds('max_drawdown', text, value)).toBe(false);
  }
  expect(holds('max_drawdown', '<= 0', 0)).toBe(true);
});

it('what could not be computed meets nothing, and keeps its text and value', () => {
  for (const text of ['>= 0', '< 0', '!= 1']) expect(holds('sharpe', text, null)).toBe(false);
  expect(holds('sharpe', '!= 1', NaN)).toBe(false);
  const rules = [parseRequirement('sharpe', ' >= 1.0 ', KNOWN, near), parseRequirement('trades', '> 20', KNOWN, near)];
  expect(checkRequirements(rules, { sharpe: 1.2 })).toEqual([
    { text: 'sharpe >= 1.0', metric: 'sharpe', value: 1.2, ok: true }, { text: 'trades > 20', metric: 'trades', value: null, ok: false },
  ]);
});

it.each(['1.0', '=> 1', '>= one', '>= 1 %%', 'between 2 and 1', 'between 1', '', '>= 1 and <= 2', '>='])('refuses `%s`', (text) => {
  expect(() => parseRequirement('sharpe', text, KNOWN, near)).toThrow(/is no threshold for `sharpe`/);
});

it('an unknown metric names the nearest', () => {
  const refusal = (make: () => unknown): { code: string; help: readonly string[] } => {
    try {
      make();
    } catch (error) {
      return error as { code: string; help: readonly string[] };
    }
    throw new Error('not refused');
  };
  const found = refusal(() => parseRequirement('max_drawdwon', '<= 20%', KNOWN, near));
  expect([found.code, found.help]).toEqual(['E643', ['did you mean `max_drawdown`?']]);
  expect(refusal(() => parseObjective('shrape', KNOWN, near)).help).toEqual(['did you mean `sharpe`?']);
  expect(refusal(() => parseObjective('qqqqqqqq', KNOWN, near)).help[0]).toMatch(/lists them/);
});

it('an objective says which way is better', () => {
  const score = (text: string, value: number | null) => {
    const o = parseObjective(text, KNOWN, near);
    return scoreOf(o, { [o.metric]: value });
  };
  expect([score('sharpe', 2), score('min volatility', 0.2), score('max  sharpe ', 2), score('sharpe', null), score('sharpe', NaN)])
    .toEqual([2, -0.2, 2, null, null]);
  // Less drawdown is better, whatever its sign.
  expect([score('max_drawdown', 0.1), score('max_drawdown', -0.3)]).toEqual([-0.1, -0.3]);
});
