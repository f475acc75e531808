import type { Diagnostic } from '../core/diagnostic.ts';
import type { Money, SearchRange, Span as Length } from '../core/field.ts';
import type { Costs, Fills } from '../core/trading-fields.ts';
import type { Schema, Type } from '../core/types.ts';
import type { Ast, Span } from './formula/ast.ts';

/**
 * A pipeline file after every check that needs no column types: keys, settings, ids, formulas parsed. The planner adds schemas, clocks
 * and the types of formulas. A declaration with a fault is `poisoned`: it stays, so that references to it are no second fault.
 */
export interface Document {
  /** Path as the user wrote it; the name in diagnostics. */
  readonly file: string;
  readonly text: string;
  /** Folder that relative paths start from. */
  readonly base: string;
  readonly name: string;
  readonly description: string;
  readonly params: readonly ParamDecl[];
  /** Symbols that may pass, or null for all. */
  readonly universe: readonly string[] | null;
  readonly time: TimeDecl;
  readonly sources: readonly SourceDecl[];
  readonly nodes: readonly NodeDecl[];
  readonly outputs: readonly OutputDecl[];
  readonly tests: readonly TestDecl[];
  readonly runtime: RuntimeDecl;
  /** Null where the file has no `backtest:`. */
  readonly backtest: BacktestDecl | null;
  readonly diagnostics: readonly Diagnostic[];
}

/** `-p fast=8` and `params:` after both were read. */
export interface ParamDecl extends Span {
  readonly name: string;
  readonly type: Type;
  readonly value: number | string | boolean | readonly string[];
  readonly unit: 'none' | 'duration' | 'ratio' | 'money';
  /** Of money. */
  readonly currency?: string;
  readonly min?: number;
  readonly max?: number;
  readonly doc?: string;
}

export interface TimeDecl {
  readonly field: string;
  readonly unit: string | null;
  readonly lateness: number;
  /** A source silent for this much event time of the others stops holding the watermark; null for never. */
  readonly idle: number | null;
  readonly late: 'drop' | 'side_output' | 'update';
  readonly calendar: string;
  readonly timezone: string;
}

export interface SourceDecl extends Span {
  readonly id: string;
  readonly connector: string;
  /** Checked settings of the connector. */
  readonly args: Readonly<Record<string, unknown>>;
  /** Name of a built-in schema, or `inline`. */
  readonly schemaName: string;
  readonly schema: Schema;
  /** Columns of the schema that the data may lack. */
  readonly optional: readonly string[];
  /** Column that holds the symbol. */
  readonly key: string;
  readonly time: { readonly field: string; readonly unit: string | null; readonly timezone: string };
  /** For bars made elsewhere: what their stamp means. With `open`, `every` is added so that a row's time is when it was complete. */
  readonly stamp: 'open' | 'close' | null;
  readonly every: number | null;
  readonly poisoned: boolean;
}

/** `bars`, or `router.big`, `bars.late` and `account.fills` for a branch of a node. */
export interface RefDecl extends Span {
  readonly id: string;
  readonly branch: string | null;
}

export interface FormulaDecl extends Span {
  readonly text: string;
  readonly ast: Ast;
}

/** A checked setting: its place, and a literal in `value`, or one formula, or named formulas in order. */
export interface ArgDecl extends Span {
  readonly value?: unknown;
  readonly formula?: FormulaDecl;
  readonly formulas?: readonly (FormulaDecl & { readonly name: string; readonly nameSpan: Span })[];
  /** For `names` and `ids`: each with its place. */
  readonly items?: readonly (Span & { readonly text: string })[];
  /** For `map`: each entry with its places, in order. */
  readonly pairs?: readonly (Span & { readonly name: string; readonly nameSpan: Span; readonly text: string })[];
  /** For `object`. */
  readonly members?: Readonly<Record<string, ArgDecl>>;
}

export interface NodeDecl extends Span {
  readonly id: string;
  readonly description: string;
  readonly from: readonly RefDecl[];
  /** Columns of the key, `symbol` first by habit; null for the input's own keys. */
  readonly by: readonly (Span & { readonly text: string })[] | null;
  readonly across: 'universe' | readonly (readonly [string, string])[] | null;
  readonly operator: string;
  readonly operatorSpan: Span;
  /** Every setting of the operator: written ones, and defaults for those left out (with the operator's own place). */
  readonly args: Readonly<Record<string, ArgDecl>>;
  readonly onError: 'stop' | 'skip' | 'dead_letter' | null;
  readonly poisoned: boolean;
}

export interface OutputDecl extends Span {
  readonly id: string;
  readonly from: RefDecl;
  readonly connector: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly poisoned: boolean;
}

export interface RuntimeDecl {
  readonly onError: 'stop' | 'skip' | 'dead_letter';
  /** Most rows an epoch takes. */
  readonly batch: number;
  readonly checkpoint: CheckpointDecl;
}

/** `runtime.checkpoint`; times in microseconds. */
export interface CheckpointDecl {
  readonly every: number;
  readonly store: 'nats' | 'sqlite' | 'files';
  readonly path: string;
  readonly keep: number;
  readonly max_age: number;
  readonly verify: 'off' | 'sample' | 'all';
}

/** `backtest:`; what was left out is as in `BACKTEST_DEFAULTS`. Its place is that of the key. */
export interface BacktestDecl extends Span {
  /** Recorded rows by source: a path or glob as written, which starts from the folder of the pipeline. */
  readonly data: readonly (Span & { readonly source: string; readonly path: string })[];
  /** Event time, microseconds: rows from `from` on and before `to`. */
  readonly from: number | null;
  readonly to: number | null;
  readonly capital: Money;
  readonly costs: Costs | null;
  readonly fills: Fills | null;
  /** A symbol, `cash`, or `universe`. */
  readonly benchmark: string | null;
  readonly walkForward: WalkForwardDecl | null;
  readonly sweep: SweepDecl | null;
  /** Thresholds as written: that `text` compares with a number is checked, `metric` is not. */
  readonly require: readonly (Span & { readonly metric: string; readonly metricSpan: Span; readonly text: string })[];
  readonly monteCarlo: { readonly runs: number; readonly method: 'trades' | 'blocks'; readonly block: number } | null;
  readonly seed: number;
  /** Return per year. */
  readonly riskFree: number;
  readonly periodsPerYear: number | null;
  /** A `broker` node. */
  readonly account: RefDecl | null;
  readonly poisoned: boolean;
}

/** Lengths are all in rows or all in time. */
export interface WalkForwardDecl {
  readonly train: Length;
  readonly test: Length;
  readonly step?: Length | undefined;
  readonly embargo?: Length | undefined;
  readonly purge?: Length | undefined;
  readonly mode: 'sliding' | 'anchored';
}

export interface SweepDecl {
  readonly params: readonly SearchRange[];
  readonly search: 'grid' | 'random' | 'bayes';
  readonly trials?: number | undefined;
  readonly objective: string;
  readonly direction?: 'maximize' | 'minimize' | undefined;
  readonly patience?: number | undefined;
  readonly seed?: number | undefined;
}

/** One case of `tests:`; rows in event-time order as written. */
export interface TestDecl extends Span {
  readonly name: string;
  readonly given: readonly GivenDecl[];
  readonly expect: readonly ExpectDecl[];
}

export interface GivenDecl extends Span {
  /** A source or a node; rows given to a node stand in for what it would emit. */
  readonly target: string;
  readonly rows: readonly GivenRow[];
  /** Columns as written, to be looked up when the schemas are known. */
  readonly columns?: readonly TestColumn[];
}

/** A column named in a test, with the words (values that are no numbers) given for it. */
export interface TestColumn extends Span {
  readonly name: string;
  readonly words: readonly string[];
}

export interface GivenRow {
  readonly ts: number;
  readonly symbol: string;
  /** Null is a missing value; text is also used for enums. */
  readonly values: Readonly<Record<string, number | string | boolean | null>>;
}

export interface ExpectDecl extends Span {
  readonly target: RefDecl;
  /** Partial rows in order: each row has place `row` among the given rows' clock, or simply follows the one before. */
  readonly rows?: readonly { readonly span: Span; readonly row: number | null;
    readonly values: Readonly<Record<string, number | string | boolean | null>>; readonly columns?: readonly TestColumn[] }[];
  readonly none?: FormulaDecl;
  readonly all?: FormulaDecl;
  readonly count?: number;
  readonly within: number;
}
