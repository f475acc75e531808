import type { Column } from '../core/frame.ts';
import { formatTime } from '../core/time.ts';
import type { Type } from '../core/types.ts';

const DAY = 86_400_000_000;
const pad = (x: number, n: number): string => String(x).padStart(n, '0');

/** ISO-8601 in UTC as `formatTime` writes it, several times faster for rows that follow one another. */
export class TimeRenderer {
  private day = NaN;
  private date = '';

  render(micros: number): string {
    const day = Math.floor(micros / DAY);
    if (day !== this.day) {
      const text = formatTime(day * DAY);
      if (!text.endsWith('T00:00:00Z')) return text;
      this.day = day;
      this.date = text.slice(0, -9);
    }
    const rest = micros - day * DAY;
    const second = Math.floor(rest / 1_000_000);
    const sub = rest - second * 1_000_000;
    const clock = `${this.date}${pad(Math.floor(second / 3600), 2)}:${pad(Math.floor(second / 60) % 60, 2)}:${pad(second % 60, 2)}`;
    if (sub === 0) return `${clock}Z`;
    return sub % 1000 === 0 ? `${clock}.${pad(sub / 1000, 3)}Z` : `${clock}.${pad(sub, 6)}Z`;
  }
}

/** The text of a cell, or null: shortest number that reads back as the same double, words by name, times in ISO-8601. */
export function renderCell(col: Column, i: number, type: Type, times: TimeRenderer): string | null {
  const value = col[i];
  if (value === null || typeof value === 'string') return value;
  if (value - value !== 0) return null;
  if (typeof type === 'object') return type.values[value] ?? null;
  if (type === 'bool') return value === 1 ? 'true' : 'false';
  return type === 'time' ? times.render(value) : String(value);
}

/** True for a cell that JSON writes without quotes. */
export const isBare = (type: Type): boolean => type === 'f64' || type === 'i64' || type === 'bool' || type === 'duration';
