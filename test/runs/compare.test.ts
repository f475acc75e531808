import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { firstDifference } from '../../src/backtest/research/difference.ts';
import { differences } from '../../src/cli/run-difference.ts';
import { VERB as COMPARE } from '../../src/cli/verbs/compare.ts';
import { VERB as RUNS } from '../../src/cli/verbs/runs.ts';
import { writeRun } from '../../src/runs/run-write.ts';
import { FILL, ORDER, TRADE, aRun, curveFrom } from '../../src/runs/run.fixture.ts';
import { sqliteFrom } from '../../src/store/sqlite.ts';
import { ran } from './support.ts';

let cwd = '';
beforeAll(async () => {
  cwd = mkdtempSync(join(tmpdir(), 'millrace-compare-'));
  const { orders } = aRun();
  await writeRun(aRun(), join(cwd, 'runs/before'));
  await writeRun(aRun({
    id: 'ffff0000', params: { fast: 20, slow: 26, symbol: 'NaN', risky: true }, orders: [orders[0], { ...orders[1], limit: 7 }],
    fills: [FILL, FILL], metrics: { sharpe: 0.75, calmar: 2, profit_factor: Infinity },
  }), join(cwd, 'runs/after'));
  await writeRun(aRun({ id: 'same' }), join(cwd, 'runs/same'));
});
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

describe('where two runs part', () => {
  it('is nowhere for a run and itself, NaN included', () => {
    expect(differences(aRun(), aRun())).toEqual([]);
    expect(firstDifference([{ ts: 1, x: NaN }], [{ ts: 1, x: NaN }])).toBeNull();
  });

  it('is the first row of each table, the earliest first', () => {
    const other = aRun({ orders: [ORDER], trades: [{ ...TRADE, pnl: 5, open: true }], curve: curveFrom([100_000, 100_005.5, 1]) });
    expect(differences(aRun(), other).map((d) => [d.table, d.row, d.missing, d.columns])).toEqual([
      ['orders', 1, 'b', []],
      ['trades', 0, null, [{ name: 'pnl', a: 5.5, b: 5 }, { name: 'open', a: false, b: true }]],
      ['equity', 2, null, [{ name: 'equity', a: 99_999.1, b: 1 }]],
    ]);
  });

  it('is where the first change is, whatever follows', () => {
    const rows = fc.array(fc.record({ ts: fc.nat(), x: fc.double() }), { minLength: 1, maxLength: 20 });
    fc.assert(fc.property(rows, fc.nat(), (a, at) => {
      const row = at % a.length;
      const b = a.map((r, i) => (i < row ? { ...r } : { ...r, x: r.x === 1 ? 2 : 1 }));
      expect(firstDifference(a, b)).toMatchObject({ row, missing: null });
      expect(firstDifference(a, a.slice(0, row))).toMatchObject({ row, missing: 'b' });
    }));
  });
});

describe('the verb compare', () => {
  it('shows settings, metrics and first differences, by folder and by id', async () => {
    const { out, code } = await ran(COMPARE, cwd, ['runs/before', 'ffff'], { runs: 'runs' });
    expect(code).toBe(0);
    expect(out.split('\n')).toEqual([
      'Settings',
      '               runs/before  ffff',
      '  params.fast  12           20',
      '',
      'Metrics',
      '                 runs/before  ffff      change',
      '  sharpe         1.25         0.75      -0.5',
      '  calmar         –            2         –',
      '  profit_factor  Infinity     Infinity  –',
      '',
      'First difference of runs/before and ffff',
      '  orders, row 2, 2024-01-02T09:40:00Z: limit 0.30000000000000004 and 7',
      '  fills, row 2, 2024-01-02T09:40:00.000001Z: only ffff has it',
    ]);
    const same = await ran(COMPARE, cwd, ['a1b2c3d4', 'same'], { runs: 'runs' });
    expect(same.out).toContain('the same orders, fills, trades and equity');
  });

  it('gives one object, of more than two runs', async () => {
    const { out } = await ran(COMPARE, cwd, ['runs/before', 'runs/after', 'runs/same'], { runs: 'runs', json: true });
    const found = JSON.parse(out) as { metrics: object[]; differences: { b: string; tables: { table: string }[] }[] };
    expect(found.metrics[0]).toEqual({ name: 'sharpe', values: [1.25, 0.75, 1.25] });
    expect(found.differences.map((d) => [d.b, d.tables.map((t) => t.table)])).toEqual([['ffff0000', ['orders', 'fills']], ['same', []]]);
  });

  it('refuses one run, and a run that is not there', async () => {
    await expect(ran(COMPARE, cwd, ['runs/before'], { runs: 'runs' })).rejects.toMatchObject({ code: 'E901' });
    await expect(ran(COMPARE, cwd, ['runs/before', 'gone'], { runs: 'runs' })).rejects.toMatchObject({ code: 'E690' });
  });
});

describe('the verb runs', () => {
  const flags = { limit: '20', metrics: 'sharpe,none' };

  it('lists runs, sorted by a metric', async () => {
    const { out } = await ran(RUNS, cwd, [], { ...flags, sort: 'sharpe', limit: '2' });
    const lines = out.split('\n').map((l) => l.split(/ {2,}/));
    expect(lines[0]).toEqual(['id', 'pipeline', 'written', 'from', 'to', 'trades', 'sharpe', 'met', 'folder']);
    expect(lines.slice(1).map((l) => [l[0].length > 0, l[6]])).toEqual([[true, '1.25'], [true, '1.25']]);
    const { out: json } = await ran(RUNS, cwd, ['runs'], { ...flags, json: true });
    const found = JSON.parse(json) as { index: boolean; runs: { id: string }[] };
    expect(new Set(found.runs.map((r) => r.id))).toEqual(new Set(['a1b2c3d4', 'ffff0000', 'same']));
    expect(found.index).toBe(sqliteFrom() !== null);
    expect(existsSync(join(cwd, 'runs/runs.db'))).toBe(found.index);
    expect(readFileSync(join(cwd, 'runs/same/run.json'), 'utf8')).toContain('"id": "same"');
  });

  it('refuses a metric that no run has, and a folder that is not there', async () => {
    await expect(ran(RUNS, cwd, [], { ...flags, sort: 'sharp' })).rejects.toMatchObject({ code: 'E901', help: ['did you mean `sharpe`?', expect.anything()] });
    await expect(ran(RUNS, cwd, ['gone'], flags)).rejects.toMatchObject({ code: 'E902' });
    await expect(ran(RUNS, cwd, [], { ...flags, limit: 'x' })).rejects.toMatchObject({ code: 'E901' });
  });
});
