import type { SourceContext } from '../core/connector.ts';
import { Refusal } from '../core/diagnostic.ts';
import type { Type } from '../core/types.ts';
import { nearest } from './nearest.ts';
import type { TimeUnit } from './time-parser.ts';

export interface PlannedColumn {
  readonly name: string;
  /** Position in the data; -1 where an optional column is absent. */
  readonly index: number;
  readonly type: Type;
  readonly required: boolean;
  /** `buyer_is_maker` says the opposite of the taker's side. */
  readonly inverted: boolean;
  readonly unit: TimeUnit | null;
}

/** Where each column of a schema is found in the data. */
export interface ColumnPlan {
  /** Columns of event time, best first: the first that is filled in the first row is used for the whole file. */
  readonly time: readonly { readonly index: number; readonly unit: TimeUnit | null }[];
  /** -1 where the data holds one symbol and does not say which. */
  readonly symbol: number;
  readonly columns: readonly PlannedColumn[];
}

/** `tsMs`, `TS MS` and `ts_ms` are one name. */
const snake = (name: string): string =>
  name.trim().replace(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase().replace(/[^a-z0-9]+/g, '_').replace(/^_+|_+$/g, '');

const ALIASES: Readonly<Record<string, readonly string[]>> = {
  symbol: ['symbol', 'ticker', 'sym', 'instrument', 'instrument_id', 'security', 'product_id', 'pair', 'contract', 'code', 'asset'],
  price: ['price', 'px', 'trade_price', 'last_price', 'last_px', 'last'],
  size: ['size', 'qty', 'quantity', 'amount', 'trade_size', 'trade_qty', 'last_size', 'last_qty', 'volume', 'vol', 'shares'],
  side: ['side', 'taker_side', 'aggressor', 'aggressor_side', 'taker', 'direction', 'buyer_is_maker', 'is_buyer_maker', 'buyer_maker'],
  bid: ['bid', 'bid_price', 'bid_px', 'best_bid', 'best_bid_price'],
  ask: ['ask', 'ask_price', 'ask_px', 'best_ask', 'best_ask_price', 'offer', 'offer_price'],
  bid_size: ['bid_size', 'bid_qty', 'bid_quantity', 'bid_amount', 'bid_volume', 'bid_sz', 'best_bid_size', 'best_bid_qty'],
  ask_size: ['ask_size', 'ask_qty', 'ask_quantity', 'ask_amount', 'ask_volume', 'ask_sz', 'best_ask_size', 'best_ask_qty', 'offer_size'],
  open: ['open', 'o', 'open_price'],
  high: ['high', 'h', 'high_price'],
  low: ['low', 'l', 'low_price'],
  close: ['close', 'c', 'close_price'],
  volume: ['volume', 'vol', 'v', 'base_volume', 'qty', 'quantity'],
  text: ['text', 'headline', 'title', 'body'],
};
const INVERTED = /^(is_)?buyer(_is)?_maker$/;

/** Names of time columns, best first: the market's clock before the local one, a time before a date. */
const TIMES: readonly RegExp[] = [
  /^ts(_(ns|us|ms|s))?$/,
  /^event_(ts|time|timestamp)(_(ns|us|ms|s))?$/,
  /^(timestamp|time|datetime|date_time)(_(ns|us|ms|s|utc))?$/,
  /^(trade|txn|transact|transaction|exchange|quote|bar|open)_(ts|time|timestamp)(_(ns|us|ms|s))?$/,
  /^(?!local|recv|receive|rcv|ingest|close)\w+_(ts|time|timestamp)(_(ns|us|ms|s))?$/,
  /^(date|day|trade_date|trading_day)$/,
  /^\w+_(ts|time|timestamp)(_(ns|us|ms|s))?$/,
];
const unitOf = (name: string): TimeUnit | null => (/_(ns|us|ms|s)$/.exec(name)?.[1] ?? null) as TimeUnit | null;
const UNITS: readonly string[] = ['s', 'ms', 'us', 'ns'];

class Planner {
  readonly names: readonly string[];
  readonly plain: readonly string[];
  readonly fields: Readonly<Record<string, string>>;
  readonly place: string;

  constructor(names: readonly string[], fields: Readonly<Record<string, string>>, place: string) {
    this.names = names;
    this.plain = names.map(snake);
    this.fields = fields;
    this.place = place;
  }

  /** The position that `fields:` names for a column, -1 where it does not name one. */
  explicit(column: string): number {
    const wanted = this.fields[column];
    if (wanted === undefined) return -1;
    const exact = this.names.indexOf(wanted);
    const found = exact >= 0 ? exact : this.plain.indexOf(snake(wanted));
    if (found >= 0) return found;
    throw new Refusal('E707', `\`fields\` takes \`${column}\` from \`${wanted}\`, which ${this.place} does not have`, {
      exit: 7, help: this.help(wanted),
    });
  }

  find(column: string): number {
    const named = this.explicit(column);
    if (named >= 0) return named;
    const exact = this.names.indexOf(column);
    if (exact >= 0) return exact;
    for (const alias of [snake(column), ...(ALIASES[column] ?? [])]) {
      const at = this.plain.indexOf(alias);
      if (at >= 0) return at;
    }
    return -1;
  }

  help(wanted: string): string[] {
    const near = nearest(wanted, this.names);
    return [`it has the columns: ${this.names.join(', ')}`, ...(near === null ? [] : [`did you mean \`${near}\`?`])];
  }

  missing(columns: readonly string[]): Refusal {
    const list = columns.map((c) => `\`${c}\``).join(', ');
    const near = nearest(columns[0], this.names) ?? 'the_column';
    return new Refusal('E702', `${this.place} has no column for ${list}`, {
      exit: 7,
      help: [`it has the columns: ${this.names.join(', ')}`, `name it in the source: fields: { ${columns[0]}: ${near} }`],
    });
  }
}

function planTime(p: Planner, time: SourceContext['time']): ColumnPlan['time'] {
  const unit = time.unit !== null && UNITS.includes(time.unit) ? (time.unit as TimeUnit) : null;
  const at = (index: number): { index: number; unit: TimeUnit | null } => ({ index, unit: unit ?? unitOf(p.plain[index]) });
  const named = p.explicit('ts');
  if (named >= 0) return [at(named)];
  const exact = p.names.indexOf(time.field) >= 0 ? p.names.indexOf(time.field) : p.plain.indexOf(snake(time.field));
  if (exact >= 0) return [at(exact)];
  if (time.field !== 'ts') {
    throw new Refusal('E706', `\`time.field\` is \`${time.field}\`, which ${p.place} does not have`, { exit: 7, help: p.help(time.field) });
  }
  const found = TIMES.flatMap((pattern) => p.plain.flatMap((name, i) => (pattern.test(name) ? [i] : [])));
  if (found.length > 0) return [...new Set(found)].map(at);
  throw new Refusal('E706', `${p.place} has no column of event time`, {
    exit: 7, help: [`it has the columns: ${p.names.join(', ')}`, `name it in the source: fields: { ts: ${p.names[0] ?? 'when'} }`],
  });
}

/** Fits a schema to the names found in the data: by `fields:`, by name, then by the usual other names. Refuses what cannot be found. */
export function planColumns(names: readonly string[], ctx: SourceContext, place: string): ColumnPlan {
  const p = new Planner(names, (ctx.args.fields ?? {}) as Readonly<Record<string, string>>, place);
  const known = new Set(['ts', 'symbol', ...ctx.schema.map((f) => f.name)]);
  for (const column of Object.keys(p.fields)) {
    if (known.has(column)) continue;
    const near = nearest(column, [...known]);
    throw new Refusal('E708', `\`fields\` names \`${column}\`, which is no column of the schema`, {
      exit: 3, help: [`the schema has: ${[...known].join(', ')}`, ...(near === null ? [] : [`did you mean \`${near}\`?`])],
    });
  }
  const columns = ctx.schema.map((f): PlannedColumn => {
    const index = p.find(f.name);
    return {
      name: f.name, index, type: f.type, required: !ctx.optional.includes(f.name),
      inverted: index >= 0 && typeof f.type === 'object' && INVERTED.test(p.plain[index]),
      unit: index >= 0 ? unitOf(p.plain[index]) : null,
    };
  });
  const absent = columns.filter((c) => c.index < 0 && c.required).map((c) => c.name);
  if (absent.length > 0) throw p.missing(absent);
  return { time: planTime(p, ctx.time), symbol: ctx.args.symbol === undefined ? p.find('symbol') : -1, columns };
}
