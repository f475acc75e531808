import { accessSync, constants, existsSync, statfsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { freemem } from 'node:os';
import { version } from '../program.ts';
import { EXIT, verb, type Call } from '../verb.ts';

interface Flags {
  readonly json?: boolean;
}

type State = 'ok' | 'warn' | 'fail';

interface Finding {
  readonly what: string;
  readonly state: State;
  readonly found: string;
  readonly fix?: string;
}

export const VERB = verb<Flags>({
  name: 'doctor',
  summary: 'check this machine',
  examples: [['millrace doctor', 'a line for each thing: ok, warn or fail'], ['millrace doctor --json', 'for programs']],
  declare: (c) => void c.option('--json', 'one object'),
  run: doctor,
});

async function doctor(call: Call, flags: Flags): Promise<number> {
  const findings = [node(), typescript(), memory(), disk(call.cwd), writable(call.cwd), clock(), arrow(), env(call.env)];
  const failed = findings.some((f) => f.state === 'fail');
  if (flags.json === true) {
    call.terminal.print(JSON.stringify({ version: 1, millrace: version(), ok: !failed, findings }, null, 2));
    return failed ? EXIT.unreachable : EXIT.ok;
  }
  const { outPaint: paint } = call.terminal;
  const words: Record<State, string> = { ok: paint.good('ok  '), warn: paint.note('warn'), fail: paint.bad('fail') };
  const line = (f: Finding): string => `${words[f.state]}  ${f.what.padEnd(12)} ${f.found}${f.fix === undefined ? '' : `\n      ${f.fix}`}`;
  call.terminal.print([`millrace ${version()}`, ...findings.map(line)].join('\n'));
  return failed ? EXIT.unreachable : EXIT.ok;
}

function node(): Finding {
  const [major, minor] = process.versions.node.split('.').map(Number);
  const good = major > 20 || (major === 20 && minor >= 19);
  return { what: 'node', state: good ? 'ok' : 'fail', found: `${process.versions.node} on ${process.platform} ${process.arch}`,
    ...(good ? {} : { fix: 'install Node 20.19 or later' }) };
}

function has(module: string): boolean {
  try {
    createRequire(import.meta.url).resolve(module);
    return true;
  } catch {
    return false;
  }
}

function typescript(): Finding {
  if ((process.features as { typescript?: unknown }).typescript) return { what: 'typescript', state: 'ok',
    found: 'Node runs operators in TypeScript by itself' };
  if (has('tsx/esm/api')) return { what: 'typescript', state: 'ok', found: 'tsx runs operators in TypeScript' };
  return { what: 'typescript', state: 'warn', found: 'operators in TypeScript cannot be run',
    fix: 'npm install tsx, or use Node 22.18 or later; JavaScript works' };
}

function memory(): Finding {
  const free = freemem() / 2 ** 30;
  const low = free < 0.5;
  return { what: 'memory', state: low ? 'warn' : 'ok', found: `${free.toFixed(1)} GiB free`,
    ...(low ? { fix: 'close something: a replay needs some hundred MiB' } : {}) };
}

function disk(cwd: string): Finding {
  const { bavail, bsize } = statfsSync(cwd);
  const free = (bavail * bsize) / 2 ** 30;
  const low = free < 1;
  return { what: 'disk', state: low ? 'warn' : 'ok', found: `${free.toFixed(1)} GiB free here`,
    ...(low ? { fix: 'outputs and recordings need room' } : {}) };
}

function writable(cwd: string): Finding {
  try {
    accessSync(cwd, constants.W_OK);
    return { what: 'folder', state: 'ok', found: `${cwd} can be written` };
  } catch {
    return { what: 'folder', state: 'warn', found: `${cwd} cannot be written`,
      fix: 'outputs with relative paths will fail: work in a folder of your own' };
  }
}

function clock(): Finding {
  const year = new Date().getUTCFullYear();
  const sane = year >= 2024 && year < 2100;
  return { what: 'clock', state: sane ? 'ok' : 'warn', found: new Date().toISOString(),
    ...(sane ? {} : { fix: 'set the clock of this machine' }) };
}

function arrow(): Finding {
  return has('apache-arrow') ? { what: 'arrow', state: 'ok', found: 'Arrow files can be read and written' }
    : { what: 'arrow', state: 'fail', found: 'the package apache-arrow is missing', fix: 'npm ci' };
}

/** Variables that look like settings of this program and are none. */
function env(all: Readonly<Record<string, string | undefined>>): Finding {
  const known = new Set(['MILLRACE_COLOR', 'MILLRACE_LOG_FORMAT']);
  const strange = Object.keys(all).filter((name) => name.startsWith('MILLRACE_') && !known.has(name));
  const dotEnv = existsSync('.env') ? ', .env is read' : '';
  if (strange.length === 0) return { what: 'environment', state: 'ok', found: `no unknown MILLRACE_ variables${dotEnv}` };
  return { what: 'environment', state: 'warn', found: `unknown: ${strange.join(', ')}`, fix: `known: ${[...known].join(', ')}` };
}
