import { linkSync, readFileSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { Refusal } from '../core/diagnostic.ts';

interface Owner {
  readonly pid: number;
  /** When the process began, as the system counts it: a number that is used again names another process. */
  readonly started: string;
  /** Another value after every start of the machine. */
  readonly boot: string;
}

const textOf = (path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
};

/** Field 22 of `/proc/<pid>/stat`, counted behind the name, which may hold anything; empty where there is no /proc. */
const startOf = (pid: number): string => textOf(`/proc/${pid}/stat`).split(') ').pop()?.split(' ')[19] ?? '';
const bootOf = (): string => textOf('/proc/sys/kernel/random/boot_id').trim();

export const thisProcess = (): Owner => ({ pid: process.pid, started: startOf(process.pid), boot: bootOf() });

function read(path: string): Owner | null {
  try {
    return JSON.parse(textOf(path)) as Owner;
  } catch {
    return null;
  }
}

function alive(owner: Owner): boolean {
  if (owner.boot !== bootOf()) return false;
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  return startOf(owner.pid) === owner.started;
}

export const inUse = (what: string, pid: number | null): Refusal =>
  new Refusal('E770', `${what} is in use by ${pid === process.pid ? 'this process' : pid === null ? 'another process' : `process ${pid}`}`, {
    exit: 1, help: ['end that process first', 'or give this run a folder of its own'],
  });

/** The process that a lock file names and that is still there. */
export function ownerOf(path: string): number | null {
  const owner = read(path);
  return owner !== null && alive(owner) ? owner.pid : null;
}

/**
 * Makes `path` say that it is this process's, until the function that is returned is called. Refused (E770) while the process that it
 * names lives; what a dead one left behind is taken over. For processes of one machine.
 */
export function lockFor(path: string, what: string): () => void {
  const own = `${path}.${process.pid}.${Math.trunc(performance.now() * 1000)}`;
  writeFileSync(own, JSON.stringify(thisProcess()));
  try {
    for (let tries = 0; ; tries++) {
      try {
        // A link is there whole or not at all.
        linkSync(own, path);
        return () => rmSync(path, { force: true });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
      const pid = ownerOf(path);
      if (pid !== null || tries === 10) throw inUse(what, pid);
      takeAway(path);
    }
  } finally {
    unlinkSync(own);
  }
}

/** Removes a dead owner's file; where another process did so first and put its own in place, that one goes back. */
function takeAway(path: string): void {
  const aside = `${path}.${process.pid}.dead`;
  try {
    renameSync(path, aside);
    if (ownerOf(aside) !== null) linkSync(aside, path);
  } catch {
    // Somebody else was at it: the next try shows who.
  }
  rmSync(aside, { force: true });
}
