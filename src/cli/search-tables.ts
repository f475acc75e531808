import type { ReportExtras } from '../backtest/report/extras.ts';
import { metricText } from '../backtest/report/metric.ts';
import type { SweepTrial } from '../backtest/research/sweep.ts';
import type { FoldResult, WalkForward } from '../backtest/research/walk-forward.ts';
import type { ParamValue, Params } from '../backtest/research/space.ts';
import type { Cell } from '../core/table.ts';
import { DAY, formatTime } from '../core/time.ts';
import type { Field, Schema } from '../core/types.ts';
import type { ParamDecl } from '../language/document.ts';
import { METRIC_DOCS } from './backtest-extras.ts';
import { paramText, setText } from './param-text.ts';
import type { SearchSettings } from './search-flags.ts';
import type { SweepFinding } from './search-sweep.ts';
import { aligned } from './test-report.ts';

/** Statistics of every trial beside the objective and those that are required. */
const SHOWN = ['total_return', 'sharpe', 'max_drawdown', 'trades'] as const;

export const trialMetrics = (objective: string, required: readonly string[]): string[] => [...new Set([objective, ...SHOWN, ...required])];

const metricOf = (t: SweepTrial, name: string): number | null => t.metrics[0]?.[name] ?? null;

/** Best first, those without a score last, equal ones in the order in which they were tried. */
export const ranked = (trials: readonly SweepTrial[]): SweepTrial[] => trials.toSorted((a, b) =>
  (b.score ?? -Infinity) - (a.score ?? -Infinity) || a.number - b.number);

interface Named {
  readonly name: string;
  readonly param: ParamDecl;
}

const namedOf = (settings: SearchSettings, params: readonly ParamDecl[]): Named[] =>
  settings.space.axes.map(({ name }) => ({ name, param: params.find((p) => p.name === name) as ParamDecl }));

const cellOf = (value: ParamValue | undefined): Cell => (value === undefined ? null : typeof value === 'boolean' ? Number(value) : value);

/** Tables of a search as files: names of parameters in front, as `params.fast`. */
export class SearchTables {
  readonly settings: SearchSettings;
  readonly metrics: readonly string[];
  private readonly params: readonly ParamDecl[];
  private readonly named: readonly Named[];

  constructor(settings: SearchSettings, params: readonly ParamDecl[], metrics: readonly string[]) {
    this.settings = settings;
    this.params = params;
    this.metrics = metrics;
    this.named = namedOf(settings, params);
  }

  private paramFields(): Field[] {
    return this.named.map(({ name, param }): Field => ({ name: `params.${name}`, type: param.type }));
  }

  private cells(params: Params | null): Cell[] {
    return this.named.map(({ name, param }) => rounded(param, cellOf(params?.[name])));
  }

  sweepSchema(): Schema {
    const numbers = ['score', ...this.metrics].map((name): Field => ({ name, type: 'f64' }));
    return [{ name: 'trial', type: 'i64' }, ...this.paramFields(), ...numbers, { name: 'error', type: 'text' }];
  }

  sweepRow(t: SweepTrial): Cell[] {
    return [t.number, ...this.cells(t.params), t.score, ...this.metrics.map((m) => metricOf(t, m)), t.error];
  }

  foldSchema(): Schema {
    const times = ['train_from', 'train_to', 'test_from', 'test_to'].map((name): Field => ({ name, type: 'time' }));
    const numbers = ['in_sample', 'out_of_sample', 'efficiency'].map((name): Field => ({ name, type: 'f64' }));
    const last: Field[] = [{ name: 'trials', type: 'i64' }, { name: 'error', type: 'text' }];
    return [{ name: 'fold', type: 'i64' }, ...times, ...this.paramFields(), ...numbers, ...last];
  }

  foldRow({ fold: { index, train, test }, params, inSample, outOfSample, efficiency, trials, error }: FoldResult): Cell[] {
    return [index + 1, train.from, train.to, test.from, test.to, ...this.cells(params), inSample, outOfSample, efficiency, trials, error];
  }

  /** The best trials for a screen. */
  sweepLines({ sweep, pbo, realityCheck }: SweepFinding, most = 20): string[] {
    const { trials } = sweep;
    const metrics = this.metrics.filter((m) => m !== 'score');
    const shown = ranked(trials).slice(0, most);
    const failed = trials.filter((t) => t.error !== null);
    const rows = shown.map((t, i) => [String(i + 1), ...this.named.map(({ name, param }) => paramText(param, t.params[name])),
      ...metrics.map((m) => metricText(m, metricOf(t, m), METRIC_DOCS)), t.error ?? '']);
    const head = ['', ...this.named.map((n) => n.name), ...metrics, ''];
    const share = (x: number | null): string => metricText('pbo', x, { pbo: { title: '', unit: 'share' } });
    return [
      `Search: ${trials.length} sets by ${this.settings.objective.text}, ended by ${ENDED[sweep.ended]}${
        failed.length === 0 ? '' : `; ${failed.length} failed`}`,
      ...aligned([head, ...rows]).map((l) => `  ${l}`),
      ...(trials.length > most ? [`  and ${trials.length - most} more`] : []),
      ...failed.slice(0, 3).map((t) => `  failed: ${setText(this.params, t.params)}: ${t.error}`),
      `  Probability of backtest overfitting ${share(pbo)}, reality check p ${realityCheck === null ? '–' : realityCheck.toFixed(3)}`,
    ];
  }

  foldLines({ folds, efficiency }: WalkForward, method: string): string[] {
    const { metric } = this.settings.objective;
    const value = (x: number | null): string => metricText(metric, scoreBack(x, this.settings), METRIC_DOCS);
    const inDays = folds.every(({ fold: { test } }) => test.from % DAY === 0 && test.to % DAY === 0);
    const day = (ts: number): string => formatTime(ts).slice(0, inDays ? 10 : 16);
    return [
      `Walk-forward: ${method} Efficiency ${efficiency === null ? '–' : efficiency.toFixed(2)}`,
      ...aligned([['', 'tested', ...this.named.map((n) => n.name), `${metric} searched`, `${metric} tested`, ''], ...folds.map((f) => [
        String(f.fold.index + 1), `${day(f.fold.test.from)} to ${day(f.fold.test.to)}`,
        ...this.named.map(({ name, param }) => (f.params === null ? '–' : paramText(param, f.params[name]))), value(f.inSample),
        value(f.outOfSample), f.error ?? '',
      ])]).map((l) => `  ${l}`),
    ];
  }

  sweepExtras({ sweep, pbo, realityCheck }: SweepFinding): NonNullable<ReportExtras['sweep']> {
    const { metric, goal } = this.settings.objective;
    return {
      metric, direction: goal, overfitting: pbo, realityCheck,
      rows: sweep.trials.flatMap((t) => (t.error === null ? [{ params: this.shown(t.params), metrics: t.metrics[0] ?? {} }] : [])),
    };
  }

  walkExtras({ folds }: WalkForward, method: string): NonNullable<ReportExtras['walkForward']> {
    return {
      metric: this.settings.objective.metric, method,
      folds: folds.map(({ fold, params, inSample, outOfSample }) => ({
        trainFrom: fold.train.from, trainTo: fold.train.to, testFrom: fold.test.from, testTo: fold.test.to,
        params: params === null ? {} : this.shown(params), inSample: scoreBack(inSample, this.settings),
        outOfSample: scoreBack(outOfSample, this.settings),
      })),
    };
  }

  /** Plain numbers as they are, so that they can be put in order; everything else as it is written. */
  private shown(params: Params): Params {
    return Object.fromEntries(Object.entries(params).map(([name, value]) => {
      const param = this.named.find((n) => n.name === name)?.param;
      return [name, param === undefined || (param.unit === 'none' && param.type !== 'time') ? value : paramText(param, value)];
    }));
  }
}

const ENDED = Object.freeze({ space: 'having tried all', trials: '--trials', patience: 'patience' });

/** Times and durations are whole microseconds, also where a search draws them from a range. */
const rounded = (param: ParamDecl, cell: Cell): Cell =>
  (typeof cell === 'number' && (param.type === 'time' || param.type === 'duration') ? Math.round(cell) : cell);

/** A score is higher where a trial is better; the statistic itself has the sign that it has. */
export const scoreBack = (score: number | null, { objective }: SearchSettings): number | null =>
  (score === null || objective.goal === 'max' ? score : -score);

export const sweepJson = ({ sweep, best, pbo, realityCheck }: SweepFinding, { objective }: SearchSettings, deflated: number | null) => ({
  objective: objective.metric, direction: objective.goal === 'max' ? 'maximize' : 'minimize', ended: sweep.ended,
  trials: sweep.trials.map((t) => ({ trial: t.number, params: t.params, score: t.score, metrics: t.metrics[0] ?? {}, error: t.error })),
  best: { trial: best.number, params: best.params, score: best.score }, pbo, reality_check_p: realityCheck, deflated_sharpe: deflated,
  independent_trials: sweep.sharpes.independent, surface: sweep.surface,
});

export const walkJson = ({ folds, efficiency, trials }: WalkForward, settings: SearchSettings) => ({
  objective: settings.objective.metric, efficiency, trials,
  folds: folds.map((f) => ({
    fold: f.fold.index + 1, train: [formatTime(f.fold.train.from), formatTime(f.fold.train.to)],
    test: [formatTime(f.fold.test.from), formatTime(f.fold.test.to)], params: f.params, in_sample: scoreBack(f.inSample, settings),
    out_of_sample: scoreBack(f.outOfSample, settings), efficiency: f.efficiency, trials: f.trials, error: f.error,
  })),
});
