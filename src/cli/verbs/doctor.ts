import { accessSync, constants, existsSync, statfsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { freemem } from 'node:os';
import { busAddress } from '../../bus/open-bus.ts';
import { busFlags, type BusFlags } from '../bus-flags.ts';
import type { Finding } from '../doctor-nats.ts';
import { usage } from '../fail.ts';
import { withDotEnv } from '../project.ts';
import { version } from '../program.ts';
import { EXIT, verb, type Call } from '../verb.ts';

interface Flags extends BusFlags {
  readonly json?: boolean;
  readonly partitions?: string;
}

type State = Finding['state'];

export const VERB = verb<Flags>({
  name: 'doctor',
  summary: 'check this machine',
  examples: [['millrace doctor', 'a line for each thing: ok, warn or fail'], ['millrace doctor --json', 'for programs'],
    ['millrace doctor --bus nats://127.0.0.1:4222', 'and a NATS server: what it can do, its limits, its clock']],
  declare: (c) => void busFlags(c)
    .option('--partitions <n>', 'try the server\'s mapping of feed.*.* to n partitions, and that streams take each')
    .option('--json', 'one object'),
  run: doctor,
});

async function doctor(call: Call, flags: Flags): Promise<number> {
  const partitions = flags.partitions === undefined ? null : Number(flags.partitions);
  if (partitions !== null && !(Number.isInteger(partitions) && partitions >= 1 && partitions <= 4096)) {
    throw usage(`--partitions takes a whole number from 1 to 4096, not \`${flags.partitions}\``);
  }
  const all = withDotEnv(call.cwd, call.env);
  // The client of the bus is loaded here alone.
  const { checkServer, featureTable, serverBinary } = await import('../doctor-nats.ts');
  const address = busAddress(flags.bus, all);
  const nats = address === 'embedded' ? null : await checkServer(address, all, flags, partitions);
  const findings = [node(), typescript(), memory(), disk(call.cwd), writable(call.cwd), clock(), arrow(), env(call.env), serverBinary(all),
    ...(nats?.findings ?? [])];
  const capabilities = nats?.capabilities ?? null;
  const failed = findings.some((f) => f.state === 'fail');
  if (flags.json === true) {
    const found = { version: 1, millrace: version(), ok: !failed, findings, ...(capabilities === null ? {} : { capabilities }) };
    call.terminal.print(JSON.stringify(found, null, 2));
    return failed ? EXIT.unreachable : EXIT.ok;
  }
  const { outPaint: paint } = call.terminal;
  const words: Record<State, string> = { ok: paint.good('ok  '), warn: paint.note('warn'), fail: paint.bad('fail') };
  const line = (f: Finding): string => `${words[f.state]}  ${f.what.padEnd(12)} ${f.found}${f.fix === undefined ? '' : `\n      ${f.fix}`}`;
  const table = capabilities === null ? [] : ['', 'what the server has (feature, since, for):', ...featureTable(capabilities)];
  call.terminal.print([`millrace ${version()}`, ...findings.map(line), ...table].join('\n'));
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
  const known = new Set(['BUS', 'CACHE', 'COLOR', 'LOG_FORMAT', 'METRICS', 'METRICS_TOKEN'].map((name) => `MILLRACE_${name}`));
  const strange = Object.keys(all).filter((name) => name.startsWith('MILLRACE_') && !known.has(name));
  const dotEnv = existsSync('.env') ? ', .env is read' : '';
  if (strange.length === 0) return { what: 'environment', state: 'ok', found: `no unknown MILLRACE_ variables${dotEnv}` };
  return { what: 'environment', state: 'warn', found: `unknown: ${strange.join(', ')}`, fix: `known: ${[...known].join(', ')}` };
}
