import type { PureFunction } from '../../core/pure.ts';
import type { Type } from '../../core/types.ts';
import { TIME_FUNCTIONS } from './time-functions.ts';

type Example = PureFunction['examples'][number];
interface Options {
  readonly doc?: string;
  readonly variadic?: boolean;
  readonly nulls?: 'pass';
  readonly result?: Type;
}

/** Outside a function's domain there is no number, so the result is null: never infinite. */
const finite = (x: number): number => (Number.isFinite(x) ? x : NaN);

function pure(
  name: string, args: string, summary: string, impl: (...x: number[]) => number, examples: readonly Example[], options: Options = {},
): PureFunction {
  return Object.freeze({
    kind: 'pure', name, summary, doc: options.doc ?? summary, args: args.split(' ').map((a) => ({ name: a, type: 'f64' as const })),
    variadic: options.variadic ?? false, result: options.result ?? 'f64', nulls: options.nulls ?? 'skip', impl, examples,
  });
}

const eg = (out: number | null, ...input: (number | null)[]): Example => ({ in: input, out });

const firstThatIs = (...x: number[]): number => {
  for (let i = 0; i < x.length; i++) if (!Number.isNaN(x[i])) return x[i];
  return NaN;
};

const ROUNDING: readonly PureFunction[] = [
  pure('abs', 'x', 'Distance from zero.', Math.abs, [eg(2, -2)]),
  pure('sign', 'x', '1 above zero, -1 below, 0 at zero.', (x) => (x > 0 ? 1 : x < 0 ? -1 : 0), [eg(-1, -0.5), eg(0, 0)]),
  pure('floor', 'x', 'Largest whole number that is not above x.', Math.floor, [eg(-2, -1.5)]),
  pure('ceil', 'x', 'Smallest whole number that is not below x.', Math.ceil, [eg(2, 1.2)]),
  pure('round', 'x digits', 'Nearest number with so many decimals, 0 when left out; halves go up.', (x, digits) => {
    const scale = 10 ** Math.round(digits);
    return finite(Math.round(x * scale) / scale);
  }, [eg(3, 2.5, 0), eg(1.24, 1.2351, 2), eg(1200, 1234, -2)]),
  pure('mod', 'a b', 'Remainder with the sign of b, so never below zero for b above zero; null for b = 0.',
    (a, b) => finite(a - b * Math.floor(a / b)), [eg(2, -1, 3), eg(null, 1, 0)],
    { doc: 'Remainder with the sign of b; the operator `%` has the sign of a instead. Null for b = 0.' }),
];

const POWERS: readonly PureFunction[] = [
  pure('sqrt', 'x', 'Square root; null below zero.', Math.sqrt, [eg(3, 9), eg(null, -1)]),
  pure('exp', 'x', 'e to the power of x; null when too large for a number.', (x) => finite(Math.exp(x)), [eg(1, 0), eg(null, 1000)]),
  pure('log', 'x', 'Natural logarithm; null at and below zero.', (x) => (x > 0 ? Math.log(x) : NaN), [eg(0, 1), eg(null, 0), eg(null, -1)]),
  pure('log10', 'x', 'Logarithm to base 10; null at and below zero.', (x) => (x > 0 ? Math.log10(x) : NaN), [eg(3, 1000), eg(null, 0)]),
  pure('log2', 'x', 'Logarithm to base 2; null at and below zero.', (x) => (x > 0 ? Math.log2(x) : NaN), [eg(3, 8), eg(null, 0)]),
  pure('pow', 'x y', 'x to the power of y; null where that is no number.', (x, y) => finite(x ** y),
    [eg(8, 2, 3), eg(null, -1, 0.5), eg(null, 0, -1)]),
  pure('sigmoid', 'x', '1 / (1 + exp(-x)): any number to between 0 and 1.', (x) => 1 / (1 + Math.exp(-x)), [eg(0.5, 0), eg(1, 100)]),
  pure('tanh', 'x', 'Hyperbolic tangent: any number to between -1 and 1.', Math.tanh, [eg(0, 0)]),
  pure('sin', 'x', 'Sine of x radians.', Math.sin, [eg(0, 0)]),
  pure('cos', 'x', 'Cosine of x radians.', Math.cos, [eg(1, 0)]),
  pure('tan', 'x', 'Tangent of x radians.', Math.tan, [eg(0, 0)]),
];

const CHOOSING: readonly PureFunction[] = [
  pure('min', 'a b', 'The smallest; null when one of them is.', Math.min, [eg(1, 3, 1, 2)], { variadic: true }),
  pure('max', 'a b', 'The largest; null when one of them is.', Math.max, [eg(3, 3, 1, 2)], { variadic: true }),
  pure('clamp', 'x low high', 'x, but not below low and not above high; null when low is above high.',
    (x, low, high) => (low > high ? NaN : Math.min(Math.max(x, low), high)), [eg(1, 5, 0, 1), eg(0, -5, 0, 1), eg(null, 1, 2, 1)]),
  pure('is_null', 'x', 'True where x has no value, for instance while an indicator warms up.', (x) => (Number.isNaN(x) ? 1 : 0),
    [eg(1, null), eg(0, 5)], { nulls: 'pass', result: 'bool' }),
  pure('coalesce', 'a b', 'The first that is not null.', firstThatIs, [eg(2, null, 2), eg(1, 1, 2), eg(null, null, null)],
    { nulls: 'pass', variadic: true }),
  pure('nz', 'x instead', 'x, or `instead` (0 when left out) where x is null.', firstThatIs, [eg(0, null, 0), eg(7, 7, 0)],
    { nulls: 'pass' }),
];

/** Functions of their arguments alone, by name; every one may stand in any formula. */
export const PURE_FUNCTIONS: ReadonlyMap<string, PureFunction> =
  new Map([...ROUNDING, ...POWERS, ...CHOOSING, ...TIME_FUNCTIONS].map((f) => [f.name, f]));

/** Values of the last arguments where a call leaves them out. */
export const LEFT_OUT: ReadonlyMap<string, readonly number[]> = new Map([['round', [0]], ['nz', [0]]]);

/** Take arguments of one type, whatever it is (numbers, lengths of time, times, words of an enum), and return that type. */
export const KEEPS_TYPE: ReadonlySet<string> = new Set(['abs', 'min', 'max', 'clamp', 'coalesce', 'nz', 'mod']);
