import { describe, expect, it } from 'vitest';
import { Random } from '../../../core/random.ts';
import { deflatedSharpe, minimumTrackRecord, probabilisticSharpe, sharpeFacts, trialSharpes } from '../sharpe-confidence.ts';
import { drawPlaces, shuffle } from './bootstrap.ts';
import { backtestOverfitting } from './cross-validation.ts';
import { returnMonteCarlo, tradeMonteCarlo } from './monte-carlo.ts';
import { realityCheck } from './reality-check.ts';

/** Daily returns without skill, and one series with a mean of its own. */
function noise(trials: number, periods: number, seed: number, skill = 0): Float64Array[] {
  const random = new Random(seed);
  return Array.from({ length: trials }, (_, k) => Float64Array.from({ length: periods }, () => 0.01 * random.normal() + (k === 3 ? skill : 0)));
}

describe('probability of backtest overfitting', () => {
  it('is near a half where no trial has skill', () => {
    const found = [1, 2, 3, 4, 5, 6, 7, 8].map((seed) => backtestOverfitting(noise(20, 400, seed), 10)?.probability ?? NaN);
    const mean = found.reduce((a, b) => a + b, 0) / found.length;
    expect(mean).toBeGreaterThan(0.35);
    expect(mean).toBeLessThan(0.65);
  });

  it('is near 0 where one trial is truly better, which then wins in the other half', () => {
    const r = backtestOverfitting(noise(20, 800, 1, 0.003), 12);
    expect(r?.splits).toBe(924);
    expect(r?.probability).toBeLessThan(0.01);
    expect(r?.probabilityOfLoss).toBeLessThan(0.01);
    expect([...r?.logits ?? []].every(Number.isFinite)).toBe(true);
  });

  it('is 1 where what is best in one half is worst in the other', () => {
    // Each trial gains in its own blocks what it loses in the others.
    const random = new Random(5);
    const trials = Array.from({ length: 2 }, (_, k) => Float64Array.from({ length: 80 }, (_, i) => ((i < 40) === (k === 0) ? 1 : -1) * 0.01
      + 1e-4 * random.normal()));
    expect(backtestOverfitting(trials, 2)).toMatchObject({ probability: 1, probabilityOfLoss: 1, splits: 2 });
  });

  it('says nothing of too little', () => {
    expect(backtestOverfitting(noise(1, 400, 1))).toBeNull();
    expect(backtestOverfitting(noise(5, 20, 1))).toBeNull();
    expect(backtestOverfitting(noise(5, 400, 1), 7)).toBeNull();
  });
});

describe("White's reality check", () => {
  it('does not reject where no trial has skill, more often than it says', () => {
    const found = Array.from({ length: 40 }, (_, s) => realityCheck(noise(10, 150, s + 1), { runs: 199, seed: s })?.p ?? NaN);
    expect(found.filter((p) => p < 0.05).length).toBeLessThanOrEqual(6);
    expect(found.reduce((a, b) => a + b, 0) / found.length).toBeGreaterThan(0.3);
  });

  it('rejects for a trial that is truly better, and names it', () => {
    const r = realityCheck(noise(20, 800, 1, 0.003), { runs: 499 });
    expect(r?.best).toBe(3);
    expect(r?.p).toBeLessThan(0.01);
    expect(r?.excess).toBeGreaterThan(0.002);
  });

  it('compares with a benchmark, and the same seed draws the same', () => {
    const trials = noise(20, 400, 1, 0.003);
    const benchmark = trials[3].map((r) => r + 0.001);
    expect(realityCheck(trials, { benchmark, runs: 199 })?.p).toBeGreaterThan(0.5);
    expect(realityCheck(trials, { seed: 7, runs: 99 })).toEqual(realityCheck(trials, { seed: 7, runs: 99 }));
    expect(realityCheck([])).toBeNull();
  });
});

describe('Sharpe ratio of the best of many', () => {
  it('is deflated to chance where no trial has skill, and stays where one has', () => {
    const best = (trials: Float64Array[]): number => {
      const { sharpes, trialVariance } = trialSharpes(trials);
      const winner = trials[sharpes.indexOf(Math.max(...sharpes))];
      return deflatedSharpe(sharpeFacts(winner), trials.length, trialVariance);
    };
    expect(best(noise(50, 500, 3))).toBeLessThan(0.9);
    expect(best(noise(50, 500, 3, 0.004))).toBeGreaterThan(0.95);
    expect(probabilisticSharpe(sharpeFacts(noise(50, 500, 3, 0.004)[3]))).toBeGreaterThan(0.99);
  });

  it('a track record as long as the minimum has the confidence asked for', () => {
    const facts = { sharpe: 0.1, count: 0, skew: -0.5, kurt: 6 };
    expect(probabilisticSharpe({ ...facts, count: minimumTrackRecord(facts) })).toBeCloseTo(0.95, 12);
    expect(minimumTrackRecord({ ...facts, sharpe: -0.1 })).toBe(Infinity);
  });
});

describe('Monte Carlo', () => {
  const shares = [0.1, -0.05, 0.02, -0.03, 0.07, -0.04, 0.01, 0.05];

  it('another order of trades ends at the same account by other ways', () => {
    const r = tradeMonteCarlo(shares, 'shuffle', { capital: 1000, runs: 500 });
    const end = shares.reduce((a, s) => a * (1 + s), 1000);
    expect(r?.finalEquity[1]).toBeCloseTo(end, 9);
    expect(r?.finalEquity[99]).toBeCloseTo(end, 9);
    expect(r?.maxDrawdown[99]).toBeGreaterThan(r?.maxDrawdown[1] ?? NaN);
    // No order is worse than all losses in a row, or better than the largest loss alone.
    expect(r?.maxDrawdown[99]).toBeLessThanOrEqual(1 - 0.95 * 0.97 * 0.96 + 1e-12);
    expect(r?.maxDrawdown[1]).toBeGreaterThanOrEqual(0.05 - 1e-12);
    expect(r?.probabilityOfLoss).toBe(0);
    expect(r?.fan.at(-1)?.equity[50]).toBeCloseTo(end, 9);
  });

  it('trades drawn with repetition spread as the binomial distribution says', () => {
    const r = tradeMonteCarlo(Array.from({ length: 100 }, (_, i) => (i % 2 === 0 ? 0.01 : -0.01)), 'bootstrap', { runs: 4000, seed: 3 });
    // Wins less losses have deviation 10, and 1.645 of that is 16.4: growth exp(0.164) at the 95th percentile.
    expect(r?.finalEquity[95]).toBeGreaterThan(1.13);
    expect(r?.finalEquity[95]).toBeLessThan(1.21);
    expect(r?.finalEquity[50]).toBeGreaterThan(0.97);
    expect(r?.finalEquity[50]).toBeLessThan(1.02);
    expect(r?.probabilityOfLoss).toBeGreaterThan(0.45);
    expect(r?.probabilityOfLoss).toBeLessThan(0.6);
  });

  it('returns in blocks: the same seed draws the same, ruin is counted, kinds agree about the middle', () => {
    const returns = noise(1, 500, 9)[0].map((r) => r + 0.001);
    const [a, b] = [returnMonteCarlo(returns, { seed: 4, runs: 300 }), returnMonteCarlo(returns, { seed: 4, runs: 300 })];
    expect(a).toEqual(b);
    expect(returnMonteCarlo(returns, { seed: 5, runs: 300 })).not.toEqual(a);
    const fixed = returnMonteCarlo(returns, { seed: 4, runs: 300, blocks: 'fixed', block: 20 });
    expect(Math.abs(Math.log((fixed?.finalEquity[50] ?? NaN) / (a?.finalEquity[50] ?? NaN)))).toBeLessThan(0.1);
    expect(returnMonteCarlo(returns.map(() => -0.01), { runs: 10 })).toMatchObject({ probabilityOfRuin: 1, probabilityOfLoss: 1 });
    expect(returnMonteCarlo([])).toBeNull();
  });
});

it('blocks run on, wrap at the end and have the mean length asked for; a shuffle loses nothing', () => {
  const random = new Random(2);
  const places = new Uint32Array(20_000);
  const breaks = (n: number): number => places.filter((p, i) => i > 0 && p !== (places[i - 1] + 1) % n).length;
  drawPlaces(places, 97, 10, 'stationary', random);
  expect(Math.max(...places)).toBe(96);
  expect(places.length / breaks(97)).toBeGreaterThan(9);
  expect(places.length / breaks(97)).toBeLessThan(11);
  drawPlaces(places, 97, 10, 'fixed', random);
  expect(places.every((p, i) => i % 10 === 0 || p === (places[i - 1] + 1) % 97)).toBe(true);
  const order = Uint32Array.from({ length: 50 }, (_, i) => i);
  shuffle(order, random);
  expect([...order]).not.toEqual([...order].sort((a, b) => a - b));
  expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, i) => i));
});
