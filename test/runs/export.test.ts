import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tableFromIPC } from 'apache-arrow';
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { VERB } from '../../src/cli/verbs/export.ts';
import { record, someRows } from '../../src/recording/recording.fixture.ts';
import { RunWriter, writeRun } from '../../src/runs/run-write.ts';
import { ORDER, TRADE, aRun } from '../../src/runs/run.fixture.ts';
import { openDatabase, sqliteFrom } from '../../src/store/sqlite.ts';
import { ran, type Ran } from './support.ts';

vi.setConfig({ testTimeout: 30_000 });

let cwd = '';
beforeEach(() => void (cwd = mkdtempSync(join(tmpdir(), 'millrace-export-'))));
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

const exported = (from: string, flags: object): Promise<Ran> => ran(VERB, cwd, [from], flags);
const text = (...path: string[]): string => readFileSync(join(cwd, ...path), 'utf8');
const rows = (...path: string[]): string[] => text(...path).trimEnd().split('\n').slice(1);
const parquet = async (...path: string[]): Promise<Record<string, unknown>[]> =>
  parquetReadObjects({ file: await asyncBufferFromFile(join(cwd, ...path)) }) as Promise<Record<string, unknown>[]>;

const HOSTILE = ['005930', 'TRUE', '1E5', 'null', 'a,"b"', 'NaN'];
const hostileRun = aRun({
  orders: HOSTILE.map((symbol, i) => ({ ...ORDER, id: i + 1, symbol, ts: ORDER.ts + i * 1e6, limit: i === 0 ? null : i / 7 })),
  trades: HOSTILE.map((symbol, i) => ({ ...TRADE, symbol, exitReason: `line ${i}\nbreak`, open: i === 5 })),
});

describe('a run', () => {
  it('goes to Parquet table by table, its types kept', async () => {
    await writeRun(hostileRun, join(cwd, 'run'));
    const { code, err } = await exported('run', { to: 'parquet', out: 'out' });
    expect([code, err.split('\n').length]).toEqual([0, 4]);
    expect(readdirSync(join(cwd, 'out')).sort()).toEqual(['equity.parquet', 'fills.parquet', 'orders.parquet', 'trades.parquet']);
    const orders = await parquet('out', 'orders.parquet');
    expect(orders.map((o) => o.symbol)).toEqual(HOSTILE);
    expect(orders.map((o) => o.limit)).toEqual([null, ...[1, 2, 3, 4, 5].map((i) => i / 7)]);
    expect(orders[1]).toMatchObject({ ts: new Date((ORDER.ts + 1e6) / 1000), id: 2n, quantity: 10, parent: null, code: null });
    const trades = await parquet('out', 'trades.parquet');
    expect(trades.map((t) => [t.exit_reason, t.open])).toEqual(HOSTILE.map((_, i) => [`line ${i}\nbreak`, i === 5]));
  });

  it('goes to one file of a table, by its ending, narrowed by symbol and time', async () => {
    await writeRun(hostileRun, join(cwd, 'run'));
    await exported('run', { table: ['orders'], out: 'o.csv', symbols: '005930, 1E5' });
    expect(rows('o.csv').map((l) => l.split(',').slice(0, 3))).toEqual([
      ['2024-01-02T09:40:00Z', '005930', '1'], ['2024-01-02T09:40:02Z', '1E5', '3'],
    ]);
    await exported('run', { table: ['orders'], out: 'o.jsonl', from: '2024-01-02T09:40:02Z', until: '2024-01-02T09:40:04Z' });
    expect(text('o.jsonl').trimEnd().split('\n').map((l) => (JSON.parse(l) as { symbol: string }).symbol)).toEqual(['1E5', 'null']);
    await exported('run', { table: ['orders'], out: 'o.arrow' });
    const arrow = tableFromIPC(readFileSync(join(cwd, 'o.arrow')));
    expect([...arrow.getChild('symbol') as Iterable<string>]).toEqual(HOSTILE);
    expect(String(arrow.schema.fields[0].type)).toBe('Timestamp<MICROSECOND, UTC>');
  });

  it.skipIf(sqliteFrom() === null)('goes to one database of all tables', async () => {
    await writeRun(hostileRun, join(cwd, 'run'));
    const { out } = await exported('run', { out: 'all.db', json: true });
    expect(JSON.parse(out)).toMatchObject({ version: 1, format: 'sqlite', tables: [{ table: 'equity', file: 'all.db', rows: 3 }, {}, {}, {}] });
    const db = openDatabase(join(cwd, 'all.db'));
    expect(db.all('select symbol, typeof(symbol) as kind from orders').map((r) => [r.symbol, r.kind])).toEqual(HOSTILE.map((s) => [s, 'text']));
    expect(db.get('select t.symbol, o.ts from trades t join orders o on o.symbol = t.symbol where t.open'))
      .toEqual({ symbol: 'NaN', ts: '2024-01-02T09:40:05.000000Z' });
    db.close();
    expect(readdirSync(cwd).sort()).toEqual(['all.db', 'run']);
  });

  it('has more tables where its pipeline wrote them, and a file of it is read as the table that it is', async () => {
    const writer = await RunWriter.open(join(cwd, 'run'));
    const signals = writer.table('signals', [{ name: 'ts', type: 'time' }, { name: 'symbol', type: 'text' }, { name: 'code', type: 'text' }]);
    for (const symbol of HOSTILE) signals.append([ORDER.ts, symbol, '0042']);
    writer.finish(hostileRun);
    await exported('run', { table: ['signals,fills'], to: 'csv', out: 'some/' });
    expect(readdirSync(join(cwd, 'some')).sort()).toEqual(['fills.csv', 'signals.csv']);
    expect(rows('some', 'signals.csv').length).toBe(6);
    await exported('run/signals.csv', { out: 'signals.parquet' });
    expect((await parquet('signals.parquet')).map((r) => [r.symbol, r.code])).toEqual(HOSTILE.map((s) => [s, '0042']));
    await exported('run/trades.arrow', { out: 't.csv' });
    expect(text('t.csv')).toBe(text('run', 'trades.csv'));
  });
});

describe('a recording and a file', () => {
  it('a stream keeps every type, its seq and the time it arrived', async () => {
    const all = someRows(400);
    record(join(cwd, 'rec'), all, { chunk: 37 });
    await exported('rec', { out: 'trades.csv' });
    const real = all.filter((r) => r[2] !== null);
    expect(text('trades.csv').split('\n')[0]).toBe('ts,symbol,price,count,up,note,side,when,held,seq,received');
    const lines = rows('trades.csv');
    expect(lines.length).toBe(real.length);
    lines.forEach((line, i) => {
      const cells = line.split(',');
      const price = real[i][3] as number;
      expect([cells[1], cells[2], cells[9]]).toEqual([real[i][2], Number.isNaN(price) ? '' : Object.is(price, -0) ? '-0' : String(price), `${real[i][0]}`]);
    });
    await exported('rec', { table: ['trades'], out: 'trades.parquet', symbols: 'Ä', from: '2023-11-14T22:13:20.1Z' });
    const found = await parquet('trades.parquet');
    const wanted = real.filter((r) => r[2] === 'Ä' && r[1] >= 1.7e15 + 100_000);
    expect(found.map((r) => r.seq)).toEqual(wanted.map((r) => BigInt(r[0])));
    expect(found.map((r) => r.note)).toEqual(wanted.map((r) => r[6]));
    expect(wanted.length).toBeGreaterThan(10);
  });

  it('damage stops an export, and leaves nothing behind; --allow-gaps says what is missing', async () => {
    record(join(cwd, 'rec'), someRows(400), { chunk: 37 });
    const file = readdirSync(join(cwd, 'rec')).find((f) => f.endsWith('.arrow')) as string;
    const bytes = readFileSync(join(cwd, 'rec', file));
    bytes[bytes.length >> 1] ^= 1;
    writeFileSync(join(cwd, 'rec', file), bytes);
    await expect(exported('rec', { out: 'out.csv' })).rejects.toMatchObject({ code: 'E783' });
    expect(readdirSync(cwd)).toEqual(['rec']);
    const { err } = await exported('rec', { out: 'out.csv', allowGaps: true });
    expect(err).toContain('37 rows of damaged chunks left out');
    expect(rows('out.csv').length).toBeGreaterThan(300);
  });

  it('a file of data keeps its order, its symbols as text and its bad rows out', async () => {
    writeFileSync(join(cwd, 'ticks.csv'), 'ts,symbol,price,size,venue\n2024-01-02T10:00:01Z,005930,1.5,10,007\n2024-01-02T10:00:00Z,TRUE,2,,008\n'
      + '2024-01-02T10:00:02Z,1E5,x,3,009\n');
    const { err } = await exported('ticks.csv', { out: 'ticks.parquet', schema: 'trade' });
    expect(err).toContain('2 rows could not be read');
    expect((await parquet('ticks.parquet')).map((r) => r.symbol)).toEqual(['005930']);
    writeFileSync(join(cwd, 'raw.csv'), text('ticks.csv').replace(',x,', ',3,'));
    await exported('raw.csv', { out: 'raw.arrow' });
    await exported('raw.arrow', { out: 'back.jsonl' });
    expect(text('back.jsonl').trimEnd().split('\n').map((l) => JSON.parse(l) as unknown)).toEqual([
      { ts: '2024-01-02T10:00:01Z', symbol: '005930', price: 1.5, size: 10, venue: '007' },
      { ts: '2024-01-02T10:00:00Z', symbol: 'TRUE', price: 2, size: null, venue: '008' },
      { ts: '2024-01-02T10:00:02Z', symbol: '1E5', price: 3, size: 3, venue: '009' },
    ]);
  });
});

describe('what is refused', () => {
  beforeEach(async () => void (await writeRun(hostileRun, join(cwd, 'run'))));

  it.each([
    ['another format', { to: 'parket', out: 'x' }, 'E730', /did you mean `parquet`/],
    ['no format', { out: 'x' }, 'E730', /--to takes csv, jsonl, arrow, parquet, sqlite/],
    ['another table', { table: ['trade'], out: 'x.csv' }, 'E731', /did you mean `trades`/],
    ['several tables in a file', { out: 'x.csv' }, 'E901', /--table NAME picks one/],
    ['symbols of equity', { table: ['equity'], symbols: 'A', out: 'x.csv' }, 'E901', /leave out --symbols/],
    ['a time that is none', { from: 'monday', out: 'x.csv', table: ['trades'] }, 'E901', /2024-01-02/],
    ['files of the run itself', { to: 'csv', out: 'run', force: true }, 'E710', /another folder/],
  ])('%s', async (_, flags, code, help) => {
    await expect(exported('run', flags)).rejects.toMatchObject({ code });
    await expect(exported('run', flags)).rejects.toSatisfy((e: { help: string[] }) => help.test(e.help.join('\n')));
    expect(readdirSync(cwd)).toEqual(['run']);
  });

  it('a file that exists, without force', async () => {
    writeFileSync(join(cwd, 'x.csv'), 'mine');
    await expect(exported('run', { table: ['fills'], out: 'x.csv' })).rejects.toMatchObject({ code: 'E710' });
    expect(text('x.csv')).toBe('mine');
    await exported('run', { table: ['fills'], out: 'x.csv', force: true });
    expect(text('x.csv')).toBe(text('run', 'fills.csv'));
  });

  it('a folder that is neither, and a file that is not there', async () => {
    mkdirSync(join(cwd, 'empty'));
    await expect(exported('empty', { out: 'x.csv' })).rejects.toMatchObject({ code: 'E902' });
    await expect(exported('gone.csv', { out: 'x.csv' })).rejects.toMatchObject({ code: 'E701' });
    expect(existsSync(join(cwd, 'x.csv'))).toBe(false);
  });
});
