import { report } from './fail.ts';
import { captureProcess, JsonLog, wantsJsonLog } from './log.ts';
import { makeProgram } from './program.ts';
import { endQuietlyOnClosedPipe, paints, wantsColor } from './terminal.ts';
import { EXIT, type AnyVerb } from './verb.ts';
import { VERBS } from './verbs.ts';

/** Runs the command line; returns the exit code. Only the verb that is used is loaded. */
export async function run(argv: readonly string[]): Promise<number> {
  endQuietlyOnClosedPipe();
  const verbose = argv.some((a) => /^-v+$/.test(a) || a === '--verbose');
  const never = argv.includes('--color=never') || argv[argv.indexOf('--color') + 1] === 'never';
  const paint = paints(wantsColor(never ? 'never' : 'auto', process.stderr.isTTY === true, process.env));
  const log = wantsJsonLog(argv, process.env) ? new JsonLog((line) => void process.stderr.write(line)) : null;
  if (log !== null) captureProcess(log);
  try {
    const named = argv.find((a) => !a.startsWith('-'));
    const entry = named === undefined ? undefined : VERBS.find((v) => v.name === named || v.alias === named);
    const loaded = new Map<string, AnyVerb>();
    if (entry !== undefined) loaded.set(entry.name, (await entry.load()).VERB);
    const { command, result } = makeProgram(loaded, log);
    if (argv.length === 0) {
      command.outputHelp();
      return EXIT.ok;
    }
    await command.parseAsync(argv as string[], { from: 'user' });
    return result.code;
  } catch (error) {
    const { code, exitCode } = error as { code?: unknown; exitCode?: unknown };
    if (typeof code === 'string' && code.startsWith('commander.')) return exitCode === 0 ? EXIT.ok : EXIT.usage;
    return report(error, verbose, paint, log);
  }
}
