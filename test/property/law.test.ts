import { afterAll, describe, expect, it } from 'vitest';
import { checkAccounts } from '../harness/accounts.ts';
import { feedFor, kernelCases, operatorCases, PACES, textOf, type Case } from '../harness/cases.ts';
import type { Recording } from '../harness/drive.ts';
import { checkLaw, checkSnapshot, reference } from '../harness/law.ts';
import { subjectOf, type Subject } from '../harness/pipeline.ts';
import { counts, SEED, told } from '../harness/settings.ts';

const CUTS = counts(4, 20);
const ROWS = counts(400, 900);

/** Columns of a node that stay null for good. */
function silent(run: Recording, id: string): string[] {
  const rows = run.nodes.get(id);
  if (rows === undefined || rows.ts.length === 0) return [`${id} (no rows)`];
  return rows.schema.filter((_, c) => !rows.cols[c].some((x) => x !== null && x === x)).map((f) => `${id}.${f.name}`);
}

interface Seen {
  readonly subject: Subject;
  readonly rows: number;
  readonly pace: number;
  readonly silent: readonly string[];
}

/** Columns that have nothing to say on purpose: no confidence is set, no side is known. */
const MAY_BE_SILENT: readonly RegExp[] = [
  /\.confidence$/, /^bars: (five-minute|of the mid price|of bars|.*columns).*_volume$/, /^bars: five-minute.*\.trades$/,
  /^by: bars.*_volume$/,
  // Sized when it fills.
  /^trade: of the free margin sized\.(weight|quantity)$/,
  // What a kind of order does not have, and what did not happen: no limit, no stop, nothing refused.
  /^(size|rebalance|risk|broker|trade): .*(\.(limit|stop|take_profit|parent|code)|\.refused(\.quantity| \(no rows\)))$/,
];

/** The first pace at which every column of every node says something, or the one at which fewest are silent. */
async function seen(c: Case, subject: Subject): Promise<Seen> {
  let best: Seen | null = null;
  for (const rows of [ROWS, 3 * ROWS]) {
    for (let pace = 0; pace < PACES.length; pace++) {
      const feed = feedFor(c.sources, { seed: SEED, rows, pace });
      const whole = await reference(subject, feed);
      const quiet = subject.plan.nodes.filter((n) => n.kind !== 'source' && !n.id.endsWith('.late')).flatMap((n) => silent(whole, n.id))
        .filter((s) => !MAY_BE_SILENT.some((m) => m.test(`${c.name} ${s}`)));
      if (best === null || quiet.length < best.silent.length) best = { subject, rows, pace, silent: quiet };
      if (quiet.length === 0) return best;
    }
  }
  return best as Seen;
}

const held = async (c: Case, lateness: number, late: string, best: Seen): Promise<void> => {
  const subject = lateness === 0 ? best.subject : subjectOf(`${c.name} (late: ${late})`, textOf(c, lateness, late));
  const { pace, rows } = best;
  const feed = feedFor(c.sources, { seed: SEED, rows, pace, heartbeats: true, ...(lateness > 0 ? { disorder: lateness } : {}) });
  const whole = await reference(subject, feed);
  figures.pipelines++;
  for (const n of whole.nodes.values()) figures.rows += n.ts.length;
  expect(checkAccounts(subject, feed, whole)).toEqual([]);
  expect(await checkLaw(subject, feed, { seed: SEED, cuts: CUTS, kills: CUTS }, whole)).toEqual([]);
  expect(await checkSnapshot(subject, feed, SEED)).toEqual([]);
};

const POLICIES = ['drop', 'side_output', 'update'];
let turn = 0;

const figures = { pipelines: 0, rows: 0 };

afterAll(() => {
  const each = `batch 1, 7, 256, 4096, unfused, ${CUTS} random cuts and ${CUTS} kills each`;
  told('the law', `${figures.pipelines} pipelines, ${each}, ${figures.rows} rows out of one run of all`);
});

describe('the law', () => {
  it.each([...operatorCases(), ...kernelCases()].map((c) => [c.name, c] as const))('%s', { timeout: 120_000 }, async (_name, c) => {
    const subject = subjectOf(c.name, textOf(c));
    const best = await seen(c, subject);
    expect(best.silent, c.name).toEqual([]);
    await held(c, 0, 'drop', best);
    await held(c, 3 * PACES[best.pace][c.sources[0] === 'bars' ? 1 : 0], POLICIES[turn++ % POLICIES.length], best);
  });
});
