import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

const RELATIVE = /(?:\bfrom\s*|\bimport\s*\(?\s*)(['"])(\.{1,2}\/[^'"\n]+)\1/g;

/** TypeScript is imported by its own name, or by that of the script it becomes. */
const spellings = (path: string): readonly string[] => [path, path.replace(/\.(m?)js$/, '.$1ts')];

function read(path: string): readonly [path: string, text: string] | null {
  for (const spelling of spellings(path)) {
    try {
      return [spelling, readFileSync(spelling, 'utf8')];
    } catch {
      // Not there by this name.
    }
  }
  return null;
}

/** The text of a script and of all that it imports by a relative path, each once: when any of it changes, what it makes may. */
export function sourceText(file: string): string {
  const seen = new Map<string, string>();
  const visit = (path: string): void => {
    const found = read(path);
    if (found === null || seen.has(found[0])) return;
    seen.set(...found);
    for (const m of found[1].matchAll(RELATIVE)) visit(resolve(dirname(found[0]), m[2]));
  };
  visit(file);
  return [...seen.values()].join('\n');
}
