import { parseDuration, parseTime } from './time.ts';

/** Where the reading of a stream begins when nothing was read of it before. */
export type ReplayFrom =
  | { readonly kind: 'all' | 'new' }
  /** The last so many microseconds before the run began. */
  | { readonly kind: 'last'; readonly micros: number }
  /** From a time on, microseconds since 1970. */
  | { readonly kind: 'since'; readonly time: number };

export const REPLAY_FORMS = '`all`, `new`, `last_2h` or a time such as `2024-01-02T09:30:00Z`';

/** Reads the setting `replay`; null when it is none of its forms. */
export function parseReplay(text: string): ReplayFrom | null {
  if (text === 'all' || text === 'new') return { kind: text };
  const last = /^last_(.+)$/.exec(text);
  if (last === null) {
    const time = parseTime(text);
    return time === null ? null : { kind: 'since', time };
  }
  const micros = parseDuration(last[1]);
  return micros === null || micros === 0 ? null : { kind: 'last', micros };
}
