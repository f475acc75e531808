import type { Diagnostic } from '../core/diagnostic.ts';
import type { Registry } from '../core/registry.ts';
import type { Document } from './document.ts';
import type { Span } from './formula/ast.ts';
import { Slips } from './slips.ts';
import { suggest } from './suggest.ts';

/**
 * Unknown columns (E305) whose slip is in the formula that declares the column: `uppre: max(...)` makes every `upper` below it unknown.
 * Such a group is one fault, said at the declaration. Everything else is given back as it was.
 */
export function atDeclarations(doc: Document, found: readonly Diagnostic[], registry: Registry): readonly Diagnostic[] {
  const unknown = new Set(found.flatMap((d) => readName(d, doc.text) ?? []));
  if (unknown.size === 0) return found;
  const idle = idleColumns(doc);
  if (idle.size === 0) return found;
  const slips = new Slips(doc.text, registry);
  const said = new Map<string, Diagnostic>();
  for (const name of unknown) {
    const near = suggest(name, idle.keys());
    const at = near === null ? undefined : idle.get(near);
    if (near === null || at === undefined || !slips.inDeclaration(name, near)) continue;
    idle.delete(near);
    said.set(name, {
      code: 'E305', severity: 'error', start: at.start, end: at.end, label: `did you mean \`${name}\`?`, suggestion: name,
      message: `nothing reads the column \`${near}\`, but \`${name}\` is read and does not exist`,
    });
  }
  if (said.size === 0) return found;
  const rest = found.filter((d) => !said.has(readName(d, doc.text) ?? ''));
  return [...rest, ...said.values()].sort((a, b) => a.start - b.start);
}

/** The column that an E305 misses. */
function readName(d: Diagnostic, text: string): string | null {
  if (d.code !== 'E305') return null;
  const written = text.slice(d.start, d.end).split('.').at(-1) ?? '';
  return /^[A-Za-z_]\w*$/.test(written) ? written : (/(?:unknown column|no column) `(\w+)`/.exec(d.message)?.[1] ?? null);
}

/** Columns declared by formulas that the file names nowhere else. */
function idleColumns(doc: Document): Map<string, Span> {
  const counts = new Map<string, number>();
  for (const [word] of doc.text.matchAll(/[A-Za-z_]\w*/g)) counts.set(word, (counts.get(word) ?? 0) + 1);
  const idle = new Map<string, Span>();
  for (const node of doc.nodes) {
    for (const arg of Object.values(node.args)) {
      for (const f of arg.formulas ?? []) if (counts.get(f.name) === 1) idle.set(f.name, f.nameSpan);
    }
  }
  return idle;
}
