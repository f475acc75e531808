import type { OutputRows } from '../core/connector.ts';

/** The symbols of the rows of one message, numbered in order of appearance; their bytes are remembered from message to message. */
export class SymbolTable {
  /** Symbols of the message, and the bytes of all of them. */
  count = 0;
  bytes = 0;
  /** Rows without a symbol, which are heartbeats. */
  heartbeats = 0;
  readonly texts: Uint8Array[] = [];
  /** Number of the symbol of every row; -1 for a heartbeat. */
  index = new Int32Array(1024);
  private readonly known: Uint8Array[] = [];
  /** Number of a key in the message that `stamp` says. */
  private numbers = new Int32Array(1024);
  private stamps = new Int32Array(1024);
  private stamp = 0;

  collect(rows: OutputRows, at: Int32Array, n: number): void {
    if (this.index.length < n) this.index = new Int32Array(2 * n);
    this.stamp++;
    this.count = 0;
    this.bytes = 0;
    this.heartbeats = 0;
    for (let i = 0; i < n; i++) {
      const key = rows.key[at[i]];
      if (key < 0) {
        this.index[i] = -1;
        this.heartbeats++;
        continue;
      }
      if (key >= this.stamps.length) this.grow(key);
      if (this.stamps[key] !== this.stamp) this.add(rows, key);
      this.index[i] = this.numbers[key];
    }
  }

  private add(rows: OutputRows, key: number): void {
    const text = (this.known[key] ??= Buffer.from(rows.keys.symbols[key] ?? '', 'utf8'));
    this.stamps[key] = this.stamp;
    this.numbers[key] = this.count;
    this.texts[this.count++] = text;
    this.bytes += text.length;
  }

  private grow(key: number): void {
    const grow = (from: Int32Array): Int32Array<ArrayBuffer> => {
      const to = new Int32Array(2 * (key + 1));
      to.set(from);
      return to;
    };
    this.numbers = grow(this.numbers);
    this.stamps = grow(this.stamps);
  }
}
