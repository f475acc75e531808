import { paints, type Terminal } from '../../src/cli/terminal.ts';
import type { AnyVerb, Call } from '../../src/cli/verb.ts';

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a verb in a folder and keeps what it writes. */
export async function ran(verb: AnyVerb, cwd: string, args: readonly string[], flags: object): Promise<Ran> {
  const [out, err]: [string[], string[]] = [[], []];
  const terminal: Terminal = {
    out: process.stdout, print: (t) => void out.push(t), say: (t) => void err.push(t), warn: (t) => void err.push(t), paint: paints(false),
    outPaint: paints(false), quiet: false, verbose: 0, progress: false, isTty: false, json: false, jsonLog: false, about: () => undefined,
  };
  const run = verb.run as unknown as (call: Call, flags: object) => Promise<number>;
  const code = await run({ terminal, args, cwd, env: {} }, flags);
  return { code, out: out.join('\n'), err: err.join('\n') };
}
