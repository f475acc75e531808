import { Random } from '../../src/core/random.ts';
import { nodeDifferences, type Keep, type Violations } from './compare.ts';
import { drive, every, type Recording } from './drive.ts';
import { feedOf, timeOf, type Feed } from './feed.ts';
import { select, type Stream } from './market.ts';
import type { Subject } from './pipeline.ts';

const append = (s: Stream, ts: number, symbol: string | null, row: readonly (number | string | null)[]): void => {
  s.ts.push(ts);
  s.symbol.push(symbol);
  row.forEach((x, c) => s.cols[c].push(x));
};

const blank = (s: Stream): (number | string | null)[] => s.schema.map((f) => (f.type === 'text' ? null : NaN));

const upTo = (s: Stream, t: number): Stream => select(s, s.ts.flatMap((x, i) => (x <= t ? [i] : [])));

/** The rows up to `t`, then another future: other times, other symbols, other prices and sizes, in another order. */
function scrambled(s: Stream, t: number, random: Random): Stream {
  const out = upTo(s, t);
  const rest = s.ts.flatMap((x, i) => (x > t ? [i] : []));
  const span = rest.length === 0 ? 0 : s.ts[rest[rest.length - 1]] - t;
  const times = rest.map(() => t + 1 + Math.floor(random.next() * (span + 1))).sort((a, b) => a - b);
  const any = (): number => rest[random.int(0, rest.length - 1)];
  for (const ts of times) {
    const factor = 0.2 + 5 * random.next();
    const row = s.cols.map((c, k) => {
      const x = c[any()];
      return typeof x === 'number' && s.schema[k].type === 'f64' ? x * factor : x;
    });
    append(out, ts, random.next() < 0.1 ? 'NEW' : s.symbol[any()], row);
  }
  return out;
}

/** A heartbeat on every source at time `ts`: everything before it is settled, nothing is added. */
function settled(streams: readonly (readonly [string, Stream])[], ts: number): Feed {
  for (const [, s] of streams) append(s, ts, null, blank(s));
  return feedOf(streams);
}

const copy = (s: Stream): Stream => select(s, s.ts.map((_, i) => i));

/**
 * Output up to time `t` is the same on the stream, on the stream cut off at `t`, and on the stream with another future. Held are the rows
 * that the rows up to `t` caused, whatever their stamp, and the rows stamped up to `t`, whenever they came: a stamp in the past on
 * something that needed the future is look-ahead as well. The epochs are as large as they get, so that the future lies in the same frame.
 * For nodes in `firstCome` the second does not hold: they read one source's windows beside another's, and which of two windows that end
 * at one time is there first is decided by whose next row comes first.
 * The feed must be in order; sources stay open, as the end of a stream is an event that closes things.
 */
export async function checkNoLookAhead(
  subject: Subject, feed: Feed, cuts: number, seed: number, firstCome: readonly string[] = [],
): Promise<Violations> {
  const found: Violations = [];
  const random = new Random(seed);
  const end = Math.max(...feed.sources.map((s) => s.stream.ts.at(-1) ?? 0)) + 3_600_000_000;
  const open = { ...every(4096), open: true };
  const streams = (make: (s: Stream) => Stream): [string, Stream][] => feed.sources.map(({ id, stream }) => [id, make(stream)]);
  const whole = await drive(subject, settled(streams(copy), end), open);
  for (let k = 0; k < cuts; k++) {
    const last = random.int(0, feed.n - 1);
    const t = timeOf(feed, last) - (random.next() < 0.3 ? 1 : 0);
    let caused = 0;
    while (caused < feed.n && timeOf(feed, caused) <= t) caused++;
    const others: [string, Recording][] = [
      ['cut off', await drive(subject, settled(streams((s) => upTo(s, t)), t + 1), open)],
      ['with another future', await drive(subject, settled(streams((s) => scrambled(s, t, random)), end), open)],
    ];
    const rules: [string, Keep][] = [
      ['rows caused by', (r, i) => r.seq[i] <= caused],
      ['rows stamped', (r, i) => r.ts[i] <= t],
    ];
    for (const [how, other] of others) {
      for (const [rule, keep] of rules) {
        for (const [id, rows] of whole.nodes) {
          if (rule === 'rows stamped' && firstCome.includes(id)) continue;
          const differ = nodeDifferences(id, rows, other.nodes.get(id) as never, keep);
          found.push(...differ.map((v) => `${subject.name}, ${rule} up to ${t} (row ${caused}), ${how}, seed ${seed}: ${v}`));
        }
      }
    }
    if (found.length > 5) break;
  }
  return found;
}
