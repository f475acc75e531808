import type { Schema } from '../../src/core/types.ts';
import type { PlainRow } from './support.ts';

/** Chance for messages, from a seed. */
export class Chance {
  private state: number;

  constructor(seed: number) {
    this.state = seed >>> 0;
  }

  /** Mulberry32: 0 to 1. */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), this.state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  }

  below(n: number): number {
    return Math.floor(this.next() * n);
  }

  of<T>(list: readonly T[]): T {
    return list[this.below(list.length)];
  }
}

const NUMBERS = [
  '0', '-0', '1', '-1', '1.5', '0.1', '184.25', '1e3', '1E+2', '1e-7', '123456789012345', '1234567890123456', '9007199254740991',
  '9007199254740992', '9007199254740993', '12345678901234567890', '0.30000000000000004', '179.76931348623157', '5e-324', '1e308',
  '0.000001',
];
const ODD_NUMBERS = ['1e999', '-1e999', '01', '1.', '.5', '+1', '-', '1e', '1e+', 'NaN', 'Infinity', '-Infinity', '0x10', '1_000', '--1'];
const TEXTS = [
  '"buy"', '"SELL"', '"B"', '"10.5"', '" 7 "', '"1e5"', '""', '"nan"', '"inf"', '"ä"', '"\\u0041"', '"a\\"b"', '"\\ud800"',
  `"long ${'x'.repeat(80)}"`, '"0x1"', '"1,000"', '"none"', '"-"', '"\u007f"',
];
const TIMES = ['1700000000', '1700000000000', '1700000000000000', '1700000000000000000', '1700000000.5', '"2024-01-02T09:30:00.123456Z"',
  '"2024-01-02"', '"1700000000123"', '"20240102"', '-5', '0', '"x"', '""', 'null', '1e15', '9e15', '1e300', 'true', '"2024-02-30"'];
const OTHERS = ['null', 'true', 'false', '{}', '[]', '[1]', '{"a":1}', 'nul', 'tru', '\t', '"open', '"\n"', ''];
const KEYS = ['symbol', 'side', 'when', 'extra', 'i', 'text', 'at', 'flag', 'volume'];
const ODD_KEYS = ['__proto__', '7', 'a\\u0062', 'heartbeat', 'ts', 'price', 'ä', 'constructor', 'x y'];
const BLANKS = ['', '', '', ' ', '\n', '  ', '\t'];

const value = (c: Chance, key: string, odd: number): string => {
  if (c.next() < odd) return c.of([...ODD_NUMBERS, ...OTHERS, ...TEXTS]);
  if (/^(ts|when|heartbeat|at)$/.test(key)) return c.of(c.next() < 0.97 ? TIMES.slice(0, 7) : TIMES);
  if (key === 'symbol') return c.next() < 0.95 ? `"S${c.below(5)}"` : c.of([...TEXTS, '7', 'null']);
  if (key === 'side') return c.of(c.next() < 0.95 ? ['"buy"', '"sell"', '"b"', '1', '-1', 'null'] : ['true', '"hold"', '0']);
  if (key === 'flag') return c.of(c.next() < 0.95 ? ['true', 'false', '1', '0', 'null', '"yes"'] : ['2', '"x"']);
  if (key === 'text') return c.of(TEXTS);
  if (key === 'i') return c.of(c.next() < 0.95 ? ['0', '-7', '12', '9007199254740991', '"5"'] : NUMBERS);
  if (c.next() < 0.7) return String(c.of([c.below(1000), c.next(), c.next() * 1e6, Math.round(c.next() * 1e4) / 100]));
  return c.of([...NUMBERS, ...TEXTS.slice(3, 6)]);
};

/** One object. `style` fixes keys and blanks, so that a source's messages look alike as they do in life. */
const object = (c: Chance, style: Chance, odd: number): string => {
  const keys = ['ts', 'price', 'size', ...KEYS.filter(() => style.next() < 0.4), ...ODD_KEYS.filter(() => style.next() < 0.02)];
  if (style.next() < 0.2) keys.reverse();
  const [open, colon, comma] = [style.of(BLANKS), style.of(BLANKS), style.of(BLANKS)];
  return `{${open}${keys.map((k) => `"${k}"${colon}:${comma}${value(c, k, odd)}`).join(`${comma},${open}`)}${open}}`;
};

/** A JSON message, mostly good, sometimes odd in every way that was thought of. */
export function jsonMessage(c: Chance): Buffer {
  const style = new Chance(c.next() < 0.9 ? c.below(12) : c.below(1e9));
  const odd = c.next() < 0.6 ? 0 : 0.1;
  const seed = c.below(12);
  const text = c.next() < 0.8 ? object(c, style, odd)
    : `[${Array.from({ length: c.below(6) }, () => object(c, new Chance(seed), odd)).join(c.of([',', ' , ', ',\n']))}]`;
  const framed = `${c.of(BLANKS)}${text}${c.of(BLANKS)}`;
  return c.next() < 0.85 ? Buffer.from(framed, 'utf8') : mutated(c, Buffer.from(framed, 'utf8'));
}

/** A message with some of its bytes changed, removed, repeated or made into large numbers. */
export function mutated(c: Chance, message: Uint8Array): Buffer {
  let b = Buffer.from(message);
  for (let times = 1 + c.below(3); times > 0 && b.length > 0; times--) {
    const at = c.below(b.length);
    switch (c.below(8)) {
      case 0: b[at] = c.below(256); break;
      case 1: b[at] ^= 1 << c.below(8); break;
      case 2: b = b.subarray(0, at); break;
      case 3: b = Buffer.concat([b.subarray(0, at), b.subarray(at + 1 + c.below(16))]); break;
      case 4: b = Buffer.concat([b.subarray(0, at), Buffer.from([c.below(256)]), b.subarray(at)]); break;
      case 5: b = Buffer.concat([b, b.subarray(at)]); break;
      case 6: {
        const word = Math.min(at - (at % 4), b.length - 4);
        if (word >= 0) b.writeUInt32LE(c.of([0, 1, 0x7fffffff, 0x80000000, 0xffffffff, b.length, c.below(1 << 16)]), word);
        break;
      }
      default: {
        const long = at - (at % 8);
        if (long + 8 <= b.length) b.writeDoubleLE(c.of([NaN, Infinity, -Infinity, -0, 1e300, 2 ** 53, 0.5]), long);
      }
    }
  }
  return b;
}

const cell = (c: Chance, type: Schema[number]['type'], text: () => string): number | string | null => {
  if (c.next() < 0.1) return null;
  if (type === 'text') return text();
  if (type === 'bool') return c.below(2);
  if (typeof type === 'object') return c.below(type.values.length);
  if (type === 'f64') {
    return c.of([c.next(), c.next() * 1e300, -c.next(), 5e-324, 1.7976931348623157e308, Math.round(c.next() * 1e6) / 100, 0]);
  }
  if (type === 'i64') return c.of([c.below(100), -c.below(1e9), Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER]);
  return type === 'duration' ? c.below(1e12) : 1_600_000_000_000_000 + Math.floor(c.next() * 2e14);
};

/** Rows of a schema, heartbeats among them. */
export function plainRows(c: Chance, schema: Schema, n: number): PlainRow[] {
  const letters = ['a', 'Z', '0', ' ', 'ä', '€', '😀', '"', '\\', '\n', ','];
  const text = (): string => Array.from({ length: c.below(8) }, () => c.of(letters)).join('');
  return Array.from({ length: n }, (): PlainRow => {
    const ts = 1_600_000_000_000_000 + Math.floor(c.next() * 2e14);
    if (c.next() < 0.05) return [ts, null, ...schema.map(() => null)];
    const symbol = c.of(['AAPL', 'BRK.B', 'ÄÖ', '😀', `S${c.below(1000)}`, 'x'.repeat(c.below(200) + 1)]);
    const cells = schema.map((f) => cell(c, f.type, text));
    return [ts, symbol, ...cells.map((x, i) => (i === 0 ? (x ?? 0) : x))];
  });
}
