import { matches } from './subject.ts';

/** True when every subject that fits `inner` fits `outer` too. */
export function covers(outer: string, inner: string): boolean {
  const o = outer.split('.');
  const i = inner.split('.');
  for (let at = 0; at < o.length; at++) {
    if (o[at] === '>') return i.length > at;
    if (at >= i.length || i[at] === '>') return false;
    if (o[at] !== '*' && o[at] !== i[at]) return false;
  }
  return o.length === i.length;
}

/** True when some subject is one of both patterns. */
export function overlap(a: string, b: string): boolean {
  const [x, y] = [a.split('.'), b.split('.')];
  for (let at = 0; ; at++) {
    if (at === x.length || at === y.length) return x.length === y.length;
    if (x[at] === '>' || y[at] === '>') return true;
    if (x[at] !== '*' && y[at] !== '*' && x[at] !== y[at]) return false;
  }
}

/** The patterns without those that another one covers: servers refuse filters that overlap. */
export const widest = (patterns: readonly string[]): string[] =>
  patterns.filter((p, i) => !patterns.some((q, j) => i !== j && covers(q, p) && (!covers(p, q) || j < i)));

/** The narrowest single pattern that covers all of them. */
export function cover(patterns: readonly string[]): string {
  const [first, ...rest] = patterns.map((p) => p.split('.'));
  const tokens: string[] = [];
  const sameLength = rest.every((t) => t.length === first.length) && patterns.every((p) => !p.endsWith('>'));
  for (let at = 0; at < first.length; at++) {
    const same = first[at] !== '>' && rest.every((t) => t[at] === first[at]);
    if (!same && !sameLength) return [...tokens, '>'].join('.');
    tokens.push(same ? first[at] : '*');
  }
  // One pattern ends where another goes on: nothing but the whole covers a subject and those below it.
  return sameLength ? tokens.join('.') : [...tokens.slice(0, -1), '>'].join('.');
}

export const fitsAny = (patterns: readonly string[], subject: string): boolean => {
  for (let i = 0; i < patterns.length; i++) if (matches(patterns[i], subject)) return true;
  return false;
};
