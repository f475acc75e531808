/** Operators that the language knows by name and a later version brings, each with what to say about it. */
export const RESERVED_OPERATORS: Readonly<Record<string, string>> = Object.freeze({
  predict: '`predict` (models, batched on the GPU) comes with a later version that runs inference',
  anomaly: '`anomaly` (detectors and their ensemble) comes with a later version;'
    + ' until then build a score in `compute`, such as `zscore(volume, 120)`',
});
