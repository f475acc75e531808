import { setFlagsFromString } from 'node:v8';

/**
 * A fused island calls dozens of small steps from one loop. V8 stops inlining after 920 bytes of bytecode per function, which leaves most
 * of them as calls: 125 ns a row against 105 for the ten operators of bench/pipeline. No more than needed: at 12,000 the ten are no
 * faster, while the compiler takes a third of the processor time of a backtest of 600,000 rows (4.8 s against 3.3).
 */
export function allowInlining(): void {
  setFlagsFromString('--max-inlined-bytecode-size-cumulative=2000');
}
