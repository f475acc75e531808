import { Pulse } from '../server/pulse.ts';
import { StatusPublisher, StatusRecorder } from '../server/status.ts';
import { TapService } from '../server/tap.ts';
import type { LiveRun, RunPart } from './live-run.ts';
import { tapPort } from './tap-port.ts';

/** Says on the bus once a second how the run is: what `millrace top` shows. */
export function statusPart(run: LiveRun): RunPart {
  const pulse = new Pulse();
  const recorder = new StatusRecorder(run.telemetry, { instance: run.instance, pulse });
  const publisher = new StatusPublisher(run.bus, recorder, run.instance);
  return { name: 'status', start: () => publisher.start(), stop: () => publisher.stop() };
}

/** Lets `millrace tap --url` look at the rows of any node. */
export function tapPart(run: LiveRun): RunPart {
  const { engines, prepared } = run;
  const service = new TapService(run.bus, run.instance, tapPort(engines, prepared.doc, prepared.registry));
  return { name: 'tap', start: () => service.start(), stop: () => service.stop() };
}
