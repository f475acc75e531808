import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';

/** Whether this program runs from its TypeScript sources, so that what is beside this file ends in `.ts` as well. */
const TYPESCRIPT = import.meta.url.endsWith('.ts');

/**
 * Starts a thread with the program at `url`. Where it is TypeScript that this Node does not run by itself, tsx is registered in the thread
 * first: a thread does not take it over from the process (`execArgv` is empty, as flags of the process are not meant for it).
 */
export function startThread(url: URL, workerData: unknown): Worker {
  const runs = !url.href.endsWith('.ts') || (process.features as { typescript?: unknown }).typescript !== undefined;
  if (runs) return new Worker(url, { workerData, execArgv: [] });
  const tsx = createRequire(import.meta.url).resolve('tsx/package.json');
  const api = new URL('./dist/esm/api/index.mjs', pathToFileURL(tsx)).href;
  const code = `import(${JSON.stringify(api)}).then((tsx) => { tsx.register(); return import(${JSON.stringify(url.href)}); })`;
  return new Worker(code, { eval: true, workerData, execArgv: [] });
}

/** A program stored beside this one, by its name without ending: `.ts` among sources, `.js` in what was built. */
export const beside = (name: string): URL => new URL(`./${name}.${TYPESCRIPT ? 'ts' : 'js'}`, import.meta.url);
