import type { Diagnostic } from '../../core/diagnostic.ts';
import { suggest } from '../suggest.ts';
import type { Span } from './ast.ts';

/** Every code that a formula can be refused with, and what it is about. The error reference is made from this table. */
export const FORMULA_CODES = Object.freeze({
  E300: 'a formula that cannot be read',
  E301: 'a row that has not happened yet',
  E302: 'an unknown function',
  E303: 'a wrong number of arguments',
  E304: 'an unknown parameter',
  E305: 'an unknown column',
  E306: 'an unknown node',
  E307: 'an unknown output or named argument of a function',
  E308: 'a setting of a function that is not allowed',
  E309: 'a value of the wrong type',
  E310: 'columns of different row clocks',
  E311: 'a formula that is too large',
  E312: 'asof() used in a way that has no meaning',
  E313: 'a word that is no value of the column it is compared with',
  E314: 'an aggregate where there is none, or a column where an aggregate is needed',
} as const);

export type FormulaCode = keyof typeof FORMULA_CODES;

export interface FaultDetails {
  readonly label?: string;
  readonly help?: readonly string[];
  readonly suggestion?: string;
}

/** Notes a fault and returns null, the value of everything that could not be resolved. */
export function fault(to: Diagnostic[], code: FormulaCode, at: Span, message: string, details: FaultDetails = {}): null {
  to.push({ code, severity: 'error', message, start: at.start, end: at.end, ...details });
  return null;
}

/** Label and suggestion for a misspelt name; `write` puts the right name into the form that belongs at the span. */
export function didYouMean(
  wrong: string, known: Iterable<string>, otherwise: string, write: (name: string) => string = (name) => name,
): { label: string; suggestion?: string } {
  const right = suggest(wrong, known);
  if (right === null) return { label: otherwise };
  return { label: `did you mean \`${write(right)}\`?`, suggestion: write(right) };
}

const MOST_LISTED = 24;

/** `a, b, c`, cut when the list would be no help any more. */
export function listed(names: Iterable<string>): string {
  const all = [...names];
  if (all.length === 0) return 'none';
  const cut = all.slice(0, MOST_LISTED).join(', ');
  return all.length > MOST_LISTED ? `${cut} and ${all.length - MOST_LISTED} more` : cut;
}

export const counted = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? '' : 's'}`;
