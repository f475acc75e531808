import type { MetricDoc, MetricDocs, MetricUnit } from './extras.ts';
import { count, decimal, lasting, money, percent } from './format.ts';
import { clip } from './html.ts';

const SHARES = new RegExp([
  'return', '^cagr$', 'volatility', 'drawdown', '_rate$', 'exposure', '(^|_)c?var(_|$)', 'value_at_risk', 'shortfall', 'alpha',
    'tracking_error',
  'deviation', 'capture', '^mae', '^mfe', 'best_', 'worst_', 'probabilistic_sharpe', 'deflated_sharpe', 'probability', '^p_', 'ulcer',
].join('|'));
const DAYS = /_days$/;
const SECONDS = /_seconds$/;
const COUNTS = /^(trades|orders|fills|signals|wins|losses|.*_trades|.*_count|.*_bars|consecutive_.*|.*_periods)$/;
const MONEY = /(^|_)(pnl|profit|loss|commission|slippage|cost|costs|fees|equity|expectancy)$/;
const LOWER = /drawdown|volatility|(^|_)c?var(_|$)|ulcer|cost|commission|slippage|deviation|tracking_error|loss|duration|worst_/;

/** `max_drawdown` as `Max drawdown`: the title of a metric that nobody described. */
function titleOf(name: string): string {
  const words = name.split('_').map((w) => NAMES.get(w) ?? w);
  return words[0].charAt(0).toUpperCase() + words.join(' ').slice(1);
}

const NAMES = new Map(['CAGR', 'VaR', 'CVaR', 'MAE', 'MFE', 'SQN', 'Sharpe', 'Sortino', 'Calmar'].map((name) => [name.toLowerCase(),
  name]));

function unitOf(name: string): MetricUnit {
  if (DAYS.test(name)) return 'days';
  if (SECONDS.test(name)) return 'seconds';
  if (COUNTS.test(name)) return 'count';
  if (/ratio|factor|sharpe_(geo|ari)/.test(name)) return 'ratio';
  if (SHARES.test(name) && !/duration|length|number/.test(name)) return 'share';
  return MONEY.test(name) ? 'money' : 'ratio';
}

/** What is known of a metric: what `docs` say, else what its name says. */
export function metricDoc(name: string, docs: MetricDocs = {}): Required<Omit<MetricDoc, 'formula'>> & { formula: string | null } {
  const doc = Object.hasOwn(docs, name) ? docs[name] : undefined;
  return {
    title: clip(doc?.title ?? titleOf(name), 60), formula: doc?.formula ?? null, unit: doc?.unit ?? unitOf(name),
    group: doc?.group ?? 'Figures',
    better: doc?.better ?? (LOWER.test(name) ? 'lower'
      : /^(trades|orders|fills|signals|exposure|turnover|beta|skew|kurtosis)$/.test(name) ? 'none' : 'higher'),
  };
}

const WRITE: Readonly<Record<MetricUnit, (x: number) => string>> = Object.freeze({
  share: (x: number) => percent(x), money, count: (x: number) => (Number.isInteger(x) ? count(x) : decimal(x, 1)),
  ratio: (x: number) => decimal(x, Math.abs(x) >= 1000 ? 0 : 2), days: (x: number) => `${decimal(x, Number.isInteger(x) ? 0 : 1)}\u00a0d`,
  seconds: (x: number) => lasting(x * 1e6),
});

/** The value as text with its unit, a dash for what could not be computed. */
export function metricText(name: string, value: number | null | undefined, docs: MetricDocs = {}): string {
  if (value === null || value === undefined || Number.isNaN(value)) return decimal(null);
  return WRITE[metricDoc(name, docs).unit](value);
}

/** Places of the best values; none where all are equal, where there is no better, or where none is known. */
export function best(name: string, values: readonly (number | null | undefined)[], docs: MetricDocs = {}): number[] {
  const { better } = metricDoc(name, docs);
  const known = values.filter((v): v is number => typeof v === 'number' && Number.isFinite(v));
  if (better === 'none' || known.length < 2 || known.every((v) => v === known[0])) return [];
  // A loss may be written as -0.2 or as 0.2: less of it is nearer to zero either way.
  const score = (v: number): number => (better === 'lower' ? -Math.abs(v) : v);
  const top = known.reduce((a, v) => Math.max(a, score(v)), -Infinity);
  return values.flatMap((v, i) => (typeof v === 'number' && score(v) === top ? [i] : []));
}
