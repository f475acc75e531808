import { connect } from '@nats-io/transport-node';
import { work } from './work.ts';
import { onSupervisorGone } from '../../src/cli/workers.ts';

/** A worker whose partitions consume nothing: says what it runs, and drains when it is asked to. */
const [url, partitions] = process.argv.slice(2);
const stop = new AbortController();
process.on('SIGTERM', () => stop.abort());
onSupervisorGone(() => stop.abort());
const nc = await connect({ servers: url, maxReconnectAttempts: -1, reconnectTimeWait: 100 });
const say = (line: string): void => void process.stderr.write(`${process.pid} ${line}\n`);
await work(nc, { run: 'stub', plan: 'h', partitions: Number(partitions), signal: stop.signal, say }, (_p, _epoch, signal) =>
  new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve());
  }));
await nc.close();
say('gone');
