import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { objectIn } from '../server/bus-port.ts';
import { TAP_BOUNDS, tapSubject, type TapAnswer } from '../server/tap-protocol.ts';
import { statusPart, tapPart } from './bus-parts.ts';
import { running, watchedCall, type Running } from './live-run.fixture.ts';
import { liveLimit, liveTap, wantedOf } from './live-tap.ts';
import { fits } from './node-globs.ts';
import { top } from './verbs/top.ts';

// Engines are started for every case, on machines that may be busy.
vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

let r: Running;
beforeEach(async () => {
  r = await running((run) => {
    run.add(statusPart(run));
    run.add(tapPart(run));
  });
});
afterEach(() => r.end());

const never = new AbortController().signal;
const REPLY = 'engine.tap.out.test-test';

/** Publishes while a tap is open, so that it has something to show. */
async function flowing<T>(work: Promise<T>): Promise<T> {
  const timer = setInterval(() => r.publish(30), 10);
  try {
    return await work;
  } finally {
    clearInterval(timer);
  }
}

async function answers(request: Readonly<Record<string, unknown>>, until: (a: TapAnswer) => boolean): Promise<TapAnswer[]> {
  const out = r.bus.subscribe(REPLY);
  const got: TapAnswer[] = [];
  void r.bus.publish(tapSubject(r.run.instance), JSON.stringify({ op: 'open', reply: REPLY, nodes: ['*'], ...request }));
  while (await out.ready()) {
    for (let m = out.take(); m !== null; m = out.take()) got.push(objectIn(m.payload) as unknown as TapAnswer);
    if (got.some(until)) break;
  }
  out.close();
  void r.bus.publish(tapSubject(r.run.instance), JSON.stringify({ op: 'close', reply: REPLY }));
  return got;
}

describe('a live tap', () => {
  it('shows rows of a node as a replay does, from the instance of a pipeline', async () => {
    const call = watchedCall(['watched/bars']);
    expect(await flowing(liveTap(call, { format: 'jsonl', limit: '6' }, r.bus, never))).toBe(0);
    const rows = call.screen.text.trim().split('\n').map((l) => JSON.parse(l) as Record<string, unknown>);
    expect(rows).toHaveLength(6);
    expect(rows.map((x) => x.symbol).every((s) => ['AAA', 'BBB', 'CCC'].includes(s as string))).toBe(true);
    expect(Object.keys(rows[0])).toEqual(expect.arrayContaining(['ts', 'symbol', 'open', 'high', 'low', 'close', 'volume']));
    expect(rows[0].ts).toMatch(/^2023-11-1\dT/);
    expect(call.lines.at(-1)?.text).toMatch(/^6 rows.*from watched-[0-9a-f]{6}/);
  }, 20_000);

  it('keeps to a symbol and a condition that mean what they mean in a pipeline', async () => {
    const call = watchedCall(['watched/cross']);
    await flowing(liveTap(call, { format: 'jsonl', limit: '5', symbols: 'BBB', where: 'side == "buy" and close > open - 100' }, r.bus, never));
    const rows = call.screen.text.trim().split('\n').map((l) => JSON.parse(l) as Record<string, unknown>);
    expect(rows).toHaveLength(5);
    expect(rows.map((x) => `${String(x.symbol)} ${String(x.side)}`)).toEqual(Array(5).fill('BBB buy'));
  }, 20_000);

  it('text and csv name nodes and columns', async () => {
    const call = watchedCall(['watched', 'bars', 'cross']);
    await flowing(liveTap(call, { format: 'csv', limit: '2' }, r.bus, never));
    expect(call.screen.text.split('\n').filter((l) => l.startsWith('ts,symbol,'))).toHaveLength(2);
    expect(call.lines.map((l) => l.text)).toEqual(expect.arrayContaining(['bars:', 'cross:']));
  }, 20_000);

  it('is refused by name: an unknown pipeline, an unknown node, a condition that does not fit or remembers', async () => {
    const tried = async (args: string[], where?: string): Promise<{ code: string; text: string }> => {
      try {
        await liveTap(watchedCall(args), { format: 'text', limit: '1', ...(where === undefined ? {} : { where }) }, r.bus, never);
      } catch (error) {
        const { code, message, help } = error as { code: string; message: string; help: string[] };
        return { code, text: [message, ...help].join(' ') };
      }
      return { code: 'none', text: '' };
    };
    const id = r.run.instance;
    expect(await tried(['wached/bars'])).toEqual({ code: 'E794', text: expect.stringContaining('did you mean `watched`?') as string });
    expect(await tried([`${id}/bar`])).toEqual({ code: 'E795', text: expect.stringContaining('did you mean `bars`?') as string });
    expect(await tried([`${id}/bars`], 'clsoe > 5')).toEqual({ code: 'E795', text: expect.stringContaining('clsoe') as string });
    expect(await tried([`${id}/bars`], 'close >')).toMatchObject({ code: 'E795' });
    expect(await tried([`${id}/bars`], 'close + 1')).toMatchObject({ code: 'E795' });
    expect(await tried([`${id}/bars`], 'close > sma(close, 5)')).toEqual({ code: 'E795', text: expect.stringContaining('remembers') as string });
    expect(await tried([`${id}/bars`], 'close > close[1]')).toEqual({ code: 'E795', text: expect.stringContaining('remembers') as string });
    expect(await tried(['watched'])).toMatchObject({ code: 'E901' });
    expect(liveLimit('10/s')).toEqual({ rate: 10, rows: Infinity });
    for (const bad of ['0', 'x', '5000/s', '-1', '1/m']) expect(() => liveLimit(bad)).toThrow('--limit');
    expect(wantedOf(['a/b', 'c'])).toEqual({ pipeline: 'a', nodes: ['b', 'c'] });
  }, 30_000);
});

describe('what an engine serves', () => {
  it('answers nowhere but below engine.tap.out, and to nothing that is no request', async () => {
    const all = r.bus.subscribe('>');
    const ask = (value: unknown): void =>
      void r.bus.publish(tapSubject(r.run.instance), typeof value === 'string' ? value : JSON.stringify(value));
    for (const reply of ['orders.new', 'engine.tap.out', 'engine.tap.out.', 'engine.tap.out.a', 'engine.tap.out.*', 'engine.tap.out.>',
      `engine.tap.out.${'x'.repeat(65)}`, 'engine.tap.out.aaaaaaaa.bbbbbbbb', 'engine.status.me', 7, null]) {
      ask({ op: 'open', reply, nodes: ['*'] });
    }
    for (const junk of ['', '{', '[]', 'null', '"open"', { op: 'drop', reply: REPLY }, { reply: REPLY }]) ask(junk);
    await new Promise((resolve) => setTimeout(resolve, 50));
    const subjects: string[] = [];
    for (let m = all.take(); m !== null; m = all.take()) subjects.push(m.subject);
    expect(subjects.filter((s) => !s.startsWith('engine.status.') && s !== tapSubject(r.run.instance))).toEqual([]);
    expect(subjects.length).toBeGreaterThan(15);
    all.close();
  });

  it('refuses what is out of bounds, with the bound', async () => {
    for (const [wrong, said] of [[{ nodes: [] }, 'nodes'], [{ nodes: 'bars' }, 'nodes'], [{ nodes: [1] }, 'nodes'], [{ limit: 0 }, 'limit'],
      [{ limit: 1e9 }, String(TAP_BOUNDS.rowsPerSecond)], [{ limit: 'x' }, 'limit'], [{ where: 'x'.repeat(600) }, 'condition'], [{ where: 5 }, 'condition'],
      [{ symbol: {} }, 'symbol'], [{ for_ms: -1 }, 'hour']] as const) {
      const got = await answers(wrong, (a) => a.op === 'refused');
      expect(got[0]).toMatchObject({ op: 'refused', code: 'E795', message: expect.stringContaining(said) as string });
    }
  });

  it('never sends more than the limit, and counts what it left out', async () => {
    const limit = 20;
    const got = await flowing(answers({ nodes: ['trades'], limit, for_ms: 1_000 }, (a) => a.op === 'ended'));
    const rows = got.filter((a) => a.op === 'rows');
    const sent = rows.reduce((n, a) => n + a.seq.length, 0);
    const dropped = rows.reduce((n, a) => n + a.dropped, 0);
    expect(sent).toBeGreaterThan(0);
    expect(sent).toBeLessThanOrEqual(limit * 2);
    expect(dropped).toBeGreaterThan(100);
    expect(got.at(-1)).toMatchObject({ op: 'ended', why: 'the time is over', rows: sent, dropped });
    for (const a of rows) expect([a.ts.length, a.symbol.length, ...a.cols.map((c) => c.length)]).toEqual(Array(5).fill(a.seq.length));
    // Every row that went through while it was open is accounted for.
    const seqs = rows.flatMap((a) => a.seq);
    expect(seqs).toEqual([...seqs].sort((a, b) => a - b));
  }, 20_000);

  it('serves a few at a time, and is itself again when they are over', async () => {
    const { bus, run } = r;
    const out = bus.subscribe('engine.tap.out.*');
    for (let i = 0; i < TAP_BOUNDS.taps + 3; i++) {
      void bus.publish(tapSubject(run.instance), JSON.stringify({ op: 'open', reply: `engine.tap.out.many-many-${i}`, nodes: ['bars'] }));
    }
    await new Promise((resolve) => setTimeout(resolve, 30));
    const ops: string[] = [];
    for (let m = out.take(); m !== null; m = out.take()) ops.push(String(objectIn(m.payload)?.op));
    expect(ops.filter((o) => o === 'opened')).toHaveLength(TAP_BOUNDS.taps);
    expect(ops.filter((o) => o === 'refused')).toHaveLength(3);
    for (let i = 0; i < TAP_BOUNDS.taps; i++) {
      void bus.publish(tapSubject(run.instance), JSON.stringify({ op: 'close', reply: `engine.tap.out.many-many-${i}` }));
    }
    await new Promise((resolve) => setTimeout(resolve, 30));
    const ended: string[] = [];
    for (let m = out.take(); m !== null; m = out.take()) ended.push(String(objectIn(m.payload)?.op));
    expect(ended.filter((o) => o === 'ended')).toHaveLength(TAP_BOUNDS.taps);
    out.close();
    expect((await answers({ nodes: ['bars'] }, (a) => a.op === 'opened'))[0].op).toBe('opened');
  });
});

it('globs fit as they should, and none of them runs long', () => {
  for (const [pattern, text] of [['*', ''], ['a*', 'abc'], ['*c', 'abc'], ['a?c', 'abc'], ['a*c*e', 'abcde'], ['**', 'x'], ['a.b', 'a.b']] as const) {
    expect([pattern, fits(pattern, text)]).toEqual([pattern, true]);
  }
  for (const [pattern, text] of [['', 'a'], ['a', ''], ['a.b', 'axb'], ['a*', 'ba'], ['?', ''], ['a*b', 'ac'], ['[a]', 'a'], ['.*', 'ab']] as const) {
    expect([pattern, fits(pattern, text)]).toEqual([pattern, false]);
  }
  expect(fits('*a'.repeat(200) + 'b', 'a'.repeat(400))).toBe(false);
});

describe('top', () => {
  it('shows what reports, sorted, once or as it goes', async () => {
    r.publish(500);
    const other = await running((run) => run.add(statusPart({ ...run, bus: r.bus } as unknown as typeof run)));
    other.publish(50);
    await Promise.all([r.settled(), other.settled()]);
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    const call = watchedCall([]);
    expect(await top(call, { sort: 'rate', once: true, json: true }, r.bus, never)).toBe(0);
    const { engines } = JSON.parse(call.screen.text) as { engines: Record<string, unknown>[] };
    expect(engines).toHaveLength(2);
    const mine = engines.find((e) => e.instance === r.run.instance) as Record<string, unknown>;
    expect(mine).toMatchObject({ v: 1, pipeline: 'watched', pid: process.pid, state: 'running', rows: 500, late: 0, errors: 0, partitions: [] });
    expect(mine.signals).toBe(r.engine.report().cross.out);
    expect((mine.stages as { name: string }[]).map((s) => s.name)).toEqual(['bars', 'features+cross']);
    expect(Number(mine.rss_bytes)).toBeGreaterThan(1e7);
    const table = watchedCall([]);
    await top(table, { sort: 'busy', once: true, stages: true }, r.bus, never);
    const lines = table.screen.text.split('\n');
    expect(lines[0]).toMatch(/^INSTANCE +STATE +UP +ROWS\/S/);
    expect(lines.filter((l) => l.includes(r.run.instance))).toHaveLength(1);
    expect(lines.some((l) => /^ +features\+cross +\d+ %/.test(l))).toBe(true);
    const stop = new AbortController();
    const going = watchedCall([]);
    const done = top(going, { sort: 'name', json: true }, r.bus, stop.signal);
    await new Promise((resolve) => setTimeout(resolve, 2_700));
    stop.abort();
    expect(await done).toBe(0);
    expect(going.screen.text.trim().split('\n').length).toBeGreaterThanOrEqual(2);
    await expect(top(call, { sort: 'x' }, r.bus, never)).rejects.toMatchObject({ code: 'E901' });
    await other.end();
  }, 30_000);
});
