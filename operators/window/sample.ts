import { span, type Span } from '../../src/core/field.ts';
import type { Column } from '../../src/core/frame.ts';
import { cell, layOut, Slab } from '../../src/core/layout.ts';
import { timed, type BoundArgs, type OperatorIo, type TimedInstance } from '../../src/core/operator.ts';
import { formatDuration } from '../../src/core/time.ts';
import { edgeFrom } from './edges.ts';
import { ORDER_DOC } from './policy.ts';
import { Reorder } from './reorder.ts';
import { allColumns, passRow } from './row-content.ts';
import { withWaiting } from './state-size.ts';

const layout = layOut({ rows: cell(), close: cell(-Infinity) });
const at = layout.at;

class Sample implements TimedInstance {
  private readonly io: OperatorIo;
  private readonly every: Span;
  private readonly order: Reorder;
  private readonly state = new Slab([layout.blank]);

  constructor(args: BoundArgs, io: OperatorIo, saved: unknown) {
    this.io = io;
    this.every = args.every as Span;
    this.order = new Reorder(io, allColumns(io), this);
    if (saved === undefined || saved === null) return;
    const s = saved as { state: Float64Array; order: unknown };
    this.state.load(s.state);
    this.order.load(s.order);
  }

  get due(): number {
    return this.order.due;
  }

  row(input: number, i: number, watermark: number): void {
    this.order.row(input, i, watermark);
  }

  advance(watermark: number): void {
    this.order.advance(watermark);
  }

  save(): unknown {
    return { state: this.state.save(), order: this.order.save() };
  }

  take(ts: number, key: number, cols: readonly Column[], i: number): void {
    this.state.ensure(key + 1);
    const S = this.state.data;
    const b = key * layout.doubles;
    if (this.every.micros !== undefined) {
      if (ts <= S[b + at.close]) return;
      S[b + at.close] = edgeFrom(ts, this.every.micros, 0);
    } else {
      S[b + at.rows] += 1;
      if (S[b + at.rows] < (this.every.rows as number)) return;
      S[b + at.rows] = 0;
    }
    passRow(cols, i, this.io.out.frame, this.io.slots, this.io.out.emit(ts, key));
  }
}

export const sample = timed({
  name: 'sample',
  family: 'window',
  summary: 'Every n-th row of each key, or the first row of each interval.',
  doc: [
    'With a number, the n-th, 2n-th, ... row of a key passes; with a duration, the first row in each interval (start, close] of '
    + 'the grid of UTC. '
    + 'Rows keep their own time and columns.',
    ORDER_DOC,
    'Warm-up: the first row that passes is row `every` of a key.',
  ].join('\n\n'),
  fields: { every: span({ doc: 'A number of rows, or the length of an interval.', min: 1 }) },
  shorthand: 'every',
  inputs: [1, 1],
  examples: [
    { title: 'every hundredth trade', yaml: 'some:\n  from: trades\n  sample: { every: 100 }' },
    { title: 'the first trade of each second', yaml: 'first:\n  from: trades\n  sample: { every: 1s }' },
  ],
  schema: (_args, inputs) => inputs[0].schema,
  clock: (args) => {
    const { rows, micros } = args.every as Span;
    return `sample-${micros === undefined ? rows : formatDuration(micros)}`;
  },
  warmup: (args) => (args.every as Span).rows ?? null,
  stateSize: (_args, _inputs, time) => withWaiting(8 * layout.doubles, time),
  create: (args, io, saved) => new Sample(args, io, saved),
});
