import { serialize } from 'node:v8';
import { Random } from '../../src/core/random.ts';
import { differences, type Violations } from './compare.ts';
import { Drive, drive, every, randomly, throughDisk, type Cutting, type Recording } from './drive.ts';
import type { Feed } from './feed.ts';
import type { Subject } from './pipeline.ts';

export interface LawOptions {
  readonly seed: number;
  /** Random cuts, and random points of a kill and restore. */
  readonly cuts: number;
  readonly kills: number;
}

const BATCHES = [1, 7, 256];

const worded = (name: string, how: string, seed: number, found: Violations): Violations =>
  found.map((v) => `${name}, ${how}, seed ${seed}: ${v}`);

/** The run that all others are held to. */
export const reference = (subject: Subject, feed: Feed): Promise<Recording> => drive(subject, feed, every(4096));

/** Output is the same in every byte however the stream is cut, wherever it is killed and restored, fused or not. */
export async function checkLaw(subject: Subject, feed: Feed, o: LawOptions, whole?: Recording): Promise<Violations> {
  const truth = whole ?? await reference(subject, feed);
  const found: Violations = [];
  const hold = async (how: string, cut: Cutting): Promise<void> => {
    found.push(...worded(subject.name, how, o.seed, differences(truth, await drive(subject, feed, cut))));
  };
  for (const batch of BATCHES) await hold(`batch 4096 and ${batch}`, every(batch));
  await hold('fused and unfused', { ...every(4096), fuse: false });
  await hold('fused and unfused at batch 3', { ...every(3), fuse: false });
  for (let k = 0; k < o.cuts; k++) await hold(`random cut ${k}`, randomly(new Random(o.seed + k), feed.n));
  for (let k = 0; k < o.kills; k++) {
    const random = new Random(o.seed + 1000 + k);
    const kills = [random.int(1, feed.n - 1), ...(k % 3 === 0 ? [random.int(1, feed.n - 1)] : [])];
    await hold(`killed and restored after row ${kills.join(' and ')}`, { ...randomly(random, feed.n), kills });
  }
  return found;
}

/**
 * A snapshot is what was at its moment: running on does not change it, and it can be restored more than once.
 */
export async function checkSnapshot(subject: Subject, feed: Feed, seed: number): Promise<Violations> {
  const random = new Random(seed);
  const at = random.int(1, feed.n - 1);
  const found: Violations = [];
  const first = new Drive(subject, feed, every(64));
  await first.epoch(at);
  const saved = first.engine.save();
  const bytes = serialize(saved);
  await first.epoch(feed.n);
  const truth = await first.finish();
  if (!bytes.equals(serialize(saved))) found.push('the snapshot changed while the engine ran on');
  for (const time of ['first', 'second']) {
    const again = new Drive(subject, feed, every(64));
    await again.epoch(at);
    await again.restore(time === 'first' ? saved : throughDisk(saved));
    await again.epoch(feed.n);
    found.push(...differences(truth, await again.finish()).map((v) => `restored a ${time} time: ${v}`));
  }
  return worded(subject.name, `snapshot after row ${at}`, seed, found);
}
