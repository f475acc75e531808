import { Refusal } from '../../core/diagnostic.ts';
import type { Requirement } from '../model.ts';
import { isDrawdown, type Near, unknownMetric } from './objective.ts';

/** A threshold, read and ready to be held against a run. */
export interface Rule {
  /** As `Requirement.text`: `sharpe >= 1.0`. */
  readonly text: string;
  readonly metric: string;
  readonly holds: (value: number) => boolean;
}

/** Equal to what rounding leaves of it: a share of 1 is often 0.9999999999999998. */
const same = (a: number, b: number): boolean => Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(a), Math.abs(b));

const COMPARE: Readonly<Record<string, (value: number, bound: number) => boolean>> = Object.freeze({
  '>=': (v, b) => v >= b, '<=': (v, b) => v <= b, '>': (v, b) => v > b, '<': (v, b) => v < b,
  '==': same, '=': same, '!=': (v, b) => !same(v, b),
});

const UNITS: Readonly<Record<string, number>> = Object.freeze({ '': 1, '%': 100, bps: 10_000 });

/** `1.5`, `15%`, `5bps`, `20_000`; null for anything else. */
function literal(text: string): number | null {
  const m = /^([+-]?(?:\d[\d_]*(?:\.\d+)?|\.\d+)(?:e[+-]?\d+)?)\s*(%|bps)?$/i.exec(text.trim());
  return m === null ? null : Number(m[1].replaceAll('_', '')) / UNITS[(m[2] ?? '').toLowerCase()];
}

interface Bounds {
  readonly bounds: readonly number[];
  readonly test: (value: number) => boolean;
}

function readExpression(text: string): Bounds | null {
  const between = /^between\s+(\S+(?:\s*%|\s*bps)?)\s+and\s+(\S.*)$/i.exec(text);
  if (between !== null) {
    const [low, high] = [literal(between[1]), literal(between[2])];
    return low === null || high === null || low > high ? null : { bounds: [low, high], test: (v) => v >= low && v <= high };
  }
  const compared = /^(>=|<=|==|!=|=|>|<)\s*(\S.*)$/.exec(text);
  const bound = compared === null ? null : literal(compared[2]);
  if (compared === null || bound === null) return null;
  return { bounds: [bound], test: (v) => COMPARE[compared[1]](v, bound) };
}

/**
 * Reads one entry of `require:` such as `sharpe: ">= 1.0"`, `max_drawdown: "<= 15%"`, `trades: "between 20 and 500"`. `15%` is 0.15 and
 * `5bps` 0.0005; `between` includes both ends; `==` and `!=` allow for rounding (1e-9).
 *
 * A drawdown may be written as its size or with a minus, whichever the metric itself has: `<= 20%` and `>= -20%` say the same.
 *
 * Refuses a metric that is not known (E643) and a text that is no threshold (E646).
 */
export function parseRequirement(metric: string, text: string, known: readonly string[], near: Near): Rule {
  if (!known.includes(metric)) throw unknownMetric(metric, known, near);
  const trimmed = text.trim();
  const read = readExpression(trimmed);
  if (read === null) {
    throw new Refusal('E646', `\`${trimmed}\` is no threshold for \`${metric}\``, {
      exit: 2, help: ['write one of `>= 1.0`, `<= 15%`, `> 20`, `< 5`, `== 100%`, `!= 0`, `between 1 and 2`'],
    });
  }
  const signed = read.bounds.some((b) => b < 0);
  const asWritten = (v: number): number => (isDrawdown(metric) ? (signed ? -Math.abs(v) : Math.abs(v)) : v);
  return { text: `${metric} ${trimmed}`, metric, holds: (v) => read.test(asWritten(v)) };
}

/** Holds thresholds against metrics. One that could not be computed, or is not there, meets no threshold. */
export function checkRequirements(rules: readonly Rule[], metrics: Readonly<Record<string, number | null>>): Requirement[] {
  return rules.map(({ text, metric, holds }) => {
    const found = metrics[metric] ?? null;
    const value = found === null || Number.isNaN(found) ? null : found;
    return { text, metric, value, ok: value !== null && holds(value) };
  });
}
