import { describe, expect, it } from 'vitest';
import { compile } from '../src/plan/compile.ts';
import { drawText, picture } from '../src/plan/draw.ts';
import { explain } from '../src/plan/explain.ts';
import { partitionable } from '../src/plan/partition.ts';
import { checkAccounts } from './harness/accounts.ts';
import { drive, every, type Recorded, type Recording } from './harness/drive.ts';
import { feedOf } from './harness/feed.ts';
import type { Stream } from './harness/market.ts';
import { pipelineOf, readText, subjectOf } from './harness/pipeline.ts';
import { SCHEMAS } from '../src/core/types.ts';
import { REGISTRY } from './shipped.ts';

const MINUTE = 60_000_000;
const AT = Date.UTC(2025, 0, 6, 15) * 1000;

type Row = readonly [ts: number, symbol: string, ...values: number[]];

const stream = (schema: 'bar' | 'quote', rows: readonly Row[]): Stream => ({
  schema: SCHEMAS[schema], ts: rows.map(([ts]) => AT + ts), symbol: rows.map(([, s]) => s),
  cols: SCHEMAS[schema].map((_, c) => rows.map((r) => Number(r[c + 2]))),
});

const bar = (minute: number, symbol: string, price: number): Row => [minute * MINUTE, symbol, price, price + 1, price - 1, price, 100];

/** Cells of some columns, row by row. */
function table(run: Recording, node: string, ...names: string[]): unknown[][] {
  const r = run.nodes.get(node) as Recorded;
  const at = names.map((n) => r.schema.findIndex((f) => f.name === n));
  return r.ts.map((ts, i) => [(ts - AT) / MINUTE, ...at.map((c) => r.cols[c][i])]);
}

const ALWAYS = 'side:\n  from: bars\n  signal: { buy: close > 0, emit: all }\n';
const SIZED = 'sized:\n  from: side\n  size: { method: fixed, units: 10 }\n';

const play = async (nodes: string, bars: readonly Row[], quotes: readonly Row[] = [], top = ''): Promise<Recording> => {
  const streams: [string, Stream][] = [['bars', stream('bar', bars)], ...(quotes.length === 0 ? [] : [['quotes', stream('quote', quotes)] as [string, Stream]])];
  const subject = subjectOf('trading', pipelineOf(nodes, streams.map(([id]) => id), top));
  const feed = feedOf(streams);
  const run = await drive(subject, feed, every(4096));
  expect(checkAccounts(subject, feed, run)).toEqual([]);
  return run;
};

describe('a broker that names its prices', () => {
  it('decides on bars and fills at quotes, which come in order of event time from either stream', async () => {
    const run = await play(`${ALWAYS}${SIZED}account:\n  from: [sized, quotes]\n  broker: { fills: quote }\n`,
      [bar(1, 'KO', 100), bar(2, 'KO', 101)],
      [[0.5 * MINUTE, 'KO', 99.9, 100.1, 5, 5], [1.5 * MINUTE, 'KO', 200, 201, 5, 5], [3 * MINUTE, 'KO', 103, 104, 5, 5]]);
    // The decision of minute 1 meets the quote before it, though that of 1.5 was there when it was made.
    expect(table(run, 'account', 'quantity', 'price')).toEqual([[1, 10, 100.1]]);
    expect(table(run, 'account.fills', 'price')).toEqual([[1, 100.1]]);
  });

  it('knows no rate of a currency: a fault', () => {
    const broker = 'broker: { currencies: { SAP: EUR } }';
    const found = compile(readText(pipelineOf(`${ALWAYS}${SIZED}account:\n  from: sized\n  ${broker}\n`, ['bars'])), REGISTRY).diagnostics;
    expect(found.map((d) => d.message).join()).toContain('the rate of EUR is missing');
  });
});

describe('several currencies', () => {
  it('the rate of a currency is the last price of its symbol', async () => {
    const nodes = `eu:\n  from: bars\n  signal: { buy: close > 0 and symbol == "SAP", emit: all }\n${SIZED.replace('side', 'eu')}`
      + 'account:\n  from: sized\n  broker: { capital: 10000, currencies: { SAP: EUR }, fx: { EUR: EURUSD } }\n';
    const run = await play(nodes, [
      bar(1, 'EURUSD', 1.1), bar(1, 'SAP', 100), bar(2, 'EURUSD', 1.1), bar(2, 'SAP', 100), bar(3, 'EURUSD', 1.2), bar(3, 'SAP', 110),
    ]);
    expect(table(run, 'account', 'quantity', 'price')).toEqual([[2, 10, 100]]);
    const equity = table(run, 'account.equity', 'equity', 'traded') as number[][];
    // 10 shares that rose by 10 EUR, at 1.2 dollars.
    expect(equity.map((r) => r[1])).toEqual([10_000, 10_000, expect.closeTo(10_000 + 100 * 1.2, 9)]);
    expect(equity.at(-1)?.[2]).toBeCloseTo(1100, 9);
  });
});

describe('rows that come late', () => {
  it('within the lateness are taken in their order, beyond it are counted', async () => {
    const nodes = `${ALWAYS}${SIZED}account:\n  from: sized\n  broker: {}\n`;
    const ordered = [bar(1, 'KO', 100), bar(2, 'KO', 102), bar(3, 'KO', 104), bar(4, 'KO', 106)];
    const top = 'time: { lateness: 2m }\n';
    const whole = await play(nodes, ordered, [], top);
    const mixed = await play(nodes, [ordered[1], ordered[0], ordered[3], ordered[2]], [], top);
    expect(table(mixed, 'account', 'price', 'quantity')).toEqual([[2, 102, 10]]);
    for (const id of ['account', 'account.equity', 'account.orders']) expect(table(mixed, id)).toEqual(table(whole, id));
    const late = await play(nodes, [ordered[0], bar(9, 'KO', 108), ordered[1]], [], top);
    expect([late.report.sized.late, late.report.account.late]).toEqual([1, 1]);
  });
});

describe('fills on the close', () => {
  it('whatever the profile', async () => {
    const run = await play(`${ALWAYS}${SIZED}account:\n  from: sized\n  broker: { fills: { profile: backtrader, on_close: true } }\n`,
      [bar(1, 'KO', 100), bar(2, 'KO', 105)]);
    expect(table(run, 'account', 'price')).toEqual([[1, 100]]);
  });
});

describe('a trading group in the plan', () => {
  const NODES = `${ALWAYS}${SIZED}checked:\n  from: sized\n  risk: { max_units: 100 }\naccount:\n  from: checked\n  broker: {}\n`;
  const subject = subjectOf('group', pipelineOf(NODES, ['bars']));

  it('is one stage that works for all its nodes', () => {
    const e = explain(subject.plan);
    const of = (id: string): readonly string[] => e.nodes.find((n) => n.id === id)?.stages ?? [];
    expect(of('sized')).toContain('timed 1');
    for (const id of ['checked', 'account', 'account.equity', 'account.fills']) expect(of(id)).toEqual(['timed 1']);
  });

  it('reads its prices, also those that the file does not name', () => {
    expect(subject.plan.nodes.find((n) => n.id === 'account')?.inputs).toEqual(['checked', 'bars']);
    const text = drawText(picture(subject.plan, []));
    for (const id of ['side', 'sized', 'checked', 'account']) expect(text).toContain(id);
  });

  it('cannot be parted by symbol: it has one account', () => {
    expect(partitionable(subject.plan)).toContain('looks at several symbols at once');
  });

  it('may be written in any order', () => {
    const [sized, checked, account] = [SIZED, 'checked:\n  from: sized\n  risk: { max_units: 100 }\n', 'account:\n  from: checked\n  broker: {}\n'];
    const other = subjectOf('other order', pipelineOf(`${account}${checked}${sized}${ALWAYS}`, ['bars']));
    expect(other.plan.stages.filter((s) => s.form === 'timed')).toHaveLength(1);
  });
});
