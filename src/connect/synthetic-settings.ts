import type { SourceContext } from '../core/connector.ts';
import { Refusal } from '../core/diagnostic.ts';
import { DAY, parseTime } from '../core/time.ts';
import { syntheticSource } from './synthetic.ts';

export interface MarketSettings {
  readonly symbols: readonly string[];
  readonly seed: number;
  readonly rate: number;
  /** Microseconds, as are all times here. */
  readonly length: number;
  readonly start: number;
  readonly session: number;
  readonly every: number;
  readonly volatility: number;
  readonly correlation: number;
  readonly jumps: number;
  readonly tick: number;
  readonly spread: number;
  readonly size: number;
  readonly prices: Readonly<Record<string, string>>;
  readonly kind: 'trade' | 'quote' | 'bar';
}

/** What a schema asks for: bars have an open and a close, quotes a bid and an ask, trades a price. */
function kindOf(ctx: SourceContext, wanted: unknown): MarketSettings['kind'] {
  if (wanted === 'trade' || wanted === 'quote' || wanted === 'bar') return wanted;
  const has = (name: string): boolean => ctx.schema.some((f) => f.name === name);
  if (has('open') && has('close')) return 'bar';
  if (has('bid') && has('ask')) return 'quote';
  if (has('price')) return 'trade';
  throw new Refusal('E708', `\`${ctx.id}\`: the synthetic market makes trades, quotes and bars, not rows of this schema`, {
    exit: 3, help: ['write `schema: trade`, `schema: quote` or `schema: bar`'],
  });
}

export function settingsOf(ctx: SourceContext): MarketSettings {
  const value = (name: string): unknown => ctx.args[name] ?? syntheticSource.fields[name].default;
  const start = parseTime(String(value('start')));
  if (start === null) {
    throw new Refusal('E708', `\`start\` is \`${String(value('start'))}\`, which is no time`,
      { exit: 3, help: ['write 2025-01-02T14:30:00Z'] });
  }
  const symbols = [...new Set((value('symbols') as readonly unknown[]).map(String))];
  if (symbols.length === 0) throw new Refusal('E708', '`symbols` is empty', { exit: 3, help: ['name at least one symbol'] });
  const number = (name: string): number => Number(value(name));
  return {
    symbols, start, seed: number('seed'), rate: number('rate'), length: number('length'), session: Math.min(number('session'), DAY),
    every: number('every'), volatility: number('volatility'), correlation: number('correlation'), jumps: number('jumps'),
    tick: number('tick'),
    spread: number('spread'), size: number('size'), prices: (value('prices') ?? {}) as Readonly<Record<string, string>>,
    kind: kindOf(ctx, value('kind')),
  };
}
