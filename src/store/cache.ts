import { homedir } from 'node:os';
import { join } from 'node:path';

type Environment = Readonly<Record<string, string | undefined>>;

/** Where things that were fetched once are kept between runs and projects: MILLRACE_CACHE, or the user's cache folder. */
export function cacheFolder(env: Environment = process.env): string {
  const { MILLRACE_CACHE: own, XDG_CACHE_HOME: xdg } = env;
  if (own !== undefined && own !== '') return own;
  return join(xdg !== undefined && xdg !== '' ? xdg : join(homedir(), '.cache'), 'millrace');
}

/** The version that runs on every Node from 20.19 on; 13 ends Node 20 with a segmentation fault. */
export const SQLITE_VERSION = '12.11.1';

/** One folder per version and binary interface of Node, so that a change of either never loads the wrong binary. */
export const sqliteFolder = (env: Environment = process.env): string =>
  join(cacheFolder(env), `better-sqlite3-${SQLITE_VERSION}-node${process.versions.modules}`);
