import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { ROOT } from '../shipped.ts';

const children = new Set<ChildProcess>();
// A test run that dies leaves none of them behind.
process.once('exit', () => { for (const c of children) c.kill('SIGKILL'); });

/** A TypeScript program of the tests in a process of its own, and what it has said. */
export class Program {
  readonly child: ChildProcess;
  readonly lines: string[] = [];
  readonly exited: Promise<number | NodeJS.Signals | null>;
  private readonly waiting = new Set<() => void>();
  private rest = '';

  constructor(file: string, args: readonly string[], onError?: (line: string) => void) {
    this.child = spawn(process.execPath, ['--import', 'tsx', join(ROOT, file), ...args], { cwd: ROOT, stdio: ['ignore', 'pipe', onError === undefined ? 'inherit' : 'pipe'] });
    this.child.stderr?.on('data', (d: Buffer) => { for (const l of String(d).split('\n')) if (l !== '') onError?.(l); });
    this.child.stdout?.on('data', (d: Buffer) => {
      const parts = `${this.rest}${String(d)}`.split('\n');
      this.rest = parts.pop() ?? '';
      this.lines.push(...parts);
      for (const look of this.waiting) look();
    });
    this.exited = new Promise((resolve) => this.child.once('exit', (code, signal) => resolve(signal ?? code)));
    children.add(this.child);
    void this.exited.then(() => children.delete(this.child));
  }

  /** The first line from `from` on that `pattern` matches. */
  said(pattern: RegExp, from = 0): Promise<string> {
    return new Promise((resolve) => {
      const look = (): void => {
        const line = this.lines.slice(from).find((l) => pattern.test(l));
        if (line === undefined) return;
        this.waiting.delete(look);
        resolve(line);
      };
      this.waiting.add(look);
      look();
    });
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    this.child.kill(signal);
    await this.exited;
  }
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Waits until `holds`; the limit of the test is the only other end. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await pause(10);
}
