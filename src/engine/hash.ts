import { createHash } from 'node:crypto';
import type { Column } from '../core/frame.ts';
import type { KeyTable } from '../core/keys.ts';

const NAN_LOW = 0;
const NAN_HIGH = 0x7ff80000;

/**
 * Running hash of one column's values: 64 bits in two lanes, the same for every cut of the stream. Every NaN counts as the same null;
 * 0 and -0 differ. Text is hashed by its characters, so that it does not matter how it is stored.
 */
export class ColumnHash {
  private readonly lanes = new Int32Array([0x2545f491, 0x6a09e667]);
  private view: Int32Array = new Int32Array(0);

  add(column: Column, n: number, sel: Int32Array | null): void {
    if (column instanceof Float64Array) this.numbers(column, n, sel);
    else for (let j = 0; j < n; j++) this.text(column[sel === null ? j : sel[j]]);
  }

  addKeys(key: Int32Array, keys: KeyTable, n: number, sel: Int32Array | null): void {
    for (let j = 0; j < n; j++) this.text(keys.names[key[sel === null ? j : sel[j]]]);
  }

  private numbers(column: Float64Array, n: number, sel: Int32Array | null): void {
    if (this.view.buffer !== column.buffer) this.view = new Int32Array(column.buffer, column.byteOffset, column.length * 2);
    const bits = this.view;
    let a = this.lanes[0];
    let b = this.lanes[1];
    for (let j = 0; j < n; j++) {
      const i = sel === null ? j : sel[j];
      const known = column[i] === column[i];
      const low = known ? bits[2 * i] : NAN_LOW;
      const high = known ? bits[2 * i + 1] : NAN_HIGH;
      a = Math.imul(a ^ low, 0x85ebca6b);
      a = Math.imul(a ^ (a >>> 15) ^ high, 0xc2b2ae35);
      b = Math.imul(b ^ high, 0x27d4eb2f);
      b = Math.imul(b ^ (b >>> 13) ^ low, 0x165667b1);
    }
    this.lanes[0] = a;
    this.lanes[1] = b;
  }

  private text(value: string | null): void {
    let a = this.lanes[0];
    let b = this.lanes[1];
    const length = value === null ? -1 : value.length;
    a = Math.imul(a ^ length, 0x85ebca6b);
    b = Math.imul(b ^ length, 0x27d4eb2f);
    for (let c = 0; c < length; c++) {
      const code = (value as string).charCodeAt(c);
      a = Math.imul(a ^ code ^ (a >>> 15), 0xc2b2ae35);
      b = Math.imul(b ^ code ^ (b >>> 13), 0x165667b1);
    }
    this.lanes[0] = a;
    this.lanes[1] = b;
  }

  save(): readonly [number, number] {
    return [this.lanes[0], this.lanes[1]];
  }

  load(saved: readonly [number, number]): void {
    this.lanes.set(saved);
  }

  digest(): string {
    return [...this.lanes].map((x) => (x >>> 0).toString(16).padStart(8, '0')).join('');
  }
}

/** One short hash from several: SHA-256 of the parts, in order. */
export const combine = (parts: readonly string[]): string => createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 32);
