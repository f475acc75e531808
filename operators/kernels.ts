import { adx } from './indicator/adx.ts';
import { aroon } from './indicator/aroon.ts';
import { atr } from './indicator/atr.ts';
import { bbands } from './indicator/bbands.ts';
import { cci } from './indicator/cci.ts';
import { cmf } from './indicator/cmf.ts';
import { dema } from './indicator/dema.ts';
import { donchian } from './indicator/donchian.ts';
import { ema } from './indicator/ema.ts';
import { hma } from './indicator/hma.ts';
import { kama } from './indicator/kama.ts';
import { keltner } from './indicator/keltner.ts';
import { macd } from './indicator/macd.ts';
import { mfi } from './indicator/mfi.ts';
import { minusDi } from './indicator/minus-di.ts';
import { mom } from './indicator/mom.ts';
import { natr } from './indicator/natr.ts';
import { obv } from './indicator/obv.ts';
import { plusDi } from './indicator/plus-di.ts';
import { psar } from './indicator/psar.ts';
import { rma } from './indicator/rma.ts';
import { roc } from './indicator/roc.ts';
import { rsi } from './indicator/rsi.ts';
import { sma } from './indicator/sma.ts';
import { stoch } from './indicator/stoch.ts';
import { stochrsi } from './indicator/stochrsi.ts';
import { supertrend } from './indicator/supertrend.ts';
import { tema } from './indicator/tema.ts';
import { tr } from './indicator/tr.ts';
import { vwap } from './indicator/vwap.ts';
import { vwma } from './indicator/vwma.ts';
import { willr } from './indicator/willr.ts';
import { wma } from './indicator/wma.ts';
import { barsSince } from './statistic/bars-since.ts';
import { corr } from './statistic/corr.ts';
import { count } from './statistic/count.ts';
import { crossesAbove } from './statistic/crosses-above.ts';
import { crossesBelow } from './statistic/crosses-below.ts';
import { diff } from './statistic/diff.ts';
import { falling } from './statistic/falling.ts';
import { fixnan } from './statistic/fixnan.ts';
import { highest } from './statistic/highest.ts';
import { lag } from './statistic/lag.ts';
import { logReturn } from './statistic/log-return.ts';
import { lowest } from './statistic/lowest.ts';
import { mean } from './statistic/mean.ts';
import { median } from './statistic/median.ts';
import { percentRank } from './statistic/percent-rank.ts';
import { quantile } from './statistic/quantile.ts';
import { realizedVol } from './statistic/realized-vol.ts';
import { rising } from './statistic/rising.ts';
import { stdev } from './statistic/stdev.ts';
import { sum } from './statistic/sum.ts';
import { variance } from './statistic/var.ts';
import { zscore } from './statistic/zscore.ts';
import type { Kernel } from '../src/core/kernel.ts';

/** Every kernel that ships, indicators first, then statistics and comparisons; by name within each. */
export const KERNELS: readonly Kernel[] = Object.freeze([
  adx, aroon, atr, bbands, cci, cmf, dema, donchian, ema, hma, kama, keltner, macd, mfi, minusDi, mom, natr, obv,
  plusDi, psar, rma, roc, rsi, sma, stoch, stochrsi, supertrend, tema, tr, vwap, vwma, willr, wma,
  barsSince, corr, count, crossesAbove, crossesBelow, diff, falling, fixnan, highest, lag, logReturn, lowest,
  mean, median, percentRank, quantile, realizedVol, rising, stdev, sum, variance, zscore,
]);
