import { Refusal } from '../../src/core/diagnostic.ts';
import { choice, formula, int } from '../../src/core/field.ts';
import { cell, layOut, ring, Slab } from '../../src/core/layout.ts';
import { column, timed, type OperatorIo } from '../../src/core/operator.ts';
import { isConstant } from './correlation.ts';
import { columnArg } from './cross-section.ts';
import { putNumber } from './columns.ts';
import { memoryOf, MOMENT_SIZE, moments, numberOf, type MomentRow } from './moments.ts';

type Hedge = 'beta' | 'difference' | 'ratio';

interface Pair {
  readonly name: string;
  readonly x: string;
  readonly y: string;
}

const COLUMNS = [
  column('x', 'f64', 'Value of the pair\'s first symbol.'),
  column('y', 'f64', 'Value of the pair\'s second symbol.'),
  column('spread', 'f64', 'What y is dearer than its hedge.'),
  column('beta', 'f64', 'Units of x against one y.'),
  column('zscore', 'f64', 'Standard deviations of the spread from its mean.'),
];

const byName = (a: Pair, b: Pair): number => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);

/** Slope of y on x by least squares over two rings of `n`; NaN when x does not move. */
function slope(S: Float64Array, x: number, y: number, n: number, oldest: number): number {
  if (isConstant(S, x, n)) return NaN;
  let mx = 0;
  let my = 0;
  for (let j = 0; j < n; j++) {
    const at = (oldest + j) % n;
    mx += S[x + at];
    my += S[y + at];
  }
  mx /= n;
  my /= n;
  let xx = 0;
  let xy = 0;
  for (let j = 0; j < n; j++) {
    const at = (oldest + j) % n;
    const dx = S[x + at] - mx;
    xx += dx * dx;
    xy += dx * (S[y + at] - my);
  }
  return xy / xx;
}

const spreadOf = (hedge: Hedge, beta: number, x: number, y: number): number =>
  (hedge === 'ratio' ? (x > 0 && y > 0 ? Math.log(y / x) : NaN) : y - beta * x);

/** A spread that differs by less than this share of its terms is rounding. */
const ROUNDING = 1e-12;

/** Distance of `now` from the mean of the window's spreads, in population standard deviations; NaN when they do not differ. */
function score(S: Float64Array, x: number, y: number, n: number, oldest: number, hedge: Hedge, beta: number, now: number): number {
  let mean = 0;
  let least = Infinity;
  let most = -Infinity;
  let terms = 0;
  for (let j = 0; j < n; j++) {
    const at = (oldest + j) % n;
    const spread = spreadOf(hedge, beta, S[x + at], S[y + at]);
    mean += spread;
    least = Math.min(least, spread);
    most = Math.max(most, spread);
    terms = Math.max(terms, Math.abs(hedge === 'ratio' ? spread : S[y + at]));
  }
  if (most - least <= terms * ROUNDING) return NaN;
  mean /= n;
  let squares = 0;
  for (let j = 0; j < n; j++) {
    const at = (oldest + j) % n;
    const d = spreadOf(hedge, beta, S[x + at], S[y + at]) - mean;
    squares += d * d;
  }
  return (now - mean) / Math.sqrt(squares / n);
}

interface PairArgs {
  readonly over: number;
  readonly hedge: Hedge;
  readonly pairs: readonly (readonly [string, string])[];
}

/** The windows of all pairs, a row of the slab each, in the order of the pairs' names. */
class Windows {
  readonly slab: Slab;
  readonly pairs: readonly Pair[];
  private readonly n: number;
  private readonly hedge: Hedge;
  private readonly at: { readonly x: number; readonly y: number; readonly seen: number };
  /** x, y, spread, beta and z-score of the last `fold`. */
  readonly result = new Float64Array(5);

  constructor(args: PairArgs, memory: unknown) {
    this.n = args.over;
    this.hedge = args.hedge;
    this.pairs = args.pairs.map(([x, y]) => ({ name: `${x}/${y}`, x, y })).sort(byName);
    const layout = layOut({ x: ring(this.n), y: ring(this.n), seen: cell() });
    this.at = layout.at;
    this.slab = new Slab([layout.blank]);
    if (memory instanceof Float64Array) this.slab.load(memory);
    this.slab.ensure(this.pairs.length);
  }

  fold(p: number, x: number, y: number): void {
    const { n, hedge, at, result } = this;
    const S = this.slab.data;
    const b = p * this.slab.width;
    const place = S[b + at.seen] % n;
    S[b + at.x + place] = x;
    S[b + at.y + place] = y;
    S[b + at.seen] += 1;
    const warm = S[b + at.seen] >= n;
    const oldest = S[b + at.seen] % n;
    const beta = hedge === 'difference' ? 1 : hedge === 'beta' && warm ? slope(S, b + at.x, b + at.y, n, oldest) : NaN;
    const spread = spreadOf(hedge, beta, x, y);
    result[0] = x;
    result[1] = y;
    result[2] = spread;
    result[3] = beta;
    result[4] = warm ? score(S, b + at.x, b + at.y, n, oldest, hedge, beta, spread) : NaN;
  }
}

function firePairs(io: OperatorIo, windows: Windows, t: number, rows: readonly MomentRow[]): void {
  const keys = io.rows[0].frame.keys;
  const out = io.out.frame;
  const values = new Map<number, number>();
  for (const row of rows) values.set(row.key, numberOf(row.args[0]));
  const used = new Set<number>();
  windows.pairs.forEach((each, p) => {
    const x = keys.find(each.x);
    const y = keys.find(each.y);
    const vx = values.get(x) ?? NaN;
    const vy = values.get(y) ?? NaN;
    if (Number.isNaN(vx) || Number.isNaN(vy)) return;
    used.add(x).add(y);
    windows.fold(p, vx, vy);
    const i = io.out.emit(t, out.keys.intern(each.name));
    for (let c = 0; c < COLUMNS.length; c++) putNumber(out, io.slots[c], i, windows.result[c]);
  });
  io.counts.filtered += rows.length - used.size;
}

export const pair = timed({
  name: 'pair',
  family: 'join',
  summary: 'Spread, hedge ratio and z-score of pairs of symbols.',
  doc: 'Written with `across: [[KO, PEP], [V, MA]]`. For each pair [x, y] one row, keyed `KO/PEP`, at every moment (rows of equal event '
    + 'time) at which both have a value; worked out when the watermark has passed the moment, so the order of arrival cannot matter. '
    + 'Rows come out in the order of the pairs\' names.\n\n'
    + '`x`, `y`: the two values. `beta`: what of x stands against one y. `spread`: with `hedge: beta` y less beta times x, beta being '
    + 'the least-squares slope of y on x over the last `over` moments, this one included; with `difference` y less x (beta 1); with '
    + '`ratio` log(y / x) (beta null). `zscore`: the spread\'s distance from the mean of the window\'s spreads (all with today\'s beta) '
    + 'in population standard deviations. Above zero y is dear against x. `zscore`, and `spread` and `beta` where beta is fitted, are '
    + 'null until `over` moments are there and while nothing moves. Rows that make no pair are filtered.',
  fields: {
    of: formula({ doc: 'Value of a symbol.', default: 'close' }),
    hedge: choice(['beta', 'difference', 'ratio'], { doc: 'What the spread is made of.', default: 'beta' }),
    over: int({ doc: 'Moments in the window.', min: 2, max: 100_000, default: 60, unit: 'moments' }),
  },
  shorthand: 'of',
  inputs: [1, 1],
  examples: [
    { title: 'Two soft drinks', yaml: 'spread:\n  from: bars\n  across: [[KO, PEP]]\n  pair: { of: close, over: 120 }' },
  ],
  schema: (args) => {
    if (!Array.isArray(args.pairs)) {
      throw new Refusal('E323', '`pair` does not say which pairs',
        { help: ['Name them beside `from:`, as in `across: [[KO, PEP], [V, MA]]`.'] });
    }
    return COLUMNS;
  },
  clock: () => 'moment',
  warmup: (args) => args.over as number,
  stateSize: (args) => ({ ...MOMENT_SIZE, bytes: 8 * (2 * (args.over as number) + 1) }),
  acrossKeys: true,
  create(args, io, saved) {
    const windows = new Windows(args as unknown as PairArgs, memoryOf(saved));
    return moments(io, {
      args: [columnArg(args, 'of').slot], copies: [], every: null, single: true,
      fire: (t, rows) => firePairs(io, windows, t, rows),
      memory: () => windows.slab.save(),
    }, saved);
  },
});
