import { afterAll, describe, expect, it } from 'vitest';
import { checkAccounts } from '../harness/accounts.ts';
import { feedFor, operatorCases, PACES, textOf } from '../harness/cases.ts';
import type { Recording } from '../harness/drive.ts';
import { reference } from '../harness/law.ts';
import { subjectOf } from '../harness/pipeline.ts';
import { SEED, told } from '../harness/settings.ts';

const figures = { branches: 0, rows: 0 };
afterAll(() => {
  told('late rows', `${figures.rows} rows out of ${figures.branches} branches`);
  expect(figures.branches).toBeGreaterThan(30);
  expect(figures.rows).toBeGreaterThan(1000);
});

const cases = operatorCases().map((c) => [c.name, c] as const);

describe('late rows under `side_output`', () => {
  it.each(cases)('are all accounted for: %s', { timeout: 60_000 }, async (_, c) => {
    const pace = 1;
    const lateness = PACES[pace][c.sources[0] === 'bars' ? 1 : 0];
    const subject = subjectOf(c.name, textOf(c, lateness, 'side_output'));
    const feed = feedFor(c.sources, { seed: SEED, rows: 600, pace, disorder: 3 * lateness });
    const run = await reference(subject, feed);
    for (const n of subject.plan.nodes.filter((x) => x.id.endsWith('.late'))) {
      figures.branches += 1;
      figures.rows += run.report[n.id].out;
    }
    expect(checkAccounts(subject, feed, run)).toEqual([]);
  });
});

describe('the account finds', () => {
  const nodes = 'n:\n  from: trades\n  window: { every: 10s, columns: { n: count() } }';
  const c = { name: 'window', nodes, sources: ['trades'] };
  const subject = subjectOf(c.name, textOf(c, 1_000_000, 'side_output'));
  const feed = feedFor(c.sources, { seed: SEED, rows: 600, pace: 1, disorder: 60_000_000 });

  const changed = async (how: (run: Recording) => Recording): Promise<string[]> => {
    const run = await reference(subject, feed);
    expect(run.report['n.late'].out).toBeGreaterThan(10);
    expect(checkAccounts(subject, feed, run)).toEqual([]);
    return checkAccounts(subject, feed, how(run));
  };
  const late = (run: Recording, change: object): Recording =>
    ({ ...run, report: { ...run.report, 'n.late': { ...run.report['n.late'], ...change } } });

  it('a late row that is counted and not given', async () => {
    const found = await changed((run) => late(run, { out: run.report['n.late'].out - 1, filtered: 1 }));
    expect(found.join()).toMatch(/lost 1 of \d+ late rows/);
  });

  it('a row that is given and not counted', async () => {
    const found = await changed((run) => late(run, { in: run.report['n.late'].in + 1, filtered: 1 }));
    expect(found.join()).toMatch(/n\.late took \d+ rows, n counts \d+ late/);
  });

  it('a row that is given twice, and one with other values', async () => {
    const found = await changed((run) => {
      const rows = run.nodes.get('n.late');
      if (rows === undefined) throw new TypeError('no branch');
      const [a, b] = [0, 1].map((i) => ({ ts: rows.ts[i], key: rows.key[i], cols: rows.cols.map((col) => col[i]) }));
      const cols = rows.cols.map((col, k) => [a.cols[k], a.cols[k], k === 0 ? -1 : b.cols[k], ...col.slice(3)]);
      const ts = [a.ts, a.ts, b.ts, ...rows.ts.slice(3)];
      const key = [a.key, a.key, b.key, ...rows.key.slice(3)];
      return { ...run, nodes: new Map([...run.nodes, ['n.late', { ...rows, ts, key, cols }]]) };
    });
    expect(found).toEqual(['window: n.late gave 2 rows that trades did not give']);
  });
});
