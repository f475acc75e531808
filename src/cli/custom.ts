import { readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Refusal } from '../core/diagnostic.ts';
import type { Kernel } from '../core/kernel.ts';
import type { Operator } from '../core/operator.ts';
import { sourceText } from './custom-source.ts';

/** A kernel or operator found in a user's file. */
export interface Found {
  readonly file: string;
  /** Source text of the file and of what it imports from beside it. */
  readonly text: string;
  readonly value: Kernel | Operator;
}

const SCRIPT = /\.(ts|mts|js|mjs)$/;
const SKIPPED = /\.(test|spec|d)\.[cm]?[jt]s$/;

function scriptsBelow(path: string): string[] {
  let stat;
  try {
    stat = statSync(path);
  } catch (cause) {
    throw new Refusal('E805', `no file or folder \`${path}\` with operators`,
      { exit: 2, cause, help: ['--operators takes a folder of .ts or .js files, or one such file'] });
  }
  if (stat.isFile()) return [path];
  return readdirSync(path, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1)).flatMap((e) => {
    if (e.name === 'node_modules' || e.name.startsWith('.')) return [];
    const full = join(path, e.name);
    if (e.isDirectory()) return scriptsBelow(full);
    return SCRIPT.test(e.name) && !SKIPPED.test(e.name) ? [full] : [];
  });
}

type Load = (url: string) => Promise<Record<string, unknown>>;

/** Node from 22.18 on runs TypeScript by itself; before that `tsx` does, where it is installed. */
async function typescriptLoader(): Promise<Load> {
  if ((process.features as { typescript?: unknown }).typescript) return (url) => import(url) as Promise<Record<string, unknown>>;
  try {
    const { tsImport } = await import('tsx/esm/api');
    return (url) => tsImport(url, import.meta.url) as Promise<Record<string, unknown>>;
  } catch (cause) {
    throw new Refusal('E806', `Node ${process.versions.node} does not run TypeScript by itself, and \`tsx\` is not installed`, {
      exit: 6, cause, help: ['npm install tsx', 'or use Node 22.18 or later', 'or write the operators as .js files'],
    });
  }
}

const isOwn = (value: unknown): value is Kernel | Operator => {
  if (typeof value !== 'object' || value === null) return false;
  const { kind, name } = value as { kind?: unknown; name?: unknown };
  return (kind === 'kernel' || kind === 'operator') && typeof name === 'string';
};

/** Loads every kernel and operator that the files below `paths` export. */
export async function loadCustom(paths: readonly string[], cwd: string): Promise<readonly Found[]> {
  const found: Found[] = [];
  for (const file of paths.flatMap((p) => scriptsBelow(resolve(cwd, p)))) {
    const load: Load = /\.m?ts$/.test(file) ? await typescriptLoader() : (url) => import(url) as Promise<Record<string, unknown>>;
    let module: Record<string, unknown>;
    try {
      module = await load(pathToFileURL(file).href);
    } catch (cause) {
      const text = cause instanceof Error ? cause.message : String(cause);
      const help = text.includes("'millrace/operator'")
        ? ['operators import from `millrace/operator`, which Node looks for from their own folder upwards',
          'npm install millrace there, or start from `millrace init`, whose package.json has it'] : ['-v shows the stack trace'];
      throw new Refusal('E807', `${file} cannot be loaded: ${text.split('\n')[0]}`, { exit: 3, cause, help });
    }
    const text = sourceText(file);
    for (const value of new Set(Object.values(module))) if (isOwn(value)) found.push({ file, text, value });
  }
  if (found.length === 0 && paths.length > 0) {
    throw new Refusal('E805', `no operators in ${paths.join(', ')}`, {
      exit: 3, help: ['a file exports what `kernel({...})`, `row({...})` or `timed({...})` made: export const mine = kernel({ ... })'],
    });
  }
  return found;
}
