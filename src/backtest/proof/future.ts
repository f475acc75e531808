import type { Chunk } from '../../core/connector.ts';
import type { Random } from '../../core/random.ts';
import type { Type } from '../../core/types.ts';
import { Gathered, Order, STRANGER, type Plan, type Rows, type Tape } from './tape.ts';

/** What comes after a cut: as it was; nothing; other values at the same moments; other rows at other moments. */
export const FUTURES = Object.freeze(['as it was', 'cut off', 'other values', 'other rows'] as const);
export type FutureKind = (typeof FUTURES)[number];

/** Rows `past` and before are kept, rows up to, not including, `end` are the future. */
export interface Cut {
  readonly past: number;
  readonly end: number;
  /** Event time up to which nothing of the future is stamped, microseconds. */
  readonly settled: number;
  /** Event time at which all that is stamped up to `settled` has been told, whatever the lateness. */
  readonly told: number;
}

export function cutAt(tape: Tape, past: number, end: number, lateness: number): Cut {
  let first = Infinity;
  let last = -Infinity;
  for (let i = past + 1; i < end; i++) {
    if (tape.ts[i] < first) first = tape.ts[i];
    if (tape.ts[i] > last) last = tape.ts[i];
  }
  return { past, end, settled: first - 1, told: Math.max(first, last) + lateness + 1 };
}

/** The rows after a cut, with a heartbeat on every source behind them, so that time moves on and nothing ends. */
export function futureOf(kind: FutureKind, tape: Tape, plan: Plan, cut: Cut, random: Random): Rows {
  const made = new Made(tape, plan);
  if (kind === 'as it was') made.copy(cut, null);
  else if (kind === 'other values') made.copy(cut, random);
  else if (kind === 'other rows') made.others(cut, random);
  return made.rows(kind === 'cut off' ? cut.settled + 1 + plan.lateness : cut.told);
}

class Made {
  private readonly tape: Tape;
  private readonly plan: Plan;
  private readonly gathered: Gathered[];
  private readonly order = new Order();
  private readonly types: readonly (readonly Type[])[];

  constructor(tape: Tape, plan: Plan) {
    this.tape = tape;
    this.plan = plan;
    this.types = plan.sources.map((s) => s.schema.map((f) => f.type));
    this.gathered = this.types.map((t) => new Gathered(t));
  }

  /** The same moments and symbols; other values where there is a `random`. */
  copy(cut: Cut, random: Random | null): void {
    const { tape, plan } = this;
    const own = plan.sources.map((_, s) => this.rowsOf(cut, s));
    for (let i = cut.past + 1; i < cut.end; i++) {
      const s = tape.source[i];
      const from = tape.chunks[s];
      const r = tape.row[i];
      const to = this.gathered[s].push(from.ts[r], from.key[r]);
      this.order.push(s, to, tape.ts[i]);
      if (from.key[r] >= 0) this.fill(s, to, r, own[s], random);
    }
  }

  /** Other moments: rows dropped, repeated, in another order, with values and symbols of each other, some of a symbol that is new. */
  others(cut: Cut, random: Random): void {
    const { tape, plan } = this;
    const stranger = tape.keys.find(STRANGER);
    const first = cut.settled + 1;
    const span = Math.max(0, cut.told - plan.lateness - 1 - first);
    const all: { readonly s: number; readonly ts: number }[] = [];
    const own = plan.sources.map((_, s) => this.rowsOf(cut, s));
    own.forEach((rows, s) => {
      for (let i = 0; i < rows.length; i++) {
        const u = random.next();
        const times = u < 0.1 ? 0 : u < 0.2 ? 2 : 1;
        for (let k = 0; k < times; k++) all.push({ s, ts: first + Math.floor(random.next() * (span + 1)) });
      }
    });
    all.sort((a, b) => a.ts - b.ts || a.s - b.s);
    for (const { s, ts } of all) {
      const rows = own[s];
      const from = tape.chunks[s];
      const symbol = from.key[rows[random.int(0, rows.length - 1)]];
      const to = this.gathered[s].push(ts - plan.sources[s].shift, random.next() < 0.1 ? stranger : symbol);
      this.order.push(s, to, ts);
      this.fill(s, to, rows[random.int(0, rows.length - 1)], rows, random);
    }
  }

  /** Rows of a source in the future, heartbeats left out, as places in its chunk. */
  private rowsOf(cut: Cut, s: number): number[] {
    const { tape } = this;
    const out: number[] = [];
    for (let i = cut.past + 1; i < cut.end; i++) {
      if (tape.source[i] === s && tape.chunks[s].key[tape.row[i]] >= 0) out.push(tape.row[i]);
    }
    return out;
  }

  private fill(s: number, to: number, row: number, pool: readonly number[], random: Random | null): void {
    const from: Chunk = this.tape.chunks[s];
    const { cols } = this.gathered[s];
    for (let c = 0; c < cols.length; c++) {
      const column = cols[c];
      const value = random === null ? from.cols[c][row] : other(from, c, row, this.types[s][c], pool, random);
      if (column instanceof Float64Array) column[to] = value as number;
      else column[to] = value as string | null;
    }
  }

  rows(beat: number): Rows {
    this.gathered.forEach((g, s) => this.order.push(s, g.push(beat - this.plan.sources[s].shift, -1), beat));
    return this.order.rows(this.gathered.map((g) => g.chunk()));
  }
}

/** Another value of the same type: scaled by up to five times, that of another row, or none. */
function other(from: Chunk, c: number, row: number, type: Type, pool: readonly number[], random: Random): number | string | null {
  const u = random.next();
  if (u < 0.05) return type === 'text' ? null : NaN;
  const value = from.cols[c][u < 0.3 ? pool[random.int(0, pool.length - 1)] : row];
  if (typeof value !== 'number') return from.cols[c][pool[random.int(0, pool.length - 1)]];
  const scaled = value * (0.2 + 5 * random.next());
  if (type === 'f64') return scaled;
  if (type === 'i64' || type === 'duration') return Math.round(scaled);
  return from.cols[c][pool[random.int(0, pool.length - 1)]];
}
