import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ORDER_TYPES, type BacktestRun } from '../backtest/model.ts';
import { sqliteFrom } from '../store/sqlite.ts';
import { findRun, indexRun, listRuns } from './run-index.ts';
import { openRunTable, readRun } from './run-read.ts';
import { RunWriter, hashRun, writeRun } from './run-write.ts';
import { FILL, ORDER, TRADE, aRun, curveFrom } from './run.fixture.ts';

vi.setConfig({ testTimeout: 30_000 });

let root = '';
let count = 0;
const fresh = (): string => join(root, `run-${count++}`);
beforeAll(() => void (root = mkdtempSync(join(tmpdir(), 'millrace-runs-'))));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const text = fc.string({ unit: 'binary', maxLength: 12 });
const real = fc.double({ noNaN: true });
const maybe = fc.option(real);
const time = fc.integer({ min: -9_000_000_000_000_000, max: 9_000_000_000_000_000 });
const id = fc.maxSafeNat();
const side = fc.constantFrom('buy' as const, 'sell' as const);

const anyRun: fc.Arbitrary<BacktestRun> = fc.record({
  id: text, pipeline: text, description: text, currency: text, fillProfile: text, pipelineHash: text, dataHash: text, hash: text,
  params: fc.dictionary(text, fc.oneof(text, fc.double(), fc.boolean(), fc.constantFrom('NaN', '-0', 'Infinity'))),
  from: time, to: time, rows: id, seconds: real, symbols: fc.array(text), capital: real, assumptions: fc.array(text), seed: fc.double(),
  versions: fc.record({ millrace: text, node: text }), periodsPerYear: real,
  curve: fc.array(fc.tuple(time, fc.double(), fc.double(), fc.double(), fc.double(), fc.double()), { maxLength: 8 }).map((rows) => {
    const [ts, equity, cash, gross, net, benchmark] = [0, 1, 2, 3, 4, 5].map((c) => Float64Array.from(rows, (r) => r[c]));
    return { ts, equity, cash, gross, net, benchmark };
  }),
  orders: fc.array(fc.record({
    id, symbol: text, ts: time, updated: time, side, type: fc.constantFrom(...ORDER_TYPES), quantity: fc.double(), limit: maybe, stop: maybe,
    tif: text, status: fc.constantFrom('filled' as const, 'rejected' as const), filled: real, avgPrice: maybe, parent: fc.option(id),
    reason: text, code: fc.option(text),
  }), { maxLength: 6 }),
  fills: fc.array(fc.record({
    order: id, ts: time, symbol: text, side, quantity: real, price: real, commission: real, slippage: fc.double(),
    liquidity: fc.constantFrom('maker' as const, 'taker' as const),
  }), { maxLength: 6 }),
  trades: fc.array(fc.record({
    symbol: text, side: fc.constantFrom('long' as const, 'short' as const), quantity: real, entryTs: time, exitTs: time, entryPrice: real,
    exitPrice: real, pnl: real, commission: real, return: fc.double(), bars: id, mae: real, mfe: real, entryReason: text, exitReason: text,
    open: fc.boolean(),
  }), { maxLength: 6 }),
  costs: fc.record({ commission: real, slippage: real, borrow: real, funding: real, interest: real, total: fc.double() }),
  benchmark: fc.option(text), exposure: real, turnover: real, signals: id, refused: fc.dictionary(text, id),
  metrics: fc.dictionary(text, fc.option(fc.double())), trials: id,
  requirements: fc.array(fc.record({ text, metric: text, value: fc.option(fc.double()), ok: fc.boolean() }), { maxLength: 3 }),
  checks: fc.array(fc.record({ name: text, ok: fc.boolean(), text }), { maxLength: 3 }),
});

describe('a run that is written and read again', () => {
  it('is the same, whatever its symbols, texts and numbers are', async () => {
    const folder = fresh();
    await fc.assert(fc.asyncProperty(anyRun, fc.boolean(), async (run, onlyCsv) => {
      const { files } = await writeRun(run, folder);
      if (onlyCsv) for (const { file } of files) if (file.endsWith('.arrow')) rmSync(join(folder, file));
      expect(await readRun(folder)).toEqual(run);
    }), { numRuns: 60 });
  });

  it('says in run.json what it was and what its files are', async () => {
    const folder = fresh();
    await writeRun(aRun(), folder);
    const names = ['equity', 'fills', 'orders', 'trades'].flatMap((t) => [`${t}.arrow`, `${t}.csv`]);
    expect(readdirSync(folder).sort()).toEqual([...names, 'run.json'].sort());
    const json = JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8')) as { files: { file: string; bytes: number; sha256: string }[] };
    expect(json).toMatchObject({ format: 1, id: 'a1b2c3d4', params: { symbol: 'NaN' }, metrics: { profit_factor: 'Infinity', calmar: null } });
    expect(json.files.map((f) => f.file).sort()).toEqual(names);
    for (const f of json.files) {
      const bytes = readFileSync(join(folder, f.file));
      expect([bytes.length, createHash('sha256').update(bytes).digest('hex')]).toEqual([f.bytes, f.sha256]);
    }
    expect(readFileSync(join(folder, 'trades.csv'), 'utf8').split('\n').slice(0, 2)).toEqual([
      'entry_ts,exit_ts,symbol,side,quantity,entry_price,exit_price,pnl,commission,return,bars,mae,mfe,entry_reason,exit_reason,open',
      '2024-01-02T09:40:00.000001Z,2024-01-03T09:40:00Z,005930,long,10,100.25,101,5.5,2,0.0055,17,-0.01,0.02,entry,"stop, ""hard""",false',
    ]);
    expect(readFileSync(join(folder, 'equity.csv'), 'utf8').split('\n')[1]).toBe('2024-01-02T09:40:00Z,100000,50000,50000,-50000,');
  });

  it('has the same bytes when it is written again, and leaves nothing of a larger one before it', async () => {
    const folder = fresh();
    const writer = await RunWriter.open(folder);
    writer.equity().append([1, 2, 3, 4, 5, null]);
    writer.table('signals', [{ name: 'ts', type: 'time' }, { name: 'symbol', type: 'text' }]).append([1, 'A']);
    writer.finish(aRun());
    expect(readdirSync(folder)).toEqual(expect.arrayContaining(['curve.csv', 'signals.arrow']));
    const first = await writeRun(aRun(), folder);
    expect(readdirSync(folder).filter((f) => /curve|signals|part|new/.test(f))).toEqual([]);
    expect(await writeRun(aRun(), fresh())).toEqual(first);
  });

  it('keeps equity of every moment beside the curve', async () => {
    const folder = fresh();
    const writer = await RunWriter.open(folder, { blockRows: 100 });
    const equity = writer.equity();
    for (let i = 0; i < 1050; i++) {
      equity.append([i, i / 3, 0, 0, 0, null]);
      if (i === 1000) expect(readdirSync(folder).every((f) => f.endsWith('.part'))).toBe(true);
    }
    expect(statSync(join(folder, readdirSync(folder).find((f) => f.includes('equity.arrow')) as string)).size).toBeGreaterThan(100 * 48);
    const { tables } = writer.finish(aRun());
    expect(tables.map((t) => [t.name, t.rows])).toEqual([['equity', 1050], ['curve', 3], ['trades', 1], ['orders', 2], ['fills', 1]]);
    expect(await readRun(folder)).toEqual(aRun());
    const reader = await openRunTable(folder, 'equity');
    let rows = 0;
    for (let b = await reader.next(); b !== null; b = await reader.next()) {
      expect(b.n).toBeLessThanOrEqual(100);
      rows += b.n;
    }
    await reader.close();
    expect(rows).toBe(1050);
  });

  it('hashes orders, fills and equity, and nothing else', async () => {
    const hash = await hashRun(aRun());
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
    expect(await hashRun(aRun({ seed: 8, trades: [] }))).toBe(hash);
    expect(await hashRun(aRun({ fills: [{ ...FILL, price: 100.26 }] }))).not.toBe(hash);
    expect(await hashRun(aRun({ orders: [ORDER] }))).not.toBe(hash);
    expect(await hashRun(aRun({ curve: curveFrom([1]) }))).not.toBe(hash);
  });
});

describe('what is refused', () => {
  it('files of no run are not replaced without force', async () => {
    const folder = fresh();
    mkdirSync(folder);
    writeFileSync(join(folder, 'trades.csv'), 'mine');
    await expect(writeRun(aRun(), folder)).rejects.toMatchObject({ code: 'E692', message: expect.stringContaining('trades.csv') as string });
    expect(readdirSync(folder)).toEqual(['trades.csv']);
    expect(readFileSync(join(folder, 'trades.csv'), 'utf8')).toBe('mine');
    await writeRun(aRun(), folder, { force: true });
    expect(await readRun(folder)).toEqual(aRun());
    writeFileSync(join(folder, 'notes.txt'), 'kept');
    await writeRun(aRun({ trades: [TRADE, TRADE] }), folder);
    expect((await readRun(folder)).trades.length).toBe(2);
    expect(existsSync(join(folder, 'notes.txt'))).toBe(true);
  });

  it('a failure on the way leaves the folder as it was', async () => {
    const folder = fresh();
    await writeRun(aRun(), folder);
    const half = aRun({ trades: [{ ...TRADE, bars: 0.5 }] });
    await expect(writeRun(half, folder)).rejects.toMatchObject({ code: 'E733' });
    expect(readdirSync(folder).length).toBe(9);
    expect(await readRun(folder)).toEqual(aRun());
  });

  it('no run, a changed file, a missing file, another format', async () => {
    const folder = fresh();
    await expect(readRun(folder)).rejects.toMatchObject({ code: 'E690' });
    await writeRun(aRun(), folder);
    await expect(openRunTable(folder, 'signals')).rejects.toMatchObject({ code: 'E731', help: ['its tables: equity, trades, orders, fills'] });
    appendFileSync(join(folder, 'fills.arrow'), 'x');
    await expect(readRun(folder)).rejects.toMatchObject({ code: 'E691', message: expect.stringContaining('fills.arrow') as string });
    rmSync(join(folder, 'fills.arrow'));
    expect(await readRun(folder)).toEqual(aRun());
    rmSync(join(folder, 'fills.csv'));
    await expect(readRun(folder)).rejects.toMatchObject({ code: 'E691' });
    const path = join(folder, 'run.json');
    const json = JSON.parse(readFileSync(path, 'utf8')) as { files: { file: string }[]; format: number };
    writeFileSync(path, JSON.stringify({ ...json, files: [{ ...json.files[0], file: '../../secret' }] }));
    await expect(readRun(folder)).rejects.toMatchObject({ code: 'E691' });
    writeFileSync(path, JSON.stringify({ ...json, format: 9 }));
    await expect(readRun(folder)).rejects.toMatchObject({ code: 'E691', message: expect.stringContaining('format 9') as string });
    writeFileSync(path, '{');
    await expect(readRun(folder)).rejects.toMatchObject({ code: 'E691' });
  });
});

describe.each([true, false])('the list of runs, with an index: %s', (kept) => {
  const skip = kept && sqliteFrom() === null;

  async function filled(): Promise<{ folder: string; list: typeof listRuns }> {
    vi.resetModules();
    if (!kept) vi.doMock('../store/sqlite.ts', () => ({ sqliteFrom: () => null, openDatabase: () => expect.unreachable() }));
    const { listRuns: list, indexRun: index } = await import('./run-index.ts');
    vi.doUnmock('../store/sqlite.ts');
    const folder = fresh();
    for (const [i, [pipeline, sharpe]] of ([['a', 1], ['b', 3], ['a', null], ['a', 2]] as const).entries()) {
      const to = join(folder, 'deep', `r${i}`);
      await writeRun(aRun({ id: `id-${i}`, pipeline, metrics: { sharpe, trades: i }, params: { i } }), to);
      utimesSync(join(to, 'run.json'), 1000 + i, 1000 + i);
      expect(index(folder, to, (1000 + i) * 1e6)).toBe(kept);
    }
    return { folder, list };
  }

  it.skipIf(skip)('is newest first, by pipeline, by a metric, and no longer than asked', async () => {
    const { folder, list } = await filled();
    const ids = (o: Parameters<typeof listRuns>[1]): string[] => list(folder, o).runs.map((r) => r.id);
    expect(list(folder).kept).toBe(kept);
    expect(existsSync(join(folder, 'runs.db'))).toBe(kept);
    expect(ids({})).toEqual(['id-3', 'id-2', 'id-1', 'id-0']);
    expect(ids({ pipeline: 'a', limit: 2 })).toEqual(['id-3', 'id-2']);
    expect(ids({ sort: 'sharpe' })).toEqual(['id-1', 'id-3', 'id-0', 'id-2']);
    expect(ids({ sort: '-sharpe' })).toEqual(['id-0', 'id-3', 'id-1', 'id-2']);
    expect(ids({ sort: '-created', limit: 1 })).toEqual(['id-0']);
    expect(list(folder).runs[0]).toEqual({
      id: 'id-3', folder: 'deep/r3', pipeline: 'a', params: { i: 3 }, pipelineHash: 'p'.repeat(64), dataHash: 'd'.repeat(64),
      hash: 'h'.repeat(64), seed: 7, from: aRun().from, to: aRun().to, rows: 1000, capital: 100_000, currency: 'USD', trades: 1, trials: 1,
      passed: true, created: 1003e6, metrics: { sharpe: 2, trades: 3 },
    });
  });

  it.skipIf(skip)('follows the folders: runs that come, change and go', async () => {
    const { folder, list } = await filled();
    list(folder);
    rmSync(join(folder, 'deep/r3'), { recursive: true });
    await writeRun(aRun({ id: 'new', requirements: [{ text: 'x > 1', metric: 'x', value: null, ok: false }] }), join(folder, 'other'));
    await writeRun(aRun({ id: 'changed', pipeline: 'ab' }), join(folder, 'deep/r0'));
    writeFileSync(join(folder, 'deep/r1/run.json'), 'damaged');
    const { runs } = list(folder);
    expect(new Set(runs.map((r) => r.id))).toEqual(new Set(['new', 'changed', 'id-2']));
    expect(runs.find((r) => r.id === 'new')).toMatchObject({ passed: false, folder: 'other' });
  });
});

it('a run is found by folder, id or the beginning of its id', async () => {
  const folder = fresh();
  for (const id of ['abcd-1', 'abcd-2', 'xyz']) await writeRun(aRun({ id }), join(folder, `f-${id}`));
  expect(findRun(folder, 'f-xyz')).toBe(join(folder, 'f-xyz'));
  expect(findRun(folder, 'xyz')).toBe(join(folder, 'f-xyz'));
  expect(findRun(folder, 'abcd-2')).toBe(join(folder, 'f-abcd-2'));
  expect(() => findRun(folder, 'abcd')).toThrow(expect.objectContaining({ code: 'E690', message: expect.stringContaining('several') as string }) as Error);
  expect(() => findRun(folder, 'none')).toThrow(expect.objectContaining({ code: 'E690' }) as Error);
  expect(indexRun(join(folder, 'nowhere'), folder, 1)).toBe(false);
});
