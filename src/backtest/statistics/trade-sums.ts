import { DAY } from '../../core/time.ts';
import type { TradeRow } from '../model.ts';
import { chosen, deviation, mean, type Series, sum } from './moments.ts';

/** Closed trades as columns in order of their exits, and sums that several statistics share. */
export interface TradeSums {
  readonly rows: readonly TradeRow[];
  readonly open: readonly TradeRow[];
  readonly pnl: Float64Array;
  readonly returns: Float64Array;
  readonly days: Float64Array;
  /** Results above and below 0. */
  readonly won: Float64Array;
  readonly lost: Float64Array;
  readonly grossProfit: number;
  /** Positive. */
  readonly grossLoss: number;
  /** Longest runs of trades that won, and that lost. */
  readonly streaks: { readonly won: number; readonly lost: number };
  /** Result as a share of the starting capital and the results so far, trade by trade. */
  readonly ofBalance: Float64Array;
}

export function tradeSums(trades: readonly TradeRow[], capital: number): TradeSums {
  const rows = trades.filter((t) => !t.open).toSorted((a, b) => a.exitTs - b.exitTs);
  const pnl = Float64Array.from(rows, (t) => t.pnl);
  const [won, lost] = [chosen(pnl, (x) => x > 0), chosen(pnl, (x) => x < 0)];
  let balance = capital;
  const ofBalance = pnl.map((x) => {
    const share = x / balance;
    balance += x;
    return share;
  });
  return {
    rows, open: trades.filter((t) => t.open), pnl, won, lost, ofBalance, returns: Float64Array.from(rows, (t) => t.return),
    days: Float64Array.from(rows, (t) => (t.exitTs - t.entryTs) / DAY), grossProfit: sum(won), grossLoss: -sum(lost),
    streaks: { won: longestRun(pnl, (x) => x > 0), lost: longestRun(pnl, (x) => x < 0) },
  };
}

/** Length of the longest run of neighbours for which `is` holds. */
export function longestRun(x: Series, is: (value: number) => boolean): number {
  let [run, longest] = [0, 0];
  for (let i = 0; i < x.length; i++) {
    run = is(x[i]) ? run + 1 : 0;
    longest = Math.max(longest, run);
  }
  return longest;
}

/** sqrt(n) mean / deviation of results, Tharp's system quality number: `ddof` 0 as backtrader, 1 as backtesting.py. NaN of equals. */
export const systemQuality = (pnl: Series, ddof: 0 | 1): number =>
  Math.sqrt(pnl.length) * mean(pnl) / (deviation(pnl, ddof) || NaN);

/** W - (1 - W) / (mean win / mean loss), the share of capital that grows fastest by Kelly (1956), from wins and losses. */
export function kelly(winShare: number, meanWin: number, meanLoss: number): number {
  return winShare - (1 - winShare) / (meanWin / meanLoss);
}

/** Lean's figures of closed trades as shares of the running balance: a trade that does not win has lost. */
export interface BalanceShares {
  readonly winRate: number;
  readonly averageWin: number;
  readonly averageLoss: number;
  /** Mean win over mean loss. */
  readonly profitLossRatio: number;
  /** winRate profitLossRatio - lossRate. */
  readonly expectancy: number;
}

export function balanceShares(t: TradeSums): BalanceShares {
  const [wins, losses] = [chosen(t.ofBalance, (_, i) => t.pnl[i] > 0), chosen(t.ofBalance, (_, i) => !(t.pnl[i] > 0))];
  const winRate = wins.length / t.pnl.length;
  const profitLossRatio = mean(wins) / -mean(losses);
  const expectancy = winRate * profitLossRatio - (1 - winRate);
  return { winRate, averageWin: mean(wins), averageLoss: mean(losses), profitLossRatio, expectancy };
}
