import { randomBytes } from 'node:crypto';
import type { Bus } from '../bus/bus.ts';
import type { BadCount, SourceFeed } from '../core/connector.ts';
import { bump, Telemetry } from '../core/telemetry.ts';
import { isLive } from '../connect/open.ts';
import { Engine } from '../engine/engine.ts';
import { Engines } from '../engine/engines.ts';
import { observe } from '../engine/observe.ts';
import { StageProbe } from '../engine/probe.ts';
import { deadLetters } from './dead-letters.ts';
import { Outlets } from './outlets.ts';
import { Status } from './status.ts';
import { Stop } from './stop.ts';
import type { Call } from './verb.ts';
import type { Prepared } from './wire.ts';

/** Counts of a bus that are shown as events of it. */
const BUS_EVENTS = ['disconnects', 'reconnects', 'errors', 'slow', 'ldm', 'dropped', 'refused', 'unsent', 'uncertain'] as const;

/** Something that works beside an engine for as long as it runs: its metrics, its status on the bus, a recorder. */
export interface RunPart {
  readonly name: string;
  start?(): Promise<void> | void;
  stop?(): Promise<void> | void;
}

export interface Opened {
  readonly engine: Engine;
  readonly outlets: Outlets;
  close(): Promise<void>;
}

/** Everything about one live run. Parts are started in the order in which they were added and stopped in the reverse. */
export class LiveRun {
  readonly call: Call;
  readonly prepared: Prepared;
  readonly bus: Bus;
  /** Name of this run on the bus: one token, no two alike. */
  readonly instance: string;
  readonly engines: Engines;
  readonly status: Status;
  readonly stop: Stop;
  readonly telemetry: Telemetry;
  readonly dead: ReturnType<typeof deadLetters>;
  private readonly parts: RunPart[] = [];
  private readonly started: RunPart[] = [];
  private readonly probe: StageProbe;

  constructor(call: Call, prepared: Prepared, bus: Bus) {
    const { plan, doc } = prepared;
    this.call = call;
    this.prepared = prepared;
    this.bus = bus;
    this.instance = instanceName(plan.name);
    this.telemetry = new Telemetry(plan.name);
    this.probe = new StageProbe(plan, this.telemetry);
    this.dead = deadLetters(plan.name, call.cwd);
    this.engines = new Engines(plan);
    const live = new Set(doc.sources.filter((s) => isLive(s.connector)).map((s) => s.id));
    observe(this.engines, this.telemetry, (id) => live.has(id));
    this.status = new Status(call.terminal, this.engines, plan.name);
    this.stop = new Stop(call.terminal);
    this.stop.signal.addEventListener('abort', () => { this.telemetry.state = 'draining'; });
    call.terminal.about({ pipeline: plan.name });
  }

  /** An engine of the run, counted and watched with the others until it is closed, and where its rows go. */
  open(): Opened {
    const { plan, universe } = this.prepared;
    const engine = new Engine(plan, {
      universe, probe: this.probe,
      onDeadLetter: (fault) => {
        bump(this.telemetry.deadLetters, 'operator_failed');
        this.dead.onDeadLetter(fault);
      },
    });
    this.engines.add(engine);
    return {
      engine, outlets: new Outlets(engine, plan.name),
      close: async () => {
        this.engines.remove(engine);
        await engine.close();
      },
    };
  }

  add(part: RunPart | null): void {
    if (part !== null) this.parts.push(part);
  }

  async start(): Promise<void> {
    for (const part of this.parts) {
      await part.start?.();
      this.started.push(part);
    }
    this.probe.start();
    this.status.start();
    if (!this.stop.signal.aborted) this.telemetry.state = 'running';
  }

  /** Counts of live sources that nobody but they have. */
  watch(feeds: readonly SourceFeed[]): void {
    const { telemetry } = this;
    let gaps = 0;
    telemetry.onRead(() => {
      const { connected, ...counts } = this.bus.stats();
      for (const event of BUS_EVENTS) telemetry.bus.set(event, counts[event]);
      telemetry.counts.gaps += counts.gaps - gaps;
      ({ gaps } = counts);
      feeds.forEach((feed, i) => {
        const t = telemetry.sources[i];
        t.dropped.queue_full = feed.dropped ?? 0;
        t.queue = feed.pending ?? 0;
        if (t.live && telemetry.state === 'running') t.connected = connected;
        countBad(feed.bad, t.bad);
      });
    });
  }

  /** Counts of bounded sources, which are there once they are open. */
  watchReaders(readers: readonly { readonly bad: BadCount }[]): void {
    for (const s of this.telemetry.sources) s.connected = true;
    this.telemetry.onRead(() => readers.forEach((r, i) => countBad(r.bad, this.telemetry.sources[i].bad)));
  }

  /** Ends everything, whatever has been started. A part that fails to end keeps no other from ending. */
  async end(): Promise<void> {
    this.telemetry.state = 'draining';
    this.status.stop();
    this.probe.stop();
    for (const part of this.started.splice(0).reverse()) {
      try {
        await part.stop?.();
      } catch (error) {
        this.call.terminal.warn(`${part.name} did not end well: ${(error as Error).message}`);
      }
    }
    this.stop.release();
    this.dead.close();
  }
}

function countBad(bad: BadCount, into: Map<string, number>): void {
  let named = 0;
  for (const [code, n] of bad.codes ?? []) {
    into.set(code, n);
    named += n;
  }
  if (bad.count > named) into.set('other', bad.count - named);
}

const instanceName = (pipeline: string): string => `${pipeline.replace(/[^A-Za-z0-9_-]/g, '_')}-${randomBytes(3).toString('hex')}`;
