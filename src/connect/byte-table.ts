/**
 * Interns slices of bytes to small integers: symbols and words repeat in nearly every row, so that no string is made for them.
 * Ids are given in order of first appearance.
 */
export class ByteTable {
  readonly texts: string[] = [];
  private bytes = Buffer.alloc(4096);
  private used = 0;
  private starts: number[] = [0];
  private slots = new Int32Array(256).fill(-1);
  private last = -1;

  get size(): number {
    return this.texts.length;
  }

  lookup(b: Uint8Array, from: number, to: number): number {
    if (this.last >= 0 && this.same(this.last, b, from, to)) return this.last;
    let hash = 0x811c9dc5;
    for (let i = from; i < to; i++) hash = Math.imul(hash ^ b[i], 0x01000193);
    const mask = this.slots.length - 1;
    let slot = (hash ^ (hash >>> 15)) & mask;
    for (;;) {
      const id = this.slots[slot];
      if (id < 0) break;
      if (this.same(id, b, from, to)) return (this.last = id);
      slot = (slot + 1) & mask;
    }
    return (this.last = this.add(slot, b, from, to));
  }

  lookupText(text: string): number {
    const b = Buffer.from(text, 'utf8');
    return this.lookup(b, 0, b.length);
  }

  private same(id: number, b: Uint8Array, from: number, to: number): boolean {
    const start = this.starts[id];
    const length = this.starts[id + 1] - start;
    if (length !== to - from) return false;
    const bytes = this.bytes;
    for (let i = 0; i < length; i++) if (bytes[start + i] !== b[from + i]) return false;
    return true;
  }

  private add(slot: number, b: Uint8Array, from: number, to: number): number {
    const length = to - from;
    if (this.used + length > this.bytes.length) {
      const grown = Buffer.alloc(Math.max(this.bytes.length * 2, this.used + length));
      this.bytes.copy(grown, 0, 0, this.used);
      this.bytes = grown;
    }
    for (let i = 0; i < length; i++) this.bytes[this.used + i] = b[from + i];
    const id = this.texts.length;
    this.texts.push(this.bytes.toString('utf8', this.used, this.used + length));
    this.used += length;
    this.starts.push(this.used);
    this.slots[slot] = id;
    if (this.texts.length * 2 > this.slots.length) this.rehash();
    return id;
  }

  private rehash(): void {
    const mask = this.slots.length * 2 - 1;
    const slots = new Int32Array(mask + 1).fill(-1);
    for (let id = 0; id < this.texts.length; id++) {
      let hash = 0x811c9dc5;
      for (let i = this.starts[id]; i < this.starts[id + 1]; i++) hash = Math.imul(hash ^ this.bytes[i], 0x01000193);
      let slot = (hash ^ (hash >>> 15)) & mask;
      while (slots[slot] >= 0) slot = (slot + 1) & mask;
      slots[slot] = id;
    }
    this.slots = slots;
  }
}
