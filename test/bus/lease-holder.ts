import { connect } from '@nats-io/transport-node';
import { Lease } from '../../src/bus/nats-lease.ts';
import { NatsKv } from '../../src/bus/nats-kv.ts';

/** Holds a lease for as long as it can: says `h` while it takes itself for the holder, `lost` when it no longer does. */
const [url, key, ttl] = process.argv.slice(2);
const ttlMs = Number(ttl);
const kv = await NatsKv.open(await connect({ servers: url }), 'leases', { timeoutMs: ttlMs / 2 });
const lease = await Lease.wait(kv, key, { owner: `holder-${process.pid}`, ttlMs });
if (lease === null) throw new Error('not waited for');
console.log(`held ${lease.epoch}`);
lease.onLost((reason) => console.log(`lost ${reason}`));
setInterval(() => { if (lease.held) console.log('h'); }, 20);
