import { readFileSync, readlinkSync } from 'node:fs';

/** A process of one machine, for good: a number that is used again, or after a restart of the machine, names another. */
interface Identity {
  readonly pid: number;
  readonly started: string;
  /** The boot of the machine, and the namespace in which the number counts: containers of one machine share the first only. */
  readonly boot: string;
  readonly space: string;
}

function textOf(read: () => string): string {
  try {
    return read().trim();
  } catch {
    return '';
  }
}

/** Field 22 of `/proc/<pid>/stat`, counted behind the name, which may hold anything; empty where there is no /proc. */
const startOf = (pid: number): string => textOf(() => readFileSync(`/proc/${pid}/stat`, 'utf8')).split(') ').pop()?.split(' ')[19] ?? '';
let boot: string | null = null;
const bootOf = (): string => (boot ??= textOf(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8')));
let space: string | null = null;
const spaceOf = (): string => (space ??= /\d+/.exec(textOf(() => readlinkSync('/proc/self/ns/pid')))?.[0] ?? '');

/** This process as text that is still unique after it has ended. */
export const ownIdentity = (): string => [process.pid, startOf(process.pid), bootOf(), spaceOf()].join('.');

function parse(text: string): Identity {
  const [pid, started = '', boot = '', space = ''] = text.split('.');
  return { pid: Number(pid), started, boot, space };
}

function runs({ pid, started }: Identity): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  return startOf(pid) === started;
}

/** The number of the process that a text names, where it runs on this machine and since this start of it; else null. */
export function runningHere(text: string): number | null {
  const who = parse(text);
  return who.boot === bootOf() && who.space === spaceOf() && runs(who) ? who.pid : null;
}

/** True where it is certain that the process has ended: it was one of this machine, and is no more. */
export function hasEnded(text: string): boolean {
  const who = parse(text);
  return who.boot !== '' && who.boot === bootOf() && who.space === spaceOf() && !runs(who);
}
