import type { Registry } from '../core/registry.ts';
import { SCHEMAS } from '../core/types.ts';
import { SECTIONS } from './levels.ts';

/**
 * When a name that is read and the only name that is declared differ by a slip, one of the two is wrong. The likelier right one is the
 * word that the file, or the language, has elsewhere: `trades` in a subject, in a comment or in another node.
 */
export class Slips {
  private readonly text: string;
  private readonly names: ReadonlySet<string>;

  constructor(text: string, registry: Registry) {
    this.text = text.toLowerCase();
    this.names = namesOf(registry);
  }

  /** Whether the declaration is the slip, and not what reads it. */
  inDeclaration(read: string, declared: string): boolean {
    const [a, b] = [read.toLowerCase(), declared.toLowerCase()];
    // The file's own words are small: of `upper` and `Upper` the second is the slip.
    if (a === b) return declared !== b && read === a;
    // A word with a letter too few stands in every mention of the whole one.
    const inside = a.includes(b) ? this.mentions(a) : b.includes(a) ? -this.mentions(b) : 0;
    return this.weight(read) + inside > this.weight(declared);
  }

  private weight(word: string): number {
    const { names } = this;
    return this.mentions(word.toLowerCase()) + (names.has(word) ? 2 : 0) + (begins(word, names) ? 1 : 0);
  }

  /** How often the file has the word, also inside others: `daily` of `data/daily/*.csv`, `Trades` of a comment. */
  private mentions(word: string): number {
    let n = 0;
    for (let i = this.text.indexOf(word); i >= 0 && n < 100; i = this.text.indexOf(word, i + 1)) n += 1;
    return n;
  }
}

/** `ranked` begins with the operator `rank`, `bars5` with `bars`. */
function begins(word: string, names: ReadonlySet<string>): boolean {
  for (const name of names) if (name.length > 3 && word.startsWith(name)) return true;
  return false;
}

function namesOf({ operators, kernels, sources, outputs }: Registry): ReadonlySet<string> {
  const schemas = Object.entries(SCHEMAS).flatMap(([name, fields]) => [name, `${name}s`, ...fields.map((f) => f.name)]);
  return new Set([...operators.keys(), ...kernels.keys(), ...sources.keys(), ...outputs.keys(), ...SECTIONS, ...schemas]);
}
