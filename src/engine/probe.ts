import { Tally, type StageTelemetry, type Telemetry } from '../core/telemetry.ts';
import type { Probe } from '../graph/probe.ts';
import { stageLabels } from '../plan/stage-labels.ts';
import type { Plan } from '../plan/ir.ts';

/** One epoch in so many is measured: often enough that the measuring code stays compiled, or it would mostly time itself. */
const EVERY = 64;
/** A quiet run is measured whole: the first epoch after each tick. */
const ARM_MS = 20;

/** Measures some epochs, and counts each for all that ran since the last one measured. */
export class StageProbe implements Probe {
  on = false;
  readonly stages: readonly StageTelemetry[];
  private readonly byStage: (StageTelemetry | undefined)[] = [];
  private armed = true;
  private epochs = 0;
  private weight = 1;
  private timer: NodeJS.Timeout | null = null;
  private readonly clock: () => number;

  constructor(plan: Plan, telemetry: Telemetry, clock: () => number = () => performance.now()) {
    this.clock = clock;
    this.stages = telemetry.stages = stageLabels(plan).map(({ stage, name }) =>
      (this.byStage[stage] = { name, busySeconds: 0, durations: new Tally() }));
  }

  now(): number {
    return this.clock();
  }

  /** Has the next epoch measured. */
  arm(): void {
    this.armed = true;
  }

  start(): void {
    this.timer = setInterval(() => { this.armed = true; }, ARM_MS);
    this.timer.unref();
  }

  stop(): void {
    if (this.timer !== null) clearInterval(this.timer);
    this.timer = null;
  }

  begin(): void {
    this.epochs += 1;
    this.on = this.armed || this.epochs >= EVERY;
    if (!this.on) return;
    this.armed = false;
    this.weight = this.epochs;
    this.epochs = 0;
  }

  took(stage: number, ms: number): void {
    const s = this.byStage[stage];
    if (s === undefined) return;
    s.busySeconds += (ms / 1000) * this.weight;
    s.durations.observe(ms / 1000, this.weight);
  }
}
