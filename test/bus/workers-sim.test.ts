import { describe, expect, it } from 'vitest';
import { Refusal } from '../../src/core/diagnostic.ts';
import { Workers, type PartitionHost, type WorkersOptions } from '../../src/bus/workers.ts';
import { Machine, ModelKv, Sim, type Faults } from './sim.ts';

const TTL = 1000;
const CALM: Faults = { lose: 0, delay: 5 };

/** Keeps account of what runs where, and says when a partition runs twice. */
class Ledger {
  readonly running = new Map<number, { worker: string; epoch: number }>();
  readonly wrong: string[] = [];
  readonly stops: string[] = [];
  readonly sources: unknown[] = [];
  readonly members = new Map<string, Workers>();
  starts = 0;
  private readonly sim: Sim;

  constructor(sim: Sim) {
    this.sim = sim;
  }

  host(worker: string, machine: Machine): PartitionHost {
    const end = (p: number): void => {
      if (this.running.get(p)?.worker === worker) this.running.delete(p);
    };
    return {
      start: (p, epoch, src) => {
        const other = this.running.get(p);
        if (other !== undefined && other.worker === worker) this.wrong.push(`${worker} runs ${p} twice`);
        const holder = other === undefined ? undefined : this.members.get(other.worker);
        if (holder?.owned.includes(p) === true && other?.worker !== worker) this.wrong.push(`${worker} starts ${p}, which ${other?.worker} holds`);
        if (other !== undefined && other.epoch >= epoch) this.wrong.push(`${p}: epoch ${epoch} after ${other.epoch}`);
        this.running.set(p, { worker, epoch });
        this.starts += 1;
        this.sources.push(src);
      },
      release: (p) => new Promise((resolve) => {
        this.sim.at(30 + this.sim.random.next() * 100, () => {
          end(p);
          resolve(1000 + p);
        }, machine);
      }),
      stop: (p, reason) => {
        this.stops.push(reason);
        end(p);
      },
    };
  }

  count(worker: string): number {
    return [...this.running.values()].filter((r) => r.worker === worker).length;
  }
}

interface World {
  readonly sim: Sim;
  readonly server: ModelKv;
  readonly ledger: Ledger;
  faults: Faults;
  join(name: string, options?: Partial<WorkersOptions>): { machine: Machine; workers: Promise<Workers> };
}

function world(seed: number): World {
  const sim = new Sim(seed);
  const server = new ModelKv(sim);
  const w: World = {
    sim, server, ledger: new Ledger(sim), faults: CALM,
    join: (name, options = {}) => {
      const machine = new Machine(name);
      const kv = server.seenFrom(machine, () => w.faults, TTL / 2);
      const all = { id: name, run: 'p', plan: 'h', partitions: 16, ttlMs: TTL, clock: sim.clock(machine), since: sim.now, ...options };
      const workers = Workers.join(kv, all, w.ledger.host(name, machine));
      workers.then((m) => w.ledger.members.set(name, m), () => undefined);
      return { machine, workers };
    },
  };
  return w;
}

describe('workers in simulated time', () => {
  it('share, hand over with the position, and take over from the dead', async () => {
    const w = world(3);
    const { sim, ledger } = w;
    const a = w.join('a');
    await sim.run(2 * TTL);
    expect(ledger.count('a')).toBe(16);
    const b = w.join('b');
    await sim.run(4 * TTL);
    expect([ledger.count('a'), ledger.count('b')]).toEqual([8, 8]);
    // Those that moved began where the other had stopped.
    expect(ledger.sources.slice(16).every((s) => typeof s === 'number' && s >= 1000)).toBe(true);
    const c = w.join('c');
    await sim.run(6 * TTL);
    expect(['a', 'b', 'c'].map((x) => ledger.count(x))).toEqual([6, 5, 5]);
    expect(ledger.starts).toBe(16 + 8 + 5);
    b.machine.dead = true;
    await sim.run(9 * TTL);
    expect(['a', 'c'].map((x) => ledger.count(x))).toEqual([8, 8]);
    expect(ledger.starts).toBe(16 + 8 + 5 + 5);
    void (await a.workers).leave();
    await sim.run(11 * TTL);
    expect(['a', 'c'].map((x) => ledger.count(x))).toEqual([0, 16]);
    expect((await c.workers).owned).toHaveLength(16);
    expect((await c.workers).alive).toEqual(['c']);
    expect(ledger.wrong).toEqual([]);
    expect(ledger.stops).toEqual([]);
  });

  it('under losses, delays, sleeps, deaths and a broker that goes away: all is owned again, evenly, soon after', async () => {
    let deaths = 0;
    let stops = 0;
    for (let seed = 1; seed <= 12; seed++) {
      const w = world(seed);
      const { sim, ledger, server } = w;
      w.faults = { lose: sim.random.next() * 0.2, delay: sim.random.next() * 150 };
      const joined = ['a', 'b', 'c', 'd'].map((name, i) => {
        const slot: { machine: Machine | null; name: string } = { machine: null, name };
        sim.at(i * TTL * sim.random.next(), () => {
          const tryIt = (): void => {
            const j = w.join(name);
            slot.machine = j.machine;
            // A broker that does not answer at first is tried again, as a supervisor does.
            j.workers.catch(() => sim.at(200, tryIt));
          };
          tryIt();
        });
        return slot;
      });
      for (let i = 0; i < 6; i++) {
        sim.at((2 + sim.random.next() * 10) * TTL, () => {
          const { machine } = joined[sim.random.int(0, 3)];
          const kind = sim.random.int(0, 2);
          if (machine === null) return;
          if (kind === 0) machine.pausedUntil = sim.now + sim.random.next() * 3 * TTL;
          else if (kind === 1) server.downUntil = sim.now + sim.random.next() * 2 * TTL;
          else if (joined.filter((j) => j.machine?.dead !== true).length > 2) {
            machine.dead = true;
            deaths += 1;
          }
        });
      }
      await sim.run(13 * TTL);
      w.faults = CALM;
      await sim.run(24 * TTL);
      const alive = joined.filter((j) => j.machine !== null && !j.machine.dead).map((j) => j.name);
      const counts = alive.map((name) => ledger.count(name));
      expect(counts.reduce((x, y) => x + y, 0), `seed ${seed}: ${counts.join(' ')}`).toBe(16);
      expect(Math.max(...counts) - Math.min(...counts), `seed ${seed}: ${counts.join(' ')}`).toBeLessThanOrEqual(1);
      expect(ledger.wrong, `seed ${seed}`).toEqual([]);
      const { starts } = ledger;
      await sim.run(40 * TTL);
      expect(ledger.starts, `seed ${seed}: moves at rest`).toBe(starts);
      stops += ledger.stops.length;
    }
    expect(deaths).toBeGreaterThan(5);
    expect(stops).toBeGreaterThan(5);
  }, 120_000);

  it('refuses a worker that was started otherwise while others are alive, and takes its word when none is', async () => {
    const w = world(5);
    const a = w.join('a');
    await w.sim.run(2 * TTL);
    let refused: unknown = null;
    const b = w.join('b', { partitions: 8 });
    b.workers.catch((error: unknown) => { refused = error; });
    await w.sim.run(5 * TTL);
    expect(refused).toBeInstanceOf(Refusal);
    expect((refused as Refusal).message).toMatch(/16 partitions.*8 partitions/);
    expect((refused as Refusal).code).toBe('E773');
    a.machine.dead = true;
    await w.sim.run(8 * TTL);
    const c = w.join('c', { partitions: 8 });
    await w.sim.run(11 * TTL);
    expect((await c.workers).owned).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  it('many partitions go by groups, at most as many leases as asked for', async () => {
    const w = world(6);
    const a = w.join('a', { partitions: 100, leases: 8 });
    const b = w.join('b', { partitions: 100, leases: 8 });
    await w.sim.run(4 * TTL);
    const [mine, theirs] = [(await a.workers).owned, (await b.workers).owned];
    expect([...mine, ...theirs].sort((x, y) => x - y)).toEqual([...Array(100).keys()]);
    expect(Math.min(mine.length, theirs.length)).toBeGreaterThanOrEqual(48);
    expect([...Array(20).keys()].filter((i) => w.server.peek(`work.p.lease.${i}`) !== null)).toHaveLength(8);
  });
});
