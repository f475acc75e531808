import { usage } from '../fail.ts';
import { catalogue } from '../reference.ts';
import { aligned } from '../test-report.ts';
import { collect, EXIT, verb } from '../verb.ts';
import { makeWorld } from '../wire.ts';

interface Flags {
  readonly operators?: readonly string[];
  readonly format: string;
}

export const VERB = verb<Flags>({
  name: 'operators',
  summary: 'list operators and functions',
  examples: [['millrace operators', 'a line for each'], ['millrace operators --format json', 'for programs']],
  declare: (c) => void c
    .option('--operators <path>', 'with the operators of a file or folder (again for more)', collect)
    .option('--format <form>', 'text, json or markdown', 'text'),
  run: async (call, flags) => {
    const { registry } = await makeWorld(call, flags.operators);
    const all = catalogue(registry);
    const { outPaint } = call.terminal;
    switch (flags.format) {
      case 'json': call.terminal.print(JSON.stringify({ version: 1, entries: all }, null, 2)); break;
      case 'markdown':
        call.terminal.print(['| name | kind | family | what it does |', '|---|---|---|---|',
          ...all.map((e) => `| \`${e.signature}\` | ${e.kind} | ${e.family} | ${e.summary.replaceAll('|', '\\|')} |`)].join('\n'));
        break;
      case 'text': {
        const out: string[] = [];
        for (const kind of ['operator', 'function', 'source', 'output'] as const) {
          const some = all.filter((e) => e.kind === kind);
          out.push(outPaint.bold(`${kind}s (${some.length})`), ...aligned(some.map((e) => [`  ${e.signature}`, e.summary])), '');
        }
        call.terminal.print(`${out.join('\n')}millrace docs <name> explains one of them`);
        break;
      }
      default: throw usage(`--format takes text, json or markdown, not \`${flags.format}\``);
    }
    return EXIT.ok;
  },
});
