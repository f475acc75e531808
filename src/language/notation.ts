import { Random } from '../core/random.ts';
import { parseNumber } from './literal.ts';

export type Cell = number | string | boolean | null;

export interface Series {
  readonly cells: readonly Cell[];
  /** Written as one value without a count: it is that in every row. */
  readonly constant: boolean;
}

/** Values that the tests of one file may be given: a few characters such as `1x1000000` make a great many. */
export const MOST_CELLS = 1_000_000;

/** What is left of them; counts down over a file. */
export interface Room {
  cells: number;
}

const ITEM = /^(-?\.?\d[\d_.]*(?:[eE][+-]?\d+)?)([+~-])(\d[\d_.]*(?:[eE][+-]?\d+)?)x(\d+)$/;

/** What is wrong with an item of a column, with its place in the text. */
export interface NotationFault {
  readonly at: number;
  readonly length: number;
  readonly message: string;
  readonly label: string;
}

/**
 * A column of test rows: `VxN` is N rows of V, `V+SxN` and `V-SxN` are N rows from V in steps, `V~SxN` a random walk from V with normal
 * steps of size S, `_` a missing value. Counts are exact. A walk that starts above zero is reflected at zero, as prices and volumes are.
 */
export function readSeries(text: string, seed: number, room: Room = { cells: MOST_CELLS }): Series | NotationFault {
  const cells: Cell[] = [];
  const random = new Random(seed);
  const items = [...text.matchAll(/\S+/g)];
  for (const m of items) {
    const fault = addItem(cells, m[0], random, room.cells);
    if (fault !== null) return { at: m.index, length: m[0].length, ...fault };
  }
  const constant = items.length === 1 && cells.length === 1 && !/x\d+$/.test(items[0][0]);
  return { cells, constant };
}

function addItem(cells: Cell[], item: string, random: Random, most: number): { message: string; label: string } | null {
  const walk = ITEM.exec(item);
  if (walk !== null) {
    const [, first, op, by, count] = walk;
    const v = parseNumber(first);
    const s = parseNumber(by);
    const n = Number(count);
    if (v === null || s === null) return notAnItem(item);
    if (cells.length + n > most) return tooMany();
    let x = v;
    for (let i = 0; i < n; i++) {
      cells.push(x);
      if (op !== '~') x = v + (op === '+' ? 1 : -1) * (i + 1) * s;
      else x = v > 0 ? Math.abs(x + s * random.normal()) : x + s * random.normal();
    }
    return null;
  }
  const repeated = /^(.*\S)x(\d+)$/.exec(item);
  const value = repeated === null ? item : repeated[1];
  const n = repeated === null ? 1 : Number(repeated[2]);
  if (/^-?[\d.].*[+~x]/.test(value) && parseNumber(value) === null) return notAnItem(item);
  if (cells.length + n > most) return tooMany();
  const cell = cellOf(value);
  for (let i = 0; i < n; i++) cells.push(cell);
  return null;
}

const notAnItem = (item: string): { message: string; label: string } => ({
  message: `\`${item.slice(0, 40)}\` is not a series of rows`, label: /x$|[+~]\d+$/.test(item) ? 'how many rows? add x and a count'
    : 'not of the form VxN',
});

const tooMany = (): { message: string; label: string } => ({
  message: `the tests of one file may be given ${MOST_CELLS} values in all`, label: 'too many rows',
});

/** A written value: a number, true or false, missing, or a word. */
export function cellOf(text: string): Cell {
  if (text === '_' || text === 'null' || text === '~' || text === '') return null;
  if (text === 'true' || text === 'false') return text === 'true';
  return parseNumber(text) ?? text;
}
