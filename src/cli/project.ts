import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Refusal } from '../core/diagnostic.ts';
import { renderDiagnostic } from '../language/frame.ts';
import { Report } from '../language/report.ts';
import { readYaml } from '../language/yaml.ts';
import { EXIT } from './verb.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** `millrace.yaml`: what the pipelines of a folder share. Only the folder one works in counts: it names code that will run. */
export interface Project {
  /** Absolute paths of files and folders with operators. */
  readonly operators: readonly string[];
}

/** Sections of the project file that this version reads and leaves alone. */
const LATER = new Set(['connections', 'channels', 'models', 'calendars', 'universes', 'defaults', 'instances', 'apiVersion', 'name',
  'description']);

export function readProject(cwd: string, env: Env): Project {
  const file = join(cwd, 'millrace.yaml');
  if (!existsSync(file)) return { operators: [] };
  const text = readFileSync(file, 'utf8');
  const report = new Report();
  const root = readYaml(text, env, report);
  const operators: string[] = [];
  for (const e of root?.kind === 'map' ? root.entries : []) {
    if (e.key !== 'operators') {
      if (!LATER.has(e.key) && !e.key.startsWith('x-')) {
        report.error('E102', e.keySpan, `unknown field \`${e.key}\` in millrace.yaml`,
          { label: 'not a setting', help: ['a project file accepts: operators'] });
      }
      continue;
    }
    for (const item of e.value.kind === 'list' ? e.value.items : [e.value]) {
      if (item.kind === 'scalar' && item.text !== '') operators.push(resolve(cwd, item.text));
    }
  }
  const fault = report.sorted().find((d) => d.severity === 'error');
  if (fault !== undefined) {
    throw new Refusal('E809', `millrace.yaml cannot be used\n${renderDiagnostic(fault, text, 'millrace.yaml', { color: false })}\n`,
      { exit: EXIT.pipeline });
  }
  return { operators };
}

/** The environment with what `.env` adds; a variable that is set already stays as it is. */
export function withDotEnv(cwd: string, env: Env): Env {
  const file = join(cwd, '.env');
  if (!existsSync(file)) return env;
  const added: Record<string, string> = {};
  for (const line of readFileSync(file, 'utf8').split(/\r?\n/)) {
    const m = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*?)\s*$/.exec(line);
    if (m === null) continue;
    const quoted = /^(["'])(.*)\1$/.exec(m[2]);
    added[m[1]] = quoted === null ? m[2].replace(/\s+#.*$/, '') : quoted[2];
  }
  return { ...added, ...env };
}
