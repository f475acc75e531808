import * as field from '../core/field.ts';
import { COSTS_FIELDS, costsFault, FILLS_FIELDS, fillsFault, type Costs, type Fills } from '../core/trading-fields.ts';
import type { ArgDecl, BacktestDecl, RefDecl, SourceDecl } from './document.ts';
import type { Span } from './formula/ast.ts';
import { parseNumber, parseRatio } from './literal.ts';
import { refOf } from './outputs.ts';
import { listed, meant, quoted } from './report.ts';
import type { Scope } from './scope.ts';
import { notYet } from './sections.ts';
import { argAt, plainArgs, readSettings } from './settings.ts';
import type { Entry } from './tree.ts';

const WALK_FORWARD_FIELDS = Object.freeze({
  train: field.span({ doc: 'Length that parameters are chosen on: a length of time (a day has 24 hours) or a number of rows.', min: 1 }),
  test: field.span({ doc: 'Length behind it that they are tried on.', min: 1 }),
  step: field.span({ doc: 'From one test to the next; the length of a test when left out, so that none is left out or comes twice.',
    optional: true, min: 1 }),
  embargo: field.span({ doc: 'Left out between training and test, for what lingers longer than a result.', optional: true, min: 0 }),
  purge: field.span({ doc: 'Left out at the end of training: how far the result of a row reaches ahead.', optional: true, min: 0 }),
  mode: field.choice(['sliding', 'anchored'], { doc: 'Training moves on, or begins at the start always and grows.', default: 'sliding' }),
});

const SWEEP_FIELDS = Object.freeze({
  params: field.ranges({ doc: 'Values to try by parameter: a list, or `{ min, max, step }` (or `points`, and `scale: log`).' }),
  search: field.choice(['grid', 'random', 'bayes'], { doc: 'Every set, sets by chance, or sets near good ones.', default: 'grid' }),
  trials: field.int({ doc: 'Most sets that are tried; all of a grid when left out.', optional: true, min: 1, max: 1_000_000 }),
  objective: field.text({ doc: 'Statistic that tells good from bad.', default: 'sharpe' }),
  direction: field.choice(['maximize', 'minimize'], { doc: 'Which way is good; as the statistic has it when left out.', optional: true }),
  patience: field.int({ doc: 'Ends the search after so many sets without a better one.', optional: true, min: 1 }),
  seed: field.int({ doc: 'Seed of the search; that of the backtest when left out.', optional: true, min: 0 }),
});

const MONTE_CARLO_FIELDS = Object.freeze({
  runs: field.int({ doc: 'Number of other histories.', default: 1000, min: 1, max: 1_000_000 }),
  method: field.choice(['trades', 'blocks'], { doc: 'Trades drawn again with repetition, or blocks of returns.', default: 'trades' }),
  block: field.int({ doc: 'Mean length of a block in periods of the equity curve, for `blocks`.', default: 20, min: 1 }),
});

export const BACKTEST_FIELDS = Object.freeze({
  data: field.map({ doc: 'Recorded rows by source: a path or a glob of .csv, .jsonl or .arrow files, or the folder of a recording, seen '
    + 'from the folder of the pipeline. A source that is left out keeps its own connector.', optional: true }),
  from: field.time({ doc: 'First moment that counts; without a zone in UTC. The first row when left out.', optional: true }),
  to: field.time({ doc: 'The moment before which it ends: rows before it count.', optional: true }),
  capital: field.money({ doc: 'Cash at the start; a plain number is in US dollars.', min: 0.01,
    default: { amount: 100_000, currency: 'USD' } }),
  costs: field.object(COSTS_FIELDS, { doc: 'What trading costs; nothing when left out.', optional: true }),
  fills: field.object(FILLS_FIELDS, { doc: 'How orders fill: the name of a profile, or its settings.', optional: true,
    shorthand: 'profile' }),
  benchmark: field.text({ doc: 'What the result is held against: a symbol bought and held, `cash`, or `universe` for all symbols in equal '
    + 'parts.', optional: true }),
  walk_forward: field.object(WALK_FORWARD_FIELDS, { doc: 'Chooses parameters on one stretch and tries them on the next, for '
    + '`--walk-forward`.', optional: true }),
  sweep: field.object(SWEEP_FIELDS, { doc: 'Search over parameters, for `--sweep` and `--walk-forward`.', optional: true }),
  require: field.map({ doc: 'Thresholds by statistic, such as `sharpe: ">= 1.0"`; one that is missed is exit code 5.', optional: true }),
  monte_carlo: field.object(MONTE_CARLO_FIELDS, { doc: 'How far the result may be luck.', optional: true }),
  seed: field.int({ doc: 'Seed of everything by chance.', default: 1, min: 0 }),
  risk_free: field.ratio({ doc: 'Return without risk, which ratios are taken over.', default: 0, min: -1, max: 1, unit: 'per year' }),
  periods_per_year: field.number({ doc: 'Entries of the equity curve in a year, by which statistics are annualised; found from the data '
    + 'and the calendar when left out.', optional: true, min: 1, max: 31_622_400 }),
  account: field.text({ doc: 'The `broker` node whose account it is, where there are several.', optional: true }),
});
type Values = Partial<field.FieldValues<typeof BACKTEST_FIELDS>>;

/** What a backtest takes where the file says nothing. */
export const BACKTEST_DEFAULTS: BacktestDecl = Object.freeze<BacktestDecl>({
  data: [], from: null, to: null, capital: { amount: 100_000, currency: 'USD' }, costs: null, fills: null, benchmark: null,
  walkForward: null, sweep: null, require: [], monteCarlo: null, seed: 1, riskFree: 0, periodsPerYear: null, account: null,
  start: 0, end: 0, poisoned: false,
});

export interface Named {
  readonly sources: readonly SourceDecl[];
  readonly nodes: readonly { readonly id: string }[];
  /** Takes the references that keep a node in use. */
  readonly refs: RefDecl[];
  /** Takes those that must exist and keep nothing in use. */
  readonly mentions: RefDecl[];
}

/** The section `backtest:`; null where there is none. */
export function readBacktest(c: Scope, entry: Entry | undefined, named: Named): BacktestDecl | null {
  if (entry === undefined) return null;
  const before = errors(c);
  const { start, end } = entry.keySpan;
  const { args, ok } = readSettings(c, entry, { fields: BACKTEST_FIELDS, what: '`backtest`', at: entry.keySpan });
  const values = plainArgs(args) as Values;
  const account = args.account === undefined ? null : refOf({ ...args.account, text: String(args.account.value) });
  if (account !== null) named.refs.push(account);
  const data = args.data === undefined ? [] : readData(c, args.data, named);
  const require = args.require === undefined ? [] : readRequire(c, args.require);
  together(c, args, entry.keySpan);
  const { capital = BACKTEST_DEFAULTS.capital, seed = 1, risk_free: riskFree = 0 } = values;
  return {
    data, require, from: values.from ?? null, to: values.to ?? null, capital, seed, riskFree, account, start, end,
    costs: (values.costs as Costs | undefined) ?? null, fills: (values.fills as Fills | undefined) ?? null,
    benchmark: values.benchmark ?? null, walkForward: values.walk_forward ?? null, sweep: values.sweep ?? null,
    monteCarlo: values.monte_carlo ?? null, periodsPerYear: values.periods_per_year ?? null, poisoned: !ok || errors(c) > before,
  };
}

const errors = (c: Scope): number => c.report.since(0).filter((d) => d.severity === 'error').length;

/** Formats whose rows can be read: those of the file connectors. A name without one is the folder of a recording. */
const READABLE = /\.(csv|tsv|txt|jsonl|ndjson)(\.gz)?$|\.(arrow|arrows|feather|ipc)$/i;
const LATER = /\.(parquet|sqlite|db)$/i;

function readData(c: Scope, arg: ArgDecl, { sources, nodes, mentions }: Named): BacktestDecl['data'] {
  const ids = sources.map((s) => s.id);
  return (arg.pairs ?? []).flatMap(({ name, nameSpan, text, start, end }) => {
    const path = text.trim();
    if (!ids.includes(name)) {
      // Unknown ids are looked at together with those of nodes: the slip may be in the declaration.
      if (nodes.some((n) => n.id === name)) {
        c.report.error('E108', nameSpan, `\`${name}\` is a node, and data is of sources`, {
          label: 'not a source', help: [`sources: ${listed(ids)}`],
        });
      } else mentions.push({ id: name, branch: null, start: nameSpan.start, end: nameSpan.end });
      return [];
    }
    if (path === '') {
      c.report.error('E108', { start, end }, `\`${name}\` needs a path`, { label: 'nothing here', help: [`${name}: data/trades-*.csv`] });
      return [];
    }
    const ending = /\.[A-Za-z]\w*(\.gz)?$/.exec(path.split(/[\\/]/).at(-1) ?? '')?.[0];
    if (LATER.test(path)) notYet(c, { start, end }, `reading ${ending} files`, ['convert them: .csv, .jsonl and .arrow are read']);
    else if (ending !== undefined && !READABLE.test(path)) {
      c.report.error('E108', { start, end }, `the format of ${quoted(path)} cannot be told from its name`, {
        label: `not a known ending: ${ending}`,
        help: ['known: .csv, .tsv, .jsonl, .ndjson (each also with .gz), .arrow, .feather, or a folder'],
      });
    }
    return [{ source: name, path, start, end }];
  });
}

const BOUND = /^([+-]?[\d._]+(?:e[+-]?\d+)?\s*(?:%|bps)?)$/i;
const EXAMPLE = 'sharpe: ">= 1.0", max_drawdown: "<= 20%", trades: "between 20 and 500"';

const isBound = (text: string): boolean => BOUND.test(text) && (parseRatio(text) ?? parseNumber(text)) !== null;

/** What is wrong with a threshold, and what was meant; null where it can be read. Which statistics there are is checked with the result. */
function thresholdFault(text: string): { label: string; suggestion?: string } | null {
  const between = /^between\s+(.+?)\s+and\s+(.+)$/i.exec(text);
  if (between !== null) return isBound(between[1]) && isBound(between[2]) ? null : { label: 'not two numbers' };
  const compared = /^(>=|<=|==|!=|=(?![<>])|>|<)\s*(\S.*)$/.exec(text);
  if (compared !== null) return isBound(compared[2]) ? null : { label: 'not a number behind the comparison' };
  if (isBound(text)) return meant(`>= ${text}`, '');
  const turned = /^(=>|=<|≥|≤|at least|at most)\s*(\S.*)$/i.exec(text);
  if (turned === null || !isBound(turned[2])) return { label: 'not a comparison with a number' };
  return meant(`${/^(=>|≥|at least)$/i.test(turned[1]) ? '>=' : '<='} ${turned[2]}`, '');
}

function readRequire(c: Scope, arg: ArgDecl): BacktestDecl['require'] {
  return (arg.pairs ?? []).flatMap(({ name, nameSpan, text: written, start, end }) => {
    const text = written.trim();
    const fault = thresholdFault(text);
    if (fault === null) return [{ metric: name, metricSpan: nameSpan, text, start, end }];
    const none = text === '';
    c.report.error('E108', none ? nameSpan : { start, end }, `\`${name}\` must be a threshold${none ? '' : `, not ${quoted(text)}`}`, {
      label: none ? 'nothing here' : fault.label, suggestion: fault.suggestion, help: [EXAMPLE],
    });
    return [];
  });
}

/** Settings that are right one by one and do not fit together. */
function together(c: Scope, args: Readonly<Record<string, ArgDecl>>, at: Span): void {
  const say = (arg: Span | undefined, message: string, label: string): void => c.report.error('E109', arg ?? at, message, { label });
  const { from, to, costs, fills, walk_forward: walk } = args;
  if (from !== undefined && to !== undefined && (from.value as number) >= (to.value as number)) {
    say(to, '`to` must be behind `from`', 'not behind it');
  }
  for (const [arg, faultOf] of [[costs, costsFault], [fills, fillsFault]] as const) {
    const fault = arg?.members === undefined ? null : faultOf(plainArgs(arg.members));
    if (arg?.members !== undefined && fault !== null) {
      say(argAt(arg.members, fault.field), fault.message, 'does not fit the other settings');
    }
  }
  const lengths = Object.entries(walk?.members ?? {}).filter(([name, a]) => name !== 'mode' && a.value !== undefined);
  const inRows = (a: ArgDecl): boolean => (a.value as field.Span).rows !== undefined;
  const odd = lengths.find(([, a]) => inRows(a) !== inRows(lengths[0][1]));
  if (odd !== undefined) {
    const [name, a] = odd;
    const [own, other] = inRows(a) ? ['rows', 'time'] : ['time', 'rows'];
    say(a, `\`${name}\` counts ${own}, and \`${lengths[0][0]}\` ${other}`, 'all in rows, or all in time');
  }
}
