import { concatMap, map, share, zip, type Observable } from 'rxjs';
import { calendarOf } from '../core/calendars/index.ts';
import { Frame, type Rows } from '../core/frame.ts';
import { KeyTable } from '../core/keys.ts';
import type { TimePolicy } from '../core/operator.ts';
import type { Identities } from '../plan/identity.ts';
import type { Block, EdgeId, Plan, Stage } from '../plan/ir.ts';
import { adopt, manifestOf, type Adoption, type Manifest, type Parts, type SavedGraph } from './adopt.ts';
import { AsofRunner } from './asof.ts';
import { AsyncRunner } from './await.ts';
import { Fan } from './fan.ts';
import { IslandRunner } from './island.ts';
import type { Probe } from './probe.ts';
import { RekeyRunner } from './rekey.ts';
import type { Counts, GraphState, RawFault, RowFault, Runner, Track } from './runner.ts';
import { edgesOf, TimedRunner } from './timed.ts';
import { unfuse } from './unfuse.ts';

export interface GraphOptions {
  /** False makes the reference form: one loop per instruction. */
  readonly fuse?: boolean;
  readonly capacity?: number;
  readonly onFault: (fault: RowFault) => void;
  /** Times stages by their index in the plan; only the fused form has those. */
  readonly probe?: Probe;
}

/** A plan at work: push an epoch's rows into `rows` of every source edge, call `epoch`, read any edge. */
export interface Graph {
  readonly rows: readonly Rows[];
  readonly tracks: readonly Track[];
  /**
   * The first numbers symbols for the readers, as far as they have read ahead. The rows' own ids are given row by row as they are taken,
   * so that they do not depend on how a reader cuts its chunks.
   */
  readonly keys: readonly KeyTable[];
  readonly passed: Float64Array;
  /** By edge: rows that its node's inputs had passed when it began; not 0 only for what an upgrade has added. */
  readonly since: Float64Array;
  readonly counts: ReadonlyMap<string, Counts>;
  /** Runs one epoch; a promise only when something asynchronous is inside. */
  epoch(): void | Promise<void>;
  readonly asynchronous: boolean;
  save(): unknown;
  /** What `save` gives, but some of it may be live state itself: good until the next row, for who reads it at once. */
  view(): unknown;
  /** Of the same plan, built the same way. */
  load(saved: unknown): void;
  /** What the parts of `save` are. */
  manifest(of: Identities): Manifest;
  /** Takes from a graph of another plan, whose parts `from` tells, what this one has too. For a graph that has seen nothing. */
  adopt(saved: unknown, from: Manifest, to: Identities): Adoption;
  close(): Promise<void>;
}

/**
 * Builds the RxJS graph of a plan. Every edge is an Observable that emits exactly once an epoch; a stage with several inputs waits for all
 * of them (`zip`), so a diamond fires once and shows no half-updated rows.
 */
export function buildGraph(plan: Plan, options: GraphOptions): Graph {
  const keys = Array.from({ length: plan.keyTables }, () => new KeyTable());
  const symbols = new KeyTable();
  const frames = plan.frames.map((f) => new Frame(keys[f.keys], f.columns, options.capacity));
  const rows: Rows[] = plan.edges.map((e) => ({ frame: frames[e.frame], n: 0, sel: null }));
  const tracks: Track[] = plan.tracks.map(() => ({ n: 0, seq: new Float64Array(0), wm: new Float64Array(0), before: -Infinity }));
  const counts = new Map<string, Counts>(plan.nodes.map((n) => [n.id, { filtered: 0, late: 0, errors: 0 }]));
  const state: GraphState = {
    rows, tracks, counts, passed: new Float64Array(plan.edges.length),
    fault(fault) {
      const c = counts.get(fault.node);
      if (c !== undefined) c.errors += 1;
      options.onFault(describe(fault, plan, frames));
    },
  };
  const calendar = calendarOf(plan.calendar);
  if (calendar === null) throw new TypeError(`no calendar ${plan.calendar}`);
  const time: TimePolicy = { lateness: plan.lateness, late: plan.late, calendar };

  const stages = options.fuse === false ? plan.stages.flatMap((s) => reference(s, plan, frames)) : plan.stages;
  const runners: Runner[] = [];
  const sources: { readonly subject: Fan<unknown>; readonly edge: EdgeId }[] = [];
  const ends: End[] = [];
  const read = consumed(stages);
  const streams = new Map<EdgeId, Observable<unknown>>();
  const input = (edge: EdgeId): Observable<unknown> => streams.get(edge) as Observable<unknown>;
  const probe = options.fuse === false ? undefined : options.probe;
  stages.forEach((stage, index) => {
    if (stage.form === 'source') {
      const subject = new Fan<unknown>();
      sources.push({ subject, edge: stage.edge });
      streams.set(stage.edge, subject);
      return;
    }
    const runner = makeRunner(stage, state, time, plan);
    runners.push(runner);
    const waits = [...new Set([...runner.inputs, ...stage.after])];
    const ready = waits.length === 1 ? input(waits[0]) : zip(waits.map(input));
    const readers = read.get(index) ?? 0;
    if (readers === 0 && !(runner instanceof AsyncRunner)) {
      // Nobody waits for it: it is the subscriber itself, which saves an operator per epoch.
      ends.push({ source: ready, work: worker(runner, index, probe) });
      return;
    }
    const work = worker(runner, index, probe);
    const ran = ready.pipe(runner instanceof AsyncRunner ? concatMap(() => work() as Promise<void>) : map(work));
    // Only what several stages read is shared: a share costs as much as a short epoch.
    const out = readers > 1 ? ran.pipe(share({ connector: () => new Fan<unknown>() })) : ran;
    if (readers === 0) ends.push({ source: out, work: () => {} });
    for (const edge of runner.outputs) streams.set(edge, out);
  });

  const since = new Float64Array(plan.edges.length);
  const parts: Parts = { plan, keys, runners, passed: state.passed, since, counts };
  const readers = (s: SavedGraph): void => {
    if (symbols.size === 0) symbols.load(s.symbols);
  };
  const asynchronous = runners.some((r) => r instanceof AsyncRunner);
  return {
    rows, tracks, keys: [symbols, ...keys.slice(1)], counts, passed: state.passed, since, asynchronous,
    ...lifecycle(ends, sources, rows, asynchronous, probe),
    save: (): SavedGraph => ({
      symbols: symbols.save(), keys: keys.map((k) => k.save()), runners: runners.map((r) => r.save()), passed: state.passed.slice(),
      since: since.slice(), counts: structuredClone([...counts]),
    }),
    view: (): SavedGraph => ({
      symbols: symbols.save(), keys: keys.map((k) => k.save()), runners: runners.map((r) => r.view()), passed: state.passed, since,
      counts: [...counts],
    }),
    manifest: (of) => manifestOf(parts, of),
    adopt(saved, from, to) {
      const s = saved as SavedGraph;
      readers(s);
      return adopt(parts, s, from, to);
    },
    load(saved) {
      const s = saved as SavedGraph;
      readers(s);
      s.keys.forEach((k, i) => keys[i].load(k));
      s.runners.forEach((r, i) => runners[i].load(r));
      state.passed.set(s.passed);
      since.set(s.since);
      for (const [id, c] of s.counts) Object.assign(counts.get(id) as Counts, c);
    },
    async close() {
      for (const r of runners) await r.close?.();
    },
  };
}

function describe({ node, frame, i, error }: RawFault, plan: Plan, frames: readonly Frame[]): RowFault {
  const values: Record<string, number | string | null> = {};
  plan.frames[frames.indexOf(frame)].columns.forEach((c, slot) => {
    // Columns that the planner made for itself have names that no pipeline can write.
    if (/^[A-Za-z_]\w*$/.test(c.name)) values[c.name] = frame.cols[slot][i];
  });
  return { node, seq: frame.seq[i], ts: frame.ts[i], symbol: frame.keys.symbols[frame.key[i]], values, error };
}

/** Where the graph ends: `work` is the last thing done there in an epoch. */
interface End {
  readonly source: Observable<unknown>;
  readonly work: () => void;
}

/** How often each stage is waited for, by index: by those that read its rows, or that it was the last to touch rows before. */
function consumed(stages: readonly Stage[]): ReadonlyMap<number, number> {
  const last = new Map<EdgeId, number>();
  const read = new Map<number, number>();
  stages.forEach((stage, index) => {
    for (const edge of new Set(waitsOf(stage))) {
      const maker = last.get(edge) as number;
      read.set(maker, (read.get(maker) ?? 0) + 1);
    }
    for (const edge of touchedBy(stage)) last.set(edge, index);
  });
  return read;
}

function waitsOf(stage: Stage): readonly EdgeId[] {
  switch (stage.form) {
    case 'source': return [];
    case 'timed': return [...stage.inputs, ...stage.after];
    case 'asof': return [stage.input, stage.other, ...stage.after];
    default: return [stage.input, ...stage.after];
  }
}

function touchedBy(stage: Stage): readonly EdgeId[] {
  switch (stage.form) {
    case 'island': return [stage.input, ...edgesIn(stage.body)];
    case 'asof': return [stage.input];
    case 'timed': return edgesOf(stage);
    default: return [stage.edge];
  }
}

const edgesIn = (block: Block): EdgeId[] =>
  block.instrs.flatMap((i) => (i.op === 'filter' || i.op === 'row' ? [i.edge, ...edgesIn(i.body)] : []));

/** Subscribes the ends of the graph, so that everything in front of them runs, and tells when an epoch has reached each. */
function lifecycle(
  ends: readonly End[], sources: readonly { readonly subject: Fan<unknown>; readonly edge: EdgeId }[],
  rows: readonly Rows[], asynchronous: boolean, probe: Probe | undefined,
): Pick<Graph, 'epoch'> {
  let arrived = 0;
  let failure: { readonly error: unknown } | null = null;
  let done: (() => void) | null = null;
  const fail = (error: unknown): void => {
    failure ??= { error };
    done?.();
  };
  for (const { source, work } of ends) {
    // RxJS reports what a subscriber throws later and elsewhere; here it ends the epoch that it happened in.
    const next = (): void => {
      try {
        work();
      } catch (error) {
        fail(error);
        return;
      }
      if (asynchronous && ++arrived === ends.length) done?.();
    };
    source.subscribe({ next, error: fail });
  }
  const push = (): void => {
    arrived = 0;
    probe?.begin();
    for (let s = 0; s < sources.length; s++) sources[s].subject.next(rows[sources[s].edge]);
  };
  return {
    epoch() {
      if (asynchronous && ends.length > 0) {
        return new Promise<void>((resolve, reject) => {
          done = () => (failure === null ? resolve() : reject(failure.error));
          push();
        });
      }
      push();
      if (failure !== null) throw (failure as { readonly error: unknown }).error;
    },
  };
}

/** What a stage does once an epoch. Measured epochs are few, and the others do not even see the clock. */
function worker(runner: Runner, stage: number, probe: Probe | undefined): () => void | Promise<void> {
  if (probe === undefined) return () => runner.run();
  const measured = (): void | Promise<void> => {
    const begun = probe.now();
    const running = runner.run();
    if (running === undefined) probe.took(stage, probe.now() - begun);
    else return running.then(() => probe.took(stage, probe.now() - begun));
  };
  return () => (probe.on ? measured() : runner.run());
}

function makeRunner(stage: Exclude<Stage, { form: 'source' }>, state: GraphState, time: TimePolicy, plan: Plan): Runner {
  switch (stage.form) {
    case 'island': return new IslandRunner(stage, state);
    case 'timed': return new TimedRunner(stage, state, time);
    case 'asof': return new AsofRunner(stage, state, plan.lateness);
    case 'async': return new AsyncRunner(stage, state);
    case 'rekey': return new RekeyRunner(stage, state);
  }
}

function reference(stage: Stage, plan: Plan, frames: readonly Frame[]): Stage[] {
  // A row that a user's step throws at leaves its loop: a loop that may throw stays whole.
  if (stage.form !== 'island' || stage.custom) return [stage];
  const parts = unfuse(stage, (type) => frames[plan.edges[stage.input].frame].addColumn(type));
  return parts;
}
