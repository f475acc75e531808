import { choice, duration, flag, int, number, ratio, span, type FieldsSpec } from '../src/core/field.ts';
import { kernel, type InputSpec, type Kernel, type OutputSpec } from '../src/core/kernel.ts';
import type { Calendar } from '../src/core/calendar.ts';
import { MINUTE } from '../src/core/time.ts';
import { SEVERITY, SIDE, type Type } from '../src/core/types.ts';
import type { FormulaScope, NodeScope, ParamScope } from '../src/language/formula/scope.ts';

/** A small world for tests of formulas: kernels of every shape, a few nodes, parameters of every kind. */
const made = (
  name: string, inputs: readonly InputSpec[], params: FieldsSpec, outputs: readonly OutputSpec[] = [{ name: 'value', doc: '' }],
  check?: (p: Record<string, unknown>) => string | null,
): Kernel => kernel({
  name, family: 'average', summary: name, doc: name, source: 'test', inputs, params, outputs, warmup: () => 1, state: () => ({}),
  step: () => (_S: Float64Array, _b: number, x: number) => x, examples: [], ...(check === undefined ? {} : { check }),
});

const series: InputSpec = { name: 'of', doc: 'Series.', column: 'close' };
const any: InputSpec = { name: 'of', doc: 'Series.' };
const own = (name: string): InputSpec => ({ name, doc: `The ${name}.`, column: name });
const rows = (fallback: number, min = 1) => int({ doc: 'Rows.', min, max: 1000, default: fallback });
const outputs = (...names: string[]): OutputSpec[] => names.map((name) => ({ name, doc: name }));
const bool: OutputSpec[] = [{ name: 'value', doc: '', type: 'bool' }];

const KERNELS: readonly Kernel[] = [
  made('ema', [series], { period: rows(20) }),
  made('sma', [series], { period: rows(20) }),
  made('rsi', [series], { period: rows(14, 2) }),
  made('stdev', [any], { period: int({ doc: 'Rows.', min: 2, max: 1000 }) }),
  made('atr', [own('high'), own('low'), own('close')], { period: rows(14) }),
  made('obv', [own('close'), own('volume')], {}),
  made('vwma', [series, own('volume')], { period: rows(20) }),
  made('macd', [series], { fast: rows(12), slow: rows(26), signal: rows(9) }, outputs('macd', 'signal', 'hist'),
    (p) => ((p['fast'] as number) < (p['slow'] as number) ? null : 'fast must be shorter than slow')),
  made('lag', [any], { n: rows(1, 0) }),
  made('corr', [{ name: 'x', doc: '' }, { name: 'y', doc: '' }], { period: rows(30) }),
  made('crosses_above', [{ name: 'x', doc: '' }, { name: 'y', doc: '' }], {}, bool),
  made('bars_since', [{ name: 'condition', doc: 'Condition.', type: 'bool' }], {}),
  made('zscore', [any], { over: span({ doc: 'Window.', default: { rows: 20 } }), robust: flag({ doc: 'Median.', default: false }) }),
  made('decay', [any], { half: duration({ doc: 'Half-life.', min: 1, default: MINUTE }), floor: ratio({ doc: 'Least.', default: 0 }) }),
  made('smooth', [any], {
    by: choice(['sma', 'ema', 'wilder'], { doc: 'How.', default: 'sma' }), power: number({ doc: 'Power.', default: 1.5, max: 10 }),
  }),
];

const columns = (extra: Readonly<Record<string, Type>>): ReadonlyMap<string, Type> =>
  new Map<string, Type>([['ts', 'time'], ['symbol', 'text'], ...Object.entries(extra)]);

const BAR = { open: 'f64', high: 'f64', low: 'f64', close: 'f64', volume: 'f64' } as const;
const NODES: Readonly<Record<string, NodeScope | 'poisoned'>> = {
  bars: { columns: columns(BAR), clock: 'bars@1m', sameRows: true },
  'bars.late': { columns: columns(BAR), clock: 'bars.late', sameRows: false },
  bars5: { columns: columns(BAR), clock: 'bars5@5m', sameRows: false },
  quotes: { columns: columns({ bid: 'f64', ask: 'f64' }), clock: 'quotes', sameRows: false },
  anomaly: { columns: columns({ score: 'f64', severity: SEVERITY }), clock: 'bars@1m', sameRows: true },
  broken: 'poisoned',
};

const param = (value: ParamScope['value'], type: Type, unit: ParamScope['unit'] = 'none'): ParamScope => ({ value, type, unit });

export const calendar: Calendar = {
  name: 'TEST',
  sessionAt: (ts) => ({ open: Math.floor(ts / (10 * MINUTE)) * 10 * MINUTE, close: 0, day: 0 }),
  isOpen: (ts) => ts >= 0,
};

export function formulaScope(changes: Partial<FormulaScope> = {}): FormulaScope {
  return {
    columns: columns({ ...BAR, level: 'i64', up: 'bool', side: SIDE, severity: SEVERITY, note: 'text', age: 'duration' }),
    clock: 'bars@1m', input: 'bars', self: 'feat', nodeIds: Object.keys(NODES), aggregates: false, calendar,
    node: (id) => (Object.hasOwn(NODES, id) ? NODES[id] : null),
    poisoned: new Set(['ghost', '$ghost']),
    params: new Map([
      ['fast', param(12, 'i64')], ['edge', param(0.12, 'f64')], ['memory', param(2 * 60 * MINUTE, 'duration', 'duration')],
      ['mode', param('buy', 'text')], ['names', param(['AAPL', 'MSFT'], 'text')], ['on', param(true, 'bool')],
      ['budget', param(0.01, 'f64', 'ratio')],
    ]),
    registry: {
      kernels: new Map(KERNELS.map((k) => [k.name, k])), operators: new Map(), sources: new Map(), outputs: new Map(), custom: new Set(),
    },
    ...changes,
  };
}
