import type { Column } from '../core/frame.ts';
import type { TimeRenderer } from '../core/time.ts';
import type { Type } from '../core/types.ts';

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
