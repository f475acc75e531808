import type { OutputRows } from '../core/connector.ts';
import { Refusal } from '../core/diagnostic.ts';
import { eachMessage, objectIn, publishLossy, type BusPort, type BusSubscription } from './bus-port.ts';
import { KEPT_FOR_MS, readRequest, TAP_BOUNDS, tapSubject, type TapAnswer, type TapNode, type TapOpen } from './tap-protocol.ts';
import { TapWatch } from './tap-watch.ts';

/** What a tap needs of an engine. */
export interface TapPort {
  /** Nodes whose ids match, with the columns that are stored; refuses where none does. */
  nodes(globs: readonly string[]): readonly TapNode[];
  /** Rows of a node after every epoch that has some, until what it returns is called. */
  watch(node: string, write: (rows: OutputRows) => void): () => void;
  /** A condition on the rows of a node: the rows among `rows` on which it holds, as indexes into it. Refuses one that does not fit. */
  condition(node: TapNode, where: string): (rows: OutputRows) => readonly number[];
}

interface Open {
  readonly reply: string;
  readonly watches: readonly TapWatch[];
  readonly until: number;
  heard: number;
  sent: number;
  dropped: number;
  unseen: number;
  /** True while the bus has not taken the message before: what comes then is left out. */
  waiting: boolean;
}

/** Rows are handed on this often: what a person can follow. */
const TICK_MS = 100;
const INBOX = 64;

/** Serves taps on one engine. While nobody taps, the engine does not know that it is there. */
export class TapService {
  private readonly bus: BusPort;
  private readonly instance: string;
  private readonly port: TapPort;
  private readonly now: () => number;
  private readonly taps = new Map<string, Open>();
  private subscription: BusSubscription | null = null;
  private timer: NodeJS.Timeout | null = null;

  constructor(bus: BusPort, instance: string, port: TapPort, now: () => number = () => performance.now()) {
    this.bus = bus;
    this.instance = instance;
    this.port = port;
    this.now = now;
  }

  start(): void {
    this.subscription = this.bus.subscribe(tapSubject(this.instance), { capacity: INBOX, whenFull: 'drop' });
    void eachMessage(this.subscription, (m) => this.hear(objectIn(m.payload))).catch(() => undefined);
  }

  stop(): void {
    this.subscription?.close();
    for (const tap of [...this.taps.values()]) this.end(tap, 'the run has ended');
  }

  get open(): number {
    return this.taps.size;
  }

  hear(value: Readonly<Record<string, unknown>> | null): void {
    const read = readRequest(value);
    if (read === null) return;
    if ('fault' in read) return this.refuse(read.reply, new Refusal('E795', read.fault));
    const { request } = read;
    const tap = this.taps.get(request.reply);
    if (request.op === 'open') {
      if (tap === undefined) this.begin(request);
    } else if (tap !== undefined && request.op === 'keep') tap.heard = this.now();
    else if (tap !== undefined) this.end(tap, 'closed');
  }

  private begin(request: TapOpen): void {
    try {
      if (this.taps.size >= TAP_BOUNDS.taps) {
        throw new Refusal('E796', `${this.taps.size} taps are open already`, { help: ['end one of the others'] });
      }
      const nodes = this.port.nodes(request.nodes);
      if (nodes.length > TAP_BOUNDS.nodes) {
        throw new Refusal('E795', `${nodes.length} nodes match`, { help: [`a tap takes at most ${TAP_BOUNDS.nodes}: name fewer`] });
      }
      const conditions = nodes.map((n) => (request.where === null ? null : this.port.condition(n, request.where)));
      const perTick = Math.max(1, Math.round((request.limit * TICK_MS) / 1000));
      const watches = nodes.map((n, i) => new TapWatch(n, {
        rate: request.limit, perTick, symbol: request.symbol, condition: conditions[i],
      }));
      for (const w of watches) w.attach(this.port);
      const now = this.now();
      this.taps.set(request.reply,
        { reply: request.reply, watches, until: now + request.for_ms, heard: now, sent: 0, dropped: 0, unseen: 0, waiting: false });
      this.answer(request.reply, { op: 'opened', instance: this.instance, nodes, limit: request.limit });
      this.timer ??= setInterval(() => this.tick(), TICK_MS);
      this.timer.unref();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.refuse(request.reply, error);
    }
  }

  /** Between two epochs: hands on what has been kept, and ends taps whose time is over. */
  tick(): void {
    const now = this.now();
    for (const tap of [...this.taps.values()]) {
      this.handOn(tap);
      if (now >= tap.until) this.end(tap, 'the time is over');
      else if (now - tap.heard > KEPT_FOR_MS) this.end(tap, 'nobody listens any more');
    }
  }

  private handOn(tap: Open): void {
    for (const w of tap.watches) {
      const rows = w.take(this.now());
      if (rows === null) continue;
      tap.dropped += rows.dropped;
      tap.unseen += rows.unseen;
      if (tap.waiting) {
        tap.dropped += rows.seq.length;
        continue;
      }
      tap.sent += rows.seq.length;
      const slow = this.bus.publish(tap.reply, JSON.stringify(rows));
      if (slow === undefined) continue;
      tap.waiting = true;
      slow.catch(() => undefined).then(() => { tap.waiting = false; }, () => undefined);
    }
  }

  private end(tap: Open, why: string): void {
    this.handOn(tap);
    for (const w of tap.watches) w.detach();
    this.taps.delete(tap.reply);
    this.answer(tap.reply, { op: 'ended', instance: this.instance, why, rows: tap.sent, dropped: tap.dropped, unseen: tap.unseen });
    if (this.taps.size > 0 || this.timer === null) return;
    clearInterval(this.timer);
    this.timer = null;
  }

  private refuse(reply: string, r: Refusal): void {
    this.answer(reply, { op: 'refused', instance: this.instance, code: r.code, message: r.message, help: r.help });
  }

  private answer(reply: string, answer: TapAnswer): void {
    publishLossy(this.bus, reply, answer);
  }
}
