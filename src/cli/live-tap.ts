import { randomBytes } from 'node:crypto';
import type { Bus, Subscription } from '../bus/bus.ts';
import { Refusal } from '../core/diagnostic.ts';
import { eachMessage, objectIn, publishLossy } from '../server/bus-port.ts';
import { statusSubject } from '../server/status.ts';
import { KEEP_EVERY_MS, TAP_BOUNDS, TAP_OUT, tapSubject, type TapAnswer } from '../server/tap-protocol.ts';
import { usage } from './fail.ts';
import { Fleet } from './fleet.ts';
import { lengthOf } from './overrides.ts';
import { suggest } from '../language/suggest.ts';
import { TapPrinter } from './tap-printer.ts';
import { EXIT, type Call } from './verb.ts';

export interface LiveTapFlags {
  readonly where?: string;
  readonly symbols?: string;
  readonly limit?: string;
  readonly for?: string;
  readonly format: string;
}

/** Engines report every second: after this long, all have. */
const FIND_MS = 1_500;
const FIND_MOST_MS = 3_500;
/** An engine that reports and does not answer a tap in this time does not serve any. */
const ANSWER_MS = 3_000;
const RATE = 10;

interface Wanted {
  readonly pipeline: string;
  readonly nodes: readonly string[];
}

/** `ema-cross/features` and more nodes, or `ema-cross features bars`. */
export function wantedOf(args: readonly string[]): Wanted {
  const [first, ...rest] = args;
  const at = first.lastIndexOf('/');
  const nodes = at < 0 ? rest : [first.slice(at + 1), ...rest];
  if (nodes.length === 0 || nodes.some((n) => n === '')) throw usage(`which node of ${first}?`, `${first}/<node>, with * for any letters`);
  return { pipeline: at < 0 ? first : first.slice(0, at), nodes };
}

/** `10/s` is a rate, `50` a number of rows of each node after which it is enough. */
export function liveLimit(text: string | undefined): { readonly rate: number; readonly rows: number } {
  if (text === undefined || text === 'all') return { rate: RATE, rows: Infinity };
  const m = /^(\d+(?:\.\d+)?)(\/s)?$/.exec(text);
  const value = m === null ? NaN : Number(m[1]);
  const rate = m?.[2] !== undefined;
  if (!(value > 0) || (rate && value > TAP_BOUNDS.rowsPerSecond)) {
    throw usage(`--limit takes a rate such as 10/s (at most ${TAP_BOUNDS.rowsPerSecond}/s) or a number of rows, not \`${text}\``);
  }
  return rate ? { rate: value, rows: Infinity } : { rate: TAP_BOUNDS.rowsPerSecond, rows: value };
}

/** Watches nodes of a pipeline that runs elsewhere, in every instance of it there is. */
export async function liveTap(call: Call, flags: LiveTapFlags, bus: Bus, signal: AbortSignal): Promise<number> {
  const wanted = wantedOf(call.args);
  const limit = liveLimit(flags.limit);
  const symbols = flags.symbols?.split(',').map((s) => s.trim()).filter((s) => s !== '') ?? [];
  if (symbols.length > 1) throw usage('a live tap takes one symbol', '--where "symbol in (...)" for more');
  const instances = await find(bus, wanted.pipeline, signal);
  const tap = new LiveTap(call, bus, instances, { rows: limit.rows, format: flags.format });
  const forMs = flags.for === undefined ? TAP_BOUNDS.forMs : Math.min(TAP_BOUNDS.forMs, lengthOf('--for', flags.for));
  await tap.run({ nodes: wanted.nodes, where: flags.where ?? null, symbol: symbols[0] ?? null, limit: limit.rate, for_ms: forMs }, signal);
  return EXIT.ok;
}

/** Instances of a pipeline that report, by its name or their own. */
async function find(bus: Bus, name: string, signal: AbortSignal): Promise<string[]> {
  const fleet = new Fleet();
  const subscription = bus.subscribe(statusSubject('*'), { capacity: 4_096, whenFull: 'drop' });
  const listening = eachMessage(subscription, (m) => fleet.hear(objectIn(m.payload)));
  listening.catch(() => undefined);
  try {
    for (let waited = 0; waited < FIND_MOST_MS && !signal.aborted; waited += FIND_MS / 3) {
      await Promise.race([listening, new Promise((resolve) => setTimeout(resolve, FIND_MS / 3))]);
      const list = fleet.list();
      if (list.some((s) => s.instance === name)) return [name];
      const found = list.filter((s) => s.pipeline === name && s.state !== 'draining').map((s) => s.instance);
      if (found.length > 0 && waited + FIND_MS / 3 >= FIND_MS) return found;
    }
  } finally {
    subscription.close();
  }
  if (signal.aborted) return [];
  const all = [...new Set(fleet.list().map((s) => s.pipeline))];
  const near = suggest(name, all);
  const there = all.length === 0 ? 'no engine at all does' : `there are ${all.join(', ')}`;
  throw new Refusal('E794', `no engine of \`${name}\` reports on this bus`, {
    exit: EXIT.unreachable, help: [...(near === null ? [] : [`did you mean \`${near}\`?`]), there],
  });
}

interface Options {
  readonly rows: number;
  readonly format: string;
}

class LiveTap {
  private readonly call: Call;
  private readonly bus: Bus;
  private readonly instances: readonly string[];
  private readonly reply = `${TAP_OUT}${randomBytes(16).toString('hex')}`;
  private readonly subscription: Subscription;
  private readonly printer: TapPrinter;
  /** Instances that have not ended, and those that have answered. */
  private readonly open: Set<string>;
  private readonly answered = new Set<string>();
  private refused: Refusal | null = null;
  private lost = 0;
  private unseen = 0;

  constructor(call: Call, bus: Bus, instances: readonly string[], options: Options) {
    this.call = call;
    this.bus = bus;
    this.instances = instances;
    this.open = new Set(instances);
    this.printer = new TapPrinter(call, options);
    this.subscription = bus.subscribe(this.reply, { capacity: 4_096, whenFull: 'drop' });
  }

  async run(request: Readonly<Record<string, unknown>>, signal: AbortSignal): Promise<void> {
    const end = (): void => this.subscription.close();
    signal.addEventListener('abort', end, { once: true });
    const keeping = setInterval(() => this.ask({ op: 'keep' }), KEEP_EVERY_MS);
    const waiting = setTimeout(() => this.giveUp(), ANSWER_MS);
    try {
      this.ask({ op: 'open', ...request });
      if (signal.aborted || this.open.size === 0) end();
      await this.listen();
    } finally {
      clearInterval(keeping);
      clearTimeout(waiting);
      signal.removeEventListener('abort', end);
      this.ask({ op: 'close' });
      this.subscription.close();
    }
    if (this.refused !== null && this.printer.shown === 0) throw this.refused;
    this.sumUp();
  }

  private async listen(): Promise<void> {
    while (await this.subscription.ready()) {
      for (let m = this.subscription.take(); m !== null; m = this.subscription.take()) this.hear(objectIn(m.payload) as TapAnswer | null);
      await this.printer.flush();
      if (this.printer.full) this.subscription.close();
    }
  }

  private hear(answer: TapAnswer | null): void {
    switch (answer?.op) {
      case 'opened':
        this.answered.add(answer.instance);
        this.printer.open(answer.nodes);
        break;
      case 'rows':
        this.lost += Number(answer.dropped) || 0;
        this.unseen += Number(answer.unseen) || 0;
        this.printer.rows(answer);
        break;
      case 'refused':
        this.refused ??= new Refusal(String(answer.code), String(answer.message), {
          exit: EXIT.usage, help: (Array.isArray(answer.help) ? answer.help : []).map(String),
        });
        this.ended(answer.instance);
        break;
      case 'ended': this.ended(answer.instance);
    }
  }

  private ended(instance: string): void {
    this.answered.add(instance);
    this.open.delete(instance);
    if (this.open.size === 0) this.subscription.close();
  }

  private giveUp(): void {
    for (const instance of this.instances) {
      if (this.answered.has(instance)) continue;
      this.refused ??= new Refusal('E794', `${instance} reports, but does not answer a tap`, { exit: EXIT.unreachable });
      this.ended(instance);
    }
  }

  private ask(request: Readonly<Record<string, unknown>>): void {
    for (const instance of this.instances) publishLossy(this.bus, tapSubject(instance), { ...request, reply: this.reply });
  }

  private sumUp(): void {
    const lost = this.lost + this.subscription.dropped + this.printer.unreadable;
    const parts = [`${this.printer.shown} rows`, ...(lost > 0 ? [`${lost} left out by the limit`] : []),
      ...(this.unseen > 0 ? [`${this.unseen} not looked at`] : [])];
    this.call.terminal.say(`${parts.join(', ')}, from ${this.instances.join(', ') || 'no engine'}`, {
      rows: this.printer.shown, dropped: lost, unseen: this.unseen,
    });
  }
}
