import { describe, expect, it } from 'vitest';
import { Random } from '../../src/core/random.ts';
import { feedFor, textOf } from '../harness/cases.ts';
import { differences } from '../harness/compare.ts';
import { dagOf, type Dag } from '../harness/dag.ts';
import { Drive, drive, every } from '../harness/drive.ts';
import { checkZeros, Watch } from '../harness/glitch.ts';
import { checkLaw } from '../harness/law.ts';
import { subjectOf } from '../harness/pipeline.ts';
import { counts, SEED, told } from '../harness/settings.ts';

const CYCLES = counts(20_000, 1_000_000);
const ROWS = 250;

interface Figures {
  cycles: number;
  dags: number;
  depth: number;
  rows: number;
}

/** One graph, one row an epoch; rows of trades and quotes alternate by time. */
async function cycle(dag: Dag, seed: number, watch: Watch, figures: Figures): Promise<string[]> {
  const subject = subjectOf(dag.name, textOf(dag));
  const feed = feedFor(dag.sources, { seed, rows: ROWS, pace: 0, heartbeats: true });
  watch.begin();
  const d = new Drive(subject, feed, every(1));
  const found: string[] = [];
  while (d.at < feed.n && found.length === 0) {
    await d.epoch(d.at + 1);
    found.push(...watch.epoch());
    figures.cycles++;
  }
  const run = await d.finish();
  watch.begin();
  const zeros = checkZeros(dag, run);
  const whole = await drive(subject, feed, every(4096));
  figures.rows += zeros.rows;
  figures.dags++;
  figures.depth = Math.max(figures.depth, dag.depth);
  return [...found, ...zeros.found, ...differences(run, whole)].map((v) => `${dag.name}, seed ${seed}: ${v}\n${dag.nodes}`);
}

describe('glitches', () => {
  it('none: one batch per node and epoch, and diamonds agree', { timeout: 3_600_000 }, async () => {
    const watch = new Watch();
    const figures: Figures = { cycles: 0, dags: 0, depth: 0, rows: 0 };
    try {
      for (let seed = SEED; figures.cycles < CYCLES; seed++) {
        expect(await cycle(dagOf(`dag-${seed}`, new Random(seed)), seed, watch, figures)).toEqual([]);
      }
    } finally {
      watch.close();
    }
    expect(figures.rows).toBeGreaterThan(figures.cycles / 4);
    told('glitches', `0 in ${figures.cycles} cycles of ${figures.dags} graphs, depth up to ${figures.depth}, ${figures.rows} equal pairs`);
  });

  it('random graphs keep the law', { timeout: 600_000 }, async () => {
    for (let seed = SEED; seed < SEED + counts(6, 100); seed++) {
      const dag = dagOf(`dag-${seed}`, new Random(seed));
      const feed = feedFor(dag.sources, { seed, rows: ROWS, pace: 0 });
      expect(await checkLaw(subjectOf(dag.name, textOf(dag)), feed, { seed, cuts: 2, kills: 3 })).toEqual([]);
    }
  });
});
