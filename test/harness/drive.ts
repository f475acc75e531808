import { deserialize, serialize } from 'node:v8';
import type { Random } from '../../src/core/random.ts';
import type { Engine, NodeReport, Snapshot } from '../../src/engine/engine.ts';
import type { Schema } from '../../src/core/types.ts';
import { intern, type Feed } from './feed.ts';
import type { Subject } from './pipeline.ts';

type Cell = number | string | null;

/** Every row that a node gave, column by column. */
export interface Recorded {
  readonly schema: Schema;
  readonly seq: number[];
  readonly ts: number[];
  readonly key: string[];
  readonly cols: Cell[][];
}

export interface Recording {
  readonly nodes: ReadonlyMap<string, Recorded>;
  readonly hash: string;
  readonly report: Readonly<Record<string, NodeReport>>;
}

export interface Cutting {
  /** Rows of the next epoch. */
  readonly next: () => number;
  /** Numbers of rows after which the engine is thrown away and a new one goes on from its snapshot. */
  readonly kills?: readonly number[];
  readonly fuse?: boolean;
  /** Kills go through `freeze` and `thaw`. */
  readonly frozen?: boolean;
  /** Leaves the sources open at the end, so that what is open stays open. */
  readonly open?: boolean;
}

export const every = (rows: number): Cutting => ({ next: () => rows });

/** Lengths spread evenly over the orders of magnitude, from single rows to whole chunks. */
export const randomly = (random: Random, most = 4096): Cutting =>
  ({ next: () => Math.floor(Math.exp(random.next() * Math.log(most + 1))) });

/** What a checkpoint on a disk does to a snapshot. */
export const throughDisk = (saved: Snapshot): Snapshot => deserialize(serialize(structuredClone(saved))) as Snapshot;

/** One engine after another over the rows of a feed, with everything written down that comes out. */
export class Drive {
  readonly nodes = new Map<string, Recorded>();
  readonly feed: Feed;
  private readonly subject: Subject;
  private readonly cut: Cutting;
  engine: Engine;
  /** Rows taken so far. */
  at = 0;

  constructor(subject: Subject, feed: Feed, cut: Cutting) {
    this.subject = subject;
    this.feed = feed;
    this.cut = cut;
    for (const n of subject.plan.nodes) this.nodes.set(n.id, { schema: n.schema, seq: [], ts: [], key: [], cols: n.schema.map(() => []) });
    this.engine = this.make();
  }

  private make(): Engine {
    const engine = this.subject.engine(this.cut.fuse === undefined ? {} : { fuse: this.cut.fuse });
    for (const [id, to] of this.nodes) {
      engine.tap(id, (rows) => {
        for (let j = 0; j < rows.n; j++) {
          const i = rows.sel === null ? j : rows.sel[j];
          to.seq.push(rows.seq[i]);
          to.ts.push(rows.ts[i]);
          to.key.push(rows.keys.names[rows.key[i]]);
          for (let c = 0; c < to.cols.length; c++) to.cols[c].push(rows.cols[c][i]);
        }
      });
    }
    return engine;
  }

  /** Takes rows up to number `to` and runs them as one epoch. */
  async epoch(to: number): Promise<void> {
    const { feed, engine } = this;
    while (this.at < to) {
      const source = feed.source[this.at];
      const first = feed.row[this.at];
      let n = 0;
      for (; this.at + n < to && feed.source[this.at + n] === source; n++) intern(feed, source, first + n, engine.graph.keys[0]);
      const { chunk } = feed.sources[source];
      engine.take(source, chunk, first, first + n);
      this.at += n;
      if (first + n === chunk.n && this.cut.open !== true) engine.end(source);
    }
    const running = engine.epoch();
    if (running !== undefined) await running;
  }

  /** A kill: a new engine, which knows nothing but the snapshot, goes on. */
  async restore(saved: Snapshot): Promise<void> {
    await this.engine.close();
    this.engine = this.make();
    this.engine.load(saved);
  }

  /** The same, over bytes alone. */
  async refreeze(): Promise<void> {
    const bytes = this.engine.freeze();
    await this.engine.close();
    this.engine = this.make();
    this.engine.thaw(bytes);
    // Nothing of the new engine may lie in the bytes.
    bytes.fill(0xa5);
  }

  async finish(): Promise<Recording> {
    const { engine } = this;
    if (this.cut.open !== true) this.feed.sources.forEach((_, s) => engine.end(s));
    const running = engine.epoch();
    if (running !== undefined) await running;
    const report = engine.report();
    const hash = engine.hash(engine.plan.nodes.map((n) => n.id));
    await engine.close();
    return { nodes: this.nodes, hash, report };
  }
}

export async function drive(subject: Subject, feed: Feed, cut: Cutting): Promise<Recording> {
  const d = new Drive(subject, feed, cut);
  const kills = [...(cut.kills ?? [])].sort((a, b) => a - b);
  while (d.at < feed.n) {
    const to = Math.min(feed.n, d.at + Math.max(1, cut.next()), kills[0] ?? Infinity);
    await d.epoch(to);
    if (kills[0] !== to) continue;
    while (kills[0] === to) kills.shift();
    if (cut.frozen === true) await d.refreeze();
    else await d.restore(throughDisk(d.engine.save()));
  }
  return d.finish();
}
