import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide, groupPartitions, shares, type Assignment, type LeaseView, type WorkerView } from './assign.ts';

type Decide = typeof decide;

/** Everybody knows everything at once: rounds of decisions until nobody does anything; returns how often a lease changed hands. */
function settle(owners: (string | null)[], workers: readonly WorkerView[], deciding: Decide = decide): number {
  let moves = 0;
  for (let round = 0; round < 50; round++) {
    const wanted = workers.map((w): [string, Assignment] => [w.id, deciding({
      me: w.id, workers, leases: owners.map((owner): LeaseView => ({ owner, mine: owner === w.id ? 'running' : 'no' })),
    })]);
    if (wanted.every(([, a]) => a.take.length + a.release.length === 0)) return moves;
    for (const [id, a] of wanted) {
      for (const i of a.release) if (owners[i] === id) owners[i] = null;
      // The first who asks has it.
      for (const i of a.take) {
        if (owners[i] !== null) continue;
        owners[i] = id;
        moves += 1;
      }
    }
  }
  throw new Error('never at rest');
}

const workersOf = (ages: readonly number[]): WorkerView[] => ages.map((since, i) => ({ id: `w${i}`, since }));
const counts = (owners: readonly (string | null)[], workers: readonly WorkerView[]): number[] =>
  workers.map((w) => owners.filter((o) => o === w.id).length);

/** Joins (true) and departures of a random worker, in order. */
const history = fc.array(fc.record({ join: fc.boolean(), which: fc.nat(20) }), { minLength: 1, maxLength: 20 });

function live(leases: number, changes: readonly { join: boolean; which: number }[], deciding: Decide = decide): string[] {
  const owners: (string | null)[] = Array.from({ length: leases }, () => null);
  let workers: WorkerView[] = [];
  const wrong: string[] = [];
  let born = 0;
  for (const { join, which } of changes) {
    let most: number;
    if (join || workers.length === 0) {
      workers = [...workers, { id: `w${born}`, since: born++ }];
      most = workers.length === 1 ? leases : shares(workers, leases).get(workers[workers.length - 1].id) as number;
    } else {
      const gone = workers[which % workers.length];
      workers = workers.filter((w) => w !== gone);
      most = owners.filter((o) => o === gone.id).length;
      owners.forEach((o, i) => { if (o === gone.id) owners[i] = null; });
      if (workers.length === 0) continue;
    }
    const moves = settle(owners, workers, deciding);
    const n = counts(owners, workers);
    if (owners.includes(null)) wrong.push('a lease without an owner');
    if (Math.max(...n) - Math.min(...n) > 1) wrong.push(`out of balance: ${n.join(' ')}`);
    if (moves > most) wrong.push(`${moves} moves, ${most} were needed`);
  }
  return wrong;
}

describe('who has which lease', () => {
  it('ends balanced, leaves none without an owner, and moves no more than the newcomer gets or the dead had', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 64 }), history, (leases, changes) => {
      expect(live(leases, changes)).toEqual([]);
    }), { numRuns: 300 });
  });

  it('those who know different things come to rest once they know the same', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 40 }), fc.array(fc.nat(100), { minLength: 1, maxLength: 6 }), fc.nat(1 << 20), (n, ages, seed) => {
      const workers = workersOf(ages);
      // Whatever had happened before: any owners at all, some of them dead.
      const owners = Array.from({ length: n }, (_, i) => [null, ...workers.map((w) => w.id)][(seed >> (i % 20)) % (workers.length + 1)]);
      settle(owners, workers);
      const c = counts(owners, workers);
      expect(owners).not.toContain(null);
      expect(Math.max(...c) - Math.min(...c)).toBeLessThanOrEqual(1);
    }), { numRuns: 300 });
  });

  it('catches rules that lose balance, leases or rest', () => {
    const changes = [true, true, true, false, true].map((join, i) => ({ join, which: i }));
    const greedy: Decide = (v) => ({ take: v.leases.flatMap((l, i) => (l.owner === null ? [i] : [])), release: [] });
    const shy: Decide = (v) => ({ ...decide(v), take: decide(v).take.slice(0, 1).filter((i) => i !== 3) });
    const nervous: Decide = (v) => {
      const sorted = [...v.workers].sort((a, b) => v.leases.filter((l) => l.owner === b.id).length - v.leases.filter((l) => l.owner === a.id).length);
      return decide({ ...v, workers: sorted.map((w, i) => ({ ...w, since: sorted.length - i })) });
    };
    expect(live(10, changes)).toEqual([]);
    for (const rule of [greedy, shy]) expect(live(10, changes, rule).length).toBeGreaterThan(0);
    expect(() => expect(live(10, changes, nervous)).toEqual([])).toThrow();
  });

  it('who is leaving gives all up and takes nothing', () => {
    const leases: LeaseView[] = [{ owner: 'a', mine: 'running' }, { owner: null, mine: 'no' }, { owner: 'a', mine: 'leaving' }];
    expect(decide({ me: 'a', workers: [{ id: 'b', since: 1 }], leases })).toEqual({ take: [], release: [0] });
  });

  it('counts what is under way, so that nothing is asked for twice', () => {
    const leases: LeaseView[] = [{ owner: null, mine: 'taking' }, { owner: null, mine: 'no' }, { owner: null, mine: 'no' }];
    expect(decide({ me: 'a', workers: [{ id: 'a', since: 1 }, { id: 'b', since: 2 }], leases }).take).toEqual([1]);
  });

  it('many partitions share leases, evenly', () => {
    const groups = groupPartitions(1000);
    expect(groups).toHaveLength(64);
    expect(groups.flat().sort((a, b) => a - b)).toEqual(Array.from({ length: 1000 }, (_, i) => i));
    expect(Math.max(...groups.map((g) => g.length)) - Math.min(...groups.map((g) => g.length))).toBe(1);
    expect(groupPartitions(3)).toEqual([[0], [1], [2]]);
  });
});
