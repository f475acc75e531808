import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { open, readFile, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Refusal } from '../core/diagnostic.ts';
import type { CheckpointStore } from '../core/log.ts';
import { lockFor } from './process-lock.ts';

const NAME = /^checkpoint-(\d{16})$/;
const nameOf = (number: number): string => `checkpoint-${String(number).padStart(16, '0')}`;

/** The refusal for a checkpoint that could not be written, which a run survives. */
export const notWritten = (where: string, cause: unknown): Refusal =>
  new Refusal('E772', `a checkpoint could not be written to ${where}: ${cause instanceof Error ? cause.message : String(cause)}`, {
    cause, help: ['the older checkpoints are still there; the next one is tried as usual'],
  });

/**
 * One file per checkpoint, complete or not there at all: written beside, synced, renamed, and the folder synced. Needs nothing beside the
 * file system: the store where there is no SQLite.
 */
export class FileCheckpoints implements CheckpointStore {
  private readonly folder: string;
  private readonly unlock: () => void;
  private working: Promise<unknown> = Promise.resolve();

  private constructor(folder: string, unlock: () => void) {
    this.folder = folder;
    this.unlock = unlock;
  }

  /** Opens or makes the folder; refused (E770) while another process has it. */
  static open(folder: string): FileCheckpoints {
    mkdirSync(folder, { recursive: true });
    const unlock = lockFor(join(folder, 'owner'), folder);
    // What a process that died was writing.
    for (const f of readdirSync(folder)) if (f.startsWith('writing-')) rmSync(join(folder, f), { force: true });
    return new FileCheckpoints(folder, unlock);
  }

  async list(): Promise<readonly number[]> {
    const files = await readdir(this.folder);
    return files.flatMap((f) => (NAME.test(f) ? [Number((NAME.exec(f) as RegExpExecArray)[1])] : [])).sort((a, b) => b - a);
  }

  async get(number: number): Promise<Uint8Array | null> {
    try {
      return await readFile(join(this.folder, nameOf(number)));
    } catch {
      // Removed, or on a bad spot of the disk: there are older ones.
      return null;
    }
  }

  put(number: number, bytes: Uint8Array): Promise<void> {
    const work = this.working.then(() => this.write(number, bytes));
    this.working = work.catch(() => undefined);
    return work;
  }

  async remove(numbers: readonly number[]): Promise<void> {
    for (const n of numbers) await rm(join(this.folder, nameOf(n)), { force: true });
  }

  async close(): Promise<void> {
    await this.working;
    this.unlock();
  }

  private async write(number: number, bytes: Uint8Array): Promise<void> {
    const beside = join(this.folder, `writing-${nameOf(number)}`);
    try {
      const file = await open(beside, 'w');
      try {
        await file.writeFile(bytes);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(beside, join(this.folder, nameOf(number)));
      await this.syncFolder();
    } catch (cause) {
      await rm(beside, { force: true });
      throw notWritten(this.folder, cause);
    }
  }

  /** Without this the name may be lost with the power, though the bytes are there. */
  private async syncFolder(): Promise<void> {
    if (process.platform === 'win32') return;
    const folder = await open(this.folder, 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  }
}
