/** A worker that is alive and not about to leave. */
export interface WorkerView {
  readonly id: string;
  /** When it joined; any number that all who look agree on. */
  readonly since: number;
}

export interface LeaseView {
  /** Who holds it; null when it can be had. */
  readonly owner: string | null;
  /** What the one who looks does with it: `taking` has asked for it, `leaving` gives it up or cleans up after its loss. */
  readonly mine: 'no' | 'taking' | 'running' | 'leaving';
}

/** What one worker knows of all. Leases are numbered by their place. */
export interface AssignView {
  readonly me: string;
  readonly workers: readonly WorkerView[];
  readonly leases: readonly LeaseView[];
}

export interface Assignment {
  readonly take: readonly number[];
  readonly release: readonly number[];
}

const byAge = (a: WorkerView, b: WorkerView): number => a.since - b.since || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);

/**
 * How many leases each worker should have: equal shares, the rest to the oldest. Who joins ranks last, so that shares only shrink when
 * somebody joins and only grow when somebody leaves: no lease moves but to the newcomer, or from the dead.
 */
export function shares(workers: readonly WorkerView[], leases: number): Map<string, number> {
  const sorted = [...workers].sort(byAge);
  const each = Math.floor(leases / sorted.length);
  const rest = leases % sorted.length;
  return new Map(sorted.map((w, rank) => [w.id, each + (rank < rest ? 1 : 0)]));
}

/**
 * What one worker does about what it knows; every worker decides for itself, and the compare-and-set of the leases settles what two of
 * them want. Free leases are dealt in order, so that workers who know the same never want the same.
 */
export function decide({ me, workers, leases }: AssignView): Assignment {
  const mine = leases.flatMap((l, i) => (l.mine === 'running' ? [i] : []));
  const share = shares(workers, leases.length);
  const own = share.get(me);
  // Who is leaving gives everything up.
  if (own === undefined) return { take: [], release: mine };
  const taking = leases.filter((l) => l.mine === 'taking').length;
  const surplus = mine.length + taking - own;
  if (surplus > 0) return { take: [], release: mine.slice(Math.max(0, mine.length - surplus)) };
  const has = new Map<string, number>();
  for (const l of leases) {
    const owner = l.mine === 'running' || l.mine === 'taking' ? me : l.mine === 'leaving' ? null : l.owner;
    if (owner !== null) has.set(owner, (has.get(owner) ?? 0) + 1);
  }
  const free = leases.flatMap((l, i) => (l.owner === null && l.mine === 'no' ? [i] : []));
  let at = 0;
  for (const [id, count] of share) {
    const wants = Math.max(0, count - (has.get(id) ?? 0));
    if (id === me) return { take: free.slice(at, at + wants), release: [] };
    at += wants;
  }
  return { take: [], release: [] };
}

/** Partitions of each lease: as many leases as partitions, up to `most`; beyond, neighbours in the count share one. */
export function groupPartitions(partitions: number, most = 64): number[][] {
  const groups = Array.from({ length: Math.min(partitions, most) }, (): number[] => []);
  for (let p = 0; p < partitions; p++) groups[p % groups.length].push(p);
  return groups;
}
