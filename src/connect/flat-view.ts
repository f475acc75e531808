/** Said where bytes are no FlatBuffer of the kind expected, or end too early. */
export class Damaged extends Error {}

/** Names are short; one that is shared by many columns must not be made into many long texts. */
const TEXT_BYTES = 1024;

/** What Arrow needs of FlatBuffers, read from bytes that nobody vouches for: every access is checked against the end of the message. */
export class FlatView {
  private readonly view: DataView;
  private readonly end: number;

  constructor(view: DataView, end: number) {
    this.view = view;
    this.end = end;
  }

  private check(at: number, bytes: number): number {
    if (at < 0 || at > this.end - bytes) throw new Damaged(`points to byte ${at} of ${this.end}`);
    return at;
  }

  u8(at: number): number {
    return this.view.getUint8(this.check(at, 1));
  }

  i16(at: number): number {
    return this.view.getInt16(this.check(at, 2), true);
  }

  u16(at: number): number {
    return this.view.getUint16(this.check(at, 2), true);
  }

  i32(at: number): number {
    return this.view.getInt32(this.check(at, 4), true);
  }

  u32(at: number): number {
    return this.view.getUint32(this.check(at, 4), true);
  }

  /** A 64-bit integer that must be one that counts something. */
  size(at: number): number {
    this.check(at, 8);
    const high = this.view.getUint32(at + 4, true);
    if (high > 0) throw new Damaged('has a length beyond 4 GiB');
    return this.view.getUint32(at, true);
  }

  /** Where the root table is. */
  root(at: number): number {
    return at + this.u32(at);
  }

  /** Where field `k` of a table is, or 0 where the table does not have it. */
  field(table: number, k: number): number {
    const slots = table - this.i32(table);
    const slot = 4 + 2 * k;
    if (slot + 2 > this.u16(slots)) return 0;
    const offset = this.u16(slots + slot);
    return offset === 0 ? 0 : table + offset;
  }

  /** What a field of a table points to, or 0. */
  child(table: number, k: number): number {
    const at = this.field(table, k);
    return at === 0 ? 0 : at + this.u32(at);
  }

  /** Elements of a vector, each of `bytes`, that must lie within the message. */
  count(vector: number, bytes: number): number {
    if (vector === 0) return 0;
    const n = this.u32(vector);
    if (n * bytes > this.end) throw new Damaged(`has a list of ${n} elements`);
    this.check(vector + 4, n * bytes);
    return n;
  }

  text(at: number): string {
    if (at === 0) return '';
    const n = this.count(at, 1);
    if (n > TEXT_BYTES) throw new Damaged(`has a name of ${n} bytes`);
    return Buffer.from(this.view.buffer as ArrayBuffer, this.view.byteOffset + at + 4, n).toString('utf8');
  }
}
