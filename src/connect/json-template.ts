import type { Type } from '../core/types.ts';
import type { RecordShape } from './record-shape.ts';
import type { TimeParser } from './time-parser.ts';

/** What a value is for. */
export const ROLE = Object.freeze({ none: 0, time: 1, symbol: 2, number: 3, whole: 4, when: 5, word: 6, text: 7 });

export interface Slot {
  readonly role: number;
  readonly column: number;
  readonly type: Type;
  readonly required: boolean;
  readonly inverted: boolean;
  readonly time: TimeParser | null;
}

/** The bytes between the values of an object, and what each value is for. */
export interface JsonTemplate {
  readonly literals: Uint8Array;
  /** Where in `literals` the bytes before each value end; the rest follows the last value. */
  readonly ends: Int32Array;
  readonly slots: readonly Slot[];
  /** Columns that no value fills. */
  readonly absent: readonly number[];
  /** True where a value names the symbol. */
  readonly named: boolean;
}

export function sameTemplate(a: JsonTemplate, b: JsonTemplate): boolean {
  if (a.literals.length !== b.literals.length || a.ends.length !== b.ends.length) return false;
  return a.literals.every((x, i) => x === b.literals[i]) && a.ends.every((x, i) => x === b.ends[i]);
}

const NONE: Slot = { role: ROLE.none, column: -1, type: 'f64', required: false, inverted: false, time: null };

const roleOf = (type: Type): number =>
  type === 'f64' ? ROLE.number : type === 'i64' ? ROLE.whole : type === 'time' ? ROLE.when : type === 'text' ? ROLE.text : ROLE.word;

/** Roles of the keys of a shape, or null where one key serves twice. */
function slotsOf(shape: RecordShape): Map<string, Slot> | null {
  const slots = new Map<string, Slot>();
  slots.set(shape.times[0].from, { ...NONE, role: ROLE.time, time: shape.times[0].parser });
  if (shape.symbol !== null) {
    if (slots.has(shape.symbol)) return null;
    slots.set(shape.symbol, { ...NONE, role: ROLE.symbol });
  }
  for (const [column, field] of shape.fields.entries()) {
    if (field.from === null) continue;
    if (slots.has(field.from)) return null;
    const { type, required, inverted } = field.column;
    slots.set(field.from, { role: roleOf(type), column, type, required, inverted, time: field.time });
  }
  return slots;
}

/** Where the values of a flat object are, and its keys; null for an object that is not flat or whose keys have escapes. */
function walk(b: Uint8Array, at: number, end: number): { keys: string[]; values: [from: number, to: number][]; stop: number } | null {
  const keys: string[] = [];
  const values: [number, number][] = [];
  let i = at;
  const blanks = (): void => {
    while (i < end && (b[i] === 32 || b[i] === 9 || b[i] === 10 || b[i] === 13)) i++;
  };
  const quoted = (): boolean => {
    if (b[i] !== 34) return false;
    for (i++; i < end && b[i] !== 34; i++) if (b[i] === 92) return false;
    i++;
    return i <= end;
  };
  if (b[i++] !== 123) return null;
  for (;;) {
    blanks();
    const key = i;
    if (!quoted()) return null;
    keys.push(Buffer.from(b.buffer, b.byteOffset + key + 1, i - key - 2).toString('utf8'));
    blanks();
    if (b[i++] !== 58) return null;
    blanks();
    const from = i;
    if (b[i] === 34) {
      if (!quoted()) return null;
    } else {
      while (i < end && b[i] !== 44 && b[i] !== 125 && b[i] > 32) if (b[i] === 123 || b[i] === 91 || b[i++] === 34) return null;
    }
    values.push([from, i]);
    blanks();
    if (b[i] === 125) return { keys, values, stop: i + 1 };
    if (i >= end || b[i++] !== 44) return null;
  }
}

/** The template of an object that was read as one of a shape; null where it cannot be scanned. */
export function templateOf(b: Uint8Array, at: number, end: number, shape: RecordShape): JsonTemplate | null {
  const walked = walk(b, at, end);
  const slots = slotsOf(shape);
  // Keys that repeat, or that look like numbers, come in another order from JSON.parse.
  if (walked === null || slots === null || walked.keys.length !== shape.names.length) return null;
  if (walked.keys.some((key, i) => key !== shape.names[i])) return null;
  const literals: number[] = [];
  const ends: number[] = [];
  let from = at;
  for (const [start, stop] of walked.values) {
    for (; from < start; from++) literals.push(b[from]);
    ends.push(literals.length);
    from = stop;
  }
  for (; from < walked.stop; from++) literals.push(b[from]);
  const filled = new Set([...slots.values()].map((s) => s.column));
  return {
    literals: Uint8Array.from(literals), ends: Int32Array.from(ends), slots: walked.keys.map((key) => slots.get(key) ?? NONE),
    absent: shape.fields.flatMap((_, c) => (filled.has(c) ? [] : [c])), named: shape.symbol !== null,
  };
}
