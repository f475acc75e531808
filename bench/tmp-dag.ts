import { Random } from '../src/core/random.ts';
import { feedFor, textOf } from '../test/harness/cases.ts';
import { dagOf } from '../test/harness/dag.ts';
import { drive, every } from '../test/harness/drive.ts';
import { subjectOf } from '../test/harness/pipeline.ts';
import { IslandRunner } from '../src/graph/island.ts';
const seeds = process.argv.slice(2).map(Number);
for (let seed = seeds[0]; seed <= seeds[1]; seed++) {
  const dag = dagOf('d', new Random(seed));
  let s; try { s = subjectOf('d', textOf(dag)); } catch (e) { console.log(seed, 'compile', String(e).slice(0, 3000)); continue; }
  try { await drive(s, feedFor(dag.sources, { seed, rows: 100, pace: 0 }), every(7)); console.log(seed, 'ok', dag.depth); } catch (e) { console.log(seed, String(e), '\n' + dag.nodes); 
   for (const st of s.plan.stages) if (st.form === 'island') { console.log(JSON.stringify({ input: st.input, body: st.body, after: [...st.after] }, (k, v) => k === 'kernel' ? v.name : k === 'fn' && typeof v === 'object' ? v.name : v).slice(0, 1500)); }
   break; }
}
