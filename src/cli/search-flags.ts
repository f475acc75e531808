import { availableParallelism } from 'node:os';
import { parseObjective, type Objective } from '../backtest/research/objective.ts';
import { sizeOf, space, type AxisSpec, type Space } from '../backtest/research/space.ts';
import { STATISTICS, statisticNamed } from '../backtest/statistics/catalogue/index.ts';
import type { SearchRange } from '../core/field.ts';
import { Refusal } from '../core/diagnostic.ts';
import type { Document, ParamDecl, SweepDecl } from '../language/document.ts';
import { numberLike, setParam } from '../language/params.ts';
import { Report } from '../language/report.ts';
import { suggest } from '../language/suggest.ts';
import { settingsOf } from './backtest-run.ts';
import { usage } from './fail.ts';
import { mustKnow } from './overrides.ts';
import { paramText } from './param-text.ts';

export interface SearchFlags {
  /** True for a bare `--sweep`. */
  readonly sweep?: true | readonly string[];
  readonly search?: string;
  readonly trials?: string;
  readonly objective?: string;
  readonly workers?: string;
}

/** What to try, how, and what is good. */
export interface SearchSettings {
  readonly space: Space;
  readonly search: SweepDecl['search'];
  readonly trials: number | null;
  readonly objective: Objective;
  readonly patience: number | null;
  readonly seed: number;
}

/** Adds a value of `--sweep`, which may also stand alone. */
export const collectSweep = (value: string, before: true | readonly string[] | undefined): readonly string[] =>
  [...(before === true ? [] : before ?? []), value];

export const SEARCHES: readonly SweepDecl['search'][] = ['grid', 'random', 'bayes'];

/** A grid of more sets than this is a slip more often than a wish. */
const MOST_SETS = 1_000_000;

const whole = (flag: string, text: string | undefined, least = 1): number | null => {
  if (text === undefined) return null;
  const n = /^\d{1,9}$/.test(text) ? Number(text) : NaN;
  if (!(n >= least)) throw usage(`${flag} takes a whole number from ${least}, not \`${text}\``);
  return n;
};

/** Threads of a search: one for each core where nothing is said. */
export const workersOf = (text: string | undefined): number => whole('--workers', text) ?? Math.max(1, availableParallelism());

export const runsOf = (text: string | undefined): number | null => whole('--monte-carlo', text);

/** Reads a value as the kind of its parameter, within its limits. */
function valueOf(param: ParamDecl, text: string): string | number | boolean {
  const report = new Report();
  const { value } = setParam(report, param, text, param, []);
  const [fault] = report.since(0);
  if (fault !== undefined) throw usage(`--sweep: ${fault.message}`, ...limits(param));
  return value as string | number | boolean;
}

function limits(param: ParamDecl): string[] {
  const { min, max } = param;
  const about = [min === undefined ? '' : `from ${paramText(param, min)}`, max === undefined ? '' : `to ${paramText(param, max)}`];
  return about.join('') === '' ? [] : [`\`${param.name}\` goes ${about.filter((t) => t !== '').join(' ')}`];
}

/** `8,12,16`, `20..60:10`, or `0.1..0.9` without a step. */
function readRange(param: ParamDecl, text: string): SearchRange {
  const { name } = param;
  if (Array.isArray(param.value)) throw usage(`--sweep: \`${name}\` is a list, which a search cannot vary`);
  const range = /^(.+?)\.\.(.+?)(?::(.+))?$/.exec(text);
  if (range === null || typeof param.value !== 'number') {
    const values = text.split(',').map((t) => t.trim()).filter((t) => t !== '');
    if (values.length === 0) throw usage(`--sweep ${name}= has no values`, `--sweep ${name}=8,12,16`);
    return { name, values: values.map((t) => valueOf(param, t)) };
  }
  const [, low, high, by] = range;
  const [min, max] = [low, high].map((t) => valueOf(param, t.trim()) as number);
  const step = by === undefined ? undefined : numberLike(param, by.trim()) ?? NaN;
  if (step !== undefined && !(step > 0)) {
    throw usage(`--sweep: the step of \`${name}\` is no number above 0: \`${by}\``, `--sweep ${name}=20..60:10`);
  }
  return { name, min, max, ...(step === undefined ? {} : { step }), scale: 'linear', integer: param.type === 'i64' };
}

function rangesOf(doc: Document, given: true | readonly string[] | undefined, declared: SweepDecl | null): readonly SearchRange[] {
  const texts = given === true || given === undefined ? [] : given;
  if (texts.length === 0) {
    if (declared !== null && declared.params.length > 0) return declared.params;
    const [first] = doc.params;
    throw new Refusal('E647', 'nothing says which parameters to try', {
      exit: 2, help: first === undefined ? ['the pipeline has no parameters: add `params:`']
        : [`--sweep ${first.name}=...`, `or in the file: backtest: { sweep: { params: { ${first.name}: [...] } } }`],
    });
  }
  const byName = new Map<string, SearchRange>();
  for (const text of texts) {
    const at = text.indexOf('=');
    if (at <= 0) throw usage(`--sweep takes name=values, not \`${text}\``, '--sweep fast=8,12,16', 'the pipeline is named before it');
    const name = text.slice(0, at);
    mustKnow(name, doc.params.map((p) => p.name), 'parameter');
    byName.set(name, readRange(doc.params.find((p) => p.name === name) as ParamDecl, text.slice(at + 1)));
  }
  return [...byName.values()];
}

const specOf = (r: SearchRange): AxisSpec => {
  if ('values' in r) return r.values;
  const { name: _, integer, step, points, ...range } = r;
  const spaced = { ...(step === undefined ? {} : { step }), ...(points === undefined ? {} : { points }) };
  return { ...range, ...spaced, ...(integer ? { integer } : {}) };
};

/** Reads the objective: `max` and `min` are as the statistic has it where nothing says so. */
function objectiveOf(text: string, direction: SweepDecl['direction']): Objective {
  const names = STATISTICS.map((s) => s.name);
  const near = (word: string, known: readonly string[]): string | null => suggest(word, known);
  const read = parseObjective(text, names, near);
  if (/^\s*(max|min)\s/.test(text)) return read;
  const lower = statisticNamed(read.metric)?.higherIsBetter === false;
  const goal = direction === undefined ? (lower ? 'min' : 'max') : direction === 'minimize' ? 'min' : 'max';
  return { ...read, goal };
}

/** The search that flags and file ask for; flags go before the file. `--sweep` with values leaves those of the file out. */
export function searchOf(doc: Document, flags: SearchFlags): SearchSettings {
  const { sweep: declared, seed } = settingsOf(doc);
  const ranges = rangesOf(doc, flags.sweep, declared);
  const named = flags.search ?? declared?.search ?? 'grid';
  const search = SEARCHES.find((s) => s === named);
  if (search === undefined) mustKnow(named, SEARCHES, 'search');
  const over = space(Object.fromEntries(ranges.map((r) => [r.name, specOf(r)])));
  const trials = whole('--trials', flags.trials) ?? declared?.trials ?? null;
  const objective = flags.objective === undefined ? objectiveOf(declared?.objective ?? 'sharpe', declared?.direction)
    : objectiveOf(flags.objective, undefined);
  const size = sizeOf(over);
  if (search === 'grid' && trials === null && size > MOST_SETS && Number.isFinite(size)) {
    throw new Refusal('E648', `a grid of ${size.toLocaleString('en-US')} sets`, {
      exit: 2,
      help: ['--trials 1000 tries the first thousand', '--search random --trials 1000 tries a thousand by chance', 'or try fewer values'],
    });
  }
  return { space: over, search: search ?? 'grid', trials, objective, patience: declared?.patience ?? null, seed: declared?.seed ?? seed };
}
