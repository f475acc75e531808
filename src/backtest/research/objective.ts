import { Refusal } from '../../core/diagnostic.ts';
import type { Trial } from './port.ts';

/** What a search makes best. */
export interface Objective {
  /** As written. */
  readonly text: string;
  readonly metric: string;
  readonly goal: 'max' | 'min';
}

/** Finds a known name near to a misspelt one; null for none. */
export type Near = (word: string, known: readonly string[]) => string | null;

/** Drawdowns are written by some with and by some without a minus: their size is what counts. */
export const isDrawdown = (metric: string): boolean => metric.includes('drawdown');

/** The refusal of a metric that is not known, with the nearest that is. */
export function unknownMetric(metric: string, known: readonly string[], near: Near): Refusal {
  const guess = near(metric, known);
  return new Refusal('E643', `no metric is called \`${metric}\``, {
    exit: 2, help: [guess === null ? '`millrace docs metrics` lists them' : `did you mean \`${guess}\`?`],
  });
}

/**
 * Reads `sharpe`, `max sharpe`, `min volatility`. Without `max` or `min` more is better, but for drawdowns, of which less is. Refuses a
 * metric that is not known (E643).
 */
export function parseObjective(text: string, known: readonly string[], near: Near): Objective {
  const [, goal, metric] = /^\s*(?:(max|min)\s+)?(.*?)\s*$/.exec(text) ?? ['', undefined, text];
  if (!known.includes(metric)) throw unknownMetric(metric, known, near);
  return { text: text.trim(), metric, goal: goal === 'max' || goal === 'min' ? goal : isDrawdown(metric) ? 'min' : 'max' };
}

/** Score of a trial, higher is better; null where the metric could not be computed. */
export function scoreOf(objective: Objective, metrics: Trial['metrics']): number | null {
  const value = metrics[objective.metric] ?? null;
  if (value === null || Number.isNaN(value)) return null;
  const size = isDrawdown(objective.metric) ? Math.abs(value) : value;
  return objective.goal === 'max' ? size : -size;
}
