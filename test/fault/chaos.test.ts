import { expect, it } from 'vitest';
import { chaos } from '../chaos/chaos.ts';
import { counts, SEED } from '../harness/settings.ts';

/** The short form of `npm run chaos`; the long one takes 400,000 messages and as many kills as are asked for. */
it('workers and brokers that are killed leave every output once, byte for byte', { timeout: 1_800_000 }, async () => {
  const said: string[] = [];
  const r = await chaos({ seed: SEED, kills: counts(8, 60), messages: counts(20_000, 400_000), life: 1200, say: (line) => said.push(line) });
  expect(r.workerKills + r.brokerKills, said.join('\n')).toBe(counts(8, 60));
  expect(r.golden.count).toBeGreaterThan(500);
  expect({ lost: r.lost, duplicates: r.duplicates, ...r.chaotic }).toEqual({ lost: 0, duplicates: 0, ...r.golden });
});
