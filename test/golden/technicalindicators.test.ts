import { EMA, OBV, ROC, SMA, Stochastic, WilliamsR, WMA, ATR, BollingerBands, CCI } from 'technicalindicators';
import { describe, expect, it } from 'vitest';
import { KERNELS } from '../../operators/kernels.ts';
import { Random } from '../../src/core/random.ts';
import { runKernel } from '../../src/core/run-kernel.ts';

/**
 * The package technicalindicators as a second opinion on a seeded market. Left out where it is known to differ: RSI and MFI round to two
 * decimals, ADX and MACD seed their first rows otherwise.
 */
const ROWS = 400;
const random = new Random(11);
const close = new Float64Array(ROWS);
const high = new Float64Array(ROWS);
const low = new Float64Array(ROWS);
const volume = new Float64Array(ROWS);
for (let i = 0, p = 100; i < ROWS; i++) {
  p *= 1 + 0.01 * random.normal();
  close[i] = p;
  high[i] = p * (1 + 0.01 * random.next());
  low[i] = p * (1 - 0.01 * random.next());
  volume[i] = random.int(1, 1000);
}
const bars = { high: [...high], low: [...low], close: [...close], volume: [...volume] };
const values = [...close];

/** Values of a kernel that are not null, from row `skip` of them on. */
function ours(name: string, params: Readonly<Record<string, unknown>>, inputs: Float64Array[], output = 0, skip = 0): number[] {
  const kernel = KERNELS.find((k) => k.name === name);
  if (kernel === undefined) throw new TypeError(`no kernel ${name}`);
  return [...runKernel(kernel, params, inputs)[output]].filter((x) => !Number.isNaN(x)).slice(skip);
}

function agree(got: readonly number[], want: readonly number[]): void {
  expect(want.length).toBeGreaterThan(300);
  expect(got.length).toBe(want.length);
  got.forEach((x, i) => expect(Math.abs(x - want[i])).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(want[i]))));
}

describe('agrees with technicalindicators', () => {
  it('sma, ema, wma', () => {
    agree(ours('sma', { period: 20 }, [close]), SMA.calculate({ period: 20, values }));
    agree(ours('ema', { period: 20 }, [close]), EMA.calculate({ period: 20, values }));
    agree(ours('wma', { period: 20 }, [close]), WMA.calculate({ period: 20, values }));
  });

  it('roc, obv', () => {
    agree(ours('roc', { period: 10 }, [close]), ROC.calculate({ period: 10, values }));
    // It starts at 0 with the second row, TA-Lib with the volume of the first.
    agree(ours('obv', {}, [close, volume], 0, 1).map((x) => x - volume[0]), OBV.calculate({ close: bars.close, volume: bars.volume }));
  });

  it('bbands, atr, cci', () => {
    const bands = BollingerBands.calculate({ period: 20, stdDev: 2, values });
    agree(ours('bbands', { period: 20, mult: 2 }, [close], 1), bands.map((b) => b.upper));
    agree(ours('atr', { period: 14 }, [high, low, close]), ATR.calculate({ period: 14, ...bars }));
    agree(ours('cci', { period: 20 }, [high, low, close]), CCI.calculate({ period: 20, ...bars }));
  });

  it('willr, stoch', () => {
    agree(ours('willr', { period: 14 }, [high, low, close]), WilliamsR.calculate({ period: 14, ...bars }));
    const fast = Stochastic.calculate({ period: 14, signalPeriod: 3, ...bars });
    agree(ours('stoch', { k: 14, smooth: 1, d: 3 }, [high, low, close]), fast.map((x) => x.k));
  });
});
