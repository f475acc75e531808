import { span, type FieldsSpec, type FieldValues, type Span } from './field.ts';
import { layOut, type Layout, type LayoutSpec } from './layout.ts';
import type { OverDefinition, OverState } from './over.ts';
import type { Type } from './types.ts';

/** A number per row that a kernel reads. With `column`, a call may leave all inputs out: `atr(14)` reads high, low and close. */
export interface InputSpec {
  readonly name: string;
  readonly doc: string;
  readonly column?: string;
  readonly type?: Type;
}

export interface OutputSpec {
  readonly name: string;
  readonly doc: string;
  readonly type?: Type;
}

/**
 * One row of one key: reads its inputs, updates `S` from offset `b`, returns the first output (NaN while warming up).
 * The other outputs of a kernel with several are left in the cells named by `outputs`.
 */
export type Step = (S: Float64Array, b: number, x: number, y: number, z: number, w: number, v: number) => number;

/** Group of the reference pages. */
export type Family =
  | 'average' | 'oscillator' | 'trend' | 'volatility' | 'volume' | 'statistic' | 'comparison' | 'shape' | 'window' | 'join' | 'signal'
  | 'time' | 'math';

export interface Example {
  readonly title: string;
  readonly params?: Readonly<Record<string, unknown>>;
  /** One array per input, or one array for a kernel of one input. */
  readonly in: readonly (number | null)[] | readonly (readonly (number | null)[])[];
  /** First output, row by row; or one array per output. */
  readonly out: readonly (number | null)[] | readonly (readonly (number | null)[])[];
  readonly within?: number;
}

interface KernelDefinition<F extends FieldsSpec, L extends LayoutSpec> {
  readonly name: string;
  readonly family: Family;
  readonly summary: string;
  /** Meaning, edge cases and units for the reference page, in full sentences. */
  readonly doc: string;
  /** Paper or reference implementation that the seeds and the warm-up follow. */
  readonly source: string;
  readonly inputs: readonly InputSpec[];
  readonly params: F;
  /** The first output is what the call is worth; `call(...).name` reads another, kept in the state cell of that name. */
  readonly outputs: readonly OutputSpec[];
  /** Rows consumed until the first output is there: `warmup(p) - 1` nulls, then values. */
  readonly warmup: (p: FieldValues<F>) => number;
  /** Warm-up of the other outputs where it differs from the first, by output name. */
  readonly warmups?: (p: FieldValues<F>) => Readonly<Record<string, number>>;
  readonly state: (p: FieldValues<F>) => L;
  /** `skip` (default): a row with a null input gives null and leaves the state alone. `pass`: the step sees NaN itself. */
  readonly nulls?: 'skip' | 'pass';
  /** Set where an output may be null again after the warm-up (say, a division by a range of zero). */
  readonly gaps?: boolean;
  /** Refuses parameters that are fine one by one but not together; returns what is wrong, or null. */
  readonly check?: (p: FieldValues<F>) => string | null;
  readonly step: (p: FieldValues<F>, at: Layout<L>['at']) => Step | StepOf1 | StepOf2 | StepOf3 | StepOf4;
  /** The same function over a span of event time: the parameter `period`, an `int`, then takes a length of time as well. */
  readonly over?: OverDefinition<F>;
  readonly examples: readonly Example[];
}

type StepOf1 = (S: Float64Array, b: number, x: number) => number;
type StepOf2 = (S: Float64Array, b: number, x: number, y: number) => number;
type StepOf3 = (S: Float64Array, b: number, x: number, y: number, z: number) => number;
type StepOf4 = (S: Float64Array, b: number, x: number, y: number, z: number, w: number) => number;

/** A kernel bound to its parameters: what a loop is made of. */
export interface BoundKernel {
  readonly layout: Layout;
  readonly step: Step;
  readonly warmup: number;
  /** Offset of every output's cell; -1 for the first, which the step returns. */
  readonly outputAt: readonly number[];
  readonly nulls: 'skip' | 'pass';
}

type Params = Readonly<Record<string, unknown>>;

/**
 * A formula function as one frozen value. Parameters are checked before `bind`, `warmup` and `doubles` are called. Where a function also
 * works over time, `period` is published as a `span`; a plain number is understood as rows.
 */
export interface Kernel {
  readonly kind: 'kernel';
  readonly name: string;
  readonly family: Family;
  readonly summary: string;
  readonly doc: string;
  readonly source: string;
  readonly inputs: readonly InputSpec[];
  readonly params: FieldsSpec;
  readonly outputs: readonly OutputSpec[];
  readonly nulls: 'skip' | 'pass';
  readonly gaps: boolean;
  readonly examples: readonly Example[];
  /** Source text of what it does: another text may compute something else. */
  code(): string;
  warmup(p: Params): number;
  warmups(p: Params): Readonly<Record<string, number>>;
  check(p: Params): string | null;
  /** Doubles of state per key in the slab; none for a call over time, whose state grows with its rows. */
  doubles(p: Params): number;
  bind(p: Params): BoundKernel;
  /** A fresh state for a call over time; null where the call counts rows. */
  over(p: Params): OverState | null;
}

/** The length of time of a call over time, in microseconds; null where the call counts rows. */
export function microsOf(p: Params): number | null {
  const period = p['period'] as Span | number | undefined;
  return typeof period === 'object' ? (period.micros ?? null) : null;
}

/** Parameters as a definition declares them: a span of rows is their number. */
function inRows(p: Params): Params {
  const period = p['period'] as Span | number | undefined;
  return typeof period === 'object' && period.rows !== undefined ? { ...p, period: period.rows } : p;
}

/** What a call may be given: rows or a length of time where the definition has both. */
function published<F extends FieldsSpec>(params: F, over: OverDefinition<F> | undefined): FieldsSpec {
  const { period } = params as FieldsSpec;
  if (over === undefined || period?.kind !== 'int') return params;
  const { doc, min, max, default: rows } = period;
  const limits = { ...(min === undefined ? {} : { min }), ...(max === undefined ? {} : { max }) };
  return { ...params, period: span({ doc, ...limits, ...(typeof rows === 'number' ? { default: { rows } } : {}) }) };
}

/** Makes a kernel from its definition; types of `p` and `at` flow from `params` and `state`. */
export function kernel<const F extends FieldsSpec, const L extends LayoutSpec>(d: KernelDefinition<F, L>): Kernel {
  const { over } = d;
  const typed = (p: Params): FieldValues<F> => (over === undefined ? p : inRows(p)) as FieldValues<F>;
  const micros = (p: Params): number | null => (over === undefined ? null : microsOf(p));
  const nulls = d.nulls ?? 'skip';
  return Object.freeze({
    kind: 'kernel' as const,
    name: d.name, family: d.family, summary: d.summary, doc: d.doc, source: d.source,
    inputs: d.inputs, params: published(d.params, over), outputs: d.outputs, nulls, gaps: d.gaps ?? false, examples: d.examples,
    code: () => [d.state, d.step, over?.create ?? '', nulls].map(String).join('\n'),
    warmup: (p: Params) => (micros(p) === null ? d.warmup(typed(p)) : (over?.warmup ?? 1)),
    warmups: (p: Params) => (micros(p) === null ? (d.warmups?.(typed(p)) ?? {}) : {}),
    check: (p: Params) => (micros(p) === null ? (d.check?.(typed(p)) ?? null) : null),
    doubles: (p: Params) => (micros(p) === null ? layOut(d.state(typed(p))).doubles : 0),
    over(p: Params): OverState | null {
      const length = micros(p);
      return length === null || over === undefined ? null : over.create(length, typed(p));
    },
    bind(p: Params): BoundKernel {
      const layout = layOut(d.state(typed(p)));
      const outputAt = d.outputs.map((o, i) => (i === 0 ? -1 : (layout.at as Record<string, number>)[o.name]));
      return { layout, step: d.step(typed(p), layout.at) as Step, warmup: d.warmup(typed(p)), outputAt, nulls };
    },
  });
}
