import type { Schema, Type } from '../core/types.ts';
import type { EdgeId, EdgePlan, FramePlan, Stage } from './ir.ts';
import { BlockBuilder, IslandBuilder, type ColumnPlace } from './island.ts';

/** The plan under construction: frames, edges, and stages in an order in which every stage comes after what it reads. */
export class Draft {
  readonly frames: (FramePlan & { readonly columns: { name: string; type: Type }[] })[] = [];
  readonly edges: EdgePlan[] = [];
  readonly stages: (Stage | IslandBuilder)[] = [];
  readonly tracks: number[][] = [];
  keyTables = 1;
  private readonly meetings: ReadonlySet<number>[] = [];
  private readonly trackIds = new Map<string, number>();
  private readonly islands = new Map<EdgeId, IslandBuilder[]>();

  frame(keys: number, schema: Schema): number {
    const id = this.frames.length;
    this.frames.push({ id, keys, columns: schema.map((f) => ({ name: f.name, type: f.type })) });
    return id;
  }

  /** A column of the frame that no schema names, or one that a schema names later. */
  slot(frame: number, name: string, type: Type): number {
    return this.frames[frame].columns.push({ name, type }) - 1;
  }

  edge(frame: number, parent: EdgeId | null, node: string): EdgeId {
    const id = this.edges.length;
    this.edges.push({ id, frame, parent, node });
    return id;
  }

  frameOf(edge: EdgeId): number {
    return this.edges[edge].frame;
  }

  /** Is `edge` the same rows as `of`, or a selection of them? */
  within(edge: EdgeId, of: EdgeId): boolean {
    for (let e: EdgeId | null = edge; e !== null; e = this.edges[e].parent) if (e === of) return true;
    return false;
  }

  track(sources: ReadonlySet<number>): number {
    const group = [...sources].sort((a, b) => a - b);
    const name = group.join();
    let id = this.trackIds.get(name);
    if (id === undefined) this.trackIds.set(name, (id = this.tracks.push(group) - 1));
    return id;
  }

  /** Says that rows of these sources meet in a join or an `asof`: they then share one watermark. */
  meet(sources: Iterable<number>): void {
    this.meetings.push(new Set(sources));
  }

  /**
   * The groups of sources that share a watermark. Sources that meet anywhere are one group for every stage: were each window closed by
   * its own source alone, two that close at one moment would see each other or not by whose next row, in the future, comes first.
   */
  groups(): number[][] {
    return this.tracks.map((track) => {
      const group = new Set(track);
      for (let size = 0; size < group.size;) {
        size = group.size;
        for (const m of this.meetings) if ([...m].some((s) => group.has(s))) m.forEach((s) => group.add(s));
      }
      return [...group].sort((a, b) => a - b);
    });
  }

  /** The block to put work on `edge` into: in the first island on it that runs after stage `least`, or in a new one. */
  block(edge: EdgeId, least: number, custom: string | null = null): BlockBuilder {
    const here = this.islands.get(edge) ?? [];
    const found = custom === null ? here.find((i) => i.stage >= least && i.custom === null) : undefined;
    if (found !== undefined) return found.blocks.get(edge) as BlockBuilder;
    const island = new IslandBuilder(this.stages.length, edge, custom);
    this.stages.push(island);
    this.joins(edge, island);
    return island.root;
  }

  /** Says that `island` has a block for `edge`. */
  joins(edge: EdgeId, island: IslandBuilder): void {
    const list = this.islands.get(edge);
    if (list === undefined) this.islands.set(edge, [island]);
    else list.push(island);
  }

  /** Gives a computed column a slot, so that others than its island can read it. */
  store(place: ColumnPlace, name = '#'): number {
    if (place.slot < 0 && place.value !== null) {
      const { block, id } = place.value;
      place.slot = this.slot(this.frameOf(block.block.edge), name, place.type);
      block.block.instrs.push({ op: 'store', slot: place.slot, a: id });
    }
    return place.slot;
  }

  finish(): Stage[] {
    return this.stages.map((s) => (s instanceof IslandBuilder ? s.finish() : s));
  }
}
