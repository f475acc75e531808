import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { connect } from '@nats-io/transport-node';
import { openBus } from '../../src/bus/open-bus.ts';
import { NatsServer } from '../../src/bus/server.ts';
import { openFeeds } from '../../src/cli/feeds.ts';
import { Outlets } from '../../src/cli/outlets.ts';
import { Engine } from '../../src/engine/engine.ts';
import { live } from '../../src/engine/live.ts';
import { pipelineOf } from '../build.ts';
import { round, type Result } from '../measure.ts';

const CLIENT = fileURLToPath(new URL('./latency-client.ts', import.meta.url));

/** A signal for every trade: no message hides behind one that says nothing. */
const EVERY = `apiVersion: 1
pipeline: latency
sources:
  trades:
    nats: { subject: "md.{symbol}", delivery: best_effort }
    schema: trade
nodes:
  features:
    from: trades
    compute: { fast: "ema(price, 12)", slow: "ema(price, 26)" }
  every:
    from: features
    signal: { buy: "price > 0", price: price, emit: all }
outputs:
  signals:
    from: every
    nats: { subject: "sig.{symbol}", delivery: best_effort }
`;

interface Trips {
  readonly sent: number;
  readonly came: number;
  readonly seconds: number;
  readonly trips: number[];
}

export interface Latency {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** What a client of its own process measures. */
async function measured(url: string, o: LatencyOptions, into: string, from: string): Promise<Latency> {
  const child = spawn(process.execPath, ['--import', 'tsx', CLIENT, url, String(o.rate), String(o.seconds), into, from],
    { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.on('data', (d: Buffer) => { said += String(d); });
  const code = await new Promise((resolve) => child.once('close', resolve));
  if (code !== 0) throw new TypeError(`the client ended with ${String(code)}`);
  const { sent, came, trips } = JSON.parse(said) as Trips;
  if (came !== sent) throw new TypeError(`${came} signals for ${sent} trades`);
  trips.sort((a, b) => a - b);
  const at = (share: number): number => trips[Math.min(trips.length - 1, Math.floor(share * trips.length))];
  return { p50: at(0.5), p99: at(0.99), max: at(1) };
}

/** The pipeline as `millrace run` drives it over subjects. */
async function throughEngine(url: string, o: LatencyOptions): Promise<Latency> {
  const { doc, plan } = pipelineOf(EVERY);
  const bus = await openBus(url, { env: {}, pipeline: 'latency' });
  const engine = new Engine(plan);
  const outlets = new Outlets(engine, 'latency');
  for (const output of doc.outputs) outlets.output(output, doc.base, bus);
  const stop = new AbortController();
  const running = live(engine, openFeeds(doc, engine.graph.keys[0], bus, 1), { signal: stop.signal, settle: () => outlets.settle() });
  try {
    // The subscription is known to be there once the server has answered on the same connection.
    await bus.flush();
    return await measured(url, o, 'md', 'sig');
  } finally {
    stop.abort();
    await running;
    await outlets.close();
    await engine.close();
    await bus.close();
  }
}

/** A client that sends every message straight back. */
async function throughEcho(url: string, o: LatencyOptions): Promise<Latency> {
  const nc = await connect({ servers: url });
  nc.subscribe('echo.*', { callback: (_, m) => nc.publish(`back.${m.subject.slice(5)}`, m.data) });
  await nc.flush();
  try {
    return await measured(url, o, 'echo', 'back');
  } finally {
    await nc.close();
  }
}

export interface LatencyOptions {
  /** Messages a second. */
  readonly rate: number;
  readonly seconds: number;
  readonly rounds: number;
}

const NEVER: Latency = { p50: Infinity, p99: Infinity, max: Infinity };
const calmer = (a: Latency, b: Latency): Latency => (b.p99 < a.p99 ? b : a);

/** From a trade on a subject to its signal on another, through a real server and back to the same clock. The calmest round counts. */
export async function latency(o: LatencyOptions): Promise<Result[]> {
  const server = await NatsServer.start({ jetstream: false });
  let [engine, echo] = [NEVER, NEVER];
  try {
    for (let r = 0; r < o.rounds; r++) {
      engine = calmer(engine, await throughEngine(server.url, o));
      echo = calmer(echo, await throughEcho(server.url, o));
    }
  } finally {
    await server.stop();
  }
  const against = 'the same round trip of a client that echoes';
  return (['p50', 'p99', 'max'] as const).map((what) => ({
    name: `trade in to signal out over NATS at ${o.rate / 1000} k msg/s, ${what}`, value: round(engine[what]), unit: 'ms', against,
    ratio: round(engine[what] / echo[what]),
  }));
}
