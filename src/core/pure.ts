import type { Type } from './types.ts';

/**
 * A function of its arguments alone (`abs`, `log`, `max`). `impl` is called by the generated loop with numbers and never with NaN
 * arguments unless `nulls` is `pass`: a null argument makes the result null.
 */
export interface PureFunction {
  readonly kind: 'pure';
  readonly name: string;
  readonly summary: string;
  readonly doc: string;
  /** One entry an argument; the last repeats when `variadic`. */
  readonly args: readonly { readonly name: string; readonly type: Type }[];
  readonly variadic: boolean;
  readonly result: Type;
  readonly nulls: 'skip' | 'pass';
  readonly impl: (...x: number[]) => number;
  /** `f(...in) === out`, checked by the contract test. */
  readonly examples: readonly { readonly in: readonly (number | null)[]; readonly out: number | null }[];
}
