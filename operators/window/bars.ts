import { choice, duration, formula, int, span, type Span } from '../../src/core/field.ts';
import { column, timed, type BoundArgs, type OperatorIo, type StreamInfo, type TimedInstance } from '../../src/core/operator.ts';
import { Refusal } from '../../src/core/diagnostic.ts';
import { formatDuration } from '../../src/core/time.ts';
import type { Schema } from '../../src/core/types.ts';
import { BAR_BLANK, BAR_COLUMNS, BarContent, barInput, readsBars, REVISION_AT, START_AT } from './bar-content.ts';
import { Columns } from './content.ts';
import { GridEdges, SessionEdges } from './edges.ts';
import { EDGES_DOC, LATE_DOC, ORDER_DOC } from './policy.ts';
import { windowsSize, withWaiting } from './state-size.ts';
import { THRESHOLD_BYTES, ThresholdBars, type ThresholdType } from './threshold-bars.ts';
import { TimeWindows } from './time-windows.ts';

const TYPES = ['time', 'tick', 'volume', 'dollar', 'imbalance', 'range'] as const;
type BarType = (typeof TYPES)[number];

const DOCS: Readonly<Record<(typeof BAR_COLUMNS)[number], string>> = {
  open: 'price of the first row', high: 'highest price', low: 'lowest price', close: 'price of the last row',
  volume: 'sum of the sizes; null where the input has none', vwap: 'mean price weighted by size; null without volume',
  trades: 'number of trades', buy_volume: 'volume that buyers took', sell_volume: 'volume that sellers took',
  start: 'start of the interval (not included), or time of the first row for bars that no clock closes',
  revision: '1, and one more for every correction by late rows',
};

const schema: Schema = BAR_COLUMNS.map((name) =>
  column(name, name === 'start' ? 'time' : name === 'trades' || name === 'revision' ? 'i64' : 'f64', DOCS[name]));

function schemaOf(args: BoundArgs, inputs: readonly StreamInfo[]): Schema {
  const names = inputs[0].schema.map((f) => f.name);
  const bars = readsBars(args, names);
  if (args.price === undefined && !bars) {
    throw new Refusal('E330', `\`bars\` finds no price in \`${inputs[0].id}\``, {
      help: [`columns of \`${inputs[0].id}\`: ${names.join(', ')}`, 'name the price: `bars: { every: 1m, price: (bid + ask) / 2 }`'],
    });
  }
  const sized = bars ? names.includes('volume') : args.size !== undefined;
  if ((args.type === 'volume' || args.type === 'dollar') && !sized) {
    throw new Refusal('E331', `\`bars\` of type ${args.type} finds no size in \`${inputs[0].id}\``, {
      help: [`columns of \`${inputs[0].id}\`: ${names.join(', ')}`, 'name the size: `bars: { every: 1000, type: volume, size: qty }`'],
    });
  }
  return schema;
}

function check(args: BoundArgs): { field: string; message: string } | null {
  const every = args.every as Span;
  const type = args.type as BarType;
  if (type === 'time') {
    if (every.micros === undefined) return { field: 'every', message: 'time bars need a duration such as `1m`, or set `type: tick`' };
    if (args.align === 'session' && (args.offset as number) !== 0) {
      return { field: 'offset', message: 'bars aligned to the session start at its open: leave `offset` out' };
    }
    return null;
  }
  if (every.rows === undefined) return { field: 'every', message: `${type} bars need a number such as \`1000\`, not a duration` };
  if (!(every.rows > 0)) return { field: 'every', message: 'a bar must be longer than 0' };
  if ((type === 'tick' || type === 'imbalance') && !Number.isInteger(every.rows)) {
    return { field: 'every', message: `${type} bars count rows: write a whole number` };
  }
  const wrong = args.empty === 'fill' ? 'empty' : args.align === 'session' ? 'align' : args.offset !== 0 ? 'offset' : null;
  return wrong === null ? null : { field: wrong, message: `\`${wrong}\` is for time bars; ${type} bars close with a row` };
}

function create(args: BoundArgs, io: OperatorIo, saved: unknown): TimedInstance {
  const input = barInput(args, io);
  const every = args.every as Span;
  const type = args.type as BarType;
  if (type !== 'time') return new ThresholdBars(io, input, type as ThresholdType, every.rows as number, args.memory as number, saved);
  const length = every.micros as number;
  const edges = args.align === 'session' ? new SessionEdges(io.time.calendar, length) : new GridEdges(length, args.offset as number);
  const output = { start: io.slots[START_AT], revision: io.slots[REVISION_AT] };
  return new TimeWindows(io, new Columns(input.columns.refs), new BarContent(input, io.slots), edges, output, args.empty === 'fill', saved);
}

export const bars = timed({
  name: 'bars',
  family: 'window',
  summary: 'Bars of trades, quotes or smaller bars: by time, ticks, volume, dollars, imbalance or range.',
  doc: [
    'Columns: open, high, low, close, volume, vwap, trades, buy_volume, sell_volume, start, revision.',
    'Where the input has open, high, low and close and `price` is left as it is, its rows are bars and are joined: volumes and '
    + 'trades add up, '
    + '`vwap` is weighted by volume (high, low and close stand in for a missing one), corrections (`revision` above 1) are left out. '
    + 'A row without a price is left out; a null size counts as 0; a trade of unknown side is in neither volume. Columns that the '
    + 'input gives '
    + 'no ground for (volume without sizes, buy_volume without sides) are null.',
    EDGES_DOC,
    'An interval without rows gives no bar under `empty: skip`; under `fill` it gives a bar at the previous close with volume 0, from the '
    + 'first bar of a key on. With `align: session` bars start at the open of the exchange of `time.calendar`, the last one ends '
    + 'at its close, '
    + 'rows outside are left out and nothing is filled over night.',
    LATE_DOC,
    '`type: tick`, `volume`, `dollar` and `range` close with the row that makes the number of rows, the volume, the price times size, or '
    + 'high - low reach `every`; the row belongs to the bar whole and stamps it. What is left at the end of the stream is no bar.',
    '`type: imbalance` closes when the sum of signs (aggressor, or tick rule) is as far from 0 as expected: E[rows] * |E[sign]|, '
    + 'but at least '
    + 'sqrt(E[rows]), where E[rows] starts at `every`, is an exponential mean over `memory` bars and stays within a tenth and ten '
    + 'times `every`, '
    + 'and E[sign] is one over `memory * every` rows (Lopez de Prado, Advances in Financial Machine Learning, 2.3.2.1).',
    ORDER_DOC,
    'Warm-up: none; the first bar of a key may cover a part of its interval only.',
  ].join('\n\n'),
  fields: {
    every: span({
      doc: 'Length of a bar: a duration, or a number of rows, shares, currency units or price units as `type` says.', unit: 'amount',
    }),
    type: choice(TYPES, { doc: 'What closes a bar.', default: 'time' }),
    price: formula({ doc: 'Price of a row.', default: 'price', optional: true }),
    size: formula({ doc: 'Size of a row.', default: 'size', optional: true }),
    side: formula({ doc: 'Aggressor of a row: buy, sell or null.', default: 'side', optional: true }),
    empty: choice(['skip', 'fill'], {
      doc: 'What an interval without rows gives: nothing, or a flat bar at the previous close.', default: 'skip',
    }),
    align: choice(['epoch', 'session'], {
      doc: 'Where intervals start: on the grid of UTC, or at the open of the exchange.', default: 'epoch',
    }),
    offset: duration({ doc: 'Moves the grid of UTC.', default: 0, min: 0 }),
    memory: int({ doc: 'Bars that the expectations of imbalance bars remember.', default: 20, min: 1, max: 10_000 }),
  },
  shorthand: 'every',
  inputs: [1, 1],
  examples: [
    { title: 'one-minute bars', yaml: 'bars:\n  from: trades\n  bars: { every: 1m }' },
    { title: 'five-minute bars out of smaller ones', yaml: 'bars5:\n  from: bars\n  bars: { every: 5m }' },
    { title: 'hourly bars from the opening bell', yaml: 'hourly:\n  from: trades\n  bars: { every: 1h, align: session }' },
    { title: 'a bar every ten thousand shares', yaml: 'blocks:\n  from: trades\n  bars: { every: 10000, type: volume }' },
    { title: 'second bars without holes', yaml: 'seconds:\n  from: trades\n  bars: { every: 1s, empty: fill }' },
  ],
  check,
  schema: schemaOf,
  clock: (args) => {
    const every = args.every as Span;
    return every.micros === undefined ? `${every.rows}-${args.type as string}` : formatDuration(every.micros);
  },
  stateSize: (args, _inputs, time) => (args.type !== 'time' ? withWaiting(THRESHOLD_BYTES, time)
    : windowsSize(BAR_BLANK.length, (args.every as Span).micros as number, time, args.empty === 'fill')),
  create,
});
