import { setFlagsFromString } from 'node:v8';

/**
 * A fused island calls dozens of small steps from one loop. V8 stops inlining after 920 bytes of bytecode per function, which leaves most
 * of them as calls: 136 ns a row against 83 for the ten operators of bench/pipeline. These bounds only say how much may be inlined. A
 * `brief` run ends before a compiler that inlines that much has paid: a backtest of 600,000 rows takes 3.3 s of processor time in place of
 * 4.8 with the lower bound.
 */
export function allowInlining(brief = false): void {
  setFlagsFromString(`--max-inlined-bytecode-size-cumulative=${brief ? 2000 : 12000}`);
  if (!brief) setFlagsFromString('--max-inlined-bytecode-size=2000');
}
