import { cpus } from 'node:os';
import { enterMain } from './suites.ts';

const json = process.argv.includes('--json');
const quick = process.argv.includes('--quick');
const only = process.argv.slice(2).filter((a) => !a.startsWith('-'));
const results = await enterMain({ quick, only });
if (json) console.log(JSON.stringify(results, null, 1));
else {
  console.log(`${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}, Node ${process.version}`);
  for (const r of results) {
    const ratio = r.ratio === null ? '' : `   ${r.ratio}x ${r.against}`;
    console.log(`${r.name.padEnd(58)} ${String(r.value).padStart(9)} ${r.unit}${ratio}`);
  }
}
