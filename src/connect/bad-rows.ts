import type { BadRow } from '../core/connector.ts';

const KEPT = 100;
const RAW_LENGTH = 120;

/** Counts refused rows and keeps the first of them, so that a bad file costs a bounded amount of memory. */
export class BadRows {
  count = 0;
  readonly first: BadRow[] = [];
  /** How many of each code. */
  readonly codes = new Map<string, number>();

  get keeps(): boolean {
    return this.first.length < KEPT;
  }

  add(at: number, code: string, message: string, raw: string): void {
    this.count++;
    this.codes.set(code, (this.codes.get(code) ?? 0) + 1);
    if (!this.keeps) return;
    const line = raw.length > RAW_LENGTH ? `${raw.slice(0, RAW_LENGTH - 1)}…` : raw;
    this.first.push({ at, code, message, raw: line });
  }
}
