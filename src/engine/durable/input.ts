import { LogHole, type LogMessage, type LogReader, type SourceLog } from '../../core/log.ts';
import type { MessageDecoder } from '../../core/message.ts';
import type { Engine } from '../engine.ts';
import { fingerprint, remember, type Remembered, type SourcePosition } from './checkpoint.ts';

/** One source of the pipeline that is read from a log. */
export interface LogSource {
  /** Place among the plan's sources. */
  readonly index: number;
  readonly decoder: MessageDecoder;
  matches(subject: string): boolean;
}

/** A log and the sources that are read from it. */
export interface LogInput {
  readonly log: SourceLog;
  readonly sources: readonly LogSource[];
  /** Messages of other partitions are passed over; left out, every message counts. */
  readonly accepts?: (subject: string) => boolean;
}

export interface Head {
  readonly input: LogInput;
  readonly created: string;
  readonly origin: number;
  seq: number;
  key: number;
  reader: LogReader | null;
  messages: readonly LogMessage[];
  at: number;
  last: Remembered | null;
  /** Of the message at `seq` as a checkpoint had it, until another one is taken. */
  print: string;
}

/** Subjects whose sources are remembered. */
const ROUTES = 65_536;
const NONE: readonly LogSource[] = [];

export type OnGap = (log: string, wanted: number, first: number) => void;

export interface Taken {
  readonly messages: number;
  readonly rows: number;
  /** False once the logs were closed and nothing is left. */
  readonly open: boolean;
}

/**
 * Feeds an engine from ordered logs, message by message in one total order: the order of the log, or, of several logs, that of (event
 * time, log, sequence). An epoch ends between two messages, never inside one.
 */
export class Input {
  readonly heads: readonly Head[];
  /** Messages taken from all logs. */
  messages: number;
  bytes = 0;
  private readonly engine: Engine;
  private readonly routes = new Map<string, readonly LogSource[]>();
  private readonly most: number;
  private readonly onGap: OnGap | null;
  private origins = new Float64Array(1024);
  private closed = false;
  /** Traces of source messages of the current epoch that carry one. */
  readonly traces = new Map<number, string>();

  /** `most`: rows after which an epoch is full. `onGap`: go on behind a hole and say so; null stops there. */
  constructor(engine: Engine, heads: readonly Head[], messages: number, most: number, onGap: OnGap | null) {
    this.engine = engine;
    this.heads = heads;
    this.messages = messages;
    this.most = most;
    this.onGap = onGap;
  }

  open(): void {
    for (const h of this.heads) h.reader = h.input.log.read({ from: h.seq + 1 });
  }

  async close(): Promise<void> {
    this.closed = true;
    await Promise.all(this.heads.map((h) => h.reader?.close()));
  }

  /** Takes what has arrived into the engine, at least one message and about as many rows as an epoch holds. */
  async take(): Promise<Taken> {
    this.traces.clear();
    return this.heads.length === 1 ? this.single(this.heads[0]) : this.merged();
  }

  /** Messages of log `i` that are still to be taken; null where its reader does not know. */
  async behind(i: number): Promise<number | null> {
    return (await this.heads[i].reader?.behind?.()) ?? null;
  }

  positions(): SourcePosition[] {
    return this.heads.map((h) => ({
      name: h.input.log.name, created: h.created, seq: h.seq, origin: h.origin, key: h.key,
      fingerprint: h.last === null ? h.print : fingerprint(h.last),
    }));
  }

  /** The next messages of a log, where those at hand are used up. False when the log was closed. */
  private async fetch(h: Head): Promise<boolean> {
    if (h.at < h.messages.length) return true;
    if (this.closed) return false;
    for (;;) {
      try {
        const messages = await (h.reader as LogReader).next();
        if (messages === null) return false;
        h.messages = messages;
        h.at = 0;
        return true;
      } catch (error) {
        await this.skip(h, error);
      }
    }
  }

  /** Messages that were to be read next are gone: where the pipeline says so, the run goes on behind the hole. */
  private async skip(h: Head, error: unknown): Promise<void> {
    if (!(error instanceof LogHole) || this.onGap === null) throw error;
    await h.reader?.close();
    const { log } = h.input;
    this.onGap(log.name, error.wanted, error.next);
    h.seq = error.next - 1;
    h.last = null;
    h.print = '';
    h.reader = log.read({ from: error.next });
  }

  private async single(h: Head): Promise<Taken> {
    if (!(await this.fetch(h))) return { messages: 0, rows: 0, open: false };
    const { engine, most } = this;
    let rows = 0;
    let pending = 0;
    let current: LogSource | null = null;
    const from = h.at;
    for (; h.at < h.messages.length && rows < most; h.at++) {
      const m = h.messages[h.at];
      const sources = this.route(h, m.subject);
      for (let s = 0; s < sources.length; s++) {
        const source = sources[s];
        if (source !== current) {
          if (current !== null) this.hand(engine, current, pending);
          current = source;
          pending = 0;
        }
        const added = source.decoder.decode(m, m.seq);
        if (added === 0) continue;
        this.note(pending, added, m.seq);
        pending += added;
        rows += added;
      }
      this.trace(m, m.seq);
      this.bytes += m.payload.length;
      h.seq = m.seq;
    }
    if (current !== null) this.hand(engine, current, pending);
    h.last = remember(h.messages[h.at - 1]);
    this.messages += h.at - from;
    return { messages: h.at - from, rows, open: true };
  }

  /**
   * Several logs: the message with the smallest key goes first, which can only be told when every log shows one. The key of a message is
   * its first row's event time, never below that of the message before it in its log.
   */
  private async merged(): Promise<Taken> {
    let rows = 0;
    let messages = 0;
    while (rows < this.most) {
      const waiting = this.heads.filter((h) => h.at >= h.messages.length);
      // Rows at hand do not wait for a log that is quiet.
      if (waiting.length > 0 && messages > 0) break;
      const open = await Promise.all(waiting.map((h) => this.fetch(h)));
      if (open.includes(false)) return { messages, rows, open: false };
      let best = this.heads[0];
      for (const h of this.heads) if (this.keyOf(h) < this.keyOf(best)) best = h;
      rows += this.takeOne(best);
      messages += 1;
    }
    return { messages, rows, open: true };
  }

  private keyOf(h: Head): number {
    const m = h.messages[h.at];
    if (this.keyed.get(h) === m) return h.key;
    for (const source of this.route(h, m.subject)) {
      source.decoder.clear();
      source.decoder.decode(m, m.seq);
      const { chunk } = source.decoder;
      if (chunk.n > 0 && chunk.ts[0] > h.key) h.key = chunk.ts[0];
    }
    this.keyed.set(h, m);
    return h.key;
  }

  /** The message whose rows lie in the decoders of a log already. */
  private readonly keyed = new Map<Head, LogMessage>();

  private takeOne(h: Head): number {
    const m = h.messages[h.at++];
    const n = ++this.messages;
    let rows = 0;
    for (const source of this.route(h, m.subject)) {
      const added = source.decoder.chunk.n;
      this.note(0, added, n);
      this.hand(this.engine, source, added);
      rows += added;
    }
    this.trace(m, n);
    this.bytes += m.payload.length;
    h.seq = m.seq;
    h.last = remember(m);
    return rows;
  }

  private hand(engine: Engine, source: LogSource, rows: number): void {
    const { decoder } = source;
    if (rows > 0) engine.take(source.index, decoder.chunk, 0, rows, this.origins);
    decoder.clear();
  }

  private note(at: number, rows: number, n: number): void {
    if (at + rows > this.origins.length) {
      const bigger = new Float64Array(Math.max(at + rows, 2 * this.origins.length));
      bigger.set(this.origins);
      this.origins = bigger;
    }
    this.origins.fill(n, at, at + rows);
  }

  private trace(m: LogMessage, n: number): void {
    const trace = m.header('traceparent');
    if (trace !== '') this.traces.set(n, trace);
  }

  private route(h: Head, subject: string): readonly LogSource[] {
    let found = this.routes.get(subject);
    if (found === undefined) {
      const { accepts, sources } = h.input;
      found = accepts !== undefined && !accepts(subject) ? NONE : sources.filter((s) => s.matches(subject));
      if (this.routes.size >= ROUTES) this.routes.clear();
      this.routes.set(subject, found);
    }
    return found;
  }
}

/** Where to begin: behind a checkpoint's position, or at the origin. */
export async function headOf(input: LogInput, position: SourcePosition | null, origin: number, onGap: OnGap | null): Promise<Head> {
  let seq = position === null ? origin - 1 : position.seq;
  let print = position?.fingerprint ?? '';
  const { created, first, last } = await input.log.state();
  if (first > seq + 1 && last > seq) {
    if (onGap === null) throw truncated(input.log.name, seq + 1, first);
    onGap(input.log.name, seq + 1, first);
    seq = first - 1;
    print = '';
  }
  return {
    input, created, origin, seq, key: position?.key ?? -Infinity, reader: null, messages: [], at: 0, last: null, print,
  };
}

const truncated = (name: string, wanted: number, first: number): LogHole =>
  new LogHole(`${name} begins at sequence ${first}, the run has to go on at ${wanted}: ${first - wanted} messages are gone`, wanted,
    first, [
    '`on_gap: continue` in the source goes on behind the hole, counts it and says so',
    'keep messages longer than the longest outage (max_age and max_bytes of the stream)',
  ]);
