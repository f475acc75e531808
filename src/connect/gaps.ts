import { DAY, HOUR, MINUTE } from '../core/time.ts';

/** Different distances counted one by one; regular rows have a few hundred of them. */
const COUNTED = 2048;
/** A pause longer than this is a night, not a gap; of daily rows one up to four days is a weekend. */
const NIGHT = 4 * HOUR;
const WEEKEND = 4 * DAY;

export interface GapResult {
  readonly every: number | null;
  readonly gaps: number;
  readonly missing: number;
  readonly longest: { readonly from: number; readonly to: number } | null;
}

/** Distances between the rows of one symbol, in a bounded amount of memory. */
export class Gaps {
  private readonly counts = new Map<number, number>();
  private readonly octaves = new Float64Array(64);
  private rows = 0;
  private long = 0;
  private longest: GapResult['longest'] = null;

  add(from: number, to: number): void {
    const d = to - from;
    if (d > this.long) {
      this.long = d;
      this.longest = { from, to };
    }
    if (d === 0) return;
    this.rows++;
    const known = this.counts.get(d);
    if (known !== undefined || this.counts.size < COUNTED) this.counts.set(d, (known ?? 0) + 1);
    this.octaves[Math.min(63, Math.floor(Math.log2(d)))]++;
  }

  result(): GapResult {
    let every = 0;
    let most = 0;
    for (const [d, count] of this.counts) {
      if (count > most) {
        most = count;
        every = d;
      }
    }
    return most * 2 > this.rows && this.rows > 1 && every >= 1000 ? this.regular(every) : this.irregular();
  }

  private regular(every: number): GapResult {
    let gaps = 0;
    let missing = 0;
    for (const [d, count] of this.counts) {
      const isGap = every >= DAY ? d > WEEKEND : d > 1.5 * every && d <= NIGHT;
      if (!isGap) continue;
      gaps += count;
      missing += count * (Math.round(d / every) - 1);
    }
    return { every, gaps, missing, longest: this.longest };
  }

  /** Trades and quotes come as they will: a gap is some fifty times the middle distance, and a minute at least. */
  private irregular(): GapResult {
    let seen = 0;
    let middle = 0;
    while (middle < 63 && (seen += this.octaves[middle]) * 2 < this.rows) middle++;
    let gaps = 0;
    for (let o = middle + 6; o < 64; o++) if (2 ** o >= MINUTE && 2 ** (o + 1) <= NIGHT * 2) gaps += this.octaves[o];
    return { every: null, gaps, missing: 0, longest: this.longest };
  }
}
