const POW10 = Array.from({ length: 23 }, (_, i) => Number(`1e${i}`));
/** Splits a double into two halves whose products are exact (Veltkamp, Dekker 1971). */
const SPLIT = 134_217_729;
/** Digits of a first part that a double holds exactly, and of all that are read here. */
const FIRST = 15;
const MOST = 19;
const WIDTH = 2 ** -45;

/** What a product lost to rounding, exactly. */
function lost(a: number, b: number, product: number): number {
  const ca = SPLIT * a;
  const ah = ca - (ca - a);
  const al = a - ah;
  const cb = SPLIT * b;
  const bh = cb - (cb - b);
  const bl = b - bh;
  return ((ah * bh - product) + ah * bl + al * bh) + al * bl;
}

/**
 * The double nearest to 16 to 19 digits with a point among them, as a computer writes doubles: `0.30000000000000004`. Mantissa and quotient
 * are carried as two doubles each; where the nearest is not beyond doubt, and for other texts, NaN: then the engine's parser has to decide.
 */
export function longDecimal(b: Uint8Array, from: number, to: number): number {
  let i = from;
  while (i < to && (b[i] === 48 || b[i] === 46)) i++;
  let first = 0;
  let second = 0;
  let digits = 0;
  for (; i < to; i++) {
    const c = b[i];
    if (c === 46) continue;
    if (digits < FIRST) first = first * 10 + c - 48;
    else second = second * 10 + c - 48;
    digits++;
  }
  let dot = from;
  while (dot < to && b[dot] !== 46) dot++;
  const scale = dot === to ? 0 : to - dot - 1;
  if (digits > MOST || scale > 22) return NaN;
  const lift = POW10[Math.max(0, digits - FIRST)];
  const p = first * lift;
  const low = lost(first, lift, p) + second;
  const mantissa = p + low;
  const rest = low - (mantissa - p);
  const power = POW10[scale];
  const q = mantissa / power;
  const back = q * power;
  const correction = ((mantissa - back) - lost(q, power, back) + rest) / power;
  const doubt = Math.abs(correction) * WIDTH;
  const above = q + (correction + doubt);
  return above === q + (correction - doubt) ? above : NaN;
}
