/**
 * Where an output row stands: caused by source message `n` (its sequence in the source log), the `k`th output of it. Ids are text made of
 * the partition and the two: `<partition>:<n>:<k>`. They never depend on the attempt.
 */
export interface Place {
  readonly n: number;
  readonly k: number;
}

export const NOWHERE: Place = Object.freeze({ n: -1, k: -1 });

export const idOf = (partition: number, n: number, k: number): string => `${partition}:${n}:${k}`;

/** The place in an id of this partition; null for an id that is not one, or of another partition. */
export function placeOf(id: string, partition: number): Place | null {
  const m = /^(\d+):(\d+):(\d+)$/.exec(id);
  return m === null || Number(m[1]) !== partition ? null : { n: Number(m[2]), k: Number(m[3]) };
}

export const isAfter = (n: number, k: number, place: Place): boolean => n > place.n || (n === place.n && k > place.k);
