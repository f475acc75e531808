import { parseDuration } from '../core/time.ts';
import type { Type } from '../core/types.ts';

/** What a decoder answers for a text that it does not know; NaN is taken by null. */
export const UNKNOWN = -Infinity;

const BUY = new Set(['buy', 'b', 'bid', '1', '+1', 'long']);
const SELL = new Set(['sell', 's', 'ask', '-1', 'short', 'sell_short']);
const TRUE = new Set(['true', 't', '1', 'yes', 'y']);
const FALSE = new Set(['false', 'f', '0', 'no', 'n']);
const NONE = new Set(['', 'null', 'none', 'unknown', 'n/a', 'na', 'undefined']);

function enumWord(word: string, values: readonly string[]): number {
  const at = values.findIndex((v) => v.toLowerCase() === word);
  if (at >= 0) return at;
  if (BUY.has(word) && values.includes('buy')) return values.indexOf('buy');
  if (SELL.has(word) && values.includes('sell')) return values.indexOf('sell');
  if (word === '0' && values.includes('hold')) return values.indexOf('hold');
  return NONE.has(word) ? NaN : UNKNOWN;
}

/** The stored number of a word of an enumeration, bool or duration; NaN for none, UNKNOWN for another word. */
export function decodeWord(text: string, type: Type, inverted: boolean): number {
  const word = text.trim().toLowerCase();
  if (inverted && typeof type === 'object') {
    if (TRUE.has(word)) return type.values.indexOf('sell');
    if (FALSE.has(word)) return type.values.indexOf('buy');
  }
  if (typeof type === 'object') return enumWord(word, type.values);
  if (type === 'duration') {
    const micros = /^[+-]?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(word) ? Number(word) : (parseDuration(word) ?? UNKNOWN);
    if (NONE.has(word)) return NaN;
    return Number.isFinite(micros) ? micros : UNKNOWN;
  }
  if (TRUE.has(word)) return 1;
  if (FALSE.has(word)) return 0;
  return NONE.has(word) ? NaN : UNKNOWN;
}

export const allowedWords = (type: Type): string =>
  typeof type === 'object' ? type.values.join(', ') : type === 'bool' ? 'true, false' : 'a duration such as 5m, or microseconds';
