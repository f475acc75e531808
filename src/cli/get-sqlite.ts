import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { cacheFolder, SQLITE_VERSION, sqliteFolder } from '../store/cache.ts';

/**
 * `npm run sqlite:get`: better-sqlite3 into the cache folder, once per version of Node. It is no dependency of the project, because where
 * no prebuilt binary can be fetched it compiles for about a minute, and the first minute with Millrace must not wait for that.
 */
const say = (text: string): void => void process.stderr.write(`${text}\n`);

/** True when a Node of this version opens a database with what is in the folder. Another process tries: a broken binary ends it. */
function works(folder: string): boolean {
  const path = join(folder, 'node_modules', 'better-sqlite3');
  if (!existsSync(path)) return false;
  const code = 'const D = require(process.argv[1]); const d = new D(":memory:"); d.exec("create table t (x)"); d.close();';
  return spawnSync(process.execPath, ['-e', code, path], { stdio: 'ignore' }).status === 0;
}

function install(folder: string): number {
  mkdirSync(cacheFolder(), { recursive: true });
  // Installed beside and then renamed, so that an interrupted run leaves nothing that looks complete.
  const work = mkdtempSync(join(dirname(folder), 'sqlite-'));
  try {
    writeFileSync(join(work, 'package.json'), `${JSON.stringify({
      name: 'millrace-sqlite', version: '0.0.0', private: true, allowScripts: { 'better-sqlite3': true },
    })}\n`);
    const args = ['install', `better-sqlite3@${SQLITE_VERSION}`, '--save-exact', '--ignore-scripts=false', '--no-audit', '--no-fund',
      '--loglevel=error'];
    // npm tells its scripts what it was called with; a second npm must not take the first one's folder and settings for its own.
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) =>
      !/^npm_(package|lifecycle|command|execpath|config_(local_prefix|ignore_scripts|prefix))/i.test(name)));
    const done = spawnSync('npm', args, { cwd: work, env, stdio: ['ignore', 2, 2], shell: process.platform === 'win32' });
    if (done.status !== 0 || !works(work)) {
      say(`better-sqlite3 ${SQLITE_VERSION} could not be installed; to compile it takes Python 3, make and a C++ compiler`);
      say('Node 22.13 or newer has SQLite of its own and needs none of this');
      return 1;
    }
    rmSync(folder, { recursive: true, force: true });
    renameSync(work, folder);
    return 0;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function main(): number {
  const folder = sqliteFolder();
  if (works(folder)) {
    say(`better-sqlite3 ${SQLITE_VERSION} is there: ${folder}`);
    return 0;
  }
  say(`fetching better-sqlite3 ${SQLITE_VERSION} for Node ${process.versions.node} into ${folder}`);
  say('where no prebuilt binary can be fetched it is compiled, which takes about a minute');
  const begun = performance.now();
  const code = install(folder);
  if (code === 0) say(`done in ${((performance.now() - begun) / 1000).toFixed(0)} s`);
  return code;
}

process.exitCode = main();
