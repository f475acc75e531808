import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { usage } from './fail.ts';

export type FileKind = 'pipeline' | 'test' | 'template' | 'other';

/** A file to look at, or a block of a Markdown file. */
export interface Target {
  /** As the user would write it. */
  readonly file: string;
  readonly full: string;
  readonly kind: FileKind;
  /** The whole file; for a block of Markdown everything around it is blanked, so that lines stay what they are. */
  readonly text: string;
}

const YAML = /\.ya?ml$/i;
const TEST = /\.test\.ya?ml$/i;
const MARKDOWN = /\.(md|markdown)$/i;
const SKIPPED = new Set(['node_modules', 'dist', 'coverage']);

export function kindOf(name: string, text: string): FileKind {
  if (TEST.test(name)) return 'test';
  if (/^(pipeline|apiVersion)\s*:/m.test(text)) return 'pipeline';
  return /^template\s*:/m.test(text) ? 'template' : 'other';
}

/** Fenced YAML blocks, each as the file with all else blanked. */
export function yamlBlocks(markdown: string): string[] {
  const lines = markdown.split('\n');
  const blocks: string[] = [];
  let begin = -1;
  lines.forEach((line, i) => {
    if (begin < 0 && /^```ya?ml\s*$/.test(line)) begin = i + 1;
    else if (begin >= 0 && /^```\s*$/.test(line)) {
      blocks.push([...new Array<string>(begin).fill(''), ...lines.slice(begin, i)].join('\n'));
      begin = -1;
    }
  });
  return blocks;
}

function below(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1)).flatMap((e) => {
    if (e.name.startsWith('.') || SKIPPED.has(e.name)) return [];
    const full = join(folder, e.name);
    if (e.isDirectory()) return below(full);
    return YAML.test(e.name) || MARKDOWN.test(e.name) ? [full] : [];
  });
}

/** The files that a pattern with `*` and `**` names. */
function matching(pattern: string, cwd: string): string[] {
  const fixed = pattern.split('/').findIndex((part) => /[*?]/.test(part));
  const root = resolve(cwd, pattern.split('/').slice(0, fixed).join('/') || (pattern.startsWith('/') ? '/' : '.'));
  if (!existsSync(root)) return [];
  const source = pattern.split('/').slice(fixed).join('/').replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*\*\//g, '\u0000').replace(/\*/g, '[^/]*').replace(/\?/g, '[^/]').replaceAll('\u0000', '(?:.*/)?');
  const wanted = new RegExp(`^${source}$`);
  return below(root).filter((f) => wanted.test(relative(root, f)));
}

/** What the operands of `validate` and `test` name: files, folders (`dir` or `dir/...`) and patterns. */
export function targetsOf(given: readonly string[], cwd: string): Target[] {
  const seen = new Set<string>();
  const found: Target[] = [];
  for (const path of given) {
    const folder = path.replace(/\/?\.\.\.$/, '') || '.';
    const full = resolve(cwd, folder);
    const many = path.endsWith('...') || (existsSync(full) && statSync(full).isDirectory());
    const files = many && existsSync(full) ? below(full) : /[*?]/.test(path) && !existsSync(full) ? matching(path, cwd) : [full];
    if (files.length === 0 || !existsSync(files[0])) throw usage(`no file matches \`${path}\``);
    for (const file of files) {
      if (seen.has(file)) continue;
      seen.add(file);
      found.push(...targetsIn(file, shown(file, path, cwd), !many && !/[*?]/.test(path)));
    }
  }
  return found;
}

const shown = (file: string, given: string, cwd: string): string => (given.startsWith('/') ? file : relative(cwd, file) || file);

/** A file that was named itself is taken for a pipeline, whatever it holds: its faults say what it lacks. */
function targetsIn(full: string, file: string, named: boolean): Target[] {
  const text = readFileSync(full, 'utf8');
  if (!MARKDOWN.test(full)) {
    const kind = kindOf(full, text);
    return kind === 'other' && !named ? [] : [{ file, full, text, kind: kind === 'other' ? 'pipeline' : kind }];
  }
  return yamlBlocks(text).filter((block) => kindOf('', block) === 'pipeline').map((block) =>
    ({ file, full, text: block, kind: 'pipeline' }));
}
