import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { Refusal } from '../core/diagnostic.ts';
import { DAY } from '../core/time.ts';
import type { Schema } from '../core/types.ts';
import { CsvReader } from './csv-read.ts';
import { readerFor } from './open.ts';
import { OrderedReader } from './ordered.ts';
import { contextFor, readAll, tempFolder } from '../../test/connect/support.ts';
import type { PlainRow } from '../../test/connect/support.ts';

const folder = tempFolder();
afterAll(() => folder.remove());
let files = 0;

async function read(
  text: string | Uint8Array, schema: string | Schema = 'trade', args: Record<string, unknown> = {}, name = `f${files++}.csv`,
) {
  const ctx = contextFor(schema, { path: folder.write(name, text), ...args });
  const reader = readerFor(ctx, 'csv');
  const rows = await readAll(reader, ctx);
  return { rows, bad: reader.bad, keys: ctx.keys };
}

const refusalOf = async (work: Promise<unknown>): Promise<Refusal> => {
  try {
    await work;
  } catch (fault) {
    if (fault instanceof Refusal) return fault;
    throw fault;
  }
  throw new Error('nothing was refused');
};

const TRADES = 'ts,symbol,price,size,side\n1,A,10,100,buy\n2,B,20.5,5,sell\n3,A,10.01,1,\n';
const WANT: PlainRow[] = [[1e6, 'A', 10, 100, 1], [2e6, 'B', 20.5, 5, 0], [3e6, 'A', 10.01, 1, null]];

describe('forms of CSV', () => {
  it.each([
    ['LF', TRADES],
    ['CRLF', TRADES.replaceAll('\n', '\r\n')],
    ['a byte order mark', `\ufeff${TRADES}`],
    ['no line break at the end', TRADES.trimEnd()],
    ['blank lines', TRADES.replaceAll('\n', '\n\n')],
    ['quoted fields', TRADES.replaceAll(/[^,\n]+/g, '"$&"')],
    ['quoted fields and CRLF', TRADES.replaceAll(/[^,\n]+/g, '"$&"').replaceAll('\n', '\r\n').trimEnd()],
    ['a delimiter at the end of rows', TRADES.replaceAll(/(buy|sell|1,)\n/g, '$1,\n')],
    ['blanks around values', TRADES.replaceAll(',A,10,', ', A , 10 ,')],
  ])('%s', async (_, text) => {
    const { rows, bad } = await read(text);
    expect(bad.first).toEqual([]);
    expect(rows).toEqual(WANT);
  });

  it('gzip, also of several members', async () => {
    expect((await read(TRADES, 'trade', {}, 'one.csv.gz')).rows).toEqual(WANT);
    const members = Buffer.concat([gzipSync(TRADES.slice(0, 31)), gzipSync(TRADES.slice(31))]);
    expect((await read(members, 'trade', {}, 'two.csv.gz')).rows).toEqual(WANT);
  });

  it('other delimiters', async () => {
    expect((await read(TRADES.replaceAll(',', ';'), 'trade', { delimiter: ';' })).rows).toEqual(WANT);
    expect((await read(TRADES.replaceAll(',', '\t'), 'trade', { delimiter: 'tab' })).rows).toEqual(WANT);
  });

  it('without a header, columns are numbers', async () => {
    const fields = { ts: '1', symbol: '2', price: '3', size: '4', side: '5' };
    const { rows } = await read(TRADES.slice(TRADES.indexOf('\n') + 1), 'trade', { header: false, fields });
    expect(rows).toEqual(WANT);
  });

  it('text with delimiters, quotes and line breaks; an empty text is not null', async () => {
    const { rows, bad } = await read('ts,symbol,text,sentiment\n1,"A,B","said ""no""\r\nand left",0.5\n2,C,"",\n3,"D""E",,\n', 'news',
      { }, 'news.csv');
    expect(rows).toEqual([[1e6, 'A,B', 'said "no"\r\nand left', 0.5], [2e6, 'C', '', null]]);
    expect(bad.first[0]).toMatchObject({ at: 5, code: 'E753' });
  });
});

describe('names, words and times', () => {
  it('knows the usual other names', async () => {
    const { rows } = await read('Timestamp,Ticker,Px,Qty,buyer_is_maker\n1700000000123,X,1,2,1\n1700000000124,X,1,2,0\n');
    expect(rows).toEqual([[1700000000123000, 'X', 1, 2, 0], [1700000000124000, 'X', 1, 2, 1]]);
  });

  it.each([['buy', 1], ['SELL', 0], ['B', 1], ['s', 0], ['1', 1], ['-1', 0], ['none', null]])('side %s', async (word, want) => {
    expect((await read(`ts,symbol,price,size,side\n1,A,1,1,${word}\n`)).rows[0][4]).toBe(want);
  });

  it('prefers the clock of the market, and takes another where it is empty throughout', async () => {
    const head = 'local_ts_ns,event_ts_ms,symbol,bid,ask\n';
    expect((await read(`${head}1700000000000000999,1700000001000,A,1,2\n`, 'quote')).rows[0][0]).toBe(1700000001000000);
    expect((await read(`${head}1700000000000000999,,A,1,2\n`, 'quote')).rows[0][0]).toBe(1700000000000000);
  });

  it('takes the symbol from the name of the file, or from the setting', async () => {
    const text = 'date,price\n2020-01-02,5\n';
    const schema: Schema = [{ name: 'price', type: 'f64' }];
    expect((await read(text, schema, {}, 'BRK.B.csv')).rows).toEqual([[18263 * DAY, 'BRK.B', 5]]);
    expect((await read(text, schema, { symbol: 'WTI' })).rows[0][1]).toBe('WTI');
  });

  it('keeps symbols that look like something else as text', async () => {
    const { rows } = await read('ts,symbol,price,size\n1,005930,1,1\n2,TRUE,1,1\n3,1E5,1,1\n');
    expect(rows.map((r) => r[1])).toEqual(['005930', 'TRUE', '1E5']);
  });

  it('reads every type', async () => {
    const schema: Schema = [
      { name: 'n', type: 'i64' }, { name: 'ok', type: 'bool' }, { name: 'd', type: 'duration' }, { name: 'at', type: 'time' },
      { name: 'why', type: 'text' },
    ];
    const lines = ['ts,symbol,n,ok,d,at,why', '1,A,7,true,1m30s,2024-01-02,x', '2,A,7,0,25,2024-01-02T00:00:01Z,"é ü"',
      '3,A,7.5,1,1,2024,x'];
    const { rows, bad } = await read(lines.join('\n'), schema);
    expect(rows).toEqual([[1e6, 'A', 7, 1, 90e6, 19724 * DAY, 'x'], [2e6, 'A', 7, 0, 25, 19724 * DAY + 1e6, 'é ü']]);
    expect(bad.first[0].message).toContain('whole number');
  });
});

describe('bad rows', () => {
  const CORPUS: readonly (readonly [string, string])[] = [
    ['1,A,10', 'E751'], ['1,A,10,1,buy,extra', 'E751'], ['1,A,ten,1,buy', 'E752'], ['1,A,,1,buy', 'E753'], ['1,A,NaN,1,buy', 'E754'],
    ['1,A,-Infinity,1,buy', 'E754'], ['later,A,10,1,buy', 'E755'], [',A,10,1,buy', 'E753'], ['1,,10,1,buy', 'E753'],
    ['1,A,10,1,up', 'E756'],
    ['1,A,10,1,"buy"x', 'E758'], ['1,"A"B,10,1,buy', 'E758'], ['garbage', 'E751'], ['1,A,1,2,3,4,5,6', 'E751'],
  ];

  it.each(CORPUS)('%s is %s, on its line, and nothing stops', async (line, code) => {
    const { rows, bad } = await read(`ts,symbol,price,size,side\n1,A,1,1,buy\n${line}\n9,Z,-37.5,0,sell\n`);
    expect(rows).toEqual([[1e6, 'A', 1, 1, 1], [9e6, 'Z', -37.5, 0, 0]]);
    expect(bad.count).toBe(1);
    expect(bad.first[0]).toMatchObject({ at: 3, code, raw: line });
  });

  it('are all counted, and the first hundred kept', async () => {
    const { rows, bad } = await read(`ts,symbol,price,size\n${'1,A,x,1\n'.repeat(1000)}2,A,1,1\n`);
    expect([rows.length, bad.count, bad.first.length, bad.first[99].at]).toEqual([1, 1000, 100, 101]);
  });

  it('a quote that never closes costs one row', async () => {
    const { rows, bad } = await read(`ts,symbol,price,size\n1,"A,1,1\n${'2,B,1,1\n'.repeat(20_000)}`);
    expect([rows.length, bad.count, bad.first[0].code, bad.first[0].at]).toEqual([20_000, 1, 'E758', 2]);
  });

  it('the place of a row counts line breaks in quotes, and names the file among several', async () => {
    folder.write('part-1.csv', 'ts,symbol,text\n1,A,"x\ny\nz"\n2,A,\n');
    folder.write('part-2.csv', 'ts,symbol,text\n3,A,ok\nx,A,b\n');
    const { rows, bad } = await read('ts,symbol,text\n', 'news', { path: `${folder.path}/part-*.csv` });
    expect(rows.map((r) => r[2])).toEqual(['x\ny\nz', 'ok']);
    expect(bad.first.map((b) => [b.at, b.message])).toEqual([[5, 'part-1.csv: `text` is empty'], [3, 'part-2.csv: `x` is no time']]);
  });
});

describe('refusals', () => {
  it('a missing column lists those found and the fix', async () => {
    const fault = await refusalOf(read('ts,symbol,prise,size\n1,A,1,1\n'));
    expect([fault.code, fault.exit]).toEqual(['E702', 7]);
    expect(fault.help.join('\n')).toBe('it has the columns: ts, symbol, prise, size\nname it in the source: fields: { price: prise }');
  });

  it.each([
    ['E707', 'ts,symbol,price,size\n', { fields: { price: 'prise' } }, 'did you mean `price`?'],
    ['E708', 'ts,symbol,price,size\n', { fields: { pric: 'price' } }, 'did you mean `price`?'],
    ['E706', 'when,symbol,price,size\n', {}, 'fields: { ts: when }'],
    ['E703', '', {}, 'the first line'],
    ['E708', TRADES, { delimiter: '::' }, 'one character'],
  ])('%s', async (code, text, args, help) => {
    const fault = await refusalOf(read(text, 'trade', args));
    expect(fault.code).toBe(code);
    expect(fault.help.join('\n')).toContain(help);
  });

  it('a missing file suggests its neighbour; a damaged one says so', async () => {
    folder.write('trades-2024.csv', TRADES);
    const missing = await refusalOf(read(TRADES, 'trade', { path: `${folder.path}/trades-2042.csv` }));
    expect([missing.code, missing.exit, missing.help.join()]).toEqual(['E701', 7, expect.stringContaining('trades-2024.csv')]);
    expect((await refusalOf(read(gzipSync(TRADES).subarray(0, 40), 'trade', {}, 'cut.csv.gz'))).code).toBe('E703');
    expect((await refusalOf(read(Buffer.from(TRADES), 'trade', {}, 'plain.csv.gz'))).code).toBe('E703');
  });
});

describe('order', () => {
  const MIXED = 'ts,symbol,price,size\n3,C,1,1\n1,A,2,1\n3,A,3,1\n2,B,4,1\n1,B,5,1\n';

  it('by time is stable, and keys follow the order of rows', async () => {
    const { rows, keys } = await read(MIXED);
    expect(rows.map((r) => [r[0], r[1], r[2]])).toEqual([[1e6, 'A', 2], [1e6, 'B', 5], [2e6, 'B', 4], [3e6, 'C', 1], [3e6, 'A', 3]]);
    expect(keys.names).toEqual(['A', 'B', 'C']);
  });

  it('of arrival is that of the file', async () => {
    const { rows, keys } = await read(MIXED, 'trade', { order: 'arrival' });
    expect(rows.map((r) => r[2])).toEqual([1, 2, 3, 4, 5]);
    expect(keys.names).toEqual(['C', 'A', 'B']);
  });

  it('several files are one stream', async () => {
    folder.write('day-2.csv', 'ts,symbol,price,size\n3,A,3,1\n4,A,4,1\n');
    folder.write('day-1.csv', 'size,price,symbol,ts\n1,1,A,1\n1,5,A,5\n');
    const { rows } = await read(TRADES, 'trade', { path: [`${folder.path}/day-2.csv`, `${folder.path}/day-1.csv`] });
    expect(rows.map((r) => r[2])).toEqual([1, 3, 4, 5]);
  });

  it('a file in order beyond what is held is streamed; one that then falls out of order is refused', async () => {
    const lines = (last: number): string =>
      `ts,symbol,price,size\n${Array.from({ length: 50 }, (_, i) => `${i},A,${i},1\n`).join('')}${last},A,0,1\n`;
    const open = (text: string) => {
      const ctx = contextFor('trade', { path: folder.write('long.csv', text) });
      return readAll(new OrderedReader(new CsvReader(ctx, 8), ctx, 20), ctx);
    };
    expect(await open(lines(60))).toHaveLength(51);
    expect((await refusalOf(open(lines(3)))).code).toBe('E709');
  });

  it('is the same for every size of chunk', async () => {
    const lines = Array.from({ length: 500 }, (_, i) => `${(i * 7919) % 501},S${i % 7},${i % 11 === 0 ? 'bad' : i / 8},"${i}"`);
    const path = folder.write('sizes.csv', `ts,symbol,price,size\n${lines.join('\n')}\n`);
    const at = async (rows: number, order: string): Promise<unknown> => {
      const ctx = contextFor('trade', { path, order });
      const reader = new OrderedReader(new CsvReader(ctx, rows), ctx);
      return { rows: await readAll(reader, ctx), bad: reader.bad, keys: ctx.keys.names };
    };
    for (const order of ['time', 'arrival']) {
      const want = await at(1 << 16, order);
      for (const rows of [1, 7, 256]) expect(await at(rows, order)).toEqual(want);
    }
  });
});
