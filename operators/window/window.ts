import { aggregates, duration, object, span, type Span } from '../../src/core/field.ts';
import {
  column, timed, type AggregateCall, type BoundArgs, type OperatorIo, type StateSize, type StreamInfo, type TimedInstance, type TimePolicy,
} from '../../src/core/operator.ts';
import { formatDuration } from '../../src/core/time.ts';
import { AggregateContent, partOf, planParts } from './aggregate-content.ts';
import { ColumnList, Columns } from './content.ts';
import { GridEdges, SessionEdges } from './edges.ts';
import { GapWindows } from './gap-windows.ts';
import { greatestDivisor, PaneWindows } from './pane-windows.ts';
import { EDGES_DOC, LATE_DOC, ORDER_DOC } from './policy.ts';
import { SlidingWindows } from './sliding-windows.ts';
import { panesSize, slidingSize, windowsSize, withValues } from './state-size.ts';
import { TimeWindows } from './time-windows.ts';

/** Panes that one window may be put together from: more make every output row slow. */
const MOST_PANES = 10_000;

interface Shape {
  readonly every: Span;
  readonly over: Span;
  readonly gap: number | undefined;
  readonly exchange: boolean;
}

function shapeOf(args: BoundArgs): Shape {
  const session = args.session as 'exchange' | { readonly gap?: number } | undefined;
  const exchange = session === 'exchange';
  return {
    every: (args.every as Span | undefined) ?? {}, over: (args.over as Span | undefined) ?? {},
    gap: (args.gap as number | undefined) ?? (typeof session === 'object' ? session.gap : undefined), exchange,
  };
}

function check(args: BoundArgs): { field: string; message: string } | null {
  const { every, over, gap, exchange } = shapeOf(args);
  const sized = args.every !== undefined || args.over !== undefined;
  if (gap !== undefined || exchange) {
    if (gap !== undefined && exchange) return { field: 'gap', message: 'a window ends after a gap or with the exchange session, not both' };
    const field = args.every !== undefined ? 'every' : 'over';
    return sized ? { field, message: 'a session has no fixed length: leave `every` and `over` out' } : null;
  }
  if (!sized) return { field: 'every', message: 'how long is a window? Write `every: 5m`, `over: 2h`, `over: 100` or `session: exchange`' };
  if (every.micros !== undefined) {
    if (over.rows !== undefined) return { field: 'over', message: 'windows `every` some time reach over a time, such as `over: 1h`' };
    const length = over.micros ?? every.micros;
    if (length < every.micros) return { field: 'over', message: `\`over\` must be at least \`every\` (${formatDuration(every.micros)})` };
    const panes = length / greatestDivisor(every.micros, length);
    if (panes > MOST_PANES) {
      const message = `a window would be made of ${panes} parts, at most ${MOST_PANES}: choose an \`every\` that divides \`over\``;
      return { field: 'over', message };
    }
    return null;
  }
  if ((args.offset as number) !== 0) return { field: 'offset', message: '`offset` moves windows that come `every` some time' };
  if (every.rows !== undefined && over.rows !== undefined && over.rows < every.rows) {
    return { field: 'over', message: `\`over\` must be at least \`every\` (${every.rows})` };
  }
  return null;
}

function create(args: BoundArgs, io: OperatorIo, saved: unknown): TimedInstance {
  const { every, over, gap, exchange } = shapeOf(args);
  const calls = args.columns as readonly AggregateCall[];
  const output = { start: io.slots[0], revision: io.slots[1] };
  if (gap === undefined && !exchange && every.micros === undefined) {
    const rows = over.rows ?? (over.micros === undefined ? (every.rows as number) : Infinity);
    return new SlidingWindows(io, calls, { rows, micros: over.micros ?? Infinity, every: every.rows ?? 1 }, output, saved);
  }
  const plan = planParts(calls, new ColumnList(), partOf);
  const columns = new Columns(plan.columns.refs);
  const content = new AggregateContent(plan);
  if (gap !== undefined) return new GapWindows(io, columns, content, gap, output, saved);
  if (exchange) return new TimeWindows(io, columns, content, new SessionEdges(io.time.calendar, Infinity), output, false, saved);
  const step = every.micros as number;
  const offset = args.offset as number;
  if (over.micros === undefined || over.micros === step) {
    return new TimeWindows(io, columns, content, new GridEdges(step, offset), output, false, saved);
  }
  return new PaneWindows(io, columns, content, { every: step, over: over.micros, offset }, output, saved);
}

function stateSize(args: BoundArgs, _inputs: readonly StreamInfo[], time: Pick<TimePolicy, 'lateness' | 'late'>): StateSize {
  const { every, over, gap, exchange } = shapeOf(args);
  const calls = args.columns as readonly AggregateCall[];
  const plan = planParts(calls, new ColumnList(), partOf);
  const doubles = new AggregateContent(plan).blank.length;
  if (gap !== undefined || exchange) return withValues(windowsSize(doubles, Infinity, time, false), plan);
  if (every.micros === undefined) {
    const rows = over.rows ?? (over.micros === undefined ? (every.rows as number) : Infinity);
    return slidingSize(rows, over.micros ?? Infinity, plan.columns.refs.length, calls, time);
  }
  if (over.micros === undefined || over.micros === every.micros) return withValues(windowsSize(doubles, every.micros, time, false), plan);
  return withValues(panesSize(doubles, greatestDivisor(every.micros, over.micros), over.micros, time), plan);
}

const lengthOf = (s: Span): string => (s.micros === undefined ? String(s.rows) : formatDuration(s.micros));

export const window = timed({
  name: 'window',
  family: 'window',
  summary: 'Aggregates over tumbling, hopping, sliding and session windows.',
  doc: [
    '`every: 5m` gives windows side by side; with `over: 1h` they overlap and each reaches one hour back. `over: 2h` or `over: '
    + '100` alone gives '
    + 'a row for every input row over the last two hours or the last 100 rows, that row included; `every: 10` beside it gives every tenth. '
    + '`session: { gap: 30s }` (or `gap: 30s`) ends a window when 30 seconds pass without a row; `session: exchange` takes the '
    + 'regular session of '
    + '`time.calendar` and leaves other rows out.',
    EDGES_DOC,
    'A window over time that moves with the row is (ts - over, ts]; it comes from the first row on. One over rows comes when it '
    + 'is full. A session '
    + 'by gap is stamped with its last row plus the gap; a row exactly that late still belongs to it. A window without rows gives nothing.',
    'Column `start` is the edge where the window starts (not included); for windows over rows and sessions by gap, the time of '
    + 'the first row.',
    'Aggregates skip nulls: `count()` counts rows, `count(x)` rows where x is not null, or true; `sum`, `mean`, `min`, `max`, '
    + '`first`, `last`, '
    + '`median`, `quantile(x, p)` (linear between neighbours), `vwap(price, size)` and `distinct`. `var` and `stdev` are those of '
    + 'the population '
    + '(divided by n), as the formula functions are. Of no values all are null, but for `count` and `distinct`, which are 0.',
    'Cost: a row is folded once whatever the overlap, a hopping window joins over / gcd(every, over) parts when it fires; sums '
    + 'are kept in two '
    + 'doubles and do not drift; sliding minimum and maximum take constant time a row on average; a sliding `median` or `quantile` '
    + 'moves up to 8 '
    + 'bytes per row of the window, and tumbling and hopping ones keep all values of the window.',
    LATE_DOC,
    'Overlapping windows: a row that still reaches an open window is folded there and is not late. Sessions by gap are not corrected. '
    + `Windows that move with the row: ${ORDER_DOC}`,
    'Warm-up: `over` rows for a window over rows, else none.',
  ].join('\n\n'),
  fields: {
    every: span({ doc: 'From one window to the next: a duration, or a number of rows.', optional: true, min: 1 }),
    over: span({ doc: 'How far a window reaches back: a duration, or a number of rows.', optional: true, min: 1 }),
    session: {
      ...object({ gap: duration({ doc: 'Time without a row that ends a session.', min: 1 }) }, {
        doc: 'Windows of no fixed length: `{ gap: 30s }`, or `exchange` for the regular session of the calendar.', optional: true,
      }),
      words: ['exchange'],
    },
    gap: duration({ doc: 'Short for `session: { gap: ... }`.', optional: true, min: 1 }),
    offset: duration({ doc: 'Moves the grid of UTC.', default: 0, min: 0 }),
    columns: aggregates({ doc: 'New columns: name -> formula with aggregates, such as `mean(price)` or `max(high) - min(low)`.' }),
  },
  inputs: [1, 1],
  examples: [
    {
      title: 'five-minute windows',
      yaml: 'busy:\n  from: trades\n  window:\n    every: 5m\n    columns: { n: count(), shares: sum(size) }',
    },
    {
      title: 'the last hour, every minute',
      yaml: 'hour:\n  from: trades\n  window:\n    every: 1m\n    over: 1h\n'
        + '    columns: { high: max(price), low: min(price), vwap: "vwap(price, size)" }',
    },
    {
      title: 'the last 100 bars, with every bar',
      yaml: 'usual:\n  from: bars\n  window:\n    over: 100\n    columns: { typical: median(volume) }',
    },
    {
      title: 'bursts of trading',
      yaml: 'bursts:\n  from: trades\n  window:\n    session: { gap: 30s }\n    columns: { n: count(), move: last(price) - first(price) }',
    },
    { title: 'one row a trading day', yaml: 'days:\n  from: bars\n  window:\n    session: exchange\n    columns: { volume: sum(volume) }' },
  ],
  check,
  schema: () => [
    column('start', 'time', 'where the window starts'), column('revision', 'i64', '1, and one more for every correction by late rows'),
  ],
  clock: (args) => {
    const { every, over, gap, exchange } = shapeOf(args);
    if (exchange) return 'session';
    if (gap !== undefined) return `gap-${formatDuration(gap)}`;
    const parts = [...(args.every === undefined ? [] : [lengthOf(every)]), ...(args.over === undefined ? [] : [`over-${lengthOf(over)}`])];
    return parts.join('-');
  },
  warmup: (args) => {
    const { every, over } = shapeOf(args);
    return over.rows ?? (over.micros === undefined ? every.rows : undefined) ?? null;
  },
  stateSize,
  create,
});
