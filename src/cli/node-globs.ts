import { mustKnow } from './overrides.ts';

/**
 * Whether `*` (any letters) and `?` (one letter) make a pattern fit. Done by hand, since the pattern may come from anybody on a bus: a
 * regular expression of many stars can be made to run for ever.
 */
export function fits(pattern: string, text: string): boolean {
  let p = 0;
  let t = 0;
  let star = -1;
  let from = 0;
  while (t < text.length) {
    if (pattern[p] === '*') {
      star = p++;
      from = t;
    } else if (p < pattern.length && (pattern[p] === '?' || pattern[p] === text[t])) {
      p++;
      t++;
    } else if (star >= 0) {
      p = star + 1;
      t = ++from;
    } else return false;
  }
  while (pattern[p] === '*') p++;
  return p === pattern.length;
}

/** Ids that fit any of the globs, in their order; a glob that fits none is refused with the nearest id. */
export function matchNodes(globs: readonly string[], ids: readonly string[]): string[] {
  return [...new Set(globs.flatMap((glob) => {
    const found = ids.filter((id) => fits(glob, id));
    if (found.length === 0) mustKnow(glob, ids, 'node');
    return found;
  }))];
}
