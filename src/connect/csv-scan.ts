export const ROW = 1;
export const MORE = 0;
export const END = -1;
/** A quote that does not close, or goes on after closing; reading has resumed on the next line. */
export const BROKEN = 2;

const QUOTE = 34;
const LF = 10;
const CR = 13;
/** A quoted field longer than this is a forgotten quote, not a text: without the limit it would swallow the rest of the file. */
const LONGEST = 1 << 16;

/**
 * Finds the fields of one row after another in a window of bytes (RFC 4180: quotes, doubled quotes, line breaks in quotes; LF or
 * CRLF). Gives offsets only; nothing is copied and no string is made.
 */
export class CsvScanner {
  buf: Buffer = Buffer.alloc(1 << 20);
  pos = 0;
  end = 0;
  eof = false;
  /** Line on which the row just read began, from 1. */
  line = 0;
  fields = 0;
  starts = new Int32Array(64);
  ends = new Int32Array(64);
  /** 0 plain, 1 quoted, 2 quoted with doubled quotes inside. */
  quoted = new Uint8Array(64);
  /** Bytes of the row just read. */
  rowStart = 0;
  rowEnd = 0;
  private nextLine = 1;
  private breaks = 0;
  private readonly delimiter: number;

  constructor(delimiter: number) {
    this.delimiter = delimiter;
  }

  reset(): void {
    this.pos = 0;
    this.end = 0;
    this.eof = false;
    this.nextLine = 1;
  }

  /** Adds bytes behind what has not been read yet. */
  feed(block: Uint8Array): void {
    const rest = this.end - this.pos;
    if (rest + block.length > this.buf.length) {
      const grown = Buffer.alloc(Math.max(this.buf.length * 2, rest + block.length));
      this.buf.copy(grown, 0, this.pos, this.end);
      this.buf = grown;
    } else if (rest > 0) {
      this.buf.copyWithin(0, this.pos, this.end);
    }
    this.buf.set(block, rest);
    this.pos = 0;
    this.end = rest + block.length;
  }

  scan(): number {
    const { buf, end, delimiter } = this;
    let i = this.pos;
    if (i >= end) return this.eof ? END : MORE;
    let n = 0;
    this.breaks = 0;
    for (;;) {
      if (n === this.starts.length) this.widen();
      const start = i;
      if (i < end && buf[i] === QUOTE) {
        const close = this.scanQuoted(start, n);
        if (close === MORE) return MORE;
        if (close === END) return this.skipBroken();
        i = close;
      } else {
        let c = 0;
        while (i < end && (c = buf[i]) !== delimiter && c !== LF) i++;
        if (i >= end && !this.eof) return MORE;
        this.starts[n] = start;
        this.ends[n] = i > start && buf[i - 1] === CR && (i >= end || c === LF) ? i - 1 : i;
        this.quoted[n] = 0;
      }
      n++;
      if (i >= end || buf[i] === LF) break;
      i++;
    }
    return this.finish(n, i);
  }

  /** Takes back the count of a row whose bytes are to be read again. */
  unread(): void {
    this.nextLine = this.line;
  }

  /** The text of a field of the row just read. */
  text(field: number): string {
    const text = this.buf.toString('utf8', this.starts[field], this.ends[field]);
    return this.quoted[field] === 2 ? text.replaceAll('""', '"') : text;
  }

  rawRow(): string {
    return this.buf.toString('utf8', this.rowStart, Math.min(this.rowEnd, this.rowStart + 400));
  }

  private finish(n: number, i: number): number {
    this.fields = n;
    this.line = this.nextLine;
    this.nextLine += this.breaks + 1;
    this.rowStart = this.pos;
    this.rowEnd = i > this.pos && this.buf[i - 1] === CR ? i - 1 : i;
    this.pos = i + 1;
    return ROW;
  }

  /** The position behind a quoted field (delimiter, LF or the end), MORE when bytes are missing, END when the quotes are broken. */
  private scanQuoted(start: number, n: number): number {
    const { buf, end } = this;
    let i = start + 1;
    let kind = 1;
    for (;;) {
      while (i < end && buf[i] !== QUOTE) {
        if (buf[i] === LF) this.breaks++;
        i++;
      }
      if (i - start > LONGEST) return END;
      if (i >= end) return this.eof ? END : MORE;
      if (i + 1 >= end && !this.eof) return MORE;
      if (i + 1 < end && buf[i + 1] === QUOTE) {
        kind = 2;
        i += 2;
        continue;
      }
      break;
    }
    this.starts[n] = start + 1;
    this.ends[n] = i;
    this.quoted[n] = kind;
    let after = i + 1;
    if (after < end && buf[after] === CR) {
      if (after + 1 >= end && !this.eof) return MORE;
      if (after + 1 >= end || buf[after + 1] === LF) after++;
    }
    return after >= end || buf[after] === this.delimiter || buf[after] === LF ? after : END;
  }

  private skipBroken(): number {
    let i = this.buf.indexOf(LF, this.pos);
    if (i < 0 || i >= this.end) {
      if (!this.eof) return MORE;
      i = this.end;
    }
    this.breaks = 0;
    this.finish(0, i);
    return BROKEN;
  }

  private widen(): void {
    const grow = <A extends Int32Array | Uint8Array>(a: A, b: A): A => {
      b.set(a);
      return b;
    };
    this.starts = grow(this.starts, new Int32Array(this.starts.length * 2));
    this.ends = grow(this.ends, new Int32Array(this.ends.length * 2));
    this.quoted = grow(this.quoted, new Uint8Array(this.quoted.length * 2));
  }
}
