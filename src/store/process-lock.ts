import { readFileSync, readlinkSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { Refusal } from '../core/diagnostic.ts';

/** A process of one machine, for good: a number that is used again, or after a restart of the machine, names another. */
interface Owner {
  readonly pid: number;
  readonly started: string;
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

/** This process as an owner's text. */
export const ownText = (): string => [process.pid, startOf(process.pid), bootOf()].join('.');

function parse(text: string): Owner {
  const [pid, started = '', boot = ''] = text.split('.');
  return { pid: Number(pid), started, boot };
}

function alive({ pid, started, boot }: Owner): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0 || boot !== bootOf()) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  return startOf(pid) === started;
}

export function inUse(what: string, pid: number | null): Refusal {
  const who = pid === process.pid ? 'this process' : pid === null ? 'another process' : `process ${pid}`;
  return new Refusal('E770', `${what} is in use by ${who}`, { help: ['end that process first', 'or give this run a folder of its own'] });
}

function read(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return textOf(path);
  }
}

/** The process that an owner file names, where it is still there. */
export function ownerOf(path: string): number | null {
  const owner = parse(read(path));
  return alive(owner) ? owner.pid : null;
}

/** A symbolic link whose target is the text: made whole or not at all, only by one, and on a full disk too. */
const create = (path: string): void =>
  (process.platform === 'win32' ? writeFileSync(path, ownText(), { flag: 'wx' }) : symlinkSync(ownText(), path));

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
