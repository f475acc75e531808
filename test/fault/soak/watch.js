import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Loaded before the command line: says at SIGUSR2 what the process holds, after a collection, so that garbage does not count. */
setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc');

const emitters = () => process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0);
const resources = () => {
  const counts = {};
  for (const kind of process.getActiveResourcesInfo()) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
};

process.on('SIGUSR2', () => {
  // Twice: what a finalizer lets go is free only at the second.
  gc();
  gc();
  const { rss, heapUsed, external } = process.memoryUsage();
  process.stdout.write(`${JSON.stringify({ rss, live: heapUsed + external, listeners: emitters(), resources: resources() })}\n`);
});
