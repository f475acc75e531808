import { Refusal } from '../core/diagnostic.ts';

/**
 * Subjects as in NATS: tokens parted by `.`, none empty and none with a blank. In a pattern `*` stands for one token and `>`, only at
 * the end, for one or more. Letter case matters.
 */
const RESERVED = /[.*>%\s\u0000-\u0020\u007f]/gu;

/** A text as one token: `BRK.B` is `BRK%2EB`. `decodeToken` takes it back; the empty text is `%`. */
export function encodeToken(text: string): string {
  if (text === '') return '%';
  return text.replace(RESERVED, (c) =>
    [...Buffer.from(c, 'utf8')].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(''));
}

/** The text of a token; a token with a `%` that encodes nothing stands for itself. */
export function decodeToken(token: string): string {
  if (token === '%') return '';
  if (!token.includes('%')) return token;
  try {
    return decodeURIComponent(token);
  } catch {
    return token;
  }
}

const malformed = (subject: string, what: string): Refusal =>
  new Refusal('E711', `subject \`${subject}\` ${what}`, {
    exit: 3, help: ['tokens are parted by `.`, such as md.trades.AAPL; `*` and `>` stand alone, `>` only at the end'],
  });

/** The tokens of a subject or, where wildcards are allowed, of a pattern. */
export function tokensOf(subject: string, wildcards: boolean): string[] {
  if (/[\s\u0000]/.test(subject)) throw malformed(subject, 'holds a blank');
  const tokens = subject.split('.');
  tokens.forEach((token, i) => {
    if (token === '') throw malformed(subject, 'has an empty token');
    if (!wildcards && (token === '*' || token === '>')) throw malformed(subject,
      `has the wildcard \`${token}\`, which only a subscription may have`);
    if (token === '>' && i < tokens.length - 1) throw malformed(subject, 'has `>` before its end');
  });
  return tokens;
}

/** True when a subject fits a pattern. */
export function matches(pattern: string, subject: string): boolean {
  const p = pattern.split('.');
  const s = subject.split('.');
  for (let i = 0; i < p.length; i++) {
    if (p[i] === '>') return s.length > i;
    if (i >= s.length || (p[i] !== '*' && p[i] !== s[i])) return false;
  }
  return p.length === s.length;
}

const HOLE = /\{([A-Za-z_][A-Za-z0-9_]*)\}/g;

/** A subject with holes such as `md.trades.{symbol}`. */
export interface SubjectTemplate {
  /** Names of the holes, in order. */
  readonly holes: readonly string[];
  /** The template as a subscription: every hole is `*`. */
  readonly pattern: string;
  /** The subject with every hole filled, each value one token. */
  fill(valueOf: (hole: string) => string): string;
  /** The values that a subject has in the holes, or null when it does not fit. */
  capture(subject: string): Readonly<Record<string, string>> | null;
}

/** Reads a template. A hole is a whole token (`{symbol}`); `x-{symbol}` is allowed only where the subject is filled, not captured. */
export function parseTemplate(template: string, role: 'source' | 'output'): SubjectTemplate {
  const pattern = template.split('.').map((token) => (token.replace(HOLE, '') === '' && token !== '' ? '*' : token)).join('.');
  const tokens = template.split('.');
  const holes = [...template.matchAll(HOLE)].map((m) => m[1]);
  tokensOf(role === 'source' ? pattern : template.replace(HOLE, 'x'), role === 'source');
  if (role === 'source' && /[{}]/.test(pattern)) throw malformed(template, 'has a hole that is only part of a token');
  const places = tokens.map((token) => /^\{(\w+)\}$/.exec(token)?.[1] ?? null);
  if (role === 'source' && places.filter((p) => p !== null).length !== holes.length) throw malformed(template,
    'has two holes in one token');
  return {
    holes,
    pattern,
    fill: (valueOf) => template.replace(HOLE, (_, hole: string) => encodeToken(valueOf(hole))),
    capture: (subject) => {
      if (!matches(pattern, subject)) return null;
      const found = subject.split('.');
      return Object.fromEntries(places.flatMap((hole, i) => (hole === null ? [] : [[hole, decodeToken(found[i])]])));
    },
  };
}
