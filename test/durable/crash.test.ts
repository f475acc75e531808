import { describe, expect, it } from 'vitest';
import { Random } from '../../src/core/random.ts';
import { market, SECOND, type Stream } from '../harness/market.ts';
import { pipelineOf, subjectOf } from '../harness/pipeline.ts';
import { counts, SEED } from '../harness/settings.ts';
import { decodeCheckpoint, encodeCheckpoint, type Checkpoint } from '../../src/engine/durable/checkpoint.ts';
import { ModelLog, ModelStore } from './model.ts';
import { live, outputsOf, payloadOf, type World } from './worker.ts';

const NODES = `bars:
  from: trades
  bars: { every: 10s }
features:
  from: bars
  compute:
    fast: ema(close, 3)
    strength: rsi(close, 5)
    spread: asof(quotes.ask - quotes.bid)
cross:
  from: features
  signal:
    buy: crosses_above(close, fast)
    sell: crosses_below(close, fast)
big:
  from: trades
  filter: size > sma(size, 20)
`;

/** Trades and quotes in one stream, a message for one to four rows. */
function worldOf(seed: number, rows: number): World {
  const random = new Random(seed);
  const trades = market('trade', random, { rows, pace: SECOND, heartbeats: true });
  const quotes = market('quote', random, { rows, pace: SECOND });
  const log = new ModelLog('stream MD');
  const at = [0, 0];
  const streams = [trades, quotes];
  while (at[0] < trades.ts.length || at[1] < quotes.ts.length) {
    const s = at[1] >= quotes.ts.length || (at[0] < trades.ts.length && trades.ts[at[0]] <= quotes.ts[at[1]]) ? 0 : 1;
    const n = Math.min(random.int(1, 4), streams[s].ts.length - at[s]);
    log.push(`s${s}.x`, payloadOf(Array.from({ length: n }, (_, i) => at[s] + i)));
    at[s] += n;
  }
  return {
    subject: subjectOf('crash', pipelineOf(NODES, ['trades', 'quotes'])),
    inputs: [{ log, sources: [{ index: 0, stream: trades }, { index: 1, stream: quotes }] }],
    outputs: [{ node: 'cross' }, { node: 'features', grouped: true }, { node: 'big' }], out: new ModelLog('stream OUT'), store: new ModelStore(),
    total: log.last,
  };
}

async function undisturbed(seed: number, rows: number): Promise<string[]> {
  const world = worldOf(seed, rows);
  const { result } = await live(world, { dieAt: null, seed });
  expect(result?.messages).toBe(world.total);
  return outputsOf(world.out);
}

describe('a worker that dies', () => {
  it('at any point leaves the same outputs, once each, in the same order', { timeout: 120_000 }, async () => {
    const rows = 400;
    const golden = await undisturbed(SEED, rows);
    expect(golden.length).toBeGreaterThan(100);
    expect(new Set(golden.map((g) => g.split(' ')[0])).size).toBe(golden.length);
    let [deaths, suppressed, checked, resumes] = [0, 0, 0, 0];
    for (let seed = 1; seed <= counts(20, 300); seed++) {
      const world = worldOf(SEED, rows);
      const random = new Random(seed);
      for (let lives = 0; lives < 200; lives++) {
        const lived = await live(world, { dieAt: random.int(1, 40), seed: random.int(1, 1e9) });
        suppressed += lived.suppressed;
        checked += lived.checked;
        if (lived.from > 0) resumes += 1;
        if (lived.result !== null) break;
        deaths += 1;
      }
      expect(outputsOf(world.out), `seed ${seed}`).toEqual(golden);
    }
    expect(deaths).toBeGreaterThan(40);
    expect(resumes).toBeGreaterThan(40);
    expect(suppressed).toBeGreaterThan(100);
    expect(checked).toBeGreaterThan(100);
  });
});

describe('logs that are not what they were', () => {
  const rows = 300;
  const peace = (world: World, options = {}): ReturnType<typeof live> => live(world, { dieAt: null, seed: 3, options });

  /** A world that has been run halfway, with checkpoints on the way. */
  async function halfway(seed: number): Promise<World> {
    const world = worldOf(SEED, rows);
    const random = new Random(seed);
    for (let lives = 0; world.out.last < 60 && lives < 50; lives++) {
      await live(world, { dieAt: random.int(10, 40), seed: random.int(1, 1e9), options: { batch: 10 } });
    }
    expect(world.out.last).toBeGreaterThan(30);
    return world;
  }

  it('a broker that forgot outputs it had acknowledged gets them again', { timeout: 60_000 }, async () => {
    const golden = await undisturbed(SEED, rows);
    let [healed, older] = [0, 0];
    for (let seed = 1; seed <= counts(8, 100); seed++) {
      const world = await halfway(seed);
      const newest = (await world.store.list())[0];
      const keep = new Random(seed).int(0, world.out.last - 1);
      healed += world.out.last - keep;
      world.out.kept.length = keep;
      const lived = await peace(world);
      if (lived.from !== newest) older += 1;
      expect(outputsOf(world.out), `seed ${seed}`).toEqual(golden);
    }
    expect(healed).toBeGreaterThan(50);
    // How often depends on how many checkpoints the clock allowed; without the rule it is never.
    expect(older).toBeGreaterThan(0);
  });

  it('without the rule that looks at the outputs there would be holes', async () => {
    // The mutant: checkpoints whose outputs claim nothing fit any output log.
    const golden = await undisturbed(SEED, rows);
    let holes = 0;
    for (let seed = 1; seed <= 8; seed++) {
      const world = await halfway(seed);
      const [newest] = await world.store.list();
      const c = decodeCheckpoint(world.store.all.get(newest) as Uint8Array) as Checkpoint;
      world.store.all.set(newest, encodeCheckpoint({ ...c, outputs: [] }));
      world.out.kept.length = 5;
      await peace(world, { verify: 'off' });
      if (outputsOf(world.out).length < golden.length) holes += 1;
    }
    expect(holes).toBeGreaterThan(0);
  });

  it.each([
    ['made anew', (log: ModelLog) => { log.created = '2'; }],
    ['with another message where it was read to', (log: ModelLog) => {
      for (let i = 0; i < log.kept.length; i++) log.kept[i] = { ...log.kept[i], time: log.kept[i].time + 1 };
    }],
    ['shorter than what was read', (log: ModelLog) => { log.kept.length = 3; }],
  ])('a source %s is refused, not read from the start', async (_, change) => {
    const world = await halfway(2);
    const before = world.out.last;
    change(world.inputs[0].log);
    await expect(peace(world)).rejects.toMatchObject({ code: 'E763' });
    expect(world.out.last).toBe(before);
  });

  it('a source that was cut behind what was read stops the run, or is gone on with behind the hole', async () => {
    const world = await halfway(4);
    const { log } = world.inputs[0];
    log.purge(log.last - 20);
    await expect(peace(world, { onGap: null })).rejects.toMatchObject({ code: 'E762' });
    // What is in the hole will never be taken.
    const lived = await peace({ ...world, total: await takenBefore(world) + 20 });
    expect(lived.gaps).toHaveLength(1);
    expect(lived.gaps[0]).toMatch(new RegExp(`^stream MD \\d+-${log.first}$`));
    expect(lived.result?.messages).toBe(20);
  });

  it('torn and flipped checkpoints are passed over', { timeout: 60_000 }, async () => {
    const golden = await undisturbed(SEED, rows);
    const world = await halfway(5);
    const random = new Random(6);
    const numbers = await world.store.list();
    expect(numbers.length).toBeGreaterThan(2);
    const bytes = world.store.all.get(numbers[0]) as Uint8Array;
    const flipped = bytes.slice();
    flipped[random.int(0, bytes.length - 1)] ^= 1 << random.int(0, 7);
    world.store.all.set(numbers[0], flipped);
    world.store.all.set(numbers[1], (world.store.all.get(numbers[1]) as Uint8Array).slice(0, -3));
    const lived = await peace(world);
    expect(lived.from).toBe(numbers[2]);
    expect(outputsOf(world.out)).toEqual(golden);
  });

  it('no flipped bit of a checkpoint is read as one', () => {
    const c: Checkpoint = { plan: 'p', partition: 0, epoch: 1, sources: [], messages: 7, outputs: [], engine: new Uint8Array(64) };
    const bytes = encodeCheckpoint(c);
    expect(decodeCheckpoint(bytes)).toEqual(c);
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const wrong = bytes.slice();
      wrong[bit >> 3] ^= 1 << (bit & 7);
      expect(typeof decodeCheckpoint(wrong), `bit ${bit}`).toBe('string');
    }
  });
});

it('an output that the log can never take is left out, and the others go on', async () => {
  const golden = await undisturbed(SEED, 200);
  const world = worldOf(SEED, 200);
  const refused: string[] = [];
  await live(world, { dieAt: null, seed: SEED, tooLarge: (subject) => subject === 'big.KO', onRefused: (why) => refused.push(why.message) });
  const kept = golden.filter((g) => !g.includes(' big.KO '));
  expect(refused.length).toBe(golden.length - kept.length);
  expect(refused.length).toBeGreaterThan(3);
  expect(outputsOf(world.out)).toEqual(kept);
});

describe('several logs', () => {
  it('are merged by event time, whichever is read faster', { timeout: 60_000 }, async () => {
    const one = worldOf(SEED, 200);
    const [{ log: both, sources }] = one.inputs;
    const golden = await undisturbedOf(parted(one, both, sources));
    expect(golden.length).toBeGreaterThan(50);
    let deaths = 0;
    for (let seed = 1; seed <= counts(6, 60); seed++) {
      const world = parted(worldOf(SEED, 200), both, sources);
      const random = new Random(seed);
      for (let lives = 0; lives < 200; lives++) {
        const lived = await live(world, { dieAt: random.int(5, 60), seed: random.int(1, 1e9), options: { batch: 7 } });
        if (lived.result !== null) break;
        deaths += 1;
      }
      expect(outputsOf(world.out), `seed ${seed}`).toEqual(golden);
    }
    expect(deaths).toBeGreaterThan(5);
  });
});

/** Messages that the newest checkpoint has taken. */
async function takenBefore(world: World): Promise<number> {
  const [newest] = await world.store.list();
  return (decodeCheckpoint(world.store.all.get(newest) as Uint8Array) as Checkpoint).messages;
}

/** The same messages in a log for each source, each ended by a heartbeat of the far future, so that no log waits for the other. */
function parted(world: World, both: ModelLog, sources: World['inputs'][number]['sources']): World {
  const logs = sources.map(({ index, stream: s }) => {
    const stream: Stream = {
      schema: s.schema, ts: [...s.ts, 4e15], symbol: [...s.symbol, null],
      cols: s.cols.map((c, i) => [...c, s.schema[i].type === 'text' ? null : NaN]),
    };
    return { log: new ModelLog(`stream S${index}`), sources: [{ index, stream }] };
  });
  for (const k of both.kept) logs[Number(k.subject[1])].log.push(k.subject, k.payload);
  for (const l of logs) l.log.push(`s${l.sources[0].index}.x`, payloadOf([l.sources[0].stream.ts.length - 1]));
  // The heartbeats are equal: of the second log's the first has to be waited for, for ever.
  return { ...world, inputs: logs, total: both.last + 1, out: new ModelLog('stream OUT'), store: new ModelStore() };
}

async function undisturbedOf(world: World): Promise<string[]> {
  await live(world, { dieAt: null, seed: 1 });
  return outputsOf(world.out);
}
