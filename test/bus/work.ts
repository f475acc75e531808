import { hostname } from 'node:os';
import type { NatsConnection } from '@nats-io/transport-node';
import { keyToken } from '../../src/bus/key-value.ts';
import type { WorkerShape } from '../../src/bus/roster.ts';
import { joinWorkers, type PartitionHost, type Workers } from '../../src/bus/workers.ts';

/**
 * Runs one partition until `signal` is aborted. Aborted with a `PartitionLost`, another worker has it: nothing may be written any more.
 * Aborted otherwise, it drains and writes a last checkpoint. Rejects when it cannot go on, which ends the worker.
 */
export type RunPartition = (p: number, epoch: number, signal: AbortSignal) => Promise<void>;

/** Why a partition must stop at once. */
export class PartitionLost extends Error {
  constructor(p: number, reason: string) {
    super(`partition ${p} is lost: ${reason}`);
    this.name = 'PartitionLost';
  }
}

export interface WorkOptions extends WorkerShape {
  /** Asks for a drain of all partitions. */
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
  readonly ttlMs?: number;
  /** Bucket of leases and workers. */
  readonly bucket?: string;
}

/** A name that no other process has, on this machine or another. */
export const workerName = (): string => keyToken(`${hostname()}-${process.pid}-${Math.trunc(performance.timeOrigin).toString(36)}`);

interface Running {
  readonly stop: AbortController;
  readonly done: Promise<void>;
}

/** Works on the partitions of a run that leases give to this process, until it is asked to stop; rejects with what ended it. */
export async function work(nc: NatsConnection, options: WorkOptions, run: RunPartition): Promise<void> {
  const { signal, say } = options;
  const running = new Map<number, Running>();
  let failed: (error: unknown) => void = () => undefined;
  const failure = new Promise<never>((_, reject) => { failed = reject; });
  failure.catch(() => undefined);
  const host: PartitionHost = {
    start(p, epoch) {
      const stop = new AbortController();
      say(`partition ${p} starts, epoch ${epoch}`);
      const done = run(p, epoch, stop.signal).catch((error: unknown) => {
        if (!stop.signal.aborted) failed(error);
        else say(`partition ${p} did not end well: ${error instanceof Error ? error.message : String(error)}`);
      });
      running.set(p, { stop, done });
    },
    async release(p) {
      const r = running.get(p);
      running.delete(p);
      r?.stop.abort();
      await r?.done;
      say(`partition ${p} is given up`);
    },
    async stop(p, reason) {
      const r = running.get(p);
      running.delete(p);
      say(`partition ${p} is lost: ${reason}`);
      r?.stop.abort(new PartitionLost(p, reason));
      await r?.done;
    },
  };
  const workers: Workers = await joinWorkers(nc, {
    run: options.run, plan: options.plan, partitions: options.partitions, id: workerName(),
    ...(options.ttlMs === undefined ? {} : { ttlMs: options.ttlMs }),
  }, host, options.bucket);
  const asked = new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
  try {
    await Promise.race([asked, workers.closed, failure]);
  } finally {
    // Also after a failure: the others get what is left in order, not by waiting for it.
    await workers.leave();
  }
}
