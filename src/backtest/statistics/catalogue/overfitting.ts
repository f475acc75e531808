import type { StatisticsInput } from '../input.ts';
import {
  deflatedSharpe, expectedMaxSharpe, minimumTrackRecord, probabilisticSharpe, type SharpeFacts,
} from '../sharpe-confidence.ts';
import { statisticsOf } from '../statistic.ts';

const PAPER = 'Bailey and Lopez de Prado, The deflated Sharpe ratio (2014)';

const confident = (i: StatisticsInput, of: (f: SharpeFacts) => number): number => (i.constant ? NaN : of(i.sharpeFacts));

/** Variance of the ratios of the trials; one trial has nothing to vary. */
const spread = (i: StatisticsInput): number => (i.trials > 1 ? i.trialVariance ?? NaN : 0);

export const OVERFITTING = statisticsOf('Luck and overfitting', [
  { name: 'probabilistic_sharpe', title: 'Probabilistic Sharpe ratio', unit: 'probability',
    formula: 'Phi(S sqrt(n - 1) / sqrt(1 - skew S + (kurtosis - 1) / 4 S^2)), S the sharpe of a period, kurtosis 3 for normal: chance that '
      + 'the true ratio is above 0', source: 'Bailey and Lopez de Prado (2012)', higherIsBetter: true,
    of: (i) => confident(i, (f) => probabilisticSharpe(f)) },
  { name: 'deflated_sharpe', title: 'Deflated Sharpe ratio', unit: 'probability',
    formula: 'as probabilistic_sharpe, above the sharpe to expect of the best of so many trials without skill; needs the ratio of each',
    source: PAPER, higherIsBetter: true, of: (i) => confident(i, (f) => deflatedSharpe(f, i.trials, spread(i))) },
  { name: 'expected_max_sharpe', title: 'Sharpe ratio of luck', unit: 'ratio',
    formula: 'sqrt(V P) ((1 - g) z(1 - 1 / N) + g z(1 - 1 / (N e))), N trials, V the variance of their ratios, g = 0.5772',
    annualisation: 'times sqrt(P)', source: PAPER, higherIsBetter: false,
    of: (i) => expectedMaxSharpe(i.trials, spread(i)) * Math.sqrt(i.periodsPerYear) },
  { name: 'minimum_track_record', title: 'Minimum track record', unit: 'count',
    formula: '1 + (1 - skew S + (kurtosis - 1) / 4 S^2) (1.645 / S)^2: periods until S is above 0 with 95 % confidence',
    source: 'Bailey and Lopez de Prado (2012)', higherIsBetter: false, of: (i) => confident(i, (f) => minimumTrackRecord(f)) },
  { name: 'trials', title: 'Trials', unit: 'count', formula: 'parameter sets that were tried to find this one', source: 'by definition',
    higherIsBetter: false, of: (i) => i.trials },
]);
