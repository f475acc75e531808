import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { ROOT } from './shipped.ts';

/** A fenced block of a page: ```` ```yaml file=dips.yaml ````. */
export interface Block {
  readonly language: string;
  /** Words behind the language, such as `aggregate`. */
  readonly words: readonly string[];
  /** The file that the reader is told to write. */
  readonly file: string | null;
  readonly text: string;
  readonly line: number;
}

export interface Page {
  readonly name: string;
  readonly blocks: readonly Block[];
  /** Files that the page links to, relative to itself. */
  readonly links: readonly string[];
}

function blocksOf(text: string): Block[] {
  const blocks: Block[] = [];
  const lines = text.split('\n');
  for (let i = 0; i < lines.length; i++) {
    const opening = /^```(\w+)?(.*)$/.exec(lines[i]);
    if (opening === null) continue;
    const end = lines.indexOf('```', i + 1);
    if (end < 0) throw new TypeError(`a block that begins in line ${i + 1} has no end`);
    const words = (opening[2] ?? '').trim().split(/\s+/).filter((w) => w !== '');
    const file = words.find((w) => w.startsWith('file='))?.slice('file='.length) ?? null;
    const body = `${lines.slice(i + 1, end).join('\n')}\n`;
    blocks.push({ language: opening[1] ?? '', words: words.filter((w) => !w.includes('=')), file, text: body, line: i + 1 });
    i = end;
  }
  return blocks;
}

function markdownBelow(folder: string): string[] {
  return readdirSync(folder).sort().flatMap((name) => {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) return markdownBelow(path);
    return name.endsWith('.md') ? [path] : [];
  });
}

const linksOf = (text: string): string[] => [...text.matchAll(/\]\(([^)#\s]+)[^)]*\)/g)].map((m) => m[1]).filter((l) => !/^\w+:/.test(l));

/** README and every page of docs/, the generated reference included. */
export const pages = (): Page[] => [join(ROOT, 'README.md'), ...markdownBelow(join(ROOT, 'docs'))]
  .map((path) => {
    const text = readFileSync(path, 'utf8');
    return { name: relative(ROOT, path), blocks: blocksOf(text), links: linksOf(text.replace(/^```[\s\S]*?^```$/gm, '')) };
  });
