import type { BadRow } from '../core/connector.ts';

const KEPT = 100;
const RAW_LENGTH = 120;
const MESSAGE_LENGTH = 240;

/** A text cut to a length. It is copied: a slice of a long text would keep all of it in memory. */
export const shorten = (text: string, length: number): string =>
  text.length <= length ? text : `${Buffer.from(text.slice(0, length - 1), 'utf8').toString('utf8')}…`;

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
    if (this.keeps) this.first.push({ at, code, message: shorten(message, MESSAGE_LENGTH), raw: shorten(raw, RAW_LENGTH) });
  }
}
