import type { BacktestRun } from '../backtest/model.ts';
import { Refusal } from '../core/diagnostic.ts';
import type { Field, Schema } from '../core/types.ts';

export const RUN_FILE = 'run.json';
const FORMAT = 1;

/** A file of a run, and what it held when it was written. */
export interface RunFile {
  readonly table: string;
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
}

export interface RunTable {
  readonly name: string;
  readonly rows: number;
  readonly columns: Schema;
}

/** A run without its tables. */
export type RunFacts = Omit<BacktestRun, 'curve' | 'orders' | 'fills' | 'trades'>;

/** What `run.json` says. */
export interface RunDocument {
  readonly run: RunFacts;
  readonly tables: readonly RunTable[];
  readonly files: readonly RunFile[];
}

/** JSON has no form for these numbers: they are written as texts where a number stands. */
const ODD = new Set(['NaN', 'Infinity', '-Infinity', '-0']);

/** A number under a parameter, whose values may be texts as well. */
interface OddNumber {
  readonly number: string;
}

const oddText = (x: number): string => (Object.is(x, -0) ? '-0' : String(x));
const isOdd = (x: unknown): x is number => typeof x === 'number' && (!Number.isFinite(x) || Object.is(x, -0));

/** Replaces numbers that JSON cannot hold by texts, at any depth; `params` marks them, since a parameter may be such a text. */
function writable(run: RunFacts): unknown {
  const plain = (x: unknown): unknown => {
    if (isOdd(x)) return oddText(x);
    if (Array.isArray(x)) return x.map(plain);
    return typeof x === 'object' && x !== null ? Object.fromEntries(Object.entries(x).map(([k, v]) => [k, plain(v)])) : x;
  };
  const params = Object.entries(run.params).map(([k, v]) => [k, isOdd(v) ? { number: oddText(v) } : v]);
  return { ...plain({ ...run, params: {} }) as object, params: Object.fromEntries(params) as unknown };
}

export const renderRun = ({ run, tables, files }: RunDocument): string =>
  `${JSON.stringify({ format: FORMAT, ...writable(run) as object, tables, files }, null, 2)}\n`;

const isObject = (x: unknown): x is Record<string, unknown> => typeof x === 'object' && x !== null && !Array.isArray(x);
const isText = (x: unknown): x is string => typeof x === 'string';
const isNumber = (x: unknown): boolean => typeof x === 'number' || ODD.has(x as string);
const isListOf = (x: unknown, is: (item: unknown) => boolean): boolean => Array.isArray(x) && x.every(is);

const number = (x: unknown): number => Number(x);
const orNull = (x: unknown): number | null => (x === null ? null : number(x));
const mapped = <T>(x: unknown, of: (value: unknown) => T): Record<string, T> =>
  Object.fromEntries(Object.entries(x as Record<string, unknown>).map(([k, v]) => [k, of(v)]));

const TEXTS = ['id', 'pipeline', 'description', 'currency', 'fillProfile', 'pipelineHash', 'dataHash', 'hash'] as const;
const NUMBERS = [
  'from', 'to', 'rows', 'seconds', 'capital', 'seed', 'periodsPerYear', 'exposure', 'turnover', 'signals', 'trials',
] as const;

const NAMED = ['f64', 'i64', 'bool', 'text', 'time', 'duration'];

const isField = (x: unknown): boolean => isObject(x) && isText(x.name)
  && (NAMED.includes(x.type as string) || (isObject(x.type) && isListOf(x.type.values, isText)));

const isTable = (x: unknown): boolean => isObject(x) && isText(x.name) && typeof x.rows === 'number' && isListOf(x.columns, isField);

/** A name with a folder in it would let a run name files that are not its own. */
const isFile = (x: unknown): boolean => isObject(x) && isText(x.table) && isText(x.file) && !/[/\\]|^\.*$/.test(x.file)
  && typeof x.bytes === 'number' && isText(x.sha256);

/** Every part that a run has, of the kind it has; anything else was not written here. */
const isRun = (x: unknown): x is Record<string, unknown> => isObject(x) && TEXTS.every((k) => isText(x[k]))
  && NUMBERS.every((k) => isNumber(x[k])) && (x.benchmark === null || isText(x.benchmark))
  && ['params', 'versions', 'costs', 'refused', 'metrics'].every((k) => isObject(x[k]))
  && ['symbols', 'assumptions'].every((k) => isListOf(x[k], isText)) && ['requirements', 'checks'].every((k) => isListOf(x[k], isObject))
  && isListOf(x.tables, isTable) && isListOf(x.files, isFile);

/** What a `run.json` says. Refused (E691) where it is none, or of another version. */
export function parseRun(text: string, path: string): RunDocument {
  let x: unknown = null;
  try {
    x = JSON.parse(text);
  } catch {
    // Said below.
  }
  if (isObject(x) && typeof x.format === 'number' && x.format !== FORMAT) {
    throw new Refusal('E691', `${path} has format ${x.format}, this version reads ${FORMAT}`, {
      exit: 7, help: ['use the version of Millrace that wrote it, or run the backtest again'],
    });
  }
  if (!isRun(x) || !isObject(x) || x.format !== FORMAT) throw new Refusal('E691', `${path} does not say what a run is`, { exit: 7 });
  const { format: _, tables, files, ...rest } = x;
  const run = {
    ...rest, ...Object.fromEntries(NUMBERS.map((k) => [k, number(x[k])])),
    params: mapped(x.params, (v) => (isObject(v) ? number((v as unknown as OddNumber).number) : v)),
    costs: mapped(x.costs, number), refused: mapped(x.refused, number), metrics: mapped(x.metrics, orNull),
    requirements: (x.requirements as Record<string, unknown>[]).map((r) => ({ ...r, value: orNull(r.value) })),
  };
  return { run: run as unknown as RunFacts, tables: tables as RunTable[], files: files as RunFile[] };
}

/** The columns of a table as they are kept: without their documentation. */
export const bare = (schema: Schema): Schema => schema.map(({ name, type }): Field => ({ name, type }));
