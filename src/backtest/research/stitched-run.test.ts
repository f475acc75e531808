import { expect, it } from 'vitest';
import { aRun, curveFrom, FILL, ORDER, TRADE } from '../../runs/run.fixture.ts';
import { DAY } from '../../core/time.ts';
import { equityBefore, stitchRuns } from './stitched-run.ts';

const at = (equity: readonly number[], from: number) => {
  const curve = curveFrom([...equity]);
  return { ...curve, ts: curve.ts.map((_, i) => from + i * DAY) };
};

it('puts runs one behind the other: numbers of orders go on, what is open at the end of one is closed there', () => {
  const first = aRun({
    curve: at([100, 110, 120], 0), orders: [{ ...ORDER, id: 1, ts: 5, parent: null }, { ...ORDER, id: 4, ts: 6, parent: 1 }],
    fills: [{ ...FILL, order: 4, ts: 7 }], trades: [{ ...TRADE, entryTs: 5, open: true, exitReason: '' }], refused: { E1: 2 },
    rows: 10, exposure: 1, capital: 100,
  });
  const second = aRun({
    curve: at([120, 60], 2 * DAY), orders: [{ ...ORDER, id: 2, ts: 3 * DAY, parent: 1 }], fills: [{ ...FILL, order: 2, ts: 3 * DAY }],
    trades: [{ ...TRADE, entryTs: 3 * DAY, open: true, exitReason: '' }], refused: { E1: 1, E2: 1 }, rows: 30, exposure: 0, capital: 120,
  });
  const run = stitchRuns([{ span: { from: 0, to: 3 * DAY }, run: first }, { span: { from: 2.5 * DAY, to: 9 * DAY }, run: second }]);
  expect([...run.curve.ts]).toEqual([0, DAY, 2 * DAY, 3 * DAY]);
  expect([...run.curve.equity]).toEqual([100, 110, 120, 60]);
  expect(run.orders.map((o) => [o.id, o.parent])).toEqual([[1, null], [4, 1], [6, 5]]);
  expect(run.fills.map((f) => f.order)).toEqual([4, 6]);
  expect(run.trades.map((t) => [t.open, t.exitReason])).toEqual([[false, 'end'], [true, '']]);
  expect(run).toMatchObject({ refused: { E1: 3, E2: 1 }, rows: 40, exposure: 0.25, capital: 100, from: 0, to: 3 * DAY });
  expect(run.costs.commission).toBe(first.costs.commission + second.costs.commission);
});

it('lets the later of two that overlap take over at its start', () => {
  const curve = at([100, 110, 120, 130], 0);
  expect(equityBefore(curve, 2 * DAY)).toBe(110);
  expect(equityBefore(curve, Infinity)).toBe(130);
  const first = aRun({ curve, fills: [{ ...FILL, ts: DAY }, { ...FILL, ts: 2 * DAY }], orders: [], trades: [] });
  const second = aRun({ curve: at([110, 99], 2 * DAY - 1), fills: [], orders: [], trades: [] });
  const run = stitchRuns([{ span: { from: 0, to: 4 * DAY }, run: first }, { span: { from: 2 * DAY - 1, to: 5 * DAY }, run: second }]);
  expect([...run.curve.equity]).toEqual([100, 110, 99]);
  expect(run.fills.map((f) => f.ts)).toEqual([DAY]);
});

it('goes on with the benchmark where the one before had it', () => {
  const held = (values: readonly number[], from: number) => ({ ...at([1, 1, 1], from), benchmark: Float64Array.from(values) });
  const parts = [held([NaN, 100, 150], 0), held([NaN, 10, 20], 3 * DAY)].map((curve, k) => ({
    span: { from: k * 3 * DAY, to: (k + 1) * 3 * DAY }, run: aRun({ curve, fills: [], orders: [], trades: [] }),
  }));
  expect([...stitchRuns(parts).curve.benchmark]).toEqual([NaN, 100, 150, 150, 300]);
});
