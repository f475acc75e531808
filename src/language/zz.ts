import { readFileSync } from 'node:fs';
import { readPipeline } from './check.ts';
import { REGISTRY } from './registry.fixture.ts';
import { renderDiagnostic } from './frame.ts';
for (const f of process.argv.slice(2)) {
  const text = readFileSync(f,'utf8');
  const t0=performance.now();
  const d = readPipeline(text, { file: f.split('/').slice(-2).join('/'), base: '.', registry: REGISTRY, env: {}, params: {}, readFile: (p)=>p.includes('us-500')?'- AAPL\n- SPY\n':null });
  console.log('#####',f,(performance.now()-t0).toFixed(1),'ms',d.nodes.map(n=>n.id+(n.poisoned?'!':'')).join(' '), d.tests.map(t=>t.given.map(g=>g.rows.length)));
  for (const x of d.diagnostics) console.log(renderDiagnostic(x,text,d.file,{color:false})+'\n');
}
