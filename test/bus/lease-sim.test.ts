import { describe, expect, it } from 'vitest';
import { Lease, parseLease } from '../../src/bus/nats-lease.ts';
import { Machine, ModelKv, Sim, type Faults } from './sim.ts';

const TTL = 1000;
const KEY = 'lease.p.0';

interface Played {
  /** Most holders at one moment, by their own account. */
  readonly most: number;
  readonly epochs: readonly number[];
  readonly losses: number;
  /** Longest time without a holder while nothing was wrong any more. */
  readonly healed: number;
}

/** Processes that want one lease for ever, under losses, delays, sleeps, deaths and a broker that goes away. */
async function play(seed: number, rate = 1): Promise<Played> {
  const sim = new Sim(seed);
  const server = new ModelKv(sim);
  const calm: Faults = { lose: 0, delay: 5 };
  const faults: Faults = { lose: sim.random.next() * 0.4, delay: sim.random.next() * 900 };
  let now = faults;
  const leases: Lease[] = [];
  const epochs: number[] = [];
  let losses = 0;
  const machines = [0, 1, 2].map((i) => new Machine(`m${i}`));
  const live = (machine: Machine, pace: number): void => {
    const options = { owner: machine.name, ttlMs: TTL, clock: sim.clock(machine, pace) };
    const kv = server.seenFrom(machine, () => now, TTL / 2);
    const want = (): void => void Lease.wait(kv, KEY, options).then((lease) => {
      if (lease === null) return;
      leases.push(lease);
      epochs.push(lease.epoch);
      lease.onLost(() => { losses += 1; want(); });
      if (sim.random.next() < 0.3) sim.at(sim.random.next() * 5 * TTL, () => void lease.release(7).then((ok) => { if (ok) want(); }), machine);
    }, () => { sim.at(50, want, machine); });
    want();
  };
  machines.forEach((m, i) => live(m, i === 0 ? 1 : rate));
  for (let i = 0; i < 8; i++) {
    sim.at(sim.random.next() * 12 * TTL, () => {
      const m = machines[sim.random.int(0, 2)];
      const kind = sim.random.int(0, 2);
      if (kind === 0) m.pausedUntil = sim.now + sim.random.next() * 4 * TTL;
      else if (kind === 1) server.downUntil = sim.now + sim.random.next() * 3 * TTL;
      else if (machines.filter((x) => !x.dead).length > 2) {
        m.dead = true;
        for (const l of leases) if (parseLease(server.peek(KEY))?.owner === m.name && l.held) dead.add(l);
      }
    });
  }
  const dead = new Set<Lease>();
  let most = 0;
  const look = (): void => {
    // A process that is stopped or dead does nothing, whatever it would say.
    const awake = leases.filter((l) => l.held && !dead.has(l));
    most = Math.max(most, awake.length);
  };
  await sim.run(12 * TTL, look);
  now = calm;
  let empty = sim.now;
  let healed = 0;
  await sim.run(20 * TTL, () => {
    look();
    if (leases.some((l) => l.held && !dead.has(l))) empty = sim.now;
    else healed = Math.max(healed, sim.now - empty);
  });
  return { most, epochs, losses, healed };
}

describe('a lease under faults, in simulated time', () => {
  it('has never two holders, its epochs rise, and it is had again soon after the faults end', async () => {
    let owners = 0;
    let losses = 0;
    for (let seed = 1; seed <= 150; seed++) {
      const r = await play(seed);
      expect(r.most, `seed ${seed}`).toBeLessThanOrEqual(1);
      expect(r.epochs, `seed ${seed}`).toEqual([...new Set(r.epochs)].sort((a, b) => a - b));
      expect(r.healed, `seed ${seed}`).toBeLessThan(5 * TTL);
      owners += r.epochs.length;
      losses += r.losses;
    }
    // The property must have had something to say.
    expect(owners).toBeGreaterThan(300);
    expect(losses).toBeGreaterThan(100);
  }, 120_000);

  it('would show two holders if a standby did not wait long enough', async () => {
    let most = 0;
    for (let seed = 1; seed <= 30 && most < 2; seed++) most = Math.max(most, (await play(seed, 3)).most);
    expect(most).toBe(2);
  });

  it('goes on above every epoch it ever gave after the broker lost its key', async () => {
    const sim = new Sim(1);
    const server = new ModelKv(sim);
    const machine = new Machine('m');
    const kv = server.seenFrom(machine, () => ({ lose: 0, delay: 1 }), TTL);
    const options = { owner: 'm', ttlMs: TTL, clock: sim.clock(machine) };
    const epochs: number[] = [];
    const lost: string[] = [];
    const again = async (): Promise<void> => {
      const lease = await Lease.wait(kv, KEY, options);
      epochs.push(lease?.epoch ?? 0);
      lease?.onLost((reason) => { lost.push(reason); void again(); });
    };
    void again();
    await sim.run(3 * TTL);
    server.forget(KEY);
    await sim.run(6 * TTL);
    expect(lost).toHaveLength(1);
    expect(epochs).toHaveLength(2);
    expect(epochs[1]).toBeGreaterThan(epochs[0]);
    expect(epochs[1]).toBe(server.peek(KEY) === null ? -1 : (parseLease(server.peek(KEY))?.epoch ?? -1));
  });
});
