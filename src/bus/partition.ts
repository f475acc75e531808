import { encodeToken } from './subject.ts';

/** Bytes of `md.trades.<partition>.<symbol>`: symbols are ASCII mostly, and then no bytes are made of them. */
function fnv1a(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c > 127) return fnv1aBytes(Buffer.from(text, 'utf8'));
    h = Math.imul(h ^ c, 0x01000193);
  }
  return h >>> 0;
}

function fnv1aBytes(bytes: Uint8Array): number {
  let h = 0x811c9dc5;
  for (const byte of bytes) h = Math.imul(h ^ byte, 0x01000193);
  return h >>> 0;
}

/**
 * The partition of a symbol among `n`: FNV-1a of its token, as `{{partition(n,1)}}` of a server's mapping makes it, so that publishers and
 * servers agree. A partition never moves while `n` stays.
 */
export const partitionOf = (symbol: string, n: number): number => fnv1a(encodeToken(symbol)) % n;
