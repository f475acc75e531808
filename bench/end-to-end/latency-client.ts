import { connect, type Msg } from '@nats-io/transport-node';

/**
 * The market and the trader in one process, so that one clock times both ends of a round trip: publishes a trade at a steady rate, in
 * bursts of what has come due in about a millisecond, and takes what comes back. Says its times as JSON, one a message, in order.
 */
const [url, rate, seconds, into, from] = process.argv.slice(2);
const messages = Math.round(Number(rate) * Number(seconds));
const perMs = Number(rate) / 1000;
/** Event time of the first trade, milliseconds; message `i` has the one `i` later, and what comes back is known by it. */
const BASE = 1_700_000_000_000;
/** The first of them find code that is not compiled and connections that are cold. */
const WARM = Math.floor(messages / 5);
/** Nothing else comes once it has been quiet for so long: what is missing then is lost. */
const QUIET_MS = 5000;

const nc = await connect({ servers: url });
const sent = new Float64Array(messages);
const came: Msg[] = [];
const times: number[] = [];
nc.subscribe(`${from}.*`, { callback: (_, m) => {
  times.push(performance.now());
  came.push(m);
} });
await nc.flush();
const begun = performance.now();
for (let i = 0; i < messages;) {
  const due = Math.min(messages, Math.floor((performance.now() - begun) * perMs) + 1);
  for (; i < due; i++) {
    sent[i] = performance.now();
    nc.publish(`${into}.S${i % 100}`, `{"ts":${BASE + i},"price":${100 + (i % 7)},"size":1}`);
  }
  await new Promise((resolve) => setTimeout(resolve, 1));
}
for (let quiet = 0, seen = 0; came.length < messages && quiet < QUIET_MS; quiet = came.length > seen ? 0 : quiet + 10) {
  seen = came.length;
  await new Promise((resolve) => setTimeout(resolve, 10));
}
const trips: number[] = [];
for (let k = 0; k < came.length; k++) {
  const { ts } = came[k].json<{ ts: number | string }>();
  const i = (typeof ts === 'number' ? ts : Date.parse(ts)) - BASE;
  if (i >= WARM) trips.push(times[k] - sent[i]);
}
await nc.close();
process.stdout.write(JSON.stringify({ sent: messages, came: came.length, seconds: (sent[messages - 1] - begun) / 1000, trips }));
