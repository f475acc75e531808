import { connect, type NatsConnection } from '@nats-io/transport-node';
import { JetStreamOutput } from '../../src/bus/jetstream-output.ts';
import { JetStreamSource } from '../../src/bus/jetstream-source.ts';
import { NatsServer } from '../../src/bus/server.ts';
import { ensureStream } from '../../src/bus/streams.ts';
import { parseTemplate } from '../../src/bus/subject.ts';
import { OutputEncoder } from '../../src/connect/message-encode.ts';
import { KeyTable } from '../../src/core/keys.ts';
import { SCHEMAS } from '../../src/core/types.ts';
import { round, type Result } from '../measure.ts';
import { makeTrades, type Trades } from '../trades.ts';
import { runStreams, type Codec, type StreamCost } from './stream-run.ts';

const SYMBOLS = 100;
/** Trades of a message where the codec takes many. */
const MANY = 1024;

const HEAD = 'apiVersion: 1\npipeline: bench\nsources:\n  trades:\n    csv: none.csv\n    schema: trade\nnodes:\n';
/** pipelines/ema-cross.yaml, from trades to signals. */
export const EMA_CROSS = `${HEAD}  bars:
    from: trades
    bars: { every: 1m }
  features:
    from: bars
    compute:
      fast: ema(close, 12)
      slow: ema(close, 26)
      rsi: rsi(close, 14)
  cross:
    from: features
    signal:
      buy: crosses_above(fast, slow) and rsi < 70
      sell: crosses_below(fast, slow)
`;
export const PASS = `${HEAD}  passed:\n    from: trades\n    filter: price > 0\n`;

/** Six and a half hours of trades: minutes enough for the averages to cross, so that signals go out too. */
function tradingDay(n: number): Trades {
  const t = makeTrades(n, SYMBOLS);
  const [first, step] = [t.ts[0], Math.floor(6.5 * 3600e6 / n)];
  for (let i = 0; i < n; i++) t.ts[i] = first + i * step;
  return t;
}

const symbol = (k: number): string => `S${k}`;

/** Stream MD of `rows` trades, a message each or `MANY` in one; returns how many messages it has. */
export async function fill(nc: NatsConnection, t: Trades, codec: Codec): Promise<number> {
  await nc.request('$JS.API.STREAM.DELETE.MD').catch(() => undefined);
  await ensureStream(nc, { name: 'MD', subjects: ['md.*'], discard: 'old' });
  const out = new JetStreamOutput(nc, { stream: 'MD', chain: 'log' });
  await out.tails();
  const keys = new KeyTable();
  for (let k = 0; k < SYMBOLS; k++) keys.intern(symbol(k));
  const encoder = new OutputEncoder({ id: 'md', pipeline: 'feed', schema: SCHEMAS.trade, args: { subject: 'md.{symbol}', codec }, base: '.' },
    parseTemplate('md.{symbol}', 'output'));
  const rows = { n: t.n, sel: null, seq: t.ts, ts: t.ts, key: t.key, keys, cols: [t.price, t.size, t.side] };
  const step = codec === 'json' ? 1 : MANY;
  let messages = 0;
  for (let at = 0; at < t.n; at += step) {
    const n = Math.min(step, t.n - at);
    const index = Int32Array.from({ length: n }, (_, i) => at + i);
    const subject = codec === 'json' ? `md.${symbol(t.key[at])}` : 'md.all';
    out.append({ id: `0:${messages++}:0`, subject, payload: encoder.encode(rows, index, n), headers: encoder.headers });
    const room = out.room();
    if (room !== undefined) await room;
  }
  await out.stored();
  await out.close();
  return messages;
}

/** What a careful client would write by hand: the same reading, parsing, writing and acknowledgements, and nothing in between. */
async function bareLoop(url: string, messages: number): Promise<number> {
  const nc = await connect({ servers: url });
  await nc.request('$JS.API.STREAM.DELETE.OUT').catch(() => undefined);
  await ensureStream(nc, { name: 'OUT', subjects: ['out.*'], discard: 'new' });
  const out = new JetStreamOutput(nc, { stream: 'OUT', chain: 'log' });
  await out.tails();
  const reader = new JetStreamSource(nc, { stream: 'MD' }).read({ from: 1 });
  const begun = performance.now();
  for (let taken = 0; taken < messages;) {
    for (const m of (await reader.next()) ?? []) {
      const { ts, price, size, side } = JSON.parse(Buffer.from(m.payload).toString('utf8')) as Record<string, unknown>;
      const name = m.subject.slice(3);
      const payload = JSON.stringify({ ts, symbol: name, price, size, side });
      out.append({ id: `0:${m.seq}:0`, subject: `out.${name}`, payload, headers: [] });
      taken += 1;
    }
    const room = out.room();
    if (room !== undefined) await room;
  }
  await out.stored();
  const seconds = (performance.now() - begun) / 1000;
  await reader.close();
  await out.close();
  await nc.close();
  return seconds;
}

const fastest = (runs: readonly StreamCost[]): StreamCost => runs.reduce((a, b) => (b.seconds < a.seconds ? b : a));

export async function streams(rows: number, rounds: number): Promise<Result[]> {
  const server = await NatsServer.start();
  const nc = await connect({ servers: server.url });
  const out: Result[] = [];
  try {
    const t = tradingDay(rows);
    const messages = await fill(nc, t, 'json');
    const run = { url: server.url, messages, codec: 'json' as const };
    const every: StreamCost[] = [];
    const never: StreamCost[] = [];
    const pass: StreamCost[] = [];
    let bare = Infinity;
    for (let r = 0; r < rounds; r++) {
      every.push(await runStreams({ ...run, text: EMA_CROSS, node: 'cross', checkpointMs: 1000 }));
      never.push(await runStreams({ ...run, text: EMA_CROSS, node: 'cross', checkpointMs: Infinity }));
      pass.push(await runStreams({ ...run, text: PASS, node: 'passed', checkpointMs: 1000 }));
      bare = Math.min(bare, await bareLoop(server.url, messages));
    }
    const [e, n, p] = [every, never, pass].map(fastest);
    if (e.rows !== rows || p.outputs !== rows) throw new Error(`${e.rows} of ${rows} rows, ${p.outputs} passed`);
    // A few thousand trades, as of the quick form, end before the averages are warm.
    if (e.outputs === 0 && rows >= 100_000) throw new Error('ema-cross sent no signal');
    out.push({ name: 'JetStream to JetStream, ema-cross, JSON', value: round(messages / e.seconds / 1e3), unit: 'k msg/s', against: null, ratio: null });
    out.push({ name: 'the same without checkpoints', value: round(messages / n.seconds / 1e3), unit: 'k msg/s',
      against: 'time of the same with one a second', ratio: round(n.seconds / e.seconds) });
    out.push({ name: 'JetStream to JetStream, every trade passed on, JSON', value: round(messages / p.seconds / 1e3), unit: 'k msg/s',
      against: 'speed of a bare client that parses and writes', ratio: round(bare / p.seconds) });
    for (const codec of ['arrow', 'compact'] as const) {
      const big = tradingDay(4 * rows);
      const count = await fill(nc, big, codec);
      const runs: StreamCost[] = [];
      for (let r = 0; r < rounds; r++) {
        runs.push(await runStreams({ url: server.url, messages: count, codec, text: EMA_CROSS, node: 'cross', checkpointMs: 1000 }));
      }
      const f = fastest(runs);
      if (f.rows !== 4 * rows) throw new Error(`${f.rows} of ${4 * rows} rows by ${codec}`);
      out.push({ name: `JetStream to JetStream, ema-cross, ${codec} of ${MANY} rows`, value: round(f.rows / f.seconds / 1e6), unit: 'M rows/s',
        against: 'speed of a JSON message each', ratio: round(f.rows / f.seconds / (messages / e.seconds)) });
    }
    return out;
  } finally {
    await nc.close();
    await server.stop();
  }
}
