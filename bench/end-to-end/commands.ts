import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { readPipeline } from '../../src/language/check.ts';
import { compile } from '../../src/plan/compile.ts';
import { best, round, type Result } from '../measure.ts';
import { readRegistry } from '../registry.ts';

const BIN = fileURLToPath(new URL('../../bin/millrace.js', import.meta.url));

/** A pipeline of about 200 lines: forty nodes of five lines. */
function long(): string {
  const lines = ['apiVersion: 1', 'pipeline: long', 'sources:', '  trades:', '    csv: none.csv', '    schema: trade', 'nodes:'];
  for (let n = 0; n < 40; n++) {
    lines.push(`  node${n}:`, `    from: ${n === 0 ? 'trades' : `node${n - 1}`}`, '    compute:', `      a${n}: ema(price, ${n + 2}) - sma(size, 5)`,
      `      b${n}: if(a${n} > 0 and rsi(price, 14) < 70, a${n}, price[${n}])`);
  }
  return [...lines, 'outputs:', '  out:', '    from: node39', '    stdout: jsonl', ''].join('\n');
}

/** The commands a user waits for. `millrace --help` is a whole process; checking 200 lines is the work alone, warm. */
export function commands(): Result[] {
  const node = best(5, () => { spawnSync(process.execPath, ['-e', '0']); });
  const help = best(5, () => { spawnSync(process.execPath, [BIN, '--help']); });
  const text = long();
  const registry = readRegistry();
  const validate = best(10, () => {
    const doc = readPipeline(text, { file: 'long.yaml', base: '.', registry, env: {}, params: {}, readFile: () => null });
    if (compile(doc, registry).plan === null) throw new TypeError('the long pipeline has a fault');
  });
  return [
    { name: 'millrace --help', value: round(help / 1e6), unit: 'ms', against: 'time of starting Node alone', ratio: round(help / node) },
    { name: `checking a pipeline of ${text.split('\n').length} lines`, value: round(validate / 1e6), unit: 'ms', against: null, ratio: null },
  ];
}
