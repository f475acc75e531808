/** Operators that the language knows by name and a later version brings, each with what to say about it. */
export const RESERVED_OPERATORS: Readonly<Record<string, string>> = Object.freeze({
  predict: '`predict` (models, batched on the GPU) comes with a later version that runs inference',
  anomaly: '`anomaly` (detectors and their ensemble) comes with a later version;'
    + ' until then build a score in `compute`, such as `zscore(volume, 120)`',
  size: '`size` (target weights and quantities) comes with a later version, together with the backtest',
  rebalance: '`rebalance` (weights over the universe) comes with a later version, together with the backtest',
  risk: '`risk` (limits over positions) comes with a later version, together with the backtest',
  broker: '`broker` (fills and positions) comes with a later version, together with the backtest',
});
