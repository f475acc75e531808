import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { JetStreamSource } from '../../src/bus/jetstream-source.ts';
import { JetStreamOutput } from '../../src/bus/jetstream-output.ts';
import { freshOutput } from '../chaos/chaos.ts';
import { trades, type Trade } from '../chaos/feed.ts';
import { until } from './broker.ts';
import { Place } from './durable.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let place: Place;
beforeAll(async () => { place = await Place.open({ extra: 'max_payload: 4000000' }); });
afterAll(() => place.close());

/** What no feed should send, and the code that it is counted under. */
const POISON: readonly (readonly [payload: string | Uint8Array, code: string])[] = [
  ['', 'E719'], ['{', 'E757'], ['null', 'E757'], ['[1]', 'E757'], ['[]', 'E719'], ['{"ts":1}', 'E702'], ['x'.repeat(100_000), 'E757'],
  [Uint8Array.of(0xff, 0xfe, 0), 'E759'], ['{"ts":1381132800464,"price":NaN,"size":1}', 'E757'],
  ['{"ts":1381132800464,"price":"NaN","size":1}', 'E754'], ['{"ts":1381132800464,"price":1e999,"size":1}', 'E754'],
  ['{"ts":1381132800464,"price":-1e999,"size":1}', 'E754'], ['{"ts":"never","price":1,"size":1}', 'E755'],
  ['{"ts":1e300,"price":1,"size":1}', 'E755'], ['{"ts":1381132800464,"price":null,"size":1}', 'E753'],
  ['['.repeat(50_000), 'E757'], [`{"ts":1381132800464,"price":1,"size":1,"x":"${'y'.repeat(1_100_000)}"}`, 'E715'],
  [`{${Array.from({ length: 100_000 }, (_, i) => `"k${i}":0`).join(',')}}`, 'E715'],
];

/** Odd and allowed: they are rows like others, and no value that comes of them is NaN or infinite. */
const ODD = [
  { price: -5, size: 1 }, { price: 0, size: 1 }, { price: 1, size: 0 }, { price: -0, size: -3 }, { price: 1e308, size: 1 }, { price: 1e-320, size: 1 },
  { price: 1e308, size: 1e308 },
];

async function publish(all: readonly { readonly subject: string; readonly payload: string | Uint8Array }[]): Promise<void> {
  await place.nc.request('$JS.API.STREAM.DELETE.MD').catch(() => undefined);
  const made = await place.nc.request('$JS.API.STREAM.CREATE.MD', JSON.stringify({ name: 'MD', subjects: ['md.trades.*'], storage: 'file' }));
  expect(made.json<{ error?: unknown }>().error).toBeUndefined();
  const log = new JetStreamOutput(place.nc, { stream: 'MD', chain: 'log' });
  await log.tails();
  for (const [i, m] of all.entries()) {
    log.append({ id: `0:${i}:0`, ...m, headers: [] });
    const room = log.room();
    if (room !== undefined) await room;
  }
  await log.stored();
  await log.close();
}

/** Outputs without their ids, which hold the place of the message; as texts, since lists of hundreds make unreadable failures. */
async function texts(): Promise<string[]> {
  const log = new JetStreamSource(place.nc, { stream: 'OUT' });
  const { last } = await log.state();
  const reader = log.read({ from: 1 });
  const out: string[] = [];
  while (out.length < last) for (const m of (await reader.next()) ?? []) out.push(`${m.subject} ${Buffer.from(m.payload).toString()}`);
  await reader.close();
  return out;
}

async function run(name: string): Promise<string[]> {
  await freshOutput(place.nc);
  const w = place.worker(name, { args: ['--lease', '10s'] });
  await place.took(w);
  w.child.kill('SIGTERM');
  expect([await w.ended, w.said]).toEqual([0, expect.stringContaining('drained')]);
  return texts();
}

/** The first few places where two lists differ. */
function differences(got: readonly string[], wanted: readonly string[]): string[] {
  const all = Array.from({ length: Math.max(got.length, wanted.length) }, (_, i) => (got[i] === wanted[i] ? '' : `${i}: ${got[i]} not ${wanted[i]}`));
  return all.filter((d) => d !== '').slice(0, 3);
}

const mixed = (good: readonly Trade[], between: readonly (string | Uint8Array)[]): { subject: string; payload: string | Uint8Array }[] =>
  good.flatMap((t, i) => (i % 20 === 10 && i / 20 < between.length ? [t, { subject: t.subject, payload: between[Math.floor(i / 20)] }] : [t]));

it('poison in a stream becomes dead letters with reason and sequence, and the other rows give what they would without it', async () => {
  const good = await trades(1500);
  await publish(good);
  const golden = await run('clean');
  expect(golden.length).toBeGreaterThan(100);
  const letters: { code: string; at: number; size: number }[] = [];
  place.nc.subscribe('dlq.chaos', { callback: (_, m) => {
    letters.push({ code: m.headers?.get('Millrace-Error') ?? '', at: Number(m.headers?.get('Millrace-Sequence')), size: m.data.length });
  } });
  const all = mixed(good, POISON.map(([payload]) => payload));
  await publish(all);
  expect(differences(await run('poisoned'), golden)).toEqual([]);
  await until(() => letters.length >= POISON.length);
  expect(letters.map((l) => l.code)).toEqual(POISON.map(([, code]) => code));
  expect(letters.map((l) => l.at)).toEqual(POISON.map(([payload]) => all.findIndex((m) => m.payload === payload) + 1));
});

it('a time in ms, us or ns is the same time, whatever the message before had', async () => {
  const good = await trades(1500);
  await publish(good);
  const golden = await run('units-ms');
  await publish(good.map((t, i) => ({ ...t, payload: t.payload.replace(/"ts":(\d+)/, (_, ms: string) => `"ts":${ms}${['', '000', '000000'][i % 3]}`) })));
  expect(differences(await run('units-mixed'), golden)).toEqual([]);
});

it('prices and sizes that are negative, zero, huge or tiny are rows, and nothing that is not finite comes of them', async () => {
  const good = await trades(1500);
  const odd = ODD.map((o, i) => JSON.stringify({ ts: (JSON.parse(good[i * 20 + 10].payload) as { ts: number }).ts, ...o }));
  await publish(mixed(good, odd));
  const out = await run('odd');
  expect(out.length).toBeGreaterThan(100);
  expect(out.filter((t) => /NaN|Infinity/.test(t))).toEqual([]);
  expect(out.some((t) => t.includes('1e+308'))).toBe(true);
});
