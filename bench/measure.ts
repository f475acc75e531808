/** One line of `npm run bench -- --json`. `ratio` is value over the value of `against`, both measured in this run; null where nothing is compared. */
export interface Result {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly against: string | null;
  readonly ratio: number | null;
}

/** Best wall time of several runs, in nanoseconds: on a shared machine the least disturbed run says most. */
export function best(runs: number, work: () => void): number {
  let least = Infinity;
  for (let r = 0; r < runs; r++) {
    const from = process.hrtime.bigint();
    work();
    least = Math.min(least, Number(process.hrtime.bigint() - from));
  }
  return least;
}

/** The competitors one after the other, several times over, so that a busy moment of the machine hits all of them. */
export function compete<K extends string>(rounds: number, works: Readonly<Record<K, () => void>>): Record<K, number> {
  const names = Object.keys(works) as K[];
  const least = Object.fromEntries(names.map((n) => [n, Infinity])) as Record<K, number>;
  for (let r = 0; r < rounds; r++) for (const n of names) least[n] = Math.min(least[n], best(1, works[n]));
  return least;
}

export const round = (x: number): number => Number(x.toPrecision(4));
