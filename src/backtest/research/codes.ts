/** Codes of searches, walk-forward, thresholds: E640 to E649. */
export const RESEARCH_CODES: Readonly<Record<string, { readonly title: string; readonly doc: string }>> = Object.freeze({
  E640: {
    title: 'a parameter of the search cannot be varied so',
    doc: 'A search varies each parameter over a list (`fast: [8, 12, 16]`) or a range (`fast: { min: 5, max: 50, step: 5 }`). A range may '
      + 'have `points` in place of `step`, `scale: log` where it begins above 0, and `integer: true`.',
  },
  E641: {
    title: 'a grid has no end',
    doc: 'A grid tries every set. A range without `step` and `points` has no end of values: give it one of them or a list, or search with '
      + '`random` or `tpe`.',
  },
  E642: {
    title: 'the condition of the search lets nothing pass',
    doc: 'So many sets in a row did not meet the condition that the search would hardly ever find one. The condition is wrong, or the '
      + 'ranges are far wider than where it holds.',
  },
  E643: {
    title: 'unknown metric',
    doc: 'A threshold (`require:`) or the objective of a search names a metric that a backtest does not have. The message names the '
      + 'nearest.',
  },
  E644: {
    title: 'a split into training and test makes no sense',
    doc: 'Walk-forward needs `train` and `test` above 0 that fit into the data together, and purge and embargo that leave something to '
      + 'train on. Cross-validation needs at least two blocks and not more than rows; labels end when or after their row begins.',
  },
  E645: {
    title: 'the search has no end',
    doc: 'A search over a continuous range goes on for ever: say how many sets to try, or after how many without a better one to stop.',
  },
  E646: {
    title: 'not a threshold',
    doc: 'A threshold of `require:` is a comparison: `>= 1.0`, `<= 15%`, `> 20`, `< 5bps`, `== 100%`, `!= 0`, `between 1 and 2`. Drawdowns '
      + 'may be written as a size (`<= 20%`) or with a minus (`>= -20%`).',
  },
  E647: {
    title: 'nothing to search',
    doc: 'A search (`--sweep`, `--walk-forward`) needs parameters of the pipeline and the values to try: `--sweep fast=8,12,16 --sweep '
      + 'slow=20..60:10`, or `params:` under `backtest: sweep:`. A walk-forward needs its lengths as well: `--walk-forward 90d/30d`, or '
      + '`backtest: walk_forward:`.',
  },
  E648: {
    title: 'the grid is very large',
    doc: 'A grid tries every set, and the number of sets is the product of the numbers of values: beyond a million it is refused unless '
      + '`--trials` says how many to try. `--search random` or `--search bayes` find good sets with far fewer.',
  },
  E649: {
    title: 'no set of the search gave a result',
    doc: 'Every set failed, or the objective could not be computed for any of them: `sharpe` needs returns that vary, `profit_factor` a '
      + 'trade that lost. The first failure is shown.',
  },
});
