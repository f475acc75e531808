import type { Data } from 'apache-arrow';
import { Utf8, makeData } from 'apache-arrow';

/** Symbols as a column of text: every one is encoded to UTF-8 once, and copied for each of its rows. */
export class SymbolBytes {
  private readonly idOf = new Map<string, number>();
  private readonly names: Uint8Array[] = [];
  private offsets = new Int32Array(1);
  private bytes = new Uint8Array(0);

  id(symbol: string): number {
    let id = this.idOf.get(symbol);
    if (id === undefined) {
      id = this.names.length;
      this.idOf.set(symbol, id);
      this.names.push(Buffer.from(symbol, 'utf8'));
    }
    return id;
  }

  /** Takes over the numbers that another table has given. */
  take(other: SymbolBytes): void {
    for (const symbol of other.idOf.keys()) this.id(symbol);
  }

  /** The names of the first `n` numbers; a negative one is null. */
  encode(symbol: Int32Array, n: number): Data {
    const { names } = this;
    let length = 0;
    let nullCount = 0;
    if (this.offsets.length <= n) this.offsets = new Int32Array(symbol.length + 1);
    const { offsets } = this;
    for (let i = 0; i < n; i++) {
      if (symbol[i] < 0) nullCount++;
      else length += names[symbol[i]].length;
      offsets[i + 1] = length;
    }
    if (this.bytes.length < length) this.bytes = new Uint8Array(length * 2);
    const { bytes } = this;
    for (let i = 0, at = 0; i < n; i++) {
      if (symbol[i] < 0) continue;
      const name = names[symbol[i]];
      for (let b = 0; b < name.length; b++) bytes[at++] = name[b];
    }
    return makeData({
      type: new Utf8(), length: n, nullCount, nullBitmap: nullCount === 0 ? null : bitmapOf(symbol, n),
      valueOffsets: offsets.subarray(0, n + 1), data: bytes.subarray(0, length),
    });
  }
}

function bitmapOf(symbol: Int32Array, n: number): Uint8Array {
  const bitmap = new Uint8Array(Math.ceil(n / 64) * 8).fill(255);
  for (let i = 0; i < n; i++) if (symbol[i] < 0) bitmap[i >> 3] &= ~(1 << (i & 7));
  return bitmap;
}
