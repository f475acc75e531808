import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { Refusal } from '../../core/diagnostic.ts';
import { jsonSchema } from '../../language/schema.ts';
import { usage } from '../fail.ts';
import { collect, EXIT, verb } from '../verb.ts';
import { makeWorld } from '../wire.ts';

interface Flags {
  readonly operators?: readonly string[];
  readonly out?: string;
  readonly force?: boolean;
}

export const VERB = verb<Flags>({
  name: 'schema',
  summary: 'JSON Schema of a pipeline, for editors',
  examples: [
    ['millrace schema --out config/pipeline.schema.json', 'name it in a pipeline: # yaml-language-server: $schema=...'],
    ['millrace schema --operators operators/', 'with your own operators in it'],
  ],
  declare: (c) => void c.argument('[what]', 'pipeline')
    .option('--out <file>', 'write it to a file')
    .option('--operators <path>', 'with the operators of a file or folder (again for more)', collect)
    .option('--force', 'replace a file that exists'),
  run: async (call, flags) => {
    const what = call.args[0] ?? 'pipeline';
    if (what !== 'pipeline') throw usage(`there is no schema of \`${what}\``, 'schemas: pipeline');
    const { registry } = await makeWorld(call, flags.operators);
    const text = `${JSON.stringify(jsonSchema(registry), null, 2)}\n`;
    if (flags.out === undefined) {
      call.terminal.print(text);
      return EXIT.ok;
    }
    const full = resolve(call.cwd, flags.out);
    if (existsSync(full) && flags.force !== true) throw new Refusal('E710', `${flags.out} exists already`,
      { exit: EXIT.data, help: ['--force replaces it'] });
    mkdirSync(dirname(full), { recursive: true });
    writeFileSync(full, text);
    call.terminal.say(`written: ${flags.out}`);
    return EXIT.ok;
  },
});
