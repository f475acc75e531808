import type { Chunk, OutputWriter, SourceReader } from '../core/connector.ts';
import type { KeyTable } from '../core/keys.ts';

/** A stream to publish: its rows, and what makes messages of them. */
export interface PublishStream {
  readonly reader: SourceReader;
  readonly writer: OutputWriter;
  readonly keys: KeyTable;
}

export interface PublishOptions {
  /** Event time over wall time; Infinity waits for nothing but slow subscribers. */
  readonly speed?: number;
  /** Begins paused: a message for every `step`. */
  readonly step?: boolean;
  readonly signal?: AbortSignal;
  readonly onProgress?: (messages: number, ts: number) => void;
}

export interface Published {
  readonly messages: number;
  readonly aborted: boolean;
}

/** Messages handed on between two looks at the clock and the subscribers. */
const MOST = 1024;
const NAP_MS = 20;
const nap = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

interface Head extends PublishStream {
  chunk: Chunk | null;
  at: number;
}

/**
 * Publishes rows as messages, at the pace of their event time. Several streams keep the order that they were recorded in, or that of
 * their event time where they were not. Heartbeats are no messages.
 */
export class Publisher {
  private readonly heads: Head[];
  private readonly options: PublishOptions;
  private readonly speed: number;
  private paused: boolean;
  private steps = 0;
  private wake: () => void = () => undefined;
  private messages = 0;
  /** Event time and wall clock that the pace counts from; set anew after every pause. */
  private base = NaN;
  private begun = 0;

  constructor(streams: readonly PublishStream[], options: PublishOptions = {}) {
    this.heads = streams.map((s) => ({ ...s, chunk: null, at: 0 }));
    this.options = options;
    this.speed = options.speed ?? 1;
    this.paused = options.step === true;
  }

  get isPaused(): boolean {
    return this.paused;
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
    this.base = NaN;
    this.wake();
  }

  toggle(): void {
    if (this.paused) this.resume();
    else this.pause();
  }

  /** One message more while it is paused. */
  step(): void {
    if (!this.paused) return;
    this.steps += 1;
    this.wake();
  }

  async run(): Promise<Published> {
    const live: Head[] = [];
    for (const head of this.heads) if (await this.fetch(head)) live.push(head);
    const release = (): void => this.wake();
    this.options.signal?.addEventListener('abort', release);
    try {
      while (live.length > 0 && !this.stopped) {
        const head = first(live);
        const n = await this.due(head, live);
        if (this.stopped) break;
        await this.send(head, n);
        if (head.at === (head.chunk as Chunk).n && !(await this.fetch(head))) live.splice(live.indexOf(head), 1);
      }
    } finally {
      this.options.signal?.removeEventListener('abort', release);
    }
    for (const { writer } of this.heads) await writer.flush();
    return { messages: this.messages, aborted: live.length > 0 };
  }

  private get stopped(): boolean {
    return this.options.signal?.aborted === true;
  }

  private async fetch(head: Head): Promise<boolean> {
    do head.chunk = await head.reader.next(); while (head.chunk !== null && head.chunk.n === 0);
    head.at = 0;
    return head.chunk !== null;
  }

  /** Waits until the next row of the stream may go, and says how many of it may. */
  private async due(head: Head, live: readonly Head[]): Promise<number> {
    const chunk = head.chunk as Chunk;
    for (;;) {
      if (this.stopped) return 0;
      if (this.paused) {
        if (this.steps > 0) {
          this.steps -= 1;
          return 1;
        }
        this.options.onProgress?.(this.messages, chunk.ts[head.at]);
        await new Promise<void>((resolve) => { this.wake = resolve; });
        continue;
      }
      const now = this.now(chunk.ts[head.at]);
      const most = reach(head, live);
      let to = head.at;
      while (to < most && chunk.ts[to] <= now) to++;
      if (to > head.at) return to - head.at;
      await nap(Math.min(NAP_MS, (chunk.ts[head.at] - now) / 1000 / this.speed));
    }
  }

  /** Event time that has come. */
  private now(ts: number): number {
    if (!Number.isFinite(this.speed)) return Infinity;
    if (Number.isNaN(this.base)) {
      this.base = ts;
      this.begun = performance.now();
    }
    return this.base + (performance.now() - this.begun) * 1000 * this.speed;
  }

  private async send(head: Head, n: number): Promise<void> {
    const chunk = head.chunk as Chunk;
    const sel = new Int32Array(n);
    let kept = 0;
    for (let i = head.at; i < head.at + n; i++) if (chunk.key[i] >= 0) sel[kept++] = i;
    head.at += n;
    if (kept > 0) {
      head.writer.write({ n: kept, sel, seq: chunk.seq ?? chunk.ts, ts: chunk.ts, key: chunk.key, keys: head.keys, cols: chunk.cols });
      await head.writer.flush();
    }
    this.messages += kept;
    this.options.onProgress?.(this.messages, chunk.ts[head.at - 1]);
    await turn();
  }
}

const place = ({ chunk, at }: Head): number => (chunk as Chunk).seq?.[at] ?? (chunk as Chunk).ts[at];

function first(live: readonly Head[]): Head {
  let best = live[0];
  for (const head of live) if (place(head) < place(best)) best = head;
  return best;
}

/** Up to which row the stream goes on before another one's turn. */
function reach(head: Head, live: readonly Head[]): number {
  const chunk = head.chunk as Chunk;
  const order = chunk.seq ?? chunk.ts;
  const most = Math.min(chunk.n, head.at + MOST);
  let bound = Infinity;
  for (const other of live) if (other !== head) bound = Math.min(bound, place(other));
  let to = head.at + 1;
  while (to < most && order[to] < bound) to++;
  return to;
}
