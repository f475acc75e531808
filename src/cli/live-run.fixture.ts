import type { Engine } from '../engine/engine.ts';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import type { Bus } from '../bus/bus.ts';
import { MemoryBus } from '../bus/memory.ts';
import { live, type LiveResult } from '../engine/live.ts';
import { openFeeds } from './feeds.ts';
import { LiveRun } from './live-run.ts';
import { terminal } from './terminal.ts';
import type { Call } from './verb.ts';
import { prepare } from './wire.ts';

export const PIPELINE = `
apiVersion: 1
pipeline: watched
sources:
  trades:
    nats: { subject: "md.trades.{symbol}" }
    schema: trade
nodes:
  bars: { from: trades, bars: { every: 1s } }
  features: { from: bars, compute: { mean: "sma(close, 3)", up: close > open } }
  cross: { from: features, signal: { buy: close > mean, sell: close < mean } }
`;

/** Standard output and standard error of a verb, as text. */
export class Screen extends Writable {
  text = '';

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString('utf8');
    done();
  }
}

export interface Watched extends Call {
  readonly screen: Screen;
  readonly lines: { readonly text: string; readonly fields: Readonly<Record<string, unknown>> }[];
}

/** A call whose terminal is kept instead of shown. */
export function watchedCall(args: readonly string[], env: Readonly<Record<string, string>> = {}, cwd = tmpdir()): Watched {
  const screen = new Screen();
  const lines: Watched['lines'] = [];
  const say = (text: string, fields: Readonly<Record<string, unknown>> = {}): void => void lines.push({ text, fields });
  const shown = {
    ...terminal({}), out: screen, print: (text: string): void => void screen.write(`${text}\n`), say, warn: say, about: () => undefined,
    progress: false,
  };
  return { terminal: shown, args, cwd, env, screen, lines };
}

export interface Running {
  readonly run: LiveRun;
  readonly engine: Engine;
  readonly bus: Bus;
  readonly call: Watched;
  /** Trades of some symbols, from a time on, 100 ms of event time apart. */
  publish(rows: number, from?: number): void;
  /** Everything published has been through the graph. */
  settled(): Promise<void>;
  end(): Promise<LiveResult>;
}

const SYMBOLS = ['AAA', 'BBB', 'CCC'];

/** A pipeline at work on a bus, the embedded one if no other is given, driven as `millrace run` does. */
export async function running(
  add: (run: LiveRun) => void = () => undefined, text = PIPELINE, bus: Bus = new MemoryBus(),
): Promise<Running> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-live-'));
  writeFileSync(join(folder, 'watched.yaml'), text);
  const call = watchedCall(['watched.yaml'], {}, folder);
  const run = new LiveRun(call, await prepare('watched.yaml', {}, call, () => 'all'), bus);
  const { engine, close } = run.open();
  const feeds = openFeeds(run.prepared.doc, engine.graph.keys[0], bus, 1);
  run.watch(feeds);
  add(run);
  await run.start();
  const done = live(engine, feeds, { signal: run.stop.signal, telemetry: run.telemetry });
  let sent = 0;
  let price = 100;
  return {
    run, engine, bus, call,
    publish(rows, from = sent) {
      for (let i = from; i < from + rows; i++) {
        price += ((i * 7919) % 11) / 10 - 0.5;
        const ts = new Date(1_700_000_000_000 + i * 100).toISOString();
        void bus.publish(`md.trades.${SYMBOLS[i % SYMBOLS.length]}`, JSON.stringify({ ts, price, size: 1 + (i % 5) }));
      }
      sent = from + rows;
    },
    async settled() {
      while (run.telemetry.read().counts.rows < sent) await new Promise((resolve) => setTimeout(resolve, 5));
    },
    async end() {
      run.stop.now();
      const result = await done;
      await close();
      await run.end();
      await bus.close();
      return result;
    },
  };
}
