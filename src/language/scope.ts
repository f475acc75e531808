import type { Registry } from '../core/registry.ts';
import type { ParamDecl } from './document.ts';
import type { Report } from './report.ts';
import type { Env } from './scalar.ts';

/** What the readers of one file share. */
export interface Scope {
  readonly file: string;
  readonly text: string;
  readonly base: string;
  readonly registry: Registry;
  readonly env: Env;
  readonly report: Report;
  readonly params: ReadonlyMap<string, ParamDecl>;
  readonly readFile: (path: string) => string | null;
}

export const isAbsolute = (path: string): boolean => path.startsWith('/') || /^[A-Za-z]:[\\/]/.test(path);

/** A path of the file, seen from the folder that relative paths start from. */
export function resolvePath(base: string, path: string): string {
  if (isAbsolute(path) || base === '' || base === '.') return path;
  return `${base.replace(/\/+$/, '')}/${path.replace(/^(\.\/)+/, '')}`;
}
