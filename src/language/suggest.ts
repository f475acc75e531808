const LONGEST = 64;

/** The known name nearest to a misspelt one, or null when none is near enough to be of help. */
export function suggest(word: string, known: Iterable<string>): string | null {
  if (word.length === 0 || word.length > LONGEST) return null;
  const lower = word.toLowerCase();
  // One edit turns any one-letter name into any other, which would be no hint at all.
  const most = Math.min(Math.max(1, Math.floor(word.length / 3)), word.length - 1);
  let best: string | null = null;
  let bestRank = Infinity;
  for (const name of known) {
    if (name.length > LONGEST || name === word) continue;
    const other = name.toLowerCase();
    if (lower === other) return name;
    if (Math.abs(other.length - lower.length) > most) continue;
    const cost = editDistance(lower, other);
    if (cost > most) continue;
    const rank = cost - alikeness(lower, other, cost);
    if (rank < bestRank) {
      best = name;
      bestRank = rank;
    }
  }
  return best;
}

/**
 * Breaks ties between equally many edits: the same letters swapped or doubled, then letters only left out or only added, a longer common
 * start, the same length.
 */
function alikeness(a: string, b: string, cost: number): number {
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  const sameLetters = letters(a) === letters(b);
  const sameOrder = cost === Math.abs(a.length - b.length);
  return (sameLetters ? 0.5 : 0) + (sameOrder ? 0.27 : 0) + 0.003 * start + (a.length === b.length ? 0.002 : 0);
}

const letters = (word: string): string => [...new Set(word)].sort().join('');

/** Damerau-Levenshtein in its optimal-alignment form: an insertion, deletion, change or swap of neighbours costs 1. */
export function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = last[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      let cost = Math.min(last[j] + 1, row[j - 1] + 1, change);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) cost = Math.min(cost, before[j - 2] + 1);
      row.push(cost);
    }
    before = last;
    last = row;
  }
  return last[b.length];
}
