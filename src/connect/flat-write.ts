/** A number of 1, 2, 4 or 8 bytes within a table; a name under which its place is noted, where it is filled in later. */
export interface FlatNumber {
  readonly bytes: 1 | 2 | 4 | 8;
  readonly value: number;
  readonly mark?: string;
}

/** What a FlatBuffer is made of: tables of numbers and references, lists of tables, texts, lists of 64-bit integers to be filled in. */
export type FlatNode =
  | { readonly table: readonly (FlatNumber | FlatNode | null)[] }
  | { readonly tables: readonly FlatNode[] }
  | { readonly text: string }
  | { readonly longs: number; readonly per: number; readonly mark: string };

export interface FlatMessage {
  readonly bytes: Uint8Array;
  /** Places of the numbers that were marked. */
  readonly marks: ReadonlyMap<string, number>;
}

const isNumber = (x: FlatNumber | FlatNode): x is FlatNumber => 'bytes' in x;

/** Writes a FlatBuffer, every part before those that it refers to. For the few small ones that Arrow's messages begin with. */
class FlatWriter {
  readonly marks = new Map<string, number>();
  private view = new DataView(new ArrayBuffer(1 << 10));
  private end = 0;

  get bytes(): Uint8Array {
    return new Uint8Array(this.view.buffer.slice(0, Math.ceil(this.end / 8) * 8));
  }

  private reserve(bytes: number, align: number, before = 0): number {
    const at = Math.ceil((this.end + before) / align) * align - before;
    this.end = at + bytes;
    while (this.end + 8 > this.view.byteLength) {
      const grown = new Uint8Array(2 * this.view.byteLength);
      grown.set(new Uint8Array(this.view.buffer));
      this.view = new DataView(grown.buffer);
    }
    return at;
  }

  root(node: FlatNode): void {
    this.reserve(4, 4);
    this.view.setUint32(0, this.write(node), true);
  }

  private write(node: FlatNode): number {
    if ('table' in node) return this.table(node.table);
    if ('tables' in node) {
      const at = this.reserve(4 + 4 * node.tables.length, 4);
      this.view.setUint32(at, node.tables.length, true);
      node.tables.forEach((t, i) => this.refer(at + 4 + 4 * i, t));
      return at;
    }
    if ('text' in node) {
      const text = Buffer.from(node.text, 'utf8');
      const at = this.reserve(5 + text.length, 4);
      this.view.setUint32(at, text.length, true);
      new Uint8Array(this.view.buffer).set(text, at + 4);
      return at;
    }
    const at = this.reserve(4 + 8 * node.longs, 8, 4);
    this.view.setUint32(at, node.longs / node.per, true);
    this.marks.set(node.mark, at + 4);
    return at;
  }

  private refer(at: number, node: FlatNode): void {
    const target = this.write(node);
    this.view.setUint32(at, target - at, true);
  }

  private table(fields: readonly (FlatNumber | FlatNode | null)[]): number {
    const offsets: number[] = [];
    let size = 4;
    for (const f of fields) {
      const bytes = f === null ? 0 : isNumber(f) ? f.bytes : 4;
      if (bytes > 0) size = Math.ceil(size / bytes) * bytes;
      offsets.push(bytes === 0 ? 0 : size);
      size += bytes;
    }
    const slots = this.reserve(4 + 2 * fields.length, 2);
    const at = this.reserve(size, 8);
    this.view.setUint16(slots, 4 + 2 * fields.length, true);
    this.view.setUint16(slots + 2, size, true);
    this.view.setInt32(at, at - slots, true);
    fields.forEach((f, i) => {
      this.view.setUint16(slots + 4 + 2 * i, offsets[i], true);
      if (f !== null) this.field(at + offsets[i], f);
    });
    return at;
  }

  private field(at: number, f: FlatNumber | FlatNode): void {
    if (!isNumber(f)) return this.refer(at, f);
    if (f.mark !== undefined) this.marks.set(f.mark, at);
    if (f.bytes === 1) this.view.setUint8(at, f.value);
    else if (f.bytes === 2) this.view.setInt16(at, f.value, true);
    else if (f.bytes === 4) this.view.setInt32(at, f.value, true);
    else this.view.setBigInt64(at, BigInt(f.value), true);
  }
}

export function flatBuffer(root: FlatNode): FlatMessage {
  const writer = new FlatWriter();
  writer.root(root);
  return { bytes: writer.bytes, marks: writer.marks };
}
