/** Up to the next multiple of 8. */
export const pad8 = (n: number): number => Math.ceil(n / 8) * 8;

/**
 * Bytes of a message copied to where columns of eight bytes can be seen as such: a message lies anywhere in the buffer of its connection.
 * The memory is used again for the next message.
 */
export class AlignedBytes {
  bytes = new Uint8Array(4096);
  view = new DataView(this.bytes.buffer);
  doubles = new Float64Array(this.bytes.buffer);
  length = 0;

  load(payload: Uint8Array): void {
    if (payload.length > this.bytes.length) {
      let size = this.bytes.length;
      while (size < payload.length) size *= 2;
      this.bytes = new Uint8Array(size);
      this.view = new DataView(this.bytes.buffer);
      this.doubles = new Float64Array(this.bytes.buffer);
    }
    this.bytes.set(payload);
    this.length = payload.length;
  }
}
