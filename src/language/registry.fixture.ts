import type { Connector } from '../core/connector.ts';
import { aggregates, choice, duration, flag, formula, formulas, ids, int, map, names, number, object, ratio, span,
  text } from '../core/field.ts';
import { kernel, type Kernel } from '../core/kernel.ts';
import { cell } from '../core/layout.ts';
import { planned, timed, type Operator } from '../core/operator.ts';
import type { Registry } from '../core/registry.ts';

/** A registry of a few operators, functions and connectors for tests of the language alone. */
const base = { summary: 'For tests.', doc: 'For tests.', examples: [] } as const;
const shape = { ...base, family: 'shape', inputs: [1, 1] as [number, number] } as const;
const stream = {
  ...base, family: 'window', inputs: [1, 1] as [number, number], schema: () => [], clock: () => '1m',
  create: () => ({ due: Infinity, row: () => undefined, advance: () => undefined, save: () => null }),
} as const;

export const OPERATORS: readonly Operator[] = [
  planned({ ...shape, name: 'compute', fields: { columns: formulas({ doc: 'New columns.' }) }, shorthand: 'columns' }),
  planned({ ...shape, name: 'filter', fields: { where: formula({ doc: 'Condition.', type: 'bool' }) }, shorthand: 'where' }),
  planned({ ...shape, name: 'select', fields: { columns: names({ doc: 'Columns.' }) }, shorthand: 'columns' }),
  planned({ ...shape, name: 'rename', fields: { columns: map({ doc: 'Old by new name.' }) }, shorthand: 'columns' }),
  planned({
    ...shape, name: 'split', shorthand: 'branches',
    fields: { branches: formulas({ doc: 'Conditions.' }), exclusive: flag({ doc: 'First match only.', default: true }) },
  }),
  planned({
    ...shape, name: 'signal',
    fields: {
      buy: formula({ doc: 'When to buy.', type: 'bool' }), sell: formula({ doc: 'When to sell.', type: 'bool' }),
      confidence: formula({ doc: 'How sure.', optional: true }), hold_if: formula({ doc: 'When to wait.', optional: true }),
      confirm: int({ doc: 'Rows that agree.', default: 1, min: 1, max: 100 }), cooldown: duration({ doc: 'Rest.', default: 0 }),
    },
  }),
  timed({
    ...stream, name: 'bars',
    fields: {
      every: span({ doc: 'Length of a bar. Rows or time.', min: 1 }),
      type: choice(['time', 'tick', 'volume', 'dollar'], { doc: 'What fills a bar.', default: 'time' }),
      price: formula({ doc: 'Price.', default: 'price' as never }), size: formula({ doc: 'Size.', default: 'size' as never }),
      grace: duration({ doc: 'Wait.', optional: true }),
    },
    shorthand: 'every',
    check: (a) => (a.type === 'time' && (a.every as { rows?: number }).rows !== undefined
      ? { field: 'every', message: 'time bars need a duration' } : null),
  }),
  timed({
    ...stream, name: 'aggregate',
    fields: { every: duration({ doc: 'Step.' }), columns: aggregates({ doc: 'Columns.' }) },
  }),
  timed({
    ...stream, name: 'join', inputs: [2, 2],
    fields: {
      how: choice(['asof', 'inner'], { doc: 'How.', default: 'asof' }), tolerance: duration({ doc: 'Age.', optional: true }),
      within: object({ before: duration({ doc: 'Before.', default: 0 }), after: duration({ doc: 'After.', default: 0 }) },
        { doc: 'Around.', optional: true }),
      share: ratio({ doc: 'Share.', default: 0.5, min: 0, max: 1 }), factor: number({ doc: 'Factor.', default: 1 }),
      beside: ids({ doc: 'Other nodes.', optional: true }),
    },
    shorthand: 'how',
  }),
];

const average = (name: string, outputs: readonly string[] = ['value']): Kernel => kernel({
  name, family: 'average', summary: 'For tests.', doc: 'For tests.', source: 'tests',
  inputs: [{ name: 'x', doc: 'Values.' }], params: { period: int({ doc: 'Rows.', min: 1, max: 500 }) },
  outputs: outputs.map((o) => ({ name: o, doc: 'Value.' })), warmup: () => 1, state: () => ({ sum: cell() }),
  step: () => (_S: Float64Array, _b: number, x: number) => x, examples: [],
});

export const KERNELS: readonly Kernel[] = [average('ema'), average('sma'), average('rsi'), average('macd', ['line', 'hist'])];

const connector = (role: Connector['role'], name: string, fields: Connector['fields'], more: Partial<Connector> = {}): Connector =>
  ({ kind: 'connector', role, name, summary: 'For tests.', doc: 'For tests.', fields, examples: [], ...more });

const path = text({ doc: 'Path.' });

export const SOURCES: readonly Connector[] = [
  connector('source', 'csv', { path, fields: map({ doc: 'Columns.', optional: true }),
    separator: text({ doc: 'Separator.', default: ',' }) }, { shorthand: 'path' }),
  connector('source', 'synthetic', { seed: int({ doc: 'Seed.', default: 1 }),
    rate: number({ doc: 'Rows a second.', default: 10, min: 0 }) }),
];

export const OUTPUTS: readonly Connector[] = [
  connector('output', 'stdout', { format: choice(['table', 'jsonl'], { doc: 'Form.', default: 'jsonl' }) }),
  connector('output', 'csv', { path }, { shorthand: 'path' }),
];

const byName = <T extends { readonly name: string }>(all: readonly T[]): ReadonlyMap<string, T> => new Map(all.map((x) => [x.name, x]));

export const REGISTRY: Registry = {
  custom: new Set(),
  operators: byName(OPERATORS), kernels: byName(KERNELS), sources: byName(SOURCES), outputs: byName(OUTPUTS),
};
