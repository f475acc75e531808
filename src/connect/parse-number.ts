/** Powers of ten that a double holds exactly. */
const POW10 = Array.from({ length: 23 }, (_, i) => Number(`1e${i}`));
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;

/**
 * The double nearest to a decimal text, or NaN when it is no number (also for the words NaN and Infinity). Up to 15 digits, which is
 * nearly every price, mantissa and power of ten are exact, so that one division rounds once; longer ones go through the engine's parser.
 */
export function parseNumber(b: Uint8Array, from: number, to: number): number {
  let i = from;
  let c = b[i];
  const negative = c === 45;
  if (negative || c === 43) i++;
  let mantissa = 0;
  let digits = 0;
  let scale = 0;
  let seen = 0;
  for (; i < to; i++) {
    c = b[i];
    if (c < 48 || c > 57) break;
    mantissa = mantissa * 10 + c - 48;
    if (mantissa !== 0) digits++;
    seen++;
  }
  if (i < to && c === 46) {
    for (i++; i < to; i++) {
      c = b[i];
      if (c < 48 || c > 57) break;
      mantissa = mantissa * 10 + c - 48;
      if (mantissa !== 0) digits++;
      scale++;
    }
  }
  if (i === to && digits <= 15 && scale <= 22 && seen + scale > 0) {
    const x = scale === 0 ? mantissa : mantissa / POW10[scale];
    return negative ? -x : x;
  }
  return parseSlow(b, from, to);
}

function parseSlow(b: Uint8Array, from: number, to: number): number {
  const text = Buffer.from(b.buffer, b.byteOffset + from, to - from).toString('latin1').trim();
  if (!NUMBER.test(text)) return NaN;
  const x = Number(text);
  return Number.isFinite(x) ? x : NaN;
}
