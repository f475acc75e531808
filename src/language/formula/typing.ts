import type { Type } from '../../core/types.ts';
import { sameType } from '../../core/types.ts';
import type { Expr } from './typed.ts';

/** A type in a message. */
export function describe(t: Type): string {
  switch (t) {
    case 'f64': return 'a number';
    case 'i64': return 'a whole number';
    case 'bool': return 'a condition (true or false)';
    case 'text': return 'text';
    case 'time': return 'a time';
    case 'duration': return 'a length of time';
    default: return `one of ${t.values.join(', ')}`;
  }
}

export const isNumber = (t: Type): boolean => t === 'f64' || t === 'i64';
export const isEnum = (t: Type): t is Exclude<Type, string> => typeof t !== 'string';

/** The type that both have, or that one may be read as; null when there is none. */
export function unify(a: Type, b: Type): Type | null {
  if (sameType(a, b)) return a;
  return isNumber(a) && isNumber(b) ? 'f64' : null;
}

/** A null literal takes the type of what it stands beside. */
export const retype = (e: Expr, type: Type): Expr => (e.k === 'null' ? { ...e, type } : e);

/** The type of a sum, difference, product, quotient or remainder; null when the operation has no meaning. */
export function arithmetic(op: string, a: Type, b: Type): Type | null {
  if (isNumber(a) && isNumber(b)) return op !== '/' && a === 'i64' && b === 'i64' ? 'i64' : 'f64';
  const pair = `${String(a)} ${op} ${String(b)}`;
  switch (pair) {
    case 'time - time': return 'duration';
    case 'time + duration': case 'time - duration': case 'duration + time': return 'time';
    case 'duration + duration': case 'duration - duration': case 'duration % duration': return 'duration';
    case 'duration / duration': return 'f64';
    default: break;
  }
  if (a === 'duration' && isNumber(b) && (op === '*' || op === '/')) return 'duration';
  return op === '*' && isNumber(a) && b === 'duration' ? 'duration' : null;
}
