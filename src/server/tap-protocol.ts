import type { Schema } from '../core/types.ts';

/**
 * A live tap over a bus that has publish and subscribe alone. The client subscribes to a subject of its own, `engine.tap.out.<random>`,
 * and publishes `open` with it to `engine.tap.<instance>`; the engine answers there: `opened` or `refused`, then `rows`, then `ended`. The
 * client says `keep` every other second; an engine that hears nothing for three of them stops.
 */
export const tapSubject = (instance: string): string => `engine.tap.${instance}`;
export const TAP_OUT = 'engine.tap.out.';
export const KEEP_EVERY_MS = 2_000;
export const KEPT_FOR_MS = 3 * KEEP_EVERY_MS;

/** What one tap may ask for, so that looking at an engine never slows it. */
export const TAP_BOUNDS = Object.freeze({ taps: 8, nodes: 32, globs: 16, rowsPerSecond: 1_000, forMs: 3_600_000, text: 512 });

export interface TapOpen {
  readonly op: 'open';
  readonly reply: string;
  /** Node ids, with `*` for any letters. */
  readonly nodes: readonly string[];
  readonly where: string | null;
  readonly symbol: string | null;
  /** Rows of each node in a second. */
  readonly limit: number;
  readonly for_ms: number;
}

export type TapRequest = TapOpen | { readonly op: 'keep' | 'close'; readonly reply: string };

export interface TapNode {
  readonly id: string;
  readonly schema: Schema;
}

/** Rows of one node as columns, as they are stored: enums by number, times in microseconds, null for what is not there. */
export interface TapRows {
  readonly op: 'rows';
  readonly node: string;
  readonly seq: readonly number[];
  readonly ts: readonly number[];
  readonly symbol: readonly string[];
  readonly cols: readonly (readonly (number | string | null)[])[];
  /** Wanted rows left out since the message before, because of the limit. */
  readonly dropped: number;
  /** Rows that nobody has looked at since then: a symbol or a condition may have wanted them. */
  readonly unseen: number;
}

export type TapAnswer =
  | { readonly op: 'opened'; readonly instance: string; readonly nodes: readonly TapNode[]; readonly limit: number }
  | { readonly op: 'refused'; readonly instance: string; readonly code: string; readonly message: string; readonly help: readonly string[] }
  | TapRows
  | { readonly op: 'ended'; readonly instance: string; readonly why: string; readonly rows: number;
    readonly dropped: number; readonly unseen: number };

/** Only subjects below `engine.tap.out.` are ever answered on, or a request could have the engine publish anywhere. */
const REPLY = /^engine\.tap\.out\.[A-Za-z0-9_-]{8,64}$/;

const text = (x: unknown): x is string => typeof x === 'string' && x.length > 0 && x.length <= TAP_BOUNDS.text;

/** A request, or what is wrong with it; null where there is nobody to tell. */
export function readRequest(value: Readonly<Record<string, unknown>> | null):
  { readonly request: TapRequest } | { readonly reply: string; readonly fault: string } | null {
  const { op, reply } = value ?? {};
  if (typeof reply !== 'string' || !REPLY.test(reply)) return null;
  if (op === 'keep' || op === 'close') return { request: { op, reply } };
  if (op !== 'open') return null;
  const { nodes, where = null, symbol = null, limit = 10, for_ms: forMs = TAP_BOUNDS.forMs } = value as Record<string, unknown>;
  const wrong = (fault: string): { reply: string; fault: string } => ({ reply, fault });
  if (!Array.isArray(nodes) || nodes.length === 0 || nodes.length > TAP_BOUNDS.globs || !nodes.every(text)) {
    return wrong(`nodes are 1 to ${TAP_BOUNDS.globs} names`);
  }
  if (where !== null && !text(where)) return wrong(`the condition is a text of at most ${TAP_BOUNDS.text} characters`);
  if (symbol !== null && !text(symbol)) return wrong('the symbol is a text');
  if (typeof limit !== 'number' || !(limit > 0 && limit <= TAP_BOUNDS.rowsPerSecond)) {
    return wrong(`the limit is above 0 and at most ${TAP_BOUNDS.rowsPerSecond} rows a second`);
  }
  if (typeof forMs !== 'number' || !(forMs > 0 && forMs <= TAP_BOUNDS.forMs)) return wrong('a tap lasts an hour at most');
  return { request: { op, reply, nodes: nodes as string[], where, symbol, limit, for_ms: forMs } };
}
