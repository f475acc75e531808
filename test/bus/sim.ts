import type { Clock } from '../../src/bus/clock.ts';
import { NoAnswer, type KeyEntry, type KeyValue } from '../../src/bus/key-value.ts';
import { Random } from '../../src/core/random.ts';

interface Event {
  readonly at: number;
  readonly order: number;
  readonly work: () => void;
  off: boolean;
}

/** A machine that may be stopped for a while: what is due meanwhile happens when it wakes. */
export class Machine {
  pausedUntil = 0;
  dead = false;
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

/** Simulated time. Between two events all promises that can go on do so. */
export class Sim {
  readonly random: Random;
  private time = 0;
  private order = 0;
  private readonly events: Event[] = [];

  constructor(seed: number) {
    this.random = new Random(seed);
  }

  get now(): number {
    return this.time;
  }

  at(delay: number, work: () => void, machine: Machine | null = null): () => void {
    const event: Event = { at: this.time + Math.max(0, delay), order: this.order++, off: false, work: () => {
      if (machine?.dead === true) return;
      if (machine !== null && machine.pausedUntil > this.time) this.at(machine.pausedUntil - this.time, work, machine);
      else work();
    } };
    let low = this.events.length;
    while (low > 0 && (this.events[low - 1].at > event.at)) low -= 1;
    this.events.splice(low, 0, event);
    return () => { event.off = true; };
  }

  /** A clock of a machine; `rate` 2 runs twice as fast as it should. */
  clock(machine: Machine, rate = 1): Clock {
    return {
      now: () => this.time * rate,
      after: (ms, work) => {
        let off = false;
        this.at(ms / rate, () => { if (!off) work(); }, machine);
        return () => { off = true; };
      },
    };
  }

  async run(until: number, after: () => void = () => undefined): Promise<void> {
    while (this.events.length > 0 && this.events[0].at <= until) {
      const event = this.events.shift() as Event;
      this.time = event.at;
      if (event.off) continue;
      event.work();
      await new Promise((resolve) => setImmediate(resolve));
      after();
    }
    this.time = until;
  }
}

export interface Faults {
  /** Chance that a request, or an answer, is lost. */
  readonly lose: number;
  /** Most milliseconds that one of them takes. */
  readonly delay: number;
}

/** A key-value store as NATS KV keeps its promises, behind a network that does not. */
export class ModelKv {
  private readonly entries = new Map<string, KeyEntry>();
  private readonly watchers = new Set<(entry: KeyEntry) => void>();
  private revision = 0;
  /** No request arrives and no answer leaves before this time. */
  downUntil = 0;
  writes = 0;
  private readonly sim: Sim;

  constructor(sim: Sim) {
    this.sim = sim;
  }

  /** The store as one machine sees it. */
  seenFrom(machine: Machine, faults: () => Faults, timeoutMs: number): KeyValue {
    const { sim } = this;
    const hop = (): number => sim.random.next() * faults().delay;
    const lost = (): boolean => sim.now < this.downUntil || sim.random.next() < faults().lose;
    const ask = <T>(work: () => T): Promise<T> => new Promise((resolve, reject) => {
      let done = false;
      sim.at(timeoutMs, () => {
        if (!done) reject(new NoAnswer('timeout'));
        done = true;
      }, machine);
      if (lost()) return;
      sim.at(hop(), () => {
        if (sim.now < this.downUntil) return;
        const result = work();
        if (lost()) return;
        sim.at(hop(), () => {
          if (!done) resolve(result);
          done = true;
        }, machine);
      });
    });
    return {
      get: (key) => ask(() => this.entries.get(key) ?? null),
      swap: (key, value, revision) => ask(() => ((this.entries.get(key)?.revision ?? 0) === revision ? this.write(key, value) : null)),
      put: (key, value) => ask(() => this.write(key, value)),
      remove: (key) => ask(() => void this.entries.delete(key)),
      last: () => ask(() => this.revision),
      watch: (prefix, changed) => {
        let open = true;
        let arrived = 0;
        const tell = (entry: KeyEntry): void => {
          if (!entry.key.startsWith(prefix)) return;
          // A watch is in order, however long each hop takes; while it is broken it says nothing.
          if (sim.now < this.downUntil || faults().lose > sim.random.next()) return;
          arrived = Math.max(arrived, sim.now + hop());
          sim.at(arrived - sim.now, () => { if (open) changed(entry); }, machine);
        };
        for (const e of [...this.entries.values()].sort((a, b) => a.revision - b.revision)) tell(e);
        this.watchers.add(tell);
        return () => {
          open = false;
          this.watchers.delete(tell);
        };
      },
    };
  }

  /** The broker loses keys, as one does that was cut off power. */
  forget(key: string): void {
    this.entries.delete(key);
  }

  peek(key: string): KeyEntry | null {
    return this.entries.get(key) ?? null;
  }

  private write(key: string, value: string): number {
    const entry = { key, value, revision: ++this.revision };
    this.entries.set(key, entry);
    this.writes += 1;
    for (const tell of this.watchers) tell(entry);
    return entry.revision;
  }
}
