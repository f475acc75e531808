import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { MemoryBus } from '../../src/bus/memory.ts';
import { compareWithRecording } from '../../src/cli/parity.ts';
import type { Prepared } from '../../src/cli/wire.ts';
import type { Refusal } from '../../src/core/diagnostic.ts';
import type { Kernel } from '../../src/core/kernel.ts';
import type { Registry } from '../../src/core/registry.ts';
import { compile } from '../../src/plan/compile.ts';
import { openRecording } from '../../src/recording/recording.ts';
import { readText } from '../harness/pipeline.ts';
import { REGISTRY } from '../shipped.ts';
import { recordLive, scratch, TWO_SOURCES } from './support.ts';

const folder = scratch();

async function settled(rows: () => number): Promise<void> {
  for (let same = 0, before = -1; same < 20;) {
    await new Promise((resolve) => setImmediate(resolve));
    same = rows() === before ? same + 1 : 0;
    before = rows();
  }
}

function prepared(text: string, registry: Registry = REGISTRY): Prepared {
  const doc = readText(text, registry);
  const { plan, diagnostics } = compile(doc, registry, { observe: 'all' });
  if (plan === null) throw new TypeError(diagnostics.map((d) => d.message).join('\n'));
  return { doc, plan, registry, env: {}, custom: [], universe: null };
}

/** The registry with an ema whose every 333rd value is off by a billionth. */
function withMutant(): Registry {
  const ema = REGISTRY.kernels.get('ema')!;
  let seen = 0;
  const mutant: Kernel = {
    ...ema,
    bind: (p) => {
      const bound = ema.bind(p);
      const step = bound.step as (...x: unknown[]) => number;
      return { ...bound, step: ((...x: unknown[]) => step(...x) + (++seen % 333 === 0 ? 1e-9 : 0)) as typeof bound.step };
    },
  };
  return { ...REGISTRY, kernels: new Map([...REGISTRY.kernels, ['ema', mutant]]) };
}

async function recorded(): Promise<string> {
  const at = folder();
  mkdirSync(dirname(at), { recursive: true });
  const bus = new MemoryBus();
  await recordLive(bus, at, { seed: 5, messages: 400, settled });
  bus.close();
  return at;
}

const faultOf = async (work: Promise<unknown>): Promise<Refusal> => work.then(() => { throw new TypeError('no difference found'); },
  (error: unknown) => error as Refusal);

it('finds nothing where nothing differs, and the right row where one operator is wrong for one row', async () => {
  const at = await recorded();
  const recording = openRecording(at);
  for (const batch of [1, 4096]) {
    const same = await compareWithRecording(prepared(TWO_SOURCES), recording, {}, { batch });
    expect(same.nodes).toEqual(['seen', 'both', 'window', 'cross']);
    expect(same.compared).toBe(recording.streams.filter((s) => s.info.kind === 'node').reduce((sum, s) => sum + s.rows, 0));
    expect(same.compared).toBeGreaterThan(1000);
  }
  const fault = await faultOf(compareWithRecording(prepared(TWO_SOURCES, withMutant()), recording, {}, { batch: 64 }));
  expect([fault.code, fault.exit]).toEqual(['E786', 5]);
  const found = /node `(\w+)`, row (\d+): (\S+) at (\S+), caused by seq (\d+)/.exec(fault.message)!;
  expect(found[1]).toBe('seen');
  const differing = fault.help.filter((h) => h.includes('recorded '));
  expect(differing).toHaveLength(1);
  const [, was, is] = /(?:fast|slow) \(f64\): recorded (\S+), replayed (\S+)$/.exec(differing[0])!;
  expect(Number(is) - Number(was)).toBeCloseTo(1e-9, 12);
  // The rows that led to it are those of the node's input with the same symbol, the last of them the one that caused it.
  const at0 = fault.help.findIndex((h) => h.startsWith('rows of `trades` up to it'));
  const led = fault.help.slice(at0 + 1).filter((h) => h.startsWith('  '));
  expect(at0).toBeGreaterThan(0);
  expect(led.length).toBeGreaterThan(0);
  expect(led.every((line) => line.includes(`${found[3]} seq `))).toBe(true);
  expect(led.some((line) => line.includes(`seq ${found[5]},`))).toBe(true);
}, 60_000);

it('a row too many, a row too few and another parameter are differences too', async () => {
  const recording = openRecording(await recorded());
  const other = async (from: string, to: string): Promise<Refusal> => {
    const text = TWO_SOURCES.replace(from, to);
    expect(text).not.toBe(TWO_SOURCES);
    return faultOf(compareWithRecording(prepared(text), recording, {}, {}));
  };
  expect((await other('crosses_above(fast, slow) and price > bid', 'crosses_above(fast, slow)')).message).toMatch(/node `cross`/);
  expect((await other('sell: "crosses_below(fast, slow)"', 'sell: "crosses_below(fast, slow) and price > 1e6"')).message).toMatch(/node `cross`/);
  expect((await other('every: 1s', 'every: 2s')).message).toMatch(/node `window`, row 1:/);
  expect((await other('last: last(price)', 'newest: last(price)')).code).toBe('E785');
}, 60_000);

it('what an unclosed recording of a node lacks at its end is no difference', async () => {
  const at = await recorded();
  const manifest = JSON.parse(await (await import('node:fs/promises')).readFile(join(at, 'recording.json'), 'utf8')) as Record<string, unknown>;
  const streams = manifest.streams as { id: string; files: unknown[] }[];
  const { truncateSync, statSync } = await import('node:fs');
  for (const s of streams) s.files = [];
  writeFileSync(join(at, 'recording.json'), JSON.stringify({ ...manifest, closed: null, complete: false }));
  for (const id of ['seen', 'window']) {
    const path = join(at, `${id}.000001.sums`);
    truncateSync(path, id === 'seen' ? statSync(path).size - 80 : 80);
  }
  const result = await compareWithRecording(prepared(TWO_SOURCES), openRecording(at), {}, {});
  expect(result.compared).toBeGreaterThan(300);
});
