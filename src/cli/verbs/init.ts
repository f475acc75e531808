import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { Refusal } from '../../core/diagnostic.ts';
import { generateFile } from '../../connect/convert.ts';
import { mustKnow } from '../overrides.ts';
import { version } from '../program.ts';
import { EXIT, verb, type Call } from '../verb.ts';
import { jsonSchema } from '../../language/schema.ts';
import { makeRegistry } from '../registry.ts';
import { exampleNames, shippedFolder } from './demo.ts';

interface Flags {
  readonly example: string;
  readonly list?: boolean;
  readonly force?: boolean;
}

export const VERB = verb<Flags>({
  name: 'init',
  summary: 'write a project with a pipeline that runs',
  examples: [
    ['millrace init my-project', 'a project with the pipeline ema-cross'],
    ['millrace init my-project --example pairs-z-score', 'with another one'],
    ['millrace init --list', 'the examples there are'],
  ],
  declare: (c) => void c.argument('[dir]', 'folder to write to', '.')
    .option('--example <name>', 'the pipeline to begin with', 'ema-cross')
    .option('--list', 'list the examples')
    .option('--force', 'replace files that exist'),
  run: init,
});

const CI = `name: pipelines
on: [push, pull_request]
jobs:
  check:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-node@v4
        with: { node-version: 22 }
      - run: npx millrace validate pipelines/... --format github
      - run: npx millrace test pipelines/...
`;

const PROJECT = `# What the pipelines of this folder share.
# Your own operators, as TypeScript or JavaScript files:
# operators: [./operators]
`;

const ENV = `# Copy to .env. A pipeline reads these as \${NAME}; a variable that is set already wins.
# NATS_URL=nats://localhost:4222
`;

async function init(call: Call, flags: Flags): Promise<number> {
  const folder = shippedFolder();
  const names = exampleNames(folder);
  if (flags.list === true) {
    for (const name of names) {
      const about = /^description:\s*(.*)$/m.exec(readFileSync(join(folder, `${name}.yaml`), 'utf8'))?.[1] ?? '';
      call.terminal.print(`${name.padEnd(26)} ${about}`);
    }
    return EXIT.ok;
  }
  mustKnow(flags.example, names, 'example');
  const dir = resolve(call.cwd, call.args[0] ?? '.');
  const files = filesOf(folder, flags.example);
  const there = [...files.keys(), 'data/trades.csv'].filter((f) => existsSync(join(dir, f)));
  if (there.length > 0 && flags.force !== true) {
    throw new Refusal('E710', `${there.join(', ')} exist${there.length === 1 ? 's' : ''} already`,
      { exit: EXIT.data, help: ['--force replaces what is there', 'or name another folder'] });
  }
  for (const [name, text] of files) {
    mkdirSync(dirname(join(dir, name)), { recursive: true });
    writeFileSync(join(dir, name), text);
  }
  mkdirSync(join(dir, 'data'), { recursive: true });
  const settings = { symbols: ['AAPL', 'MSFT', 'NVDA', 'SPY'], seed: 7, rate: 0.2 };
  await generateFile({ to: 'data/trades.csv', schema: 'trade', settings, base: dir, replace: flags.force === true });
  const lead = relative(call.cwd, dir);
  const tree = [...files.keys(), 'data/trades.csv'].sort();
  call.terminal.print(`${lead === '' ? '.' : lead}\n${tree.map((f, i) => `${i === tree.length - 1 ? '└─' : '├─'} ${f}`).join('\n')}`);
  const pipeline = `pipelines/${flags.example}.yaml`;
  const own = / {2}trades:/.test(files.get(pipeline) ?? '') ? ' --source trades=data/trades.csv' : '';
  call.terminal.say(`\nnext:\n${lead === '' ? '' : `  cd ${lead}\n`}  millrace test\n  millrace replay ${pipeline}${own}`);
  return EXIT.ok;
}

function filesOf(folder: string, example: string): Map<string, string> {
  const files = new Map<string, string>([['millrace.yaml', PROJECT], ['.env.example', ENV], ['.github/workflows/pipelines.yml', CI]]);
  files.set('.gitignore', '.env\nout/\nnode_modules/\n');
  files.set('config/pipeline.schema.json', `${JSON.stringify(jsonSchema(makeRegistry()), null, 2)}\n`);
  for (const name of [`${example}.yaml`, `${example}.test.yaml`]) {
    if (existsSync(join(folder, name))) files.set(`pipelines/${name}`, readFileSync(join(folder, name), 'utf8'));
  }
  files.set('package.json', `${JSON.stringify({ private: true, type: 'module', dependencies: { millrace: `^${version()}` } }, null, 2)}\n`);
  return files;
}
