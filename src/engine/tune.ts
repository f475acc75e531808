import { setFlagsFromString } from 'node:v8';

/**
 * A fused island calls dozens of small steps from one loop. V8 stops inlining after 920 bytes of bytecode per function, which leaves most
 * of them as calls: 136 ns a row against 83 for the ten operators of bench/pipeline. These bounds only say how much may be inlined.
 */
export function allowInlining(): void {
  setFlagsFromString('--max-inlined-bytecode-size-cumulative=12000');
  setFlagsFromString('--max-inlined-bytecode-size=2000');
}
