import { readFileSync, readlinkSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { Refusal } from '../core/diagnostic.ts';
import { ownIdentity, runningHere } from './process-identity.ts';

export function inUse(what: string, pid: number | null): Refusal {
  const who = pid === process.pid ? 'this process' : pid === null ? 'another process' : `process ${pid}`;
  return new Refusal('E770', `${what} is in use by ${who}`, { help: ['end that process first', 'or give this run a folder of its own'] });
}

function read(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    try {
      return readFileSync(path, 'utf8');
    } catch {
      return '';
    }
  }
}

/** The process that an owner file names, where it is still there. */
export function ownerOf(path: string): number | null {
  return runningHere(read(path));
}

/** A symbolic link whose target is the text: made whole or not at all, only by one, and on a full disk too. */
const create = (path: string): void =>
  (process.platform === 'win32' ? writeFileSync(path, ownIdentity(), { flag: 'wx' }) : symlinkSync(ownIdentity(), path));

/**
 * Makes `path` say that it is this process's, until the function that is returned is called. Refused (E770) while the process that it
 * names lives; what a dead one left behind is taken over. For processes of one machine.
 */
export function lockFor(path: string, what: string): () => void {
  for (let tries = 0; ; tries++) {
    try {
      create(path);
      return () => rmSync(path, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const pid = ownerOf(path);
    if (pid !== null || tries === 10) throw inUse(what, pid);
    takeAway(path);
  }
}

/** Removes a dead owner's mark. Where another process did so first and put its own there, that one goes back. */
function takeAway(path: string): void {
  const aside = `${path}.${process.pid}.dead`;
  try {
    renameSync(path, aside);
    if (ownerOf(aside) === null) rmSync(aside, { force: true });
    else renameSync(aside, path);
  } catch {
    // Somebody else was at it: the next try shows who.
  }
}
