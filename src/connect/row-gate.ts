import type { Column, TextColumn } from '../core/frame.ts';
import type { Type } from '../core/types.ts';
import type { ChunkBuffer } from './chunk-buffer.ts';
import { UNKNOWN, allowedWords } from './words.ts';

/** A column as far as its values can be refused. */
export interface GateColumn {
  readonly name: string;
  readonly type: Type;
  readonly required: boolean;
}

/** `key` of a row without a symbol; -1 marks a heartbeat. */
export const NO_SYMBOL = -2;

export interface RowFault {
  readonly code: string;
  readonly message: string;
}

const isWhole = (type: Type): boolean => type === 'i64' || type === 'time';

/** What is wrong with a value, or null: empty where it is needed, infinite, not whole, not one of the words. */
function cellFault({ name, type, required }: GateColumn, x: number | string | null): RowFault | null {
  if (typeof x === 'number') {
    if (x - x === 0) {
      if (!isWhole(type) || Number.isSafeInteger(x)) return null;
      return { code: 'E752', message: `\`${name}\` holds \`${x}\`, which is no whole number` };
    }
    const words = typeof type === 'object' || type === 'bool';
    if (x === UNKNOWN && words) return { code: 'E756', message: `\`${name}\` takes ${allowedWords(type)}` };
    if (x === x) return { code: 'E754', message: `\`${name}\` is infinite` };
  } else if (x !== null) return null;
  return required ? { code: 'E753', message: `\`${name}\` is empty` } : null;
}

/** What is wrong with row `i` of columns that were filled as a whole, or null. */
export function rowFault(rows: ChunkBuffer, i: number, columns: readonly GateColumn[]): RowFault | null {
  const ts = rows.ts[i];
  if (ts !== ts) return { code: 'E753', message: 'the event time is empty' };
  if (!Number.isSafeInteger(ts)) return { code: 'E755', message: `\`${ts}\` is no time` };
  if (rows.key[i] === -1) return null;
  if (rows.key[i] < 0) return { code: 'E753', message: '`symbol` is empty' };
  for (let c = 0; c < columns.length; c++) {
    const fault = cellFault(columns[c], rows.cols[c][i]);
    if (fault !== null) return fault;
  }
  return null;
}

function allGood(col: Column, n: number, { type, required }: GateColumn): boolean {
  if (!(col instanceof Float64Array)) {
    if (required) for (let i = 0; i < n; i++) if (col[i] === null) return false;
    return true;
  }
  if (isWhole(type)) {
    for (let i = 0; i < n; i++) if (!Number.isSafeInteger(col[i]) && (required || col[i] === col[i])) return false;
  } else if (required) {
    for (let i = 0; i < n; i++) if (col[i] - col[i] !== 0) return false;
  } else {
    for (let i = 0; i < n; i++) if (col[i] - col[i] !== 0 && col[i] === col[i]) return false;
  }
  return true;
}

function copyRow(from: ChunkBuffer, i: number, to: ChunkBuffer): void {
  if (from.key[i] === -1) return to.pushEmpty(from.ts[i], -1);
  const n = to.n++;
  to.ts[n] = from.ts[i];
  to.key[n] = from.key[i];
  for (let c = 0; c < to.cols.length; c++) (to.cols[c] as TextColumn)[n] = (from.cols[c] as TextColumn)[i];
}

/** Appends rows that hold what they must to a chunk, all at once where every one does; the others go to `refuse`. */
export function passRows(
  from: ChunkBuffer, to: ChunkBuffer, columns: readonly GateColumn[], refuse: (i: number, fault: RowFault) => void,
): void {
  const { n } = from;
  const start = to.n;
  to.ensure(start + n);
  let good = true;
  for (let i = 0; i < n && good; i++) good = from.key[i] >= 0 && Number.isSafeInteger(from.ts[i]);
  for (let c = 0; c < columns.length && good; c++) good = allGood(from.cols[c], n, columns[c]);
  if (!good) {
    for (let i = 0; i < n; i++) {
      const fault = rowFault(from, i, columns);
      if (fault === null) copyRow(from, i, to);
      else refuse(i, fault);
    }
    return;
  }
  to.ts.set(from.ts.subarray(0, n), start);
  to.key.set(from.key.subarray(0, n), start);
  for (let c = 0; c < columns.length; c++) {
    const col = from.cols[c];
    const into = to.cols[c];
    if (into instanceof Float64Array) into.set((col as Float64Array).subarray(0, n), start);
    else for (let i = 0; i < n; i++) into[start + i] = (col as TextColumn)[i];
  }
  to.n = start + n;
}
