import { closeSync, fsyncSync, ftruncateSync, openSync, writevSync } from 'node:fs';

/** The little that a recording needs of the file system, so that a test can have a disk that is full. */
export interface Disk {
  /** Opens for writing at the end; makes the file where it is missing. */
  open(path: string): number;
  /** Writes all of the parts at the end, or throws with some of them written. */
  append(fd: number, parts: readonly Uint8Array[]): void;
  truncate(fd: number, length: number): void;
  sync(fd: number): void;
  close(fd: number): void;
}

/** More parts than this are one call too many for some systems. */
const MOST_PARTS = 512;

function writeAll(fd: number, parts: readonly Uint8Array[]): void {
  const wanted = parts.reduce((sum, p) => sum + p.byteLength, 0);
  let written = writevSync(fd, parts);
  if (written === wanted) return;
  // A call may write less than it was given; what is left is rare enough to be copied.
  const rest = Buffer.concat(parts);
  while (written < wanted) written += writevSync(fd, [rest.subarray(written)]);
}

export const DISK: Disk = Object.freeze({
  open: (path: string) => openSync(path, 'a'),
  append: (fd: number, parts: readonly Uint8Array[]) => {
    for (let i = 0; i < parts.length; i += MOST_PARTS) writeAll(fd, parts.slice(i, i + MOST_PARTS));
  },
  truncate: ftruncateSync,
  sync: fsyncSync,
  close: closeSync,
});
